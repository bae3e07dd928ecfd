//! Rules and stores that several tests use.

use std::path::Path;

use serde_json::json;
use tests::{Compression, NewStore, Program, Store, foreman, places};

/// Rules for the sample: several labels, by attributes of event data and of streams.
pub(crate) const RULES: &str = include_str!("../../data/sample-rules.txt");

/// An analysis of `store` with [`RULES`] and sessionize.
pub(crate) fn analyze(store: &Store) -> Program {
    analyze_with(&places::data("sample-rules.txt")).arg(store.path())
}

/// An analysis with these rules and sessionize; what it works on is still to be named.
pub(crate) fn analyze_with(rules: &Path) -> Program {
    foreman(["analyze", "--analysis", "tagging,sessionize", "--tagging-file"]).arg(rules)
}

/// An analysis of a [`slow_store`] by two rules: one that takes a backtracking matcher long and
/// never matches, and one that matches every third event.
pub(crate) fn analyze_slowly(store: &Store) -> Program {
    analyze_with(&places::data("slow-rules.txt")).arg(store.path())
}

/// How many events a [`slow_store`] has: six tasks.
pub(crate) const SLOW_EVENTS: i64 = 6 * 1_024;

/// A store over which [`analyze_slowly`] takes seconds, by the nature of the rule and not by the
/// machine: long enough for something to happen in the middle.
pub(crate) fn slow_store() -> Store {
    let mut store = NewStore::new(Compression::Zlib);
    for number in 1..=SLOW_EVENTS {
        let third = if number % 3 == 0 { " third" } else { "" };
        let data = store
            .event_data(json!({"data_type": "test:event", "text": format!("{}{third}", "a".repeat(13))}));
        store.event(number * 1_000_000, data);
    }
    store.finish()
}

/// A copy of a sample, analysed with [`RULES`] and sessionize by a run whose times and command line
/// never change.
pub(crate) fn analyzed(name: &str) -> Store {
    let store = Store::of(name);
    analyze(&store).succeed();
    store.change(
        "UPDATE session SET start_time = 1795500000000000, completion_time = 1795500001500000, identifier = 'run', \
         command_line_arguments = 'foreman analyze …' WHERE product_name = 'foreman'",
    );
    store
}

/// What was said about an [`analyzed`] store, without what differs from run to run: its folder, its
/// size in bytes, and the times of its reports.
pub(crate) fn without_times(text: &str, store: &Store) -> String {
    let info = foreman(["info", "--format", "json"]).arg(store.path()).succeed().stdout;
    let info: serde_json::Value = serde_json::from_str(&info).unwrap();
    let mut text = text.replace(&*store.folder().to_string_lossy(), "[FOLDER]");
    text = text.replace(&format!("\"size\": {}", info["store"]["size"]), "\"size\": [SIZE]");
    for report in info["reports"]["rows"].as_array().unwrap() {
        text = text.replace(report["time"].as_str().unwrap(), "[TIME]");
    }
    text
}

/// A store that has been analysed, and that has lost the tags again.
pub(crate) fn with_free_pages() -> Store {
    let store = Store::of("sample");
    analyze(&store).succeed();
    store.change("DROP TABLE event_tag; DROP TABLE analysis_report");
    store
}
