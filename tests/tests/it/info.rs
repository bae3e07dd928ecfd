//! What `foreman info` says about a storage file.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;
use serde_json::{Value, json};
use tests::{Compression, NewStore, Store, foreman};

use crate::support::{analyzed, without_times};

fn info(store: &Store) -> String {
    foreman(["info"]).arg(store.path()).succeed().stdout
}

fn info_json(store: &Store) -> Value {
    let finished = foreman(["info", "--format", "json"]).arg(store.path()).succeed();
    assert_eq!(finished.stderr, "");
    serde_json::from_str(&finished.stdout).unwrap()
}

#[test]
fn of_both_versions() {
    for name in ["sample", "sample-20230327"] {
        let store = analyzed(name);
        let bytes = store.bytes();
        assert_snapshot!(format!("{name}_text"), without_times(&info(&store), &store));
        let json = foreman(["info", "--format", "json"]).arg(store.path()).succeed().stdout;
        assert_snapshot!(format!("{name}_json"), without_times(&json, &store));
        assert!(store.bytes() == bytes && store.files().len() == 1, "something was written");
    }
}

/// One that cannot be read does not hide the others.
#[test]
fn of_several_stores_one_of_which_cannot_be_read() {
    let [first, broken, last] = ["sample", "chrome", "evtx-sample"].map(Store::of);
    std::fs::write(broken.path(), "no storage file").unwrap();
    let info = |arguments: &[&str]| {
        let command = foreman(["info"]).args(arguments);
        command.args([&first, &broken, &last].map(Store::path)).expect(1)
    };
    let found = info(&[]);
    for store in [&first, &last] {
        assert!(found.stdout.contains(store.path().to_str().unwrap()), "{found:?}");
    }
    let name = broken.path().to_str().unwrap();
    assert!(found.stderr.contains(name) && !found.stdout.contains(name), "{found:?}");
    let found: Value = serde_json::from_str(&info(&["--format", "json"]).stdout).unwrap();
    assert_eq!(found["stores"].as_array().unwrap().len(), 2, "{found}");
    assert_eq!(found["unread"][0]["store"], json!(name), "{found}");
    let none = foreman(["info"]).args([broken.path(), &broken.path().with_extension("none")]).expect(1);
    assert!(none.stderr.contains("none of the 2 storage files can be read"), "{none:?}");
    assert_eq!(none.stdout, "");
}

#[test]
fn of_a_store_that_was_never_analysed() {
    let store = Store::of("sample");
    let info = info_json(&store);
    assert_eq!(info["tags"]["events"], 0);
    assert_eq!(info["reports"]["rows"], json!([]));
    assert_eq!(info["sessions"]["rows"].as_array().unwrap().len(), 1);
}

#[test]
fn counts_by_data_type_are_the_same_whoever_counted() {
    // Stores of the older format have no such counts; those of the newer one have Plaso's counts.
    let stored = Store::of("sample");
    let counted = Store::of("sample");
    counted.change("DROP TABLE data_type_count; DROP TABLE parser_count");
    let wrong = Store::of("sample");
    wrong.change("UPDATE data_type_count SET number_of_events = 1 WHERE name = 'fs:stat'");
    let [stored, counted, wrong] = [stored, counted, wrong].map(|store| info_json(&store));
    for kind in ["parsers", "data_types"] {
        assert_eq!(stored[kind], counted[kind]);
        assert_eq!(stored[kind], wrong[kind]);
    }
    assert_eq!((&stored["notes"], &counted["notes"]), (&json!([]), &json!([])));
    let older = Store::of("sample-20230327");
    let uncounted = foreman(["info", "--format", "json", "--no-data-types"]).arg(older.path());
    let uncounted: Value = serde_json::from_str(&uncounted.succeed().stdout).unwrap();
    assert_eq!((&uncounted["parsers"], &uncounted["data_types"]["rows"]), (&stored["parsers"], &json!([])));
    assert!(uncounted["notes"][0].as_str().unwrap().contains("not counted"), "{}", uncounted["notes"]);
    assert!(wrong["notes"][0].as_str().unwrap().contains("do not add up"), "{}", wrong["notes"]);
}

#[test]
fn of_a_store_with_nothing_in_it() {
    for version in ["20230327", "20260516"] {
        let store = NewStore::of_version(Compression::None, version).finish();
        let info = info_json(&store);
        assert_eq!(info["events"], json!({"number": 0, "without_time": 0, "first": null, "last": null}));
        assert_eq!(info["store"]["storage_format"], version.parse::<i64>().unwrap());
    }
}

