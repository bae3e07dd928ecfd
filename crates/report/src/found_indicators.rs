//! Reads the rows of the plugin `ioc`: the indicators of compromise that were found.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use events::ResultColumn::{Integer, Text};
use events::ResultValue as Value;
use filter::{LabelMeaning, LabelSeverity};
use serde::Serialize;
use storage::{StorageError, Store};

use crate::Table;
use crate::table::{Largest, short};

/// The table of the plugin.
const TABLE: &str = "ioc_analysis_result";

/// The threat levels, the least first.
const LEVELS: [&str; 4] = ["", "low", "medium", "high"];

/// How many hosts are listed.
const MOST_HOSTS: usize = 1_000;

/// How many events are explained by their indicators.
const MOST_EVENTS: usize = 100_000;

/// How many labels have a meaning.
const MOST_LABELS: usize = 10_000;

/// How many indicators of an event are named.
const MOST_OF_EVENT: usize = 10;

/// An indicator of compromise that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundIndicator {
    /// The label of its list.
    pub label: String,
    /// The title of the list, or the name of its file.
    pub list: String,
    /// The file of the list.
    pub file: String,
    /// What it is, such as `domain`.
    pub kind: String,
    /// The value, as the list has it.
    pub indicator: String,
    /// What the list says about it.
    pub comment: String,
    /// Its tags.
    pub tags: String,
    /// How serious the list says it is.
    pub threat_level: String,
    /// The lists of known good values that it is on, or empty.
    pub known_good: String,
    /// When it expired, if that was before its first event, or empty.
    pub expired: String,
    /// The number of events that have it.
    pub events: u64,
    /// The time of its first event.
    pub first: String,
    /// The time of its last event.
    pub last: String,
    /// The hosts of its events, separated by commas.
    pub hosts: String,
    /// The numbers of its first events, separated by commas.
    pub first_events: String,
}

/// The indicators of one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HostIndicators {
    /// The host.
    pub host: String,
    /// How many indicators its events have, without those that are known to be good.
    pub indicators: u64,
    /// The labels of their lists.
    pub labels: Vec<String>,
}

/// The number of texts of a row.
const TEXTS: usize = 14;

/// The columns with the texts.
const NAMES: [&str; TEXTS] = [
    "label",
    "list_title",
    "list_file",
    "indicator_type",
    "indicator",
    "comment",
    "tags",
    "threat_level",
    "known_good",
    "expired",
    "first_time",
    "last_time",
    "hosts",
    "events",
];

/// Returns the indicators that were found, by list: first those that are not known to be good, with
/// the most serious and most frequent first.
pub(crate) fn indicators(store: &Store) -> Result<Table<FoundIndicator>, StorageError> {
    let mut found = Largest::<TEXTS>::default();
    visit(store, |texts, events| found.add(texts, events))?;
    let mut table = finish(found);
    let level = |found: &FoundIndicator| LEVELS.iter().position(|level| *level == found.threat_level);
    table.rows.sort_by_cached_key(|found| {
        (!found.known_good.is_empty(), found.list.clone(), found.file.clone(), Reverse(level(found)))
    });
    Ok(table)
}

/// Makes indicators of the texts of rows.
fn finish(rows: Largest<TEXTS>) -> Table<FoundIndicator> {
    rows.finish(|texts, events| {
        let [
            label,
            title,
            file,
            kind,
            indicator,
            comment,
            tags,
            threat_level,
            known_good,
            expired,
            first,
            last,
            hosts,
            first_events,
        ] = texts;
        FoundIndicator {
            label,
            list: title_or_file(&title, &file).to_owned(),
            file,
            kind,
            indicator,
            comment,
            tags,
            threat_level,
            known_good,
            expired,
            events,
            first,
            last,
            hosts,
            first_events,
        }
    })
}

/// Returns the hosts on which indicators were found, those with the most first.
pub(crate) fn by_host(indicators: &Table<FoundIndicator>) -> Table<HostIndicators> {
    let mut hosts = BTreeMap::<&str, (u64, BTreeSet<&str>)>::new();
    for found in indicators.rows.iter().filter(|found| found.known_good.is_empty()) {
        // The last host of a long text may be cut.
        let hosts_of_row = found.hosts.split(", ").filter(|host| !host.is_empty() && !host.ends_with('…'));
        for host in hosts_of_row {
            let (count, labels) = hosts.entry(host).or_default();
            *count += 1;
            labels.insert(&found.label);
        }
    }
    let mut rows: Vec<_> = hosts
        .into_iter()
        .map(|(host, (indicators, labels))| HostIndicators {
            host: host.into(),
            indicators,
            labels: labels.into_iter().map(str::to_owned).collect(),
        })
        .collect();
    rows.sort_by_key(|host| Reverse(host.indicators));
    let mut table = Table::default();
    rows.into_iter().for_each(|row| table.push(row, MOST_HOSTS));
    table
}

