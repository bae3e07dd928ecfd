//! The tables of labels, and of the tactics of ATT&CK that they show.

use std::collections::BTreeMap;

use crate::document::{Align, Document};
use crate::findings::{LabelFacts, TacticFacts, more_labels_in_words};
use crate::info::LabelCount;
use crate::labels::grouped;
use crate::meaning::{Meaning, Severity, order, technique_in_words};
use crate::words::number;
use crate::{Count, Table, Time};

/// Adds the table of labels, with what each means.
pub(super) fn labels(page: &mut Document, labels: &Table<LabelFacts>) {
    page.heading("Labels");
    let mut columns = vec![
        (Align::Left, "severity"),
        (Align::Left, "label"),
        (Align::Right, "events"),
        (Align::Time, "first"),
        (Align::Time, "last"),
    ];
    // Only some formats, such as Windows event logs, make several events from a record.
    let has_records = labels.rows.iter().any(|facts| facts.fewer_records().is_some());
    if has_records {
        columns.insert(3, (Align::Right, "records"));
    }
    let time = |time: Option<Time>| time.map(|time| time.to_string()).unwrap_or_default();
    let row = |facts: &LabelFacts| {
        let LabelFacts { label, meaning, events, records, first, last, .. } = facts;
        let mut cells =
            vec![word(meaning.severity), label.clone(), number(*events), time(*first), time(*last)];
        if has_records {
            cells.insert(3, records.map(number).unwrap_or_default());
        }
        cells
    };
    page.table_with_remarks(&columns, labels, "label", row, ("meaning", |facts| remark(&facts.meaning)));
}

/// Adds the table of tactics, each with its techniques.
pub(super) fn tactics(page: &mut Document, tactics: &[TacticFacts]) {
    page.heading("Tactics of ATT&CK");
    let columns = [
        (Align::Left, "severity"),
        (Align::Left, "tactic"),
        (Align::Right, "events"),
        (Align::Left, "labels"),
    ];
    let row = |facts: &TacticFacts| {
        let TacticFacts { id, name, events, severity, labels, more_labels, techniques: _ } = facts;
        let tactic = format!("{id} {name}");
        let labels = labels.join(", ") + &more_labels_in_words(labels.len(), *more_labels);
        vec![word(*severity), tactic.trim().to_owned(), number(*events), labels]
    };
    let techniques = |facts: &TacticFacts| {
        let words = facts.techniques.iter().map(|technique| {
            let name = technique_in_words(&technique.id, &technique.name);
            format!("{name} ({})", number(technique.events))
        });
        words.collect::<Vec<_>>().join(", ")
    };
    let table = Table { rows: tactics.to_vec(), ..Table::default() };
    page.table_with_remarks(&columns, &table, "tactic", row, ("techniques", techniques));
}

/// Adds the table of the numbers of events by label.
pub(super) fn label_counts(page: &mut Document, labels: &Table<LabelCount>) {
    page.heading("Events by label");
    let counts = labels.rows.iter().map(|row| Count { name: row.name.clone(), number: row.number });
    let meanings: BTreeMap<_, _> = labels.rows.iter().map(|row| (&row.name, &row.meaning)).collect();
    let none = Meaning::default();
    let meaning = |name: &String| *meanings.get(name).unwrap_or(&&none);
    let mut rows = grouped(&counts.collect::<Vec<_>>());
    rows.sort_by(|a, b| {
        let [a, b] = [a, b].map(|c| order(meaning(&c.name).severity, c.number, &c.name));
        a.cmp(&b)
    });
    let columns = [
        (Align::Left, "severity"),
        (Align::Right, "events"),
        (Align::Left, "label"),
        (Align::Left, "meaning"),
    ];
    page.table(&columns, &Table { rows, more: labels.more }, "label", |Count { name, number: events }| {
        let Meaning { severity, .. } = meaning(name);
        vec![word(*severity), number(*events), name.clone(), meaning(name).summary()]
    });
}

/// Adds what a label means, one part in each line.
pub(super) fn meaning(page: &mut Document, meaning: &Meaning) {
    let Meaning { severity, description, techniques, references, .. } = meaning;
    if let Some(severity) = severity {
        page.fact("severity", severity.to_string());
    }
    for (position, line) in description.lines().enumerate() {
        page.fact(if position == 0 { "meaning" } else { "" }, line);
    }
    for (position, technique) in techniques.iter().enumerate() {
        let tactics = technique.tactics.join(", ");
        let tactics = if tactics.is_empty() { tactics } else { format!(" ({tactics})") };
        let name = if position == 0 { "ATT&CK" } else { "" };
        page.fact(name, format!("{technique}{tactics}"));
    }
    references.iter().for_each(|reference| page.fact("reference", reference.as_str()));
}

/// Returns the word for a severity in a narrow table.
fn word(severity: Option<Severity>) -> String {
    match severity {
        None => String::new(),
        Some(Severity::Informational) => "info".into(),
        Some(severity) => severity.to_string(),
    }
}

/// Returns what a label means, in one line.
fn remark(meaning: &Meaning) -> String {
    let techniques = meaning.technique_ids();
    match (meaning.summary().as_str(), techniques.as_str()) {
        (summary, "") => summary.to_owned(),
        ("", techniques) => techniques.to_owned(),
        (summary, techniques) => format!("{summary} ({techniques})"),
    }
}
