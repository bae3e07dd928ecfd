//! The sections on how the events were collected and analysed.

use crate::findings::{PluginReport, Report};
use crate::html::parts::{Kind, count, left_out, long_text, moment, section, table, text, time};
use crate::html::sections::count_table;
use crate::html::writer::Html;
use crate::info::RunFacts;
use crate::labels::grouped;
use crate::outline::took;
use crate::warning_words::with_meaning;
use crate::words::{counted, cut, number};
use crate::{Count, Table};

/// The names of two sections, which the links to them have too.
pub(super) const RUNS: &str = "How it was made";
pub(super) const REPORTS: &str = "Reports of the plugins";
/// Counts of reports that are no labels, and what they count.
const OF_ALL: [(&str, &str); 2] = [
    ("event_tags", "Events to which it gave at least one label"),
    ("events_compared", "Events that it compared"),
];
/// The maximum number of characters of a warning.
const MAXIMUM_MESSAGE: usize = 400;

/// Writes how the events were collected and analysed, as far as the store says it.
pub(super) fn runs(html: &mut Html, report: &Report, rows: usize) {
    section(html, "runs", RUNS, |html| {
        html.text_element("p", &[], &last_run(report));
        let columns = [
            (Kind::Moment, "start"),
            (Kind::Number, "took"),
            (Kind::Text, "tool"),
            (Kind::Name, "command line"),
        ];
        let sessions = &report.info.sessions;
        table(html, "Sessions of tools", &columns, sessions, (rows, "session"), |run: &RunFacts| {
            vec![
                time(Some(run.start)),
                text(took(run)),
                text(format!("{} {}", run.product, run.product_version)),
                long_text(run.command_line.as_str()),
            ]
        });
        if report.info.reports.is_empty() {
            return;
        }
        let columns =
            [(Kind::Name, "plugin"), (Kind::Moment, "made"), (Kind::Text, "only events that match")];
        table(html, "Reports of analyses", &columns, &report.info.reports, (rows, "report"), |line| {
            let filter = line.event_filter.clone().unwrap_or_default();
            vec![text(line.plugin.as_str()), time(Some(line.time)), long_text(filter)]
        });
    });
}

/// Says how the last run of a tool ended, and what the warnings of analyses say of it.
fn last_run(report: &Report) -> String {
    let mut words = match report.info.sessions.rows.last() {
        None => "The storage file does not say which tools made it.".into(),
        Some(run) => {
            let tool = format!("{} {}", run.product, run.product_version);
            let start = moment(run.start);
            match run.completion {
                _ if run.aborted => format!("The last run, of {tool} at {start}, was aborted."),
                Some(_) => {
                    format!("The last run, of {tool} at {start}, was completed and took {}.", took(run))
                }
                None => format!("The last run, of {tool} at {start}, was not completed."),
            }
        }
    };
    let all =
        report.warnings.rows.iter().map(|group| group.number).sum::<u64>() + report.warnings.more.number;
    let skipped = report.warnings.rows.iter().filter(|group| group.message.contains(" was skipped: "));
    let skipped: u64 = skipped.map(|group| group.number).sum();
    words += &match (all, skipped) {
        (0, _) => " No analysis gave a warning, and none skipped an event.".to_owned(),
        (all, 0) => {
            format!(" Analyses gave {}; none says that an event was skipped.", counted(all, "warning"))
        }
        (all, skipped) => format!(
            " Analyses gave {}. Of these, {} that an event was skipped, so labels may be missing.",
            counted(all, "warning"),
            if skipped == 1 { "1 says".to_owned() } else { format!("{} say", number(skipped)) }
        ),
    };
    words
}

/// Says what Plaso did when it gave warnings of a kind.
fn while_it(kind: &str) -> String {
    let words = match kind {
        "extraction" => "while it read files",
        "preprocessing" => "while it looked for facts of the whole system",
        "recovery" => "while it read records from space no longer in use",
        "timelining" => "while it made times of what it had read",
        other => return format!("of the kind {other}"),
    };
    format!("{words} ({kind})")
}

pub(super) fn warnings(html: &mut Html, report: &Report, rows: usize) {
    let Report { warnings, collection_warnings, .. } = report;
    if warnings.is_empty() && collection_warnings.is_empty() {
        return;
    }
    section(html, "warnings", "Warnings", |html| {
        if !warnings.is_empty() {
            let columns = [(Kind::Name, "message"), (Kind::Text, "plugin"), (Kind::Number, "times")];
            let caption = "Warnings of analyses, one of each group of similar warnings";
            table(html, caption, &columns, warnings, (rows, "kind"), |group| {
                vec![long_text(group.message.as_str()), text(group.plugin.as_str()), count(group.number)]
            });
        }
        if !collection_warnings.is_empty() {
            let words: Vec<_> = report
                .info
                .warnings
                .iter()
                .filter(|warning| warning.plugin.is_none())
                .map(|warning| format!("{} {}", number(warning.number), while_it(&warning.kind)))
                .collect();
            let words = format!(
                "While Plaso collected the events, it gave warnings: {}. The files and entries that they name may be missing from the timeline, or have wrong times.",
                words.join(", ")
            );
            html.text_element("p", &[], &words);
            let columns = [
                (Kind::Name, "message of the first"),
                (Kind::Text, "kind"),
                (Kind::Text, "parser"),
                (Kind::Text, "file of the first"),
                (Kind::Number, "times"),
            ];
            let caption = "Warnings of Plaso, one of each group of similar warnings";
            table(html, caption, &columns, collection_warnings, (rows, "kind"), |group| {
                vec![
                    long_text(with_meaning(&cut(&group.message, MAXIMUM_MESSAGE))),
                    text(group.kind),
                    text(group.parser.as_str()),
                    text(group.file.as_str()),
                    count(group.number),
                ]
            });
        }
    });
}

pub(super) fn plugins(html: &mut Html, report: &Report, rows: usize) {
    if report.plugins.is_empty() {
        return;
    }
    section(html, "reports", REPORTS, |html| {
        for plugin in &report.plugins.rows {
            html.element("details", &[], |html| plugin_report(html, plugin, rows));
        }
        left_out(html, report.plugins.more, "report");
    });
}

fn plugin_report(html: &mut Html, report: &PluginReport, rows: usize) {
    let PluginReport { plugin, time, event_filter, text: written, counts } = report;
    // These are no labels, so they do not stand among them.
    let of_all = |count: &&Count| OF_ALL.iter().any(|(name, _)| *name == count.name);
    let rows_of_labels = counts.rows.iter().filter(|count| !of_all(count)).cloned().collect();
    let all: Vec<_> = counts.rows.iter().filter(of_all).collect();
    let counts = &Table { rows: rows_of_labels, more: counts.more };
    html.element("summary", &[], |html| {
        html.text_element("strong", &[], plugin);
        html.text(&format!(", {}, {}", moment(*time), counted(counts.total_rows(), "count")));
    });
    if let Some(filter) = event_filter {
        html.element("p", &[], |html| {
            html.text("Only events that match ");
            html.text_element("code", &[], filter);
        });
    }
    for line in written.iter().flat_map(|text| text.lines()) {
        html.text_element("p", &[], line);
    }
    for (name, words) in OF_ALL {
        for count in all.iter().filter(|count| count.name == name) {
            html.text_element("p", &[], &format!("{words} ({name}): {}", number(count.number)));
        }
    }
    if !counts.is_empty() {
        let counts = Table { rows: grouped(&counts.rows), more: counts.more };
        count_table(html, "Counts", "count", &counts, rows);
    }
}
