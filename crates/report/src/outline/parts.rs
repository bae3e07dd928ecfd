//! Parts that several documents have.

use crate::document::{Align, Document, more_words};
use crate::findings::SessionFacts;
use crate::info::{Info, RunFacts};
use crate::labels::grouped;
use crate::words::{bytes, counted, number, span};
use crate::{Count, Rest, Table, Time};

/// Adds the facts about the store, one in each line.
pub(super) fn facts(page: &mut Document, info: &Info) {
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
pub(super) fn runs(page: &mut Document, runs: &Table<RunFacts>) {
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

pub(super) fn counts(page: &mut Document, heading: &str, table: &Table<Count>, thing: &str) {
    if !table.is_empty() {
        page.heading(heading);
        count_table(page, table, thing);
    }
}

pub(super) fn count_table(page: &mut Document, counts: &Table<Count>, thing: &str) {
    let counts = Table { rows: grouped(&counts.rows), more: counts.more };
    let columns = [(Align::Right, ""), (Align::Left, "")];
    page.table(&columns, &counts, thing, |count| vec![number(count.number), count.name.clone()]);
}

pub(super) fn notes(page: &mut Document, notes: &[String]) {
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
        Some(completion) if completion >= run.start => match completion.abs_diff(run.start) {
            0..100_000 => "less than 0.1 s".into(),
            length => span(length),
        },
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

pub(super) fn time(time: Option<Time>) -> String {
    time.map_or(String::new(), |time| time.to_string())
}
