//! Event data whose JSON is broken behind its data type: no command takes such an event for one
//! that it has read.

use serde_json::Value;
use tests::{Compression, NewStore, Store, foreman};

/// A store with one good event and one whose data is broken before the attributes that commands ask
/// for.
fn store() -> Store {
    let mut store = NewStore::new(Compression::Zlib);
    for json in [
        r#"{"data_type": "test:line", "_parser_chain": "text/good", "text": "a"}"#,
        r#"{"data_type": "test:line", broken, "_parser_chain": "text/bad", "text": "a"}"#,
    ] {
        let data = store.event_data_json(json);
        let event = store.event(1, data);
        store.tag(event, &["label"]);
    }
    store.finish()
}

fn json(arguments: &[&str], store: &Store) -> Value {
    let finished = foreman(arguments).args(["--format", "json"]).arg(store.path()).succeed();
    serde_json::from_str(&finished.stdout).unwrap()
}

const BROKEN: &str = "in event_data.2, its data is not valid JSON: expected a member's name at byte 27";

#[test]
fn is_not_counted_as_readable_by_a_report() {
    let report = json(&["report"], &store());
    let data_types = &report["info"]["data_types"]["rows"];
    assert_eq!(
        (data_types[0]["name"].as_str(), data_types[0]["number"].as_u64()),
        (Some("test:line"), Some(1))
    );
    assert!(data_types.as_array().is_some_and(|rows| rows.len() == 1), "{data_types}");
    let notes = report["info"]["notes"].to_string();
    assert!(notes.contains("1 event with event data that cannot be read"), "{notes}");
}

#[test]
fn is_a_problem_in_the_report_of_a_label() {
    let report = json(&["report", "--label", "label"], &store());
    let events = report["events"]["rows"].as_array().unwrap();
    assert_eq!(events.len(), 2, "{report}");
    assert_eq!((events[0]["problem"].as_str(), events[0]["data_type"].as_str()), (None, Some("test:line")));
    assert_eq!((events[1]["problem"].as_str(), events[1]["data_type"].as_str()), (Some(BROKEN), Some("")));
    assert_eq!(events[1]["time"], events[0]["time"]);
}

/// The rules need not ask for what is broken, since all attributes are shown.
#[test]
fn is_an_error_when_the_event_is_explained() {
    let store = store();
    for filter in ["text is 'a'", "data_type is 'test:line'"] {
        let good = foreman(["check", "--event", "1", "--filter", filter]).arg(store.path()).succeed();
        assert!(good.stdout.contains("filter: matches"), "{good:?}");
        let broken = foreman(["check", "--event", "2", "--filter", filter]).arg(store.path()).expect(1);
        assert!(broken.stderr.contains(&format!("event 2 cannot be read: {BROKEN}")), "{broken:?}");
        assert_eq!(broken.stdout, "");
    }
}

#[test]
fn counts_as_unreadable_where_rules_ask_for_it() {
    let store = store();
    let counted = json(&["check", "--filter", "text is 'a'"], &store);
    assert_eq!((counted["events"].as_u64(), counted["unreadable"].as_u64()), (Some(2), Some(1)), "{counted}");
    // Nobody asks for more than the data type.
    let counted = json(&["check", "--filter", "data_type is 'test:line'"], &store);
    assert_eq!((counted["events"].as_u64(), counted["unreadable"].as_u64()), (Some(2), Some(0)), "{counted}");
}
