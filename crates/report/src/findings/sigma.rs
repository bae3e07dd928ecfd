//! Reads the rows of the plugin `sigma`: the Sigma rules that matched, and the firings of
//! correlations.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher as _;

use events::ResultColumn::{Integer, Text};
use events::{ResultValue as Value, Timestamp};
use filter::attack;
use rustc_hash::{FxBuildHasher, FxHashSet};
use serde::Serialize;
use storage::{StorageError, Store};

use super::facts::LabelFacts;
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
    /// The tactics of ATT&CK that its tags name, or whose techniques they name, in the order of the
    /// matrix.
    pub tactics: Vec<&'static str>,
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
    /// How many events have its label now, or `None` if the report does not have the label.
    pub events: Option<u64>,
    /// The time of the earliest of these events, if any has a usable time.
    pub first: Option<Time>,
    /// The time of the latest.
    pub last: Option<Time>,
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

impl SigmaRule {
    /// Returns the title and who wrote the rule.
    #[must_use]
    pub fn credit(&self) -> String {
        match self.author.is_empty() {
            true => self.title.clone(),
            false => format!("{}, by {}", self.title, self.author),
        }
    }
}

/// Returns the rules that matched, the highest level first, then by tactic, then those with the
/// most records.
pub(super) fn sigma_rules(
    store: &Store,
    labels: &Table<LabelFacts>,
) -> Result<Table<SigmaRule>, StorageError> {
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
    let labels: BTreeMap<_, _> = labels.rows.iter().map(|facts| (facts.label.as_str(), facts)).collect();
    let mut table = found.finish(|texts, records| {
        let [label, title, author, level, status, tags, description, references, identifier, file] = texts;
        let facts = labels.get(label.as_str());
        SigmaRule {
            tactics: tactics(&tags).into_iter().map(|position| attack::TACTICS[position].name).collect(),
            events: facts.map(|facts| facts.events),
            first: facts.and_then(|facts| facts.first),
            last: facts.and_then(|facts| facts.last),
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
    let level = |rule: &SigmaRule| LEVELS.iter().position(|level| *level == rule.level);
    let tactic = |rule: &SigmaRule| tactics(&rule.tags).first().copied().unwrap_or(usize::MAX);
    table.rows.sort_by_key(|rule| (Reverse(level(rule)), tactic(rule)));
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

/// Returns the positions of the tactics that tags such as `attack.defense-evasion` and
/// `attack.t1003.001` name.
fn tactics(tags: &str) -> BTreeSet<usize> {
    let mut tactics = BTreeSet::new();
    for tag in tags.split(", ").filter_map(|tag| tag.strip_prefix("attack.")) {
        let name = tag.replace(['-', '_'], " ");
        let named = attack::TACTICS.iter().position(|tactic| tactic.name.eq_ignore_ascii_case(&name));
        tactics.extend(named);
        let technique = attack::technique(&tag.to_ascii_uppercase());
        tactics.extend(technique.into_iter().flat_map(|technique| technique.tactics.iter().copied()));
    }
    tactics
}

/// How many files are told apart.
const MAXIMUM_FILES: usize = 1 << 20;

/// Returns how many Windows event logs have records that Plaso could not read. Rules cannot find
/// what is only there.
pub(super) fn unread_event_logs(store: &Store) -> Result<u64, StorageError> {
    let mut files = FxHashSet::default();
    store.visit_collection_warnings(|kind, warning| {
        if kind == "extraction" && warning.origin.ends_with("winevtx") && files.len() < MAXIMUM_FILES {
            files.insert(FxBuildHasher.hash_one(&warning.path_spec));
        }
    })?;
    Ok(files.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tactics_are_named_or_follow_from_techniques() {
        let names = |tags| {
            let positions = tactics(tags).into_iter();
            positions.map(|position| attack::TACTICS[position].id).collect::<Vec<_>>()
        };
        assert_eq!(names("attack.command-and-control, attack.initial_access"), ["TA0001", "TA0011"]);
        assert_eq!(names("attack.t1003.001, car.2013-01"), ["TA0006"]);
        assert_eq!(names(""), [""; 0]);
    }
}