/// The indicators of events.
#[derive(Default)]
pub(crate) struct ByEvent {
    /// The indicators of each event that a row names.
    pub(crate) indicators: BTreeMap<i64, Vec<String>>,
    /// The labels that other events have, too, because a row names only the first events.
    pub(crate) labels_of_others: BTreeSet<String>,
}

/// Returns the indicators of events.
pub(crate) fn by_event(store: &Store) -> Result<ByEvent, StorageError> {
    let ByEvent { indicators: mut by_event, mut labels_of_others } = ByEvent::default();
    visit(store, |texts, events| {
        let [label, title, file, kind, indicator, comment, .., first_events] = texts;
        let named = if first_events.is_empty() { 0 } else { first_events.split(", ").count() as u64 };
        if named < events && labels_of_others.len() < MOST_LABELS && !labels_of_others.contains(label) {
            labels_of_others.insert(label.to_owned());
        }
        let list = title_or_file(title, file);
        let comment = if comment.is_empty() { String::new() } else { format!(", {comment}") };
        let words = short(&format!("{kind} {indicator} ({list}{comment})"));
        for event in first_events.split(", ").filter_map(|event| event.parse().ok()) {
            if by_event.len() < MOST_EVENTS || by_event.contains_key(&event) {
                let of_event = by_event.entry(event).or_default();
                if of_event.len() < MOST_OF_EVENT {
                    of_event.push(words.clone());
                }
            }
        }
    })?;
    Ok(ByEvent { indicators: by_event, labels_of_others })
}

/// Returns what the labels of lists mean.
pub(crate) fn label_meanings(store: &Store) -> Result<BTreeMap<String, LabelMeaning>, StorageError> {
    let mut lists = BTreeMap::<String, OfLabel>::new();
    visit(store, |texts, _| {
        let [label, title, file, _, _, _, _, level, known_good, ..] = texts;
        if lists.len() == MOST_LABELS && !lists.contains_key(label) {
            return;
        }
        let of_label = lists.entry(label.to_owned()).or_default();
        let severity = match level {
            _ if !known_good.is_empty() => LabelSeverity::Informational,
            "high" => LabelSeverity::High,
            "low" => LabelSeverity::Low,
            _ => LabelSeverity::Medium,
        };
        of_label.severity = of_label.severity.max(Some(severity));
        let name = short(title_or_file(title, file));
        if known_good.is_empty() && !of_label.names.contains(&name) {
            match of_label.names.len() {
                MOST_NAMES => of_label.has_more = true,
                _ => of_label.names.push(name),
            }
        }
    })?;
    Ok(lists.into_iter().map(|(label, of_label)| (label, of_label.meaning())).collect())
}

/// How many lists the meaning of a label names. Names that differ only in signs have one label.
const MOST_NAMES: usize = 5;

/// The lists with values that are not known to be good, and have this label.
#[derive(Default)]
struct OfLabel {
    names: Vec<String>,
    has_more: bool,
    severity: Option<LabelSeverity>,
}

impl OfLabel {
    fn meaning(self) -> LabelMeaning {
        let names: Vec<_> = self.names.iter().map(|name| format!("\"{name}\"")).collect();
        let description = match names.as_slice() {
            [] => "The event has a value of an indicator list that is known to be good.".to_owned(),
            [name] => format!("The event has a value of the indicator list {name}."),
            names => {
                let more = if self.has_more { " and others" } else { "" };
                format!("The event has a value of one of these indicator lists: {}{more}.", names.join(", "))
            }
        };
        LabelMeaning { description: short(&description), severity: self.severity, ..LabelMeaning::default() }
    }
}

/// Returns what a list is called.
fn title_or_file<'t>(title: &'t str, file: &'t str) -> &'t str {
    if title.is_empty() { file } else { title }
}

/// Calls `visit` with the texts of each row, in the order of [`NAMES`], and its number of events.
fn visit(store: &Store, mut visit: impl FnMut([&str; TEXTS], u64)) -> Result<(), StorageError> {
    let mut columns = NAMES.map(Text).to_vec();
    columns.push(Integer("number_of_events"));
    store.visit_results(TABLE, &columns, |row| {
        let [texts @ .., Value::Integer(events)] = row.0.as_slice() else { return };
        let texts: Vec<_> = texts
            .iter()
            .map(|value| if let Value::Text(text) = value { text.as_str() } else { "" })
            .collect();
        if let Ok(texts) = <[&str; TEXTS]>::try_from(texts) {
            visit(texts, *events);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_is_cut_is_none() {
        let hosts = (0..100).map(|number| format!("host-{number}.example")).collect::<Vec<_>>().join(", ");
        let mut found = Largest::<TEXTS>::default();
        let mut texts = [""; TEXTS];
        texts[12] = &hosts;
        assert_eq!(NAMES[12], "hosts");
        found.add(texts, 1);
        let table = finish(found);
        let hosts = by_host(&table);
        assert!((40..100).contains(&hosts.rows.len()), "{}", hosts.rows.len());
        assert!(hosts.rows.iter().all(|row| row.host.ends_with(".example")), "{:?}", hosts.rows);
    }
}
