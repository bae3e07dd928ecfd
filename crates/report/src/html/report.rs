//! The page of a report: its header, the links to its sections, and the sections.

use crate::completion::Completion;
use crate::evidence::Evidence;
use crate::findings::Report;
use crate::html::clock::ClockChanges;
use crate::html::cover::{self, Cover};
use crate::html::event_rules::EventRules;
use crate::html::findings::Findings;
use crate::html::how_to_read::HOW_TO_READ_WORDS;
use crate::html::linked::Linked;
use crate::html::log_order::LogOrder;
use crate::html::page;
use crate::html::parties;
use crate::html::runs;
use crate::html::scale::Scale;
use crate::html::sections;
use crate::html::story;
use crate::html::who::Computer;
use crate::html::writer::Html;

/// Writes the report as an HTML page. A table has at most `rows` rows.
pub(crate) fn report(report: &Report, evidence: &Evidence, cover: &Cover, rows: usize) -> String {
    let title = match &cover.title {
        Some(title) => title.clone(),
        None => format!("Report on {}", cover.title(&report.info.store)),
    };
    let scale = report.timeline.as_ref().map(Scale::new);
    let scale = scale.as_ref();
    let rules = EventRules::new(report);
    let clocks = ClockChanges::of(evidence);
    let linked = Linked::of(evidence);
    let log_order = LogOrder::of(evidence, &clocks);
    let computer = computer(evidence);
    let completion = Completion::of(&report.info.sessions, evidence.source_has_zone);
    page(&title, |html| {
        cover::header(html, cover, &report.info);
        contents(html, report, evidence);
        html.element("main", &[], |html| {
            notes(html, &report.info.notes);
            cover::summary(html, report, evidence);
            story::story(html, report, evidence, rows);
            sections::timeline(html, report, scale);
            let (rules, computer, clocks) = (&rules, &computer, &clocks);
            Findings {
                report,
                evidence,
                scale,
                rules,
                computer,
                clocks,
                linked: &linked,
                log_order: &log_order,
                completion: &completion,
            }
            .write(html);
            sections::sigma_rules(html, report, rows);
            sections::indicators(html, report, rows);
            parties::parties(html, report, evidence, rows);
            parties::tactics(html, report, evidence, rows);
            sections::sessions(html, report, scale, rows);
            sections::searches(html, report, rows);
            sections::extensions(html, report, rows);
            sections::domains(html, report, rows);
            sections::kinds(html, &report.info, rows);
            runs::runs(html, report, rows);
            runs::warnings(html, report, rows);
            runs::plugins(html, report, rows);
        });
    })
}

/// Returns what is known of the computer of events that name no host.
fn computer(evidence: &Evidence) -> Computer {
    match (&evidence.computer, evidence.hosts.rows.as_slice()) {
        (Some(name), _) => Computer::OfStore(name.clone()),
        (None, [only]) if evidence.hosts.more.rows == 0 => Computer::OfOtherEvents(only.name.clone()),
        _ => Computer::Unknown,
    }
}

/// Writes links to the sections of this page.
fn contents(html: &mut Html, report: &Report, evidence: &Evidence) {
    let Report {
        format_version: _,
        info,
        timeline,
        labels,
        severities: _,
        tactics,
        sessions,
        sigma_rules,
        unread_event_logs: _,
        indicators,
        indicators_by_host: _,
        sigma_firings: _,
        searches,
        extensions,
        plugins,
        warnings,
        collection_warnings,
    } = report;
    let has_parties = parties::has_parties(evidence);
    let has_warnings = !warnings.is_empty() || !collection_warnings.is_empty();
    let sections: [(bool, &'static str, &str); 17] = [
        (true, "#summary", "Summary"),
        (story::has_events(report, evidence), "#story", story::STORY),
        (timeline.is_some(), "#timeline", "Timeline"),
        (!labels.is_empty(), "#labels", "Findings"),
        (!labels.is_empty(), "#words", HOW_TO_READ_WORDS),
        (!sigma_rules.is_empty(), "#sigma", "Sigma rules"),
        (!indicators.is_empty(), "#indicators", "Indicators"),
        (has_parties, "#parties", parties::PARTIES),
        (!tactics.is_empty(), "#attack", "ATT&CK"),
        (!sessions.is_empty(), "#sessions", "Sessions"),
        (!searches.is_empty(), "#searches", "Searches"),
        (!extensions.is_empty(), "#extensions", "Extensions"),
        (sections::domain_counts(report).is_some(), "#domains", "Domains"),
        (!info.data_types.is_empty(), "#events", "Events"),
        (true, "#runs", runs::RUNS),
        (has_warnings, "#warnings", "Warnings"),
        (!plugins.is_empty(), "#reports", runs::REPORTS),
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
        html.element("ul", &[], |html| notes.iter().for_each(|note| html.prose_element("li", &[], note)));
    });
}
