//! An event with a list of millions of numbers, which a store keeps in some kilobytes.

use std::path::Path;

use serde_json::{Value, json};
use tests::{Compression, Finished, NewStore, Program, Store, foreman, places};

/// The number of numbers, which take four gigabytes as values.
const NUMBERS: usize = 33_000_000;

/// The memory that a process gets, in KiB. It contains what a process only reserves.
const MEMORY: usize = 1_500_000;

fn store_with_list(numbers: usize) -> Store {
    let mut store = NewStore::new(Compression::Zlib);
    let list = vec!["1"; numbers].join(",");
    let text = format!("{{\"data_type\": \"test:event\", \"numbers\": [{list}], \"text\": \"a\"}}");
    let data = store.event_data_json(&text);
    let event = store.event(1_000_000, data);
    store.tag(event, &["mark"]);
    store.finish()
}

/// Runs foreman with limited memory.
fn run(store: &Store, arguments: &[&str]) -> Finished {
    let limited = format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\"");
    let run = Program::new(Path::new("/bin/sh"), ["-c", &limited]).arg(places::program("foreman"));
    run.args(arguments).arg(store.path()).expect(0)
}

#[test]
fn it_is_cut_where_people_read_it() {
    let store = store_with_list(NUMBERS);
    let note = "… (a list of 33,000,000 members, the first 1,000 shown)";
    let whole = run(&store, &["check", "--event", "1", "--full"]).stdout;
    assert!(whole.contains(note) && whole.len() < 20_000, "{} bytes", whole.len());
    assert!(run(&store, &["check", "--event", "1"]).stdout.contains("numbers  [1, 1, 1"));
    let json: Value =
        serde_json::from_str(&run(&store, &["check", "--event", "1", "--format", "json"]).stdout).unwrap();
    let numbers = json["event"]["attributes"]["numbers"].as_array().unwrap();
    assert_eq!((numbers.len(), numbers[1_000].as_str()), (1_001, Some(note)));
    for format in ["html", "json", "markdown", "text"] {
        let report = run(&store, &["report", "--label", "mark", "--format", format]).stdout;
        assert!(report.len() < 1_000_000, "{format}: {} bytes", report.len());
    }
    let page = run(&store, &["report", "--format", "html"]).stdout;
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    let table = run(&store, &["export", "--format", "csv"]).stdout;
    assert!(table.len() < 40_000, "{} bytes", table.len());
}

/// An export as JSON is for programs, which get the list whole.
#[test]
fn it_is_exported_whole() {
    let store = store_with_list(NUMBERS);
    let lines = run(&store, &["export", "--format", "jsonl"]).stdout;
    let list = lines.split_once("\"numbers\":[").unwrap().1.split_once(']').unwrap().0;
    assert_eq!(list.split(',').count(), NUMBERS);
    let folder = store.folder().join("tables");
    run(&store, &["export", "--format", "parquet", "--output", folder.to_str().unwrap()]);
}

/// A list that a parser could write is shown as always.
#[test]
fn ordinary_lists_are_whole() {
    let store = store_with_list(10_000);
    let json: Value =
        serde_json::from_str(&run(&store, &["check", "--event", "1", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["event"]["attributes"]["numbers"], json!(vec![1; 10_000]));
}

/// Rules and filters see all members.
#[test]
fn rules_see_the_whole_list() {
    let mut store = NewStore::new(Compression::Zlib);
    let list = vec!["1"; 200_000].join(",");
    let text = format!("{{\"data_type\": \"test:event\", \"numbers\": [{list},7]}}");
    let data = store.event_data_json(&text);
    store.event(1_000_000, data);
    let store = store.finish();
    let filter = "numbers contains 7";
    let checked = foreman(["check", "--filter", filter, "--event", "1"]).arg(store.path()).expect(0).stdout;
    assert!(checked.contains("filter: matches"), "{checked}");
    let exported = foreman(["export"]).arg(store.path()).arg(filter).expect(0).stdout;
    assert_eq!(exported.lines().count(), 1, "{exported}");
}
