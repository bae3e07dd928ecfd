//! Reads the rows of the plugin `sigma`: the Sigma rules that matched, and the firings of
//! correlations.

use std::cmp::Reverse;

use events::ResultColumn::{Integer, Text};
use events::{ResultValue as Value, Timestamp};
use serde::Serialize;
use storage::{StorageError, Store};

use crate::table::Largest;
use crate::{Table, Time};

/// The levels of rules, the least first.
const LEVELS: [&str; 5] = ["informational", "low", "medium", "high", "critical"];

/// A Sigma rule that matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SigmaRule {
    /// The label that it gives.
    pub label: String,
    /// Its title.
    pub title: String,
    /// Who wrote it.
    pub author: String,
    /// How much a match matters.
    pub level: String,
    /// How well tried it is.
    pub status: String,
    /// Its tags, such as those of MITRE ATT&CK.
    pub tags: String,
    /// What it finds.
    pub description: String,
    /// Where to read more, a line for each.
    pub references: String,
    /// Its identifier.
    pub identifier: String,
    /// Its file.
    pub file: String,
    /// How many records it matches. A record of a Windows event log is two events.
    pub records: u64,
}

/// A firing of a Sigma correlation: records that came together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SigmaFiring {
    /// The label of the correlation.
    pub label: String,
    /// Its title.
    pub title: String,
    /// The values that the records have in common.
    pub group: String,
    /// The time of the first record.
    pub first: Option<Time>,
    /// The time of the last record.
    pub last: Option<Time>,
    /// How many records they are.
    pub records: u64,
}

/// The type of the rows that are firings.
const FIRING: &str = "firing";

/// Returns the rules that matched, the highest level first, then those with the most records.
pub(super) fn sigma_rules(store: &Store) -> Result<Table<SigmaRule>, StorageError> {
    const NAMES: [&str; 11] = [
        "label",
        "title",
        "author",
        "level",
        "rule_status",
        "rule_tags",
        "description",
        "rule_references",
        "rule_identifier",
        "rule_file",
        "result_type",
    ];
    let mut found = Largest::<10>::default();
    let mut columns = NAMES.map(Text).to_vec();
    columns.push(Integer("number_of_records"));
    store.visit_results("sigma_analysis_result", &columns, |row| {
        let [texts @ .., Value::Integer(records)] = row.0.as_slice() else { return };
        let texts: Vec<_> =
            texts.iter().map(|value| if let Value::Text(text) = value { text } else { "" }).collect();
        if let [texts @ .., result_type] = texts.as_slice()
            && *result_type != FIRING
            && let Ok(texts) = <[&str; 10]>::try_from(texts)
        {
            found.add(texts, *records);
        }
    })?;
    let mut table = found.finish(|texts, records| {
        let [label, title, author, level, status, tags, description, references, identifier, file] = texts;
        SigmaRule {
            label,
            title,
            author,
            level,
            status,
            tags,
            description,
            references,
            identifier,
            file,
            records,
        }
    });
    table.rows.sort_by_key(|rule| Reverse(LEVELS.iter().position(|level| *level == rule.level)));
    Ok(table)
}

/// Returns the firings of correlations, those of a correlation one after the other, in the order of
/// time. If there are too many, those with the most records.
pub(super) fn sigma_firings(store: &Store) -> Result<Table<SigmaFiring>, StorageError> {
    let columns = ["result_type", "label", "title", "group_values"].map(Text);
    let numbers = ["first_time", "last_time", "number_of_records"].map(Integer);
    let mut found = Largest::<5>::default();
    store.visit_results("sigma_analysis_result", &[&columns[..], &numbers].concat(), |row| {
        let [Value::Text(result_type), texts @ .., first, last, Value::Integer(records)] = row.0.as_slice()
        else {
            return;
        };
        let ([Value::Text(label), Value::Text(title), Value::Text(group)], true) =
            (texts, result_type == FIRING)
        else {
            return;
        };
        let [first, last] = [first, last].map(|time| match time {
            Value::Integer(time) => time.to_string(),
            Value::Text(_) => String::new(),
        });
        found.add([label, title, group, &first, &last], *records);
    })?;
    let time = |text: &str| Time::of_event(text.parse().ok().map(Timestamp));
    let mut table = found.finish(|[label, title, group, first, last], records| SigmaFiring {
        label,
        title,
        group,
        first: time(&first),
        last: time(&last),
        records,
    });
    table.rows.sort_by(|a, b| (&a.label, a.first, a.last).cmp(&(&b.label, b.first, b.last)));
    Ok(table)
}
