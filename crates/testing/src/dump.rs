//! The results of analyses in a store, in a form that can be compared.
//!
//! It does not contain what differs from run to run (identifiers, times, the order of rows) or what
//! has no meaning (the order of an event's labels).

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use rusqlite::types::{FromSql, ValueRef};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The number of differences of each kind that are listed.
const NAMED: usize = 20;

/// The results of analyses in a store.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Dump {
    /// The number of rows in the table of tags.
    pub tag_rows: u64,
    /// The labels of each event that has any.
    pub tags: BTreeMap<i64, BTreeSet<String>>,
    /// The number of events with each label, counted from the tags.
    pub labels_in_tags: BTreeMap<String, u64>,
    /// The same numbers as the store has them, with a `total`.
    pub event_label_count: BTreeMap<String, u64>,
    /// The reports, in the order of the table.
    pub reports: Vec<Report>,
    /// Plugins and messages.
    pub analysis_warning: Vec<Vec<Value>>,
    /// Search engines, search terms and numbers of queries.
    pub browser_search_analysis_result: Vec<Vec<Value>>,
    /// User names, extensions and extension identifiers.
    pub chrome_extension_analysis_result: Vec<Vec<Value>>,
    /// The number of sessions in the store.
    pub sessions: u64,
}

/// An analysis report.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The plugin.
    pub plugin: Option<String>,
    /// What the plugin counted.
    pub counter: BTreeMap<String, u64>,
    /// The filter of the run.
    pub filter: Option<String>,
    /// The text that the plugin wrote.
    pub text: Option<String>,
}

impl Dump {
    /// Reads the results from a store.
    ///
    /// # Panics
    ///
    /// If the store cannot be read, or its contents are not valid.
    #[must_use]
    pub fn of(connection: &Connection) -> Self {
        let mut tags: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
        let stored = pairs::<String, String>(connection, "event_tag", "_event_identifier, labels");
        let tag_rows = stored.len() as u64;
        for (event, labels) in stored {
            let number = event.strip_prefix("event.").and_then(|number| number.parse().ok());
            let labels: Vec<String> = serde_json::from_str(&labels).unwrap();
            tags.entry(number.expect("an event's identifier")).or_default().extend(labels);
        }
        let mut labels_in_tags = BTreeMap::new();
        for label in tags.values().flatten() {
            *labels_in_tags.entry(label.clone()).or_default() += 1;
        }
        let rows = |table, columns: &[&str]| rows(connection, table, columns);
        Self {
            tag_rows,
            tags,
            labels_in_tags,
            event_label_count: pairs(connection, "event_label_count", "label, number_of_events")
                .into_iter()
                .collect(),
            reports: reports(connection),
            analysis_warning: rows("analysis_warning", &["plugin_name", "message"]),
            browser_search_analysis_result: rows(
                "browser_search_analysis_result",
                &["search_engine", "search_term", "number_of_queries"],
            ),
            chrome_extension_analysis_result: rows(
                "chrome_extension_analysis_result",
                &["username", "extension", "extension_identifier"],
            ),
            sessions: count(connection, "session"),
        }
    }

    /// Returns the results of these plugins, as if they alone had been run.
    #[must_use]
    pub fn only(&self, plugins: &[&str]) -> Self {
        let is_of = |plugin: Option<&str>| plugin.is_some_and(|plugin| plugins.contains(&plugin));
        let reports: Vec<Report> =
            self.reports.iter().filter(|report| is_of(report.plugin.as_deref())).cloned().collect();
        // A plugin's report counts the labels that the plugin gives. This is not so for plugins
        // that give only one label, which has their own name.
        let is_label = |label: &str| {
            plugins.contains(&label) || reports.iter().any(|report| report.counter.contains_key(label))
        };
        let keep = |labels: &BTreeSet<String>| -> BTreeSet<String> {
            labels.iter().filter(|label| is_label(label)).cloned().collect()
        };
        let tags: BTreeMap<_, _> =
            self.tags.iter().map(|(&e, l)| (e, keep(l))).filter(|(_, l)| !l.is_empty()).collect();
        let labels_in_tags: BTreeMap<_, _> =
            self.labels_in_tags.iter().filter(|(l, _)| is_label(l)).map(|(l, &n)| (l.clone(), n)).collect();
        let mut event_label_count = labels_in_tags.clone();
        if !labels_in_tags.is_empty() {
            event_label_count.insert("total".into(), labels_in_tags.values().sum());
        }
        let rows_of = |plugin, rows: &Vec<_>| if is_of(Some(plugin)) { rows.clone() } else { Vec::new() };
        let warnings = self.analysis_warning.iter().filter(|warning| is_of(warning[0].as_str()));
        Self {
            tag_rows: tags.len() as u64,
            tags,
            labels_in_tags,
            event_label_count,
            analysis_warning: warnings.cloned().collect(),
            browser_search_analysis_result: rows_of("browser_search", &self.browser_search_analysis_result),
            chrome_extension_analysis_result: rows_of(
                "chrome_extension",
                &self.chrome_extension_analysis_result,
            ),
            reports,
            sessions: self.sessions,
        }
    }

