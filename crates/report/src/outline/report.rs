//! The document of everything that was found in a store.

use super::parts::{count_table, facts, largest_sessions, length, notes, runs, time};
use super::{indicators, labels, sigma};
use crate::Table;
use crate::document::{Align, Document, more_words};
use crate::findings::{Extension, PluginReport, Report, Search, SessionFacts};
use crate::warnings::{CollectionWarnings, WarningGroup};
use crate::words::number;

/// The plugin whose counts are the visited domains.
pub(crate) const DOMAINS: &str = "unique_domains_visited";

/// What is said instead of the lengths of sessions if these are of several runs.
pub(crate) const SEVERAL_RUNS: &str = "Runs of sessionize with different pauses or filters have given these labels, so the \
     events of one label are of several sessions. The notes name the runs.";

pub(crate) fn report(report: &Report, rows: usize) -> Document {
    let Report {
        format_version: _,
        info,
        timeline: _,
        labels,
        severities: _,
        tactics,
        sessions,
        sigma_rules,
        unread_event_logs: _,
        indicators,
        indicators_by_host,
        sigma_firings,
        searches,
        extensions,
        plugins,
        warnings,
        collection_warnings,
    } = report;
    let mut page = Document::new(&info.store.path, rows);
    facts(&mut page, info);
    if !labels.is_empty() {
        labels::labels(&mut page, labels);
    }
    if !tactics.is_empty() {
        labels::tactics(&mut page, tactics);
    }
    if !sessions.is_empty() {
        session_table(&mut page, sessions, info.tags.sessions_of_several_runs);
    }
    if !sigma_rules.is_empty() {
        sigma::rules(&mut page, report);
    }
    if !indicators.is_empty() {
        indicators::indicators(&mut page, indicators, indicators_by_host);
    }
    sigma::firings(&mut page, sigma_firings);
    search_table(&mut page, searches);
    extension_table(&mut page, extensions);
    for plugin in &plugins.rows {
        plugin_report(&mut page, plugin);
    }
    if let Some(more) = more_words(plugins.more, "report") {
        page.paragraph(more);
    }
    analysis_warnings(&mut page, warnings);
    warnings_of_plaso(&mut page, collection_warnings);
    runs(&mut page, &info.sessions);
    notes(&mut page, &info.notes);
    page
}

fn search_table(page: &mut Document, searches: &Table<Search>) {
    if !searches.is_empty() {
        page.heading("Searches");
        let columns = [(Align::Right, "queries"), (Align::Left, "engine"), (Align::Left, "term")];
        page.table(&columns, searches, "result", |search| {
            vec![number(search.queries), search.engine.clone(), search.term.clone()]
        });
    }
}

fn extension_table(page: &mut Document, extensions: &Table<Extension>) {
    if !extensions.is_empty() {
        page.heading("Browser extensions");
        let columns = [(Align::Left, "user"), (Align::Left, "extension"), (Align::Left, "identifier")];
        page.table(&columns, extensions, "extension", |row| {
            vec![row.user.clone(), row.extension.clone(), row.identifier.clone()]
        });
    }
}

fn analysis_warnings(page: &mut Document, warnings: &Table<WarningGroup>) {
    if !warnings.is_empty() {
        page.heading("Analysis warnings");
        let columns = [(Align::Right, "times"), (Align::Left, "plugin"), (Align::Left, "message")];
        page.table(&columns, warnings, "kind", |group| {
            vec![number(group.number), group.plugin.clone(), group.message.clone()]
        });
    }
}

fn warnings_of_plaso(page: &mut Document, warnings: &Table<CollectionWarnings>) {
    if !warnings.is_empty() {
        page.heading("Warnings of Plaso");
        let columns = [
            (Align::Right, "times"),
            (Align::Left, "kind"),
            (Align::Left, "parser"),
            (Align::Left, "message"),
        ];
        page.table(&columns, warnings, "kind", |group| {
            vec![number(group.number), group.kind.into(), group.parser.clone(), group.message.clone()]
        });
    }
}

fn session_table(page: &mut Document, sessions: &Table<SessionFacts>, of_several_runs: bool) {
    let shown = largest_sessions(sessions, page.rows());
    if of_several_runs {
        page.heading(format!("Labels of sessions of several runs ({})", number(sessions.total_rows())));
        page.paragraph(SEVERAL_RUNS);
        return page.table(&[(Align::Left, "label"), (Align::Right, "events")], &shown, "label", |session| {
            vec![session.label.clone(), number(session.events)]
        });
    }
    page.heading(format!("Sessions of activity ({})", number(sessions.total_rows())));
    if shown.more.rows > 0 {
        page.paragraph("The sessions with the most events, in order of time:");
    }
    let columns =
        [(Align::Left, "label"), (Align::Right, "events"), (Align::Time, "first"), (Align::Right, "length")];
    page.table(&columns, &shown, "session", |session| {
        vec![session.label.clone(), number(session.events), time(session.first), length(session)]
    });
}

fn plugin_report(page: &mut Document, report: &PluginReport) {
    let PluginReport { plugin, time, event_filter, text, counts } = report;
    page.heading(format!("Report of {plugin}"));
    page.fact("made", time.to_string());
    if let Some(filter) = event_filter {
        page.fact("filter", filter);
    }
    if plugin == DOMAINS {
        page.fact("domains", number(counts.total_rows()));
    }
    for line in text.iter().flat_map(|text| text.lines()) {
        page.paragraph(line);
    }
    if counts.is_empty() {
        page.fact("counts", "none");
    } else {
        count_table(page, counts, "count");
    }
}
