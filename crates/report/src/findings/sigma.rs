//! Reads the rows of the plugin `sigma`: the Sigma rules that matched.

use std::cmp::Reverse;

use events::ResultColumn::{Integer, Text};
use events::ResultValue as Value;
use serde::Serialize;
use storage::{StorageError, Store};

use crate::Table;
use crate::table::Largest;

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

/// Returns the rules that matched, the highest level first, then those with the most records.
pub(super) fn sigma_rules(store: &Store) -> Result<Table<SigmaRule>, StorageError> {
    const NAMES: [&str; 10] = [
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
    ];
    let mut found = Largest::<10>::default();
    let mut columns = NAMES.map(Text).to_vec();
    columns.push(Integer("number_of_records"));
    store.visit_results("sigma_analysis_result", &columns, |row| {
        let [texts @ .., Value::Integer(records)] = row.0.as_slice() else { return };
        let texts: Vec<_> =
            texts.iter().map(|value| if let Value::Text(text) = value { text } else { "" }).collect();
        if let Ok(texts) = <[&str; 10]>::try_from(texts) {
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