#[test]
fn of_a_store_that_makes_no_sense() {
    let mut store = NewStore::new(Compression::Zlib);
    let data = store.event_data(json!({"data_type": "test:\u{1b}[31mred"}));
    store.event(i64::MAX, data);
    store.event(i64::MIN, 999);
    let event = store.event_row(&"noon", &"event_data.1", &"x");
    store.tag(event, &["a\u{1b}]0;title\u{7}\nb"]);
    store.insert("event_tag", &[("_event_identifier", &"event_data.1"), ("labels", &"7")]);
    store.insert("parser_count", &[("name", &"total"), ("number_of_events", &-1)]);
    store.sql("CREATE TABLE analysis_report (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _data BLOB)");
    store.sql("INSERT INTO analysis_report (_data) VALUES (x'00'), ('{}'), (7)");
    store.sql(
        "CREATE TABLE analysis_warning (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT, plugin_name TEXT)",
    );
    store.sql("INSERT INTO analysis_warning (message, plugin_name) VALUES (x'07', x'ff')");
    let store = store.finish();
    assert_snapshot!("no_sense", without_times(&info(&store), &store));
}

/// A label is counted for events that are there, whether or not some events between them are
/// missing.
#[test]
fn tags_of_events_that_are_not_there() {
    for gap in ["", "DELETE FROM event WHERE _identifier = 2"] {
        let mut store = NewStore::new(Compression::Zlib);
        let data = store.event_data(json!({"data_type": "fs:stat"}));
        let events = [1, 2, 3].map(|time| store.event(time, data));
        store.tag(events[0], &["here"]);
        store.tag(events[2], &["here"]);
        if !gap.is_empty() {
            store.tag(events[1], &["here"]);
        }
        store.insert("event_tag", &[("_event_identifier", &"event.99"), ("labels", &"[\"here\"]")]);
        store.sql(gap);
        let store = store.finish();
        let found = info_json(&store);
        let missing = if gap.is_empty() { 1 } else { 2 };
        assert_eq!(found["tags"]["events"], 2, "{found}");
        assert_eq!(found["tags"]["unreadable"], missing, "{found}");
        let report = foreman(["report", "--label", "here", "--format", "json"]).arg(store.path()).succeed();
        let report: Value = serde_json::from_str(&report.stdout).unwrap();
        assert_eq!(report["label"]["events"], 2, "{report}");
    }
}

/// psort finds the tags of an event by the text `event.N`, and so do all commands.
#[test]
fn tags_that_name_their_event_in_another_way() {
    let mut store = NewStore::new(Compression::Zlib);
    let data = store.event_data(json!({"data_type": "fs:stat"}));
    let events: Vec<i64> = (1..=9).map(|time| store.event(time, data)).collect();
    store.tag(events[0], &["here", "here"]);
    store.tag(events[7], &["here"]);
    let odd =
        ["event.08", "event.07", "event.+6", "event. 5", "event.4 ", "event.0_3", "event.-02", "Event.9"];
    for event in odd {
        store.insert("event_tag", &[("_event_identifier", &event), ("labels", &"[\"here\"]")]);
    }
    let store = store.finish();
    let found = info_json(&store);
    assert_eq!((&found["tags"]["events"], &found["tags"]["unreadable"]), (&json!(2), &json!(odd.len())));
    let report = foreman(["report", "--label", "here", "--format", "json"]).arg(store.path()).succeed();
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(report["label"]["events"], 2, "{report}");
    let exported = foreman(["export", "--label", "here"]).arg(store.path()).succeed().stdout;
    assert_eq!(exported.lines().count(), 2, "{exported}");
}

#[test]
fn of_a_read_only_file_in_a_read_only_folder() {
    let store = Store::of("sample");
    let expected = info(&store);
    let permit = |file, folder| {
        std::fs::set_permissions(store.path(), Permissions::from_mode(file)).unwrap();
        std::fs::set_permissions(store.folder(), Permissions::from_mode(folder)).unwrap();
    };
    permit(0o444, 0o555);
    let found = info(&store);
    permit(0o644, 0o755);
    assert_eq!(found, expected);
}

#[test]
fn while_somebody_else_holds_the_store() {
    let store = Store::of("sample");
    let expected = info(&store);
    let other = rusqlite::Connection::open(store.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; CREATE TABLE other (x); INSERT INTO other VALUES (1)").unwrap();
    assert_eq!(info(&store), expected);
}

#[test]
fn what_is_no_store_is_refused() {
    let store = Store::with_bytes(b"hello");
    let refused = foreman(["info"]).arg(store.path()).expect(1);
    assert!(refused.stderr.contains("is not a Plaso storage file"), "{}", refused.stderr);
    let mut store = NewStore::new(Compression::None);
    store.sql("CREATE TABLE event (a, b)");
    let store = store.finish();
    let refused = foreman(["info"]).arg(store.path()).expect(1);
    assert!(refused.stderr.contains("its column _identifier is missing"), "{}", refused.stderr);
}
