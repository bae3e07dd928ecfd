//! Makes documents from the models. They are then written as text or Markdown.

mod indicators;
mod labels;
mod sigma;

pub(crate) use indicators::remarks;

use filter::MatchedText;

use crate::document::{Align, Document, Entry, Passage, more_words};
use crate::findings::{PluginReport, Report, SessionFacts};
use crate::info::{Info, RunFacts};
use crate::labelled::LabelReport;
use crate::labelled_event::{Attribute, LabelledEvent};
use crate::labels::grouped;
use crate::words::{bytes, counted, number, span};
use crate::{Count, Rest, Table, Time};
pub(crate) use sigma::unread_in_words;

/// The plugin whose counts are the visited domains.
pub(crate) const DOMAINS: &str = "unique_domains_visited";

pub(crate) fn info(info: &Info, rows: usize) -> Document {
    let mut page = Document::new(&info.store.path, rows);
    facts(&mut page, info);
    runs(&mut page, &info.sessions);
    counts(&mut page, "Events by parser", &info.parsers, "parser");
    counts(&mut page, "Events by data type", &info.data_types, "data type");
    if !info.tags.labels.is_empty() {
        labels::label_counts(&mut page, &info.tags.labels);
    }
    if !info.reports.is_empty() {
        page.heading("Analysis reports");
        let columns = [(Align::Time, "time"), (Align::Left, "plugin"), (Align::Left, "filter")];
        page.table(&columns, &info.reports, "report", |report| {
            vec![
                report.time.to_string(),
                report.plugin.clone(),
                report.event_filter.clone().unwrap_or_default(),
            ]
        });
    }
    notes(&mut page, &info.notes);
    page
}

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
        session_table(&mut page, sessions);
    }
    if !sigma_rules.is_empty() {
        sigma::rules(&mut page, report);
    }
    if !indicators.is_empty() {
        indicators::indicators(&mut page, indicators, indicators_by_host);
    }
    if !sigma_firings.is_empty() {
        page.heading("Firings of Sigma correlations");
        let columns = [
            (Align::Left, "correlation"),
            (Align::Left, "group"),
            (Align::Time, "first"),
            (Align::Time, "last"),
            (Align::Right, "records"),
        ];
        let time = |time: Option<Time>| time.map(|time| time.to_string()).unwrap_or_default();
        page.table(&columns, sigma_firings, "firing", |firing| {
            vec![
                firing.title.clone(),
                firing.group.clone(),
                time(firing.first),
                time(firing.last),
                number(firing.records),
            ]
        });
    }
    if !searches.is_empty() {
        page.heading("Searches");
        let columns = [(Align::Right, "queries"), (Align::Left, "engine"), (Align::Left, "term")];
        page.table(&columns, searches, "result", |search| {
            vec![number(search.queries), search.engine.clone(), search.term.clone()]
        });
    }
    if !extensions.is_empty() {
        page.heading("Browser extensions");
        let columns = [(Align::Left, "user"), (Align::Left, "extension"), (Align::Left, "identifier")];
        page.table(&columns, extensions, "extension", |row| {
            vec![row.user.clone(), row.extension.clone(), row.identifier.clone()]
        });
    }
    for plugin in &plugins.rows {
        plugin_report(&mut page, plugin);
    }
    if let Some(more) = more_words(plugins.more, "report") {
        page.paragraph(more);
    }
    if !warnings.is_empty() {
        page.heading("Analysis warnings");
        let columns = [(Align::Right, "times"), (Align::Left, "plugin"), (Align::Left, "message")];
        page.table(&columns, warnings, "kind", |group| {
            vec![number(group.number), group.plugin.clone(), group.message.clone()]
        });
    }
    if !collection_warnings.is_empty() {
        page.heading("Warnings of Plaso");
        let columns = [
            (Align::Right, "times"),
            (Align::Left, "kind"),
            (Align::Left, "parser"),
            (Align::Left, "message"),
        ];
        page.table(&columns, collection_warnings, "kind", |group| {
            vec![number(group.number), group.kind.into(), group.parser.clone(), group.message.clone()]
        });
    }
    runs(&mut page, &info.sessions);
    notes(&mut page, &info.notes);
    page
}

