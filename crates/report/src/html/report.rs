//! The page of a report.

use crate::findings::{PluginReport, Report};
use crate::html::chart::{self, Scale};
use crate::html::parts::{
    Kind, MAXIMUM_NAME, count, fact, left_out, long_text, moment, section, table, text, time,
};
use crate::html::writer::Html;
use crate::html::{file_name, page};
use crate::info::{Info, RunFacts};
use crate::labels::grouped;
use crate::outline::{DOMAINS, largest_sessions, length, took};
use crate::words::{bytes, counted, cut, number};
use crate::{Count, Rest, Table};

/// How many of the sessions with the most events are in the table.
const SESSIONS: usize = 20;

/// The report as a page, of tables with at most as many `rows`.
pub(crate) fn report(report: &Report, rows: usize) -> String {
    let title = format!("Report on {}", file_name(&report.info.store.path));
    let scale = report.timeline.as_ref().map(Scale::new);
    page(&title, |html| {
        header(html, &report.info);
        contents(html, report);
        html.element("main", &[], |html| {
            notes(html, &report.info.notes);
            timeline(html, report, scale.as_ref());
            labels(html, report, scale.as_ref(), rows);
            sessions(html, report, scale.as_ref(), rows);
            searches(html, report, rows);
            extensions(html, report, rows);
            domains(html, report, rows);
            kinds(html, &report.info, rows);
            warnings(html, report, rows);
            runs(html, &report.info, rows);
            plugins(html, report, rows);
        });
    })
}

fn header(html: &mut Html, info: &Info) {
    let Info { store, sources, event_sources, events, tags, .. } = info;
    html.element("header", &[], |html| {
        html.text_element("p", &[("class", &"eyebrow")], "Timeline report");
        html.text_element("h1", &[], file_name(&store.path));
        let mut summary = counted(events.number, "event");
        if let Some((first, last)) = events.first.zip(events.last) {
            summary += &format!(", {} to {}", moment(first), moment(last));
        }
        summary += &format!(
            ". {} tagged with {}",
            counted(tags.events, "event"),
            counted(tags.labels.total_rows(), "label")
        );
        if tags.sessions.rows > 0 {
            summary += &format!("; {} of activity", counted(tags.sessions.rows, "session"));
        }
        html.text_element("p", &[("class", &"summary")], &(summary + "."));
        html.element("dl", &[("class", &"facts")], |html| {
            fact(html, "Storage file", &store.path);
            fact(html, "Size", &bytes(store.size));
            fact(
                html,
                "Format",
                &format!("{} ({}), {}", store.storage_format, store.written_by, store.compression),
            );
            let named: Vec<_> = sources
                .rows
                .iter()
                .take(5)
                .map(|s| format!("{} ({})", cut(&s.path, MAXIMUM_NAME), cut(&s.source_type, MAXIMUM_NAME)))
                .collect();
            let unnamed = sources.total_rows() - named.len() as u64;
            let more = if unnamed > 0 { format!(" and {} more", number(unnamed)) } else { String::new() };
            if !named.is_empty() {
                fact(html, "Sources", &(named.join(", ") + &more));
            }
            if *event_sources > 0 {
                fact(html, "Files looked into", &number(*event_sources));
            }
        });
    });
}