    /// Returns the differences in tags, counts, warnings, results and the counters of reports. The
    /// order of reports and the numbers of rows and sessions are not compared.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        compare_maps("tags", &self.tags, &other.tags, &mut found);
        compare_maps("labels in tags", &self.labels_in_tags, &other.labels_in_tags, &mut found);
        compare_maps("label counts", &self.event_label_count, &other.event_label_count, &mut found);
        let lists = [
            ("warnings", &self.analysis_warning, &other.analysis_warning),
            (
                "browser_search results",
                &self.browser_search_analysis_result,
                &other.browser_search_analysis_result,
            ),
            (
                "chrome_extension results",
                &self.chrome_extension_analysis_result,
                &other.chrome_extension_analysis_result,
            ),
        ];
        for (name, ours, theirs) in lists {
            compare_lists(name, &texts(ours), &texts(theirs), &mut found);
        }
        let counters = |dump: &Self| -> Vec<String> {
            dump.reports.iter().map(|report| format!("{:?} {:?}", report.plugin, report.counter)).collect()
        };
        compare_lists("reports", &counters(self), &counters(other), &mut found);
        found
    }

    /// Fails if this differs from `expected`.
    ///
    /// # Panics
    ///
    /// If there are differences. The message lists the first of them.
    #[track_caller]
    pub fn assert_same(&self, expected: &Self) {
        let differences = self.differences(expected);
        assert!(differences.is_empty(), "found (<) differs from expected (>):\n{}", differences.join("\n"));
    }
}

/// Returns the reports in a store, in their order.
///
/// # Panics
///
/// If the store cannot be read.
#[must_use]
pub fn reports(connection: &Connection) -> Vec<Report> {
    if !has_table(connection, "analysis_report") {
        return Vec::new();
    }
    let mut statement = connection.prepare("SELECT _data FROM analysis_report ORDER BY _identifier").unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut reports = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let json: Value = match row.get_ref(0).unwrap() {
            ValueRef::Blob(blob) => serde_json::from_slice(&inflate(blob)).unwrap(),
            other => serde_json::from_str(other.as_str().unwrap()).unwrap(),
        };
        let text = |name: &str| json.get(name).and_then(Value::as_str).map(str::to_owned);
        let counter = json.get("analysis_counter").and_then(Value::as_object).into_iter().flatten();
        let counter = counter
            .filter(|(name, _)| !name.starts_with("__"))
            .map(|(name, count)| (name.clone(), count.as_u64().expect("a count")))
            .collect();
        reports.push(Report {
            plugin: text("plugin_name"),
            counter,
            filter: text("event_filter"),
            text: text("text"),
        });
    }
    reports
}

/// Inflates a deflated value of a store, which has at most a few MB in tests.
fn inflate(blob: &[u8]) -> Vec<u8> {
    let mut inflated = vec![0; 16 << 20];
    let length = libdeflater::Decompressor::new().zlib_decompress(blob, &mut inflated).unwrap();
    inflated.truncate(length);
    inflated
}

fn has_table(connection: &Connection, table: &str) -> bool {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    connection.query_row(sql, [table], |row| row.get::<_, bool>(0)).unwrap()
}

fn count(connection: &Connection, table: &str) -> u64 {
    if !has_table(connection, table) {
        return 0;
    }
    connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

fn pairs<A: FromSql, B: FromSql>(connection: &Connection, table: &str, columns: &str) -> Vec<(A, B)> {
    if !has_table(connection, table) {
        return Vec::new();
    }
    let mut statement = connection.prepare(&format!("SELECT {columns} FROM {table}")).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// Returns these columns of a table, in an order that does not depend on the order of the rows.
fn rows(connection: &Connection, table: &str, columns: &[&str]) -> Vec<Vec<Value>> {
    if !has_table(connection, table) {
        return Vec::new();
    }
    let mut statement = connection.prepare(&format!("SELECT {} FROM {table}", columns.join(", "))).unwrap();
    let value = |value: ValueRef<'_>| match value {
        ValueRef::Integer(number) => number.into(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
        _ => Value::Null,
    };
    let read = |row: &rusqlite::Row<'_>| (0..columns.len()).map(|c| row.get_ref(c).map(value)).collect();
    let rows = statement.query_map([], read).unwrap();
    let mut rows: Vec<Vec<Value>> = rows.collect::<Result<_, _>>().unwrap();
    rows.sort_by_cached_key(|row| serde_json::to_string(row).unwrap());
    rows
}

fn texts(rows: &[Vec<Value>]) -> Vec<String> {
    rows.iter().map(|row| serde_json::to_string(row).unwrap()).collect()
}

fn compare_maps<K: Ord + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(
    name: &str,
    ours: &BTreeMap<K, V>,
    theirs: &BTreeMap<K, V>,
    found: &mut Vec<String>,
) {
    let keys: BTreeSet<&K> = ours.keys().chain(theirs.keys()).collect();
    let differ: Vec<_> = keys.into_iter().filter(|key| ours.get(key) != theirs.get(key)).collect();
    if differ.is_empty() {
        return;
    }
    found.push(format!("{name}: {} differ", differ.len()));
    found.extend(differ.iter().take(NAMED).map(|key| {
        let shown =
            |map: &BTreeMap<K, V>| map.get(key).map_or("nothing".into(), |value| format!("{value:?}"));
        format!("  {key:?}: < {} > {}", shown(ours), shown(theirs))
    }));
}

/// Compares lists. The order of the items does not matter, but the number of equal items does.
fn compare_lists(name: &str, ours: &[String], theirs: &[String], found: &mut Vec<String>) {
    let mut counts: BTreeMap<&String, i64> = BTreeMap::new();
    ours.iter().for_each(|text| *counts.entry(text).or_default() += 1);
    theirs.iter().for_each(|text| *counts.entry(text).or_default() -= 1);
    counts.retain(|_, count| *count != 0);
    if counts.is_empty() {
        return;
    }
    found.push(format!("{name}: {} differ", counts.len()));
    found.extend(counts.iter().take(NAMED).map(|(text, count)| {
        let shown: String = text.chars().take(300).collect();
        format!("  {} {}× {shown}", if *count > 0 { '<' } else { '>' }, count.abs())
    }));
}