/// Makes the document of the events of a label.
pub(crate) fn label(report: &LabelReport, rows: usize) -> Document {
    let LabelReport {
        format_version: _,
        store,
        label,
        labels,
        timeline: _,
        tagging_file,
        events,
        notes: said,
        shows_whole,
        unknown: _,
    } = report;
    let mut page = Document::new(&store.path, rows);
    page.fact("label", label.label.as_str());
    labels::meaning(&mut page, &label.meaning);
    page.fact("events", label.events_in_words());
    if label.without_time > 0 {
        page.fact("", without_time(label.without_time));
    }
    if let Some((first, last)) = label.first.zip(label.last) {
        page.fact("first", first.to_string());
        page.fact("last", last.to_string());
    }
    if labels.rows.len() > 1 {
        labels::labels(&mut page, labels);
    }
    let shown = events.rows.len().min(rows);
    if shown > 0 {
        page.heading("Events");
    }
    for event in &events.rows[..shown] {
        page.entry(event_entry(event, tagging_file.is_some(), labels.rows.len() > 1, *shows_whole));
    }
    let more = Rest { rows: events.total_rows() - shown as u64, number: 0 };
    if let Some(more) = more_words(more, label.thing()) {
        page.paragraph(more);
    }
    notes(&mut page, said);
    page
}

fn event_entry(event: &LabelledEvent, has_rules: bool, has_several_labels: bool, whole: bool) -> Entry {
    let head = [time(event.time), event.description.clone()];
    let others = event.other_times.iter().flat_map(|other| [time(other.time), other.description.clone()]);
    let last = [event.data_type.clone(), format!("event {}", event.event)];
    let head = head.into_iter().chain(others).chain(last).collect();
    let mut facts: Vec<(String, Passage)> = vec![(String::new(), event.shown_message(whole).into())];
    if has_several_labels {
        facts.push(("labels".into(), event.labels.join(", ").into()));
    }
    let named = [("host", event.host.as_ref()), ("user", event.user.as_ref()), ("file", Some(&event.file))];
    facts.extend(named.into_iter().filter_map(|(name, value)| Some((name.into(), value?.clone().into()))));
    for attribute in &event.attributes {
        facts.extend(passages(attribute, whole).into_iter().map(|value| (attribute.name.clone(), value)));
    }
    if has_rules {
        facts.push(("by".into(), by_rules(&event.places).into()));
    }
    facts.extend(event.problem.iter().map(|problem| ("cannot be read".into(), problem.clone().into())));
    facts.retain(|(_, value)| !value.is_empty());
    Entry { head, facts }
}

/// Returns the value of an attribute, or the parts of it that the rules matched.
fn passages(attribute: &Attribute, whole: bool) -> Vec<Passage> {
    if whole || attribute.matched.is_empty() {
        return vec![attribute.value.shown(whole).into()];
    }
    let passage = |MatchedText { before, text, after }: &MatchedText| Passage {
        before: before.clone(),
        matched: text.clone(),
        after: after.clone(),
    };
    attribute.matched.iter().map(passage).collect()
}

/// Returns the rules that match an event now, as `file:line`.
pub(crate) fn by_rules(places: &[String]) -> String {
    if places.is_empty() { "no rule of this file matches it now".into() } else { places.join(", ") }
}

