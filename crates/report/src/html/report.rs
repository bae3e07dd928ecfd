//! The page of a report: its header, the links to its sections, and the sections.

use crate::findings::Report;
use crate::html::chart::Scale;
use crate::html::parts::{MAXIMUM_NAME, fact, moment};
use crate::html::sections;
use crate::html::writer::Html;
use crate::html::{file_name, page};
use crate::info::Info;
use crate::words::{bytes, counted, cut, number};

/// Writes the report as an HTML page. A table has at most `rows` rows.
pub(crate) fn report(report: &Report, rows: usize) -> String {
    let title = format!("Report on {}", file_name(&report.info.store.path));
    let scale = report.timeline.as_ref().map(Scale::new);
    page(&title, |html| {
        header(html, &report.info);
        contents(html, report);
        html.element("main", &[], |html| {
            notes(html, &report.info.notes);
            sections::timeline(html, report, scale.as_ref());
            sections::sigma_rules(html, report, rows);
            sections::labels(html, report, scale.as_ref(), rows);
            sections::sessions(html, report, scale.as_ref(), rows);
            sections::searches(html, report, rows);
            sections::extensions(html, report, rows);
            sections::domains(html, report, rows);
            sections::kinds(html, &report.info, rows);
            sections::warnings(html, report, rows);
            sections::runs(html, &report.info, rows);
            sections::plugins(html, report, rows);
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
                fact(html, "Files examined", &number(*event_sources));
            }
        });
    });
}

/// Writes links to the sections of this page.
fn contents(html: &mut Html, report: &Report) {
    let Report {
        format_version: _,
        info,
        timeline,
        labels,
        sessions,
        sigma_rules,
        searches,
        extensions,
        plugins,
        warnings,
    } = report;
    let sections: [(bool, &'static str, &str); 11] = [
        (timeline.is_some(), "#timeline", "Timeline"),
        (!sigma_rules.is_empty(), "#sigma", "Sigma rules"),
        (!labels.is_empty(), "#labels", "Labels"),
        (!sessions.is_empty(), "#sessions", "Sessions"),
        (!searches.is_empty(), "#searches", "Searches"),
        (!extensions.is_empty(), "#extensions", "Extensions"),
        (sections::domain_counts(report).is_some(), "#domains", "Domains"),
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
        html.text_element("h2", &[], "Notes");
        html.element("ul", &[], |html| notes.iter().for_each(|note| html.text_element("li", &[], note)));
    });
}
