//! Rules and stores that several tests use.

use std::path::Path;

use nix::sys::signal::Signal;
use serde_json::json;
use tests::{Compression, FaultPlan, Finished, NewStore, Program, Running, Store, foreman, places};

/// Rules for the sample: several labels, by attributes of event data and of streams.
pub(crate) const RULES: &str = include_str!("../../data/sample-rules.txt");

/// An analysis of `store` with [`RULES`] and sessionize.
pub(crate) fn analyze(store: &Store) -> Program {
    analyze_with(&places::data("sample-rules.txt")).arg(store.path())
}

/// An analysis with these rules and sessionize. The caller must add the store.
pub(crate) fn analyze_with(rules: &Path) -> Program {
    foreman(["analyze", "--analysis", "tagging,sessionize", "--tagging-file"]).arg(rules)
}

/// An analysis of a [`slow_store`] with two rules: one is slow in a backtracking matcher and never
/// matches, the other matches every third event.
pub(crate) fn analyze_slowly(store: &Store) -> Program {
    analyze_with(&places::data("slow-rules.txt")).arg(store.path())
}

/// A run that waits at a fault, after a task that it has finished. `folder` is the folder of the
/// run.
pub(crate) fn waiting(faults: &FaultPlan, run: Program, folder: &Path) -> Running {
    let mut running = faults.of_workers(run).start();
    let finished = folder.join("finished.jsonl");
    let has_task = |text: String| text.contains('\n').then_some(());
    running.until(|_| std::fs::read_to_string(&finished).ok().and_then(has_task)).expect("it waits");
    running
}

/// Interrupts a run over a sample after a task that it has finished. Its worker waits at event
/// 2500, which is in the third task of each sample. `folder` is the folder of the run.
pub(crate) fn interrupt(run: Program, folder: &Path) -> Finished {
    let running = waiting(&FaultPlan::new("wait 2500"), run, folder);
    running.signal(Signal::SIGINT);
    running.wait().expect(130)
}

/// How many events a [`slow_store`] has: six tasks.
pub(crate) const SLOW_EVENTS: i64 = 6 * 1_024;

/// A store for which [`analyze_slowly`] takes seconds on any machine, because the rule is slow.
/// This is long enough for a test to interfere.
pub(crate) fn slow_store() -> Store {
    let mut store = NewStore::new(Compression::Zlib);
    for number in 1..=SLOW_EVENTS {
        let third = if number % 3 == 0 { " third" } else { "" };
        let data = store
            .event_data(json!({"data_type": "test:event", "text": format!("{}{third}", "a".repeat(10))}));
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

/// Removes from a text about an [`analyzed`] store what differs from run to run: its folder, its
/// size in bytes, and the times of its reports.
pub(crate) fn without_times(text: &str, store: &Store) -> String {
    let info = foreman(["info", "--format", "json"]).arg(store.path()).succeed().stdout;
    let info: serde_json::Value = serde_json::from_str(&info).unwrap();
    let mut text = text.replace(&*store.folder().to_string_lossy(), "[FOLDER]");
    text = text.replace(&format!("\"size\": {}", info["store"]["size"]), "\"size\": [SIZE]");
    let rows = info["reports"]["rows"].as_array().unwrap();
    let times: Vec<_> = rows.iter().map(|report| report["time"].as_str().unwrap()).collect();
    // One time in a thousand is a whole number of milliseconds, and is written with fewer digits.
    let (width, usual) = (times.iter().map(|time| time.len()).max().unwrap_or(0), 27);
    text = text.replace(&format!("{:width$}  plugin", "time"), &format!("{:usual$}  plugin", "time"));
    for time in times {
        text = text.replace(time, "[TIME]");
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