/// Links to the sections that there are.
fn contents(html: &mut Html, report: &Report) {
    let Report {
        format_version: _,
        info,
        timeline,
        labels,
        sessions,
        searches,
        extensions,
        plugins,
        warnings,
    } = report;
    let sections: [(bool, &'static str, &str); 10] = [
        (timeline.is_some(), "#timeline", "Timeline"),
        (!labels.is_empty(), "#labels", "Labels"),
        (!sessions.is_empty(), "#sessions", "Sessions"),
        (!searches.is_empty(), "#searches", "Searches"),
        (!extensions.is_empty(), "#extensions", "Extensions"),
        (domain_counts(report).is_some(), "#domains", "Domains"),
        (!info.data_types.is_empty(), "#events", "Events"),
        (!info.warnings.is_empty() || !warnings.is_empty(), "#warnings", "Warnings"),
        (true, "#runs", "Runs"),
        (!plugins.is_empty(), "#reports", "Plugins"),
    ];
    html.newline();
    html.element("nav", &[("aria-label", &"Sections")], |html| {
        for (_, link, name) in sections.iter().filter(|(is_there, _, _)| *is_there) {
            html.text_element("a", &[("href", link)], name);
            html.newline();
        }
    });
}

fn notes(html: &mut Html, notes: &[String]) {
    if notes.is_empty() {
        return;
    }
    html.element("aside", &[("class", &"notes")], |html| {
        html.text_element("h2", &[], "To be known");
        html.element("ul", &[], |html| notes.iter().for_each(|note| html.text_element("li", &[], note)));
    });
}

fn timeline(html: &mut Html, report: &Report, scale: Option<&Scale<'_>>) {
    let (Some(timeline), Some(scale)) = (&report.timeline, scale) else { return };
    section(html, "timeline", "Timeline", |html| {
        chart::histogram(html, scale, &timeline.events, "Events over time");
        let mut words = format!("Each bar is {}.", timeline.bin);
        let outside = [(timeline.events.before, "before"), (timeline.events.after, "after")];
        for (events, side) in outside.into_iter().filter(|(events, _)| *events > 0) {
            words += &format!(" {} lie {side} the chart.", counted(events, "event"));
        }
        html.text_element("p", &[("class", &"caption")], &words);
        html.element("details", &[], |html| {
            html.text_element("summary", &[], "The numbers");
            let bars = timeline.starts.iter().zip(&timeline.events.counts).filter(|(_, count)| **count > 0);
            let bars = Table { rows: bars.collect(), more: Rest::default() };
            let columns = [(Kind::Moment, "from"), (Kind::Number, "events")];
            table(html, "Events over time", &columns, &bars, (usize::MAX, "bar"), |(start, events)| {
                vec![time(Some(**start)), count(**events)]
            });
        });
    });
}

fn labels(html: &mut Html, report: &Report, scale: Option<&Scale<'_>>, rows: usize) {
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
            let words = "The small charts have the time axis of the timeline; the tallest bar of each is its own maximum.";
            html.text_element("p", &[("class", &"caption")], words);
        }
    });
}

fn sessions(html: &mut Html, report: &Report, scale: Option<&Scale<'_>>, rows: usize) {
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
            (Kind::Moment, "begin"),
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

fn searches(html: &mut Html, report: &Report, rows: usize) {
    if report.searches.is_empty() {
        return;
    }
    section(html, "searches", "Searches", |html| {
        let columns = [(Kind::Name, "search term"), (Kind::Text, "engine"), (Kind::Number, "queries")];
        table(html, "What was searched for", &columns, &report.searches, (rows, "search term"), |search| {
            vec![text(search.term.as_str()), text(search.engine.as_str()), count(search.queries)]
        });
    });
}

fn extensions(html: &mut Html, report: &Report, rows: usize) {
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

/// The newest counts of domains.
fn domain_counts(report: &Report) -> Option<&PluginReport> {
    report.plugins.rows.iter().find(|plugin| plugin.plugin == DOMAINS && !plugin.counts.is_empty())
}

fn domains(html: &mut Html, report: &Report, rows: usize) {
    let Some(domains) = domain_counts(report) else { return };
    section(html, "domains", "Domains visited", |html| {
        count_table(html, "Events by domain", "domain", &domains.counts, rows);
    });
}

fn kinds(html: &mut Html, info: &Info, rows: usize) {
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

fn warnings(html: &mut Html, report: &Report, rows: usize) {
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
            let words = format!("From when the events were collected: {}.", words.join(", "));
            html.text_element("p", &[], &words);
        }
        if !report.warnings.is_empty() {
            let columns = [(Kind::Name, "message"), (Kind::Text, "plugin"), (Kind::Number, "times")];
            let caption = "Warnings of analyses, of those that are alike the first";
            table(html, caption, &columns, &report.warnings, (rows, "kind"), |group| {
                vec![long_text(group.message.as_str()), text(group.plugin.as_str()), count(group.number)]
            });
        }
    });
}

fn runs(html: &mut Html, info: &Info, rows: usize) {
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

fn plugins(html: &mut Html, report: &Report, rows: usize) {
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
        count_table(html, "What it counted", "count", &counts, rows);
    }
}
