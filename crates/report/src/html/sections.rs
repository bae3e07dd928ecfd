//! The sections of a report's page.

use crate::findings::{PluginReport, Report};
use crate::html::chart::{self, Scale};
use crate::html::parts::{Kind, count, left_out, long_text, moment, section, table, text, time};
use crate::html::writer::Html;
use crate::info::{Info, RunFacts};
use crate::labels::grouped;
use crate::outline::{DOMAINS, largest_sessions, length, took};
use crate::words::{counted, number};
use crate::{Count, Rest, Table};

/// The maximum number of sessions in the table.
const SESSIONS: usize = 20;

pub(super) fn timeline(html: &mut Html, report: &Report, scale: Option<&Scale<'_>>) {
    let (Some(timeline), Some(scale)) = (&report.timeline, scale) else { return };
    section(html, "timeline", "Timeline", |html| {
        chart::histogram(html, scale, &timeline.events, "Events over time");
        let mut words = format!("Each bar is {}.", timeline.bin);
        let outside = [(timeline.events.before, "Before"), (timeline.events.after, "After")];
        for (events, side) in outside.into_iter().filter(|(events, _)| *events > 0) {
            words += &format!(" {side} the chart: {}.", counted(events, "event"));
        }
        html.text_element("p", &[("class", &"caption")], &words);
        html.element("details", &[], |html| {
            html.text_element("summary", &[], "Numbers");
            let bars = timeline.starts.iter().zip(&timeline.events.counts).filter(|(_, count)| **count > 0);
            let bars = Table { rows: bars.collect(), more: Rest::default() };
            let columns = [(Kind::Moment, "from"), (Kind::Number, "events")];
            table(html, "Events over time", &columns, &bars, (usize::MAX, "bar"), |(start, events)| {
                vec![time(Some(**start)), count(**events)]
            });
        });
    });
}

pub(super) fn labels(html: &mut Html, report: &Report, scale: Option<&Scale<'_>>, rows: usize) {
    if report.labels.is_empty() {
        return;
    }
    section(html, "labels", "Labels", |html| {
        let columns = [
            (Kind::Name, "label"),
            (Kind::Number, "events"),
            (Kind::Moment, "first"),
            (Kind::Moment, "last"),
            (Kind::Drawing, "over time"),
        ];
        table(html, "Labels and their events", &columns, &report.labels, (rows, "label"), |facts| {
            vec![
                text(facts.label.as_str()),
                count(facts.events),
                time(facts.first),
                time(facts.last),
                Box::new(move |html: &mut Html| {
                    if let (Some(bins), Some(scale)) = (&facts.histogram, scale) {
                        chart::spark(html, scale, bins, &format!("{} over time", facts.label));
                    }
                }),
            ]
        });
        if scale.is_some() {
            let words =
                "The small charts use the time axis of the timeline. Each has its own scale of heights.";
            html.text_element("p", &[("class", &"caption")], words);
        }
    });
}

pub(super) fn sessions(html: &mut Html, report: &Report, scale: Option<&Scale<'_>>, rows: usize) {
    if report.sessions.is_empty() {
        return;
    }
    section(html, "sessions", "Sessions of activity", |html| {
        if let Some(scale) = scale {
            chart::sessions(html, scale, &report.sessions);
        }
        let largest = largest_sessions(&report.sessions, rows.min(SESSIONS));
        let columns = [
            (Kind::Name, "session"),
            (Kind::Number, "events"),
            (Kind::Moment, "start"),
            (Kind::Number, "length"),
            (Kind::Drawing, "when"),
        ];
        let caption = if largest.more.rows > 0 { "Sessions with the most events" } else { "Sessions" };
        table(html, caption, &columns, &largest, (usize::MAX, "session"), |session| {
            vec![
                text(session.label.as_str()),
                count(session.events),
                time(session.first),
                text(length(session)),
                Box::new(move |html: &mut Html| {
                    if let Some(scale) = scale {
                        chart::session(html, scale, session);
                    }
                }),
            ]
        });
    });
}

pub(super) fn sigma_rules(html: &mut Html, report: &Report, rows: usize) {
    if report.sigma_rules.is_empty() {
        return;
    }
    section(html, "sigma", "Sigma rules", |html| {
        let columns = [
            (Kind::Text, "level"),
            (Kind::Number, "records"),
            (Kind::Name, "rule"),
            (Kind::Text, "author"),
            (Kind::Text, "tags"),
            (Kind::Text, "label"),
        ];
        table(html, "Sigma rules that matched", &columns, &report.sigma_rules, (rows, "rule"), |rule| {
            vec![
                text(rule.level.as_str()),
                count(rule.records),
                text(rule.title.as_str()),
                text(rule.author.as_str()),
                text(rule.tags.as_str()),
                text(rule.label.as_str()),
            ]
        });
    });
}

