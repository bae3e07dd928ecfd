//! Reads the rows of result tables and the reports of plugins.

use events::ResultColumn::{Integer, Text};
use events::ResultValue as Value;
use serde::Serialize;
use storage::{ReportHead, StorageError, Store};

use crate::table::{Largest, short};
use crate::{Count, Rest, Table, Time};

/// The maximum number of reports that are read.
const MAXIMUM_REPORTS: usize = 100;

/// A search term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Search {
    /// The search engine.
    pub engine: String,
    /// The search term.
    pub term: String,
    /// How many events show this search.
    pub queries: u64,
}

/// A browser extension of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Extension {
    /// The user.
    pub user: String,
    /// Its name, or its identifier if the name is not known.
    pub extension: String,
    /// Its identifier.
    pub identifier: String,
}

/// The report of a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginReport {
    /// The plugin.
    pub plugin: String,
    /// When it was made.
    pub time: Time,
    /// The run's filter expression.
    pub event_filter: Option<String>,
    /// The text of the report, which only old versions of Plaso store.
    pub text: Option<String>,
    /// The counts, largest first.
    pub counts: Table<Count>,
}

pub(super) fn results(store: &Store) -> Result<(Table<Search>, Table<Extension>), StorageError> {
    let (mut searches, mut extensions) = (Largest::default(), Largest::default());
    let columns = [Text("search_engine"), Text("search_term"), Integer("number_of_queries")];
    store.visit_results("browser_search_analysis_result", &columns, |row| {
        if let [Value::Text(engine), Value::Text(term), Value::Integer(queries)] = row.0.as_slice() {
            searches.add([engine, term], *queries);
        }
    })?;
    let columns = ["username", "extension", "extension_identifier"].map(Text);
    store.visit_results("chrome_extension_analysis_result", &columns, |row| {
        if let [Value::Text(user), Value::Text(extension), Value::Text(identifier)] = row.0.as_slice() {
            extensions.add([user, extension, identifier], 0);
        }
    })?;
    Ok((
        searches.finish(|[engine, term], queries| Search { engine, term, queries }),
        extensions.finish(|[user, extension, identifier], _| Extension { user, extension, identifier }),
    ))
}

/// Reads the reports. Returns them with the number of counts in them that are not numbers.
pub(super) fn plugin_reports(store: &Store, all: bool) -> Result<(Table<PluginReport>, u64), StorageError> {
    let (heads, _) = store.report_heads()?;
    let mut seen: Vec<&str> = Vec::new();
    let mut wanted: Vec<&ReportHead> = Vec::new();
    let mut more = 0;
    for head in &heads {
        let is_newest = !seen.contains(&head.plugin_name.as_str());
        if !(all || is_newest) {
            continue;
        }
        if wanted.len() == MAXIMUM_REPORTS {
            more += 1;
            continue;
        }
        seen.push(&head.plugin_name);
        wanted.push(head);
    }
    let mut table = Table { rows: Vec::new(), more: Rest { rows: more, number: 0 } };
    let mut skipped = 0;
    for head in wanted {
        let mut counts = Largest::default();
        skipped += store.visit_report_counts(head.row, |name, number| counts.add([name], number))?;
        table.rows.push(PluginReport {
            plugin: short(&head.plugin_name),
            time: Time(head.time_compiled),
            event_filter: head.event_filter.as_deref().map(short),
            text: head.text.as_deref().map(short),
            counts: counts.finish(|[name], number| Count { name, number }),
        });
    }
    Ok((table, skipped))
}