fn session_table(page: &mut Document, sessions: &Table<SessionFacts>) {
    let shown = largest_sessions(sessions, page.rows());
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

/// Adds the facts about the store, one in each line.
fn facts(page: &mut Document, info: &Info) {
    let Info { store, sources, event_sources, events, tags, warnings, .. } = info;
    page.fact("format", format!("{} ({}), {}", store.storage_format, store.written_by, store.compression));
    page.fact("size", bytes(store.size));
    let shown = sources.rows.len().min(page.rows());
    for source in &sources.rows[..shown] {
        page.fact("source", format!("{} ({})", source.path, source.source_type));
    }
    let unnamed = Rest { rows: sources.total_rows() - shown as u64, number: 0 };
    if let Some(more) = more_words(unnamed, "source") {
        page.fact("", more);
    }
    if *event_sources > 0 {
        page.fact("event sources", number(*event_sources));
    }
    page.fact("events", number(events.number));
    if events.without_time > 0 {
        page.fact("", without_time(events.without_time));
    }
    if let Some((first, last)) = events.first.zip(events.last) {
        page.fact("first", first.to_string());
        page.fact("last", last.to_string());
    }
    page.fact("labels", tags.labels_in_words());
    if let Some(sessions) = tags.sessions_in_words() {
        page.fact("sessions", sessions);
    }
    for (position, warning) in warnings.iter().take(page.rows()).enumerate() {
        let of = warning.plugin.as_ref().map(|plugin| format!(": {plugin}")).unwrap_or_default();
        let name = if position == 0 { "warnings" } else { "" };
        page.fact(name, format!("{} {}{of}", number(warning.number), warning.kind));
    }
    if warnings.is_empty() {
        page.fact("warnings", "none");
    }
}

/// Adds the table of runs of tools over the store.
fn runs(page: &mut Document, runs: &Table<RunFacts>) {
    page.heading("Sessions of tools");
    if runs.is_empty() {
        return page.paragraph("none");
    }
    let columns = [
        (Align::Time, "start"),
        (Align::Right, "took"),
        (Align::Left, "tool"),
        (Align::Left, "command line"),
    ];
    page.table(&columns, runs, "session", |run| {
        let tool = format!("{} {}", run.product, run.product_version);
        vec![run.start.to_string(), took(run), tool, run.command_line.clone()]
    });
}

fn counts(page: &mut Document, heading: &str, table: &Table<Count>, thing: &str) {
    if !table.is_empty() {
        page.heading(heading);
        count_table(page, table, thing);
    }
}

fn count_table(page: &mut Document, counts: &Table<Count>, thing: &str) {
    let counts = Table { rows: grouped(&counts.rows), more: counts.more };
    let columns = [(Align::Right, ""), (Align::Left, "")];
    page.table(&columns, &counts, thing, |count| vec![number(count.number), count.name.clone()]);
}

fn notes(page: &mut Document, notes: &[String]) {
    if !notes.is_empty() {
        page.heading("Notes");
        notes.iter().for_each(|note| page.paragraph(note.as_str()));
    }
}

/// Returns the `maximum` sessions with the most events, in their original order.
pub(crate) fn largest_sessions(sessions: &Table<SessionFacts>, maximum: usize) -> Table<SessionFacts> {
    let mut order: Vec<usize> = (0..sessions.rows.len()).collect();
    order.sort_by_key(|position| std::cmp::Reverse(sessions.rows[*position].events));
    order.truncate(maximum);
    order.sort_unstable();
    let rows: Vec<_> = order.into_iter().map(|position| sessions.rows[position].clone()).collect();
    let more = Rest { rows: sessions.total_rows() - rows.len() as u64, number: 0 };
    Table { rows, more }
}

/// Says how many events have no usable time.
pub(crate) fn without_time(events: u64) -> String {
    let have = if events == 1 { "has" } else { "have" };
    format!("{} {have} no usable time", counted(events, "event"))
}

/// Returns how long a run took, or that it did not complete.
pub(crate) fn took(run: &RunFacts) -> String {
    match run.completion {
        _ if run.aborted => "aborted".into(),
        Some(completion) if completion >= run.start => span(completion.abs_diff(run.start)),
        _ => "not completed".into(),
    }
}

/// Returns the duration of a session.
pub(crate) fn length(session: &SessionFacts) -> String {
    session
        .first
        .zip(session.last)
        .map_or("no usable time".into(), |(first, last)| span(last.abs_diff(first)))
}

fn time(time: Option<Time>) -> String {
    time.map_or(String::new(), |time| time.to_string())
}