pub(super) fn searches(html: &mut Html, report: &Report, rows: usize) {
    if report.searches.is_empty() {
        return;
    }
    section(html, "searches", "Searches", |html| {
        let columns = [(Kind::Name, "search term"), (Kind::Text, "engine"), (Kind::Number, "queries")];
        table(html, "Search terms", &columns, &report.searches, (rows, "search term"), |search| {
            vec![text(search.term.as_str()), text(search.engine.as_str()), count(search.queries)]
        });
    });
}

pub(super) fn extensions(html: &mut Html, report: &Report, rows: usize) {
    if report.extensions.is_empty() {
        return;
    }
    section(html, "extensions", "Browser extensions", |html| {
        let columns = [(Kind::Name, "extension"), (Kind::Text, "user"), (Kind::Text, "identifier")];
        table(html, "Extensions by user", &columns, &report.extensions, (rows, "extension"), |row| {
            vec![text(row.extension.as_str()), text(row.user.as_str()), text(row.identifier.as_str())]
        });
    });
}

/// Returns the newest report on domains that has counts.
pub(super) fn domain_counts(report: &Report) -> Option<&PluginReport> {
    report.plugins.rows.iter().find(|plugin| plugin.plugin == DOMAINS && !plugin.counts.is_empty())
}

pub(super) fn domains(html: &mut Html, report: &Report, rows: usize) {
    let Some(domains) = domain_counts(report) else { return };
    section(html, "domains", "Domains visited", |html| {
        count_table(html, "Events by domain", "domain", &domains.counts, rows);
    });
}

pub(super) fn kinds(html: &mut Html, info: &Info, rows: usize) {
    if info.data_types.is_empty() {
        return;
    }
    section(html, "events", "Events", |html| {
        html.element("div", &[("class", &"pair")], |html| {
            html.element("div", &[], |html| {
                count_table(html, "Events by data type", "data type", &info.data_types, rows);
            });
            html.element("div", &[], |html| {
                count_table(html, "Events by parser", "parser", &info.parsers, rows);
            });
        });
    });
}

fn count_table(html: &mut Html, caption: &str, heading: &'static str, counts: &Table<Count>, rows: usize) {
    let columns = [(Kind::Name, heading), (Kind::Number, "events")];
    table(html, caption, &columns, counts, (rows, heading), |row| {
        vec![text(row.name.as_str()), count(row.number)]
    });
}

pub(super) fn warnings(html: &mut Html, report: &Report, rows: usize) {
    if report.info.warnings.is_empty() && report.warnings.is_empty() {
        return;
    }
    section(html, "warnings", "Warnings", |html| {
        let of_extraction: Vec<_> =
            report.info.warnings.iter().filter(|warning| warning.plugin.is_none()).collect();
        if !of_extraction.is_empty() {
            let words: Vec<_> = of_extraction
                .iter()
                .map(|warning| format!("{} of {}", number(warning.number), warning.kind))
                .collect();
            let words = format!("Warnings from collecting the events: {}.", words.join(", "));
            html.text_element("p", &[], &words);
        }
        if !report.warnings.is_empty() {
            let columns = [(Kind::Name, "message"), (Kind::Text, "plugin"), (Kind::Number, "times")];
            let caption = "Warnings of analyses, one of each group of similar warnings";
            table(html, caption, &columns, &report.warnings, (rows, "kind"), |group| {
                vec![long_text(group.message.as_str()), text(group.plugin.as_str()), count(group.number)]
            });
        }
    });
}

pub(super) fn runs(html: &mut Html, info: &Info, rows: usize) {
    section(html, "runs", "How the tools were run", |html| {
        let columns = [
            (Kind::Moment, "start"),
            (Kind::Number, "took"),
            (Kind::Text, "tool"),
            (Kind::Name, "command line"),
        ];
        table(html, "Sessions of tools", &columns, &info.sessions, (rows, "session"), |run: &RunFacts| {
            vec![
                time(Some(run.start)),
                text(took(run)),
                text(format!("{} {}", run.product, run.product_version)),
                long_text(run.command_line.as_str()),
            ]
        });
    });
}

pub(super) fn plugins(html: &mut Html, report: &Report, rows: usize) {
    if report.plugins.is_empty() {
        return;
    }
    section(html, "reports", "Reports of the plugins", |html| {
        for plugin in &report.plugins.rows {
            html.element("details", &[], |html| plugin_report(html, plugin, rows));
        }
        left_out(html, report.plugins.more, "report");
    });
}

fn plugin_report(html: &mut Html, report: &PluginReport, rows: usize) {
    let PluginReport { plugin, time, event_filter, text: written, counts } = report;
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
    if !counts.is_empty() {
        let counts = Table { rows: grouped(&counts.rows), more: counts.more };
        count_table(html, "Counts", "count", &counts, rows);
    }
}
