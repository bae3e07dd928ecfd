//! Event data whose JSON is broken after its data type. No command may count such an event as read.

use serde_json::Value;
use tests::{Compression, NewStore, Store, foreman};

/// A store with one good event and one whose data is broken before the attributes that the commands
/// read.
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

/// The rules need not read the broken part, because all attributes are shown.
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
    let check = foreman(["check", "--format", "json", "--filter", "text is 'a'"]).arg(store.path()).expect(3);
    let counted: Value = serde_json::from_str(&check.stdout).unwrap();
    assert_eq!((counted["events"].as_u64(), counted["unreadable"].as_u64()), (Some(2), Some(1)), "{counted}");
    // Nothing but the data type is read.
    let counted = json(&["check", "--filter", "data_type is 'test:line'"], &store);
    assert_eq!((counted["events"].as_u64(), counted["unreadable"].as_u64()), (Some(2), Some(0)), "{counted}");
}

/// A name or a data type that is written in another way than Plaso writes it would hide an event
/// from rules, or a file from a list of hashes, without a word.
#[test]
fn escaped_names_hide_nothing() {
    const HASH: &str = "44d88612fea8a8f36de82e1278abb02f";
    let run = |json: &str| {
        let mut store = NewStore::new(Compression::Zlib);
        store.stream(serde_json::json!({"md5_hash": HASH}));
        let data = store.event_data_json(json);
        store.event(1, data);
        let store = store.finish();
        let [rules, list] = ["rules.txt", "list.txt"].map(|name| store.folder().join(name));
        std::fs::write(&rules, "label\n  data_type is 'test:line' and text contains 'a'\n").unwrap();
        std::fs::write(&list, HASH).unwrap();
        let run = foreman(["analyze", "--analysis", "tagging,ioc", "--tagging-file"]).arg(rules);
        let run = run.arg("--ioc").arg(list).arg(store.path()).run();
        (run.status, run.stdout, store.dump().tags.len())
    };
    let json = |stream: &str, data_type: &str, text: &str| {
        format!(r#"{{{stream}: "event_data_stream.1", "data_type": {data_type}, {text}: "abc"}}"#)
    };
    const STREAM: &str = r#""_event_data_stream_identifier""#;
    // All read the data type in the same way, however it is written.
    for data_type in [r#""test:line""#, r#""t\u0065st:line""#] {
        let (code, said, tagged) = run(&json(STREAM, data_type, r#""text""#));
        assert_eq!((code, tagged), (Some(0), 1), "{said}");
    }
    for (stream, data_type, text) in [
        (STREAM, r#""test:line""#, r#""t\u0065xt""#),
        (r#""_event_data_stream_\u0069dentifier""#, r#""test:line""#, r#""text""#),
    ] {
        let (code, said, _) = run(&json(stream, data_type, text));
        assert_eq!(code, Some(3), "{data_type} {text}: {said}");
        assert!(said.contains("event.1 was skipped") && said.contains("without"), "{said}");
    }
}

/// Rules and indicators that read the same value report the same events, with the same reason, in
/// runs with any number of workers. The attributes are broken in other ways than the object is.
#[test]
fn is_reported_the_same_with_indicators_as_with_rules() {
    let runs = [("tagging", "1"), ("ioc", "1"), ("ioc", "3")].map(|(plugin, workers)| {
        let store = registry_store();
        let [rules, list] = ["rules.txt", "list.txt"].map(|name| store.folder().join(name));
        std::fs::write(&rules, "label\n  values contains 'evil.exe'\n").unwrap();
        std::fs::write(&list, "evil.exe\n").unwrap();
        let (option, path) = if plugin == "ioc" { ("--ioc", list) } else { ("--tagging-file", rules) };
        let summary = store.folder().join("summary.json");
        let arguments = ["analyze", "--analysis", plugin, "--workers", workers, option];
        let run = foreman(arguments).arg(path).arg("--summary").arg(&summary).arg(store.path()).expect(3);
        let summary: Value = serde_json::from_slice(&std::fs::read(&summary).unwrap()).unwrap();
        let mut reasons = Vec::new();
        for aside in summary["results"]["set_aside"].as_array().unwrap() {
            reasons.push((aside["event"].clone(), aside["reason"].clone()));
        }
        assert_eq!(reasons.len(), 2, "{run:?}");
        (reasons, store.dump().tags.into_keys().collect::<Vec<_>>())
    });
    assert_eq!(runs[0].0, runs[1].0, "rules and indicators");
    assert_eq!(runs[1].1.len(), 1, "only the key that can be read");
    assert_eq!(runs[1], runs[2], "one worker and several");
}

/// A registry key that can be read, one whose list of values is broken, and one that has a broken
/// text. The value that rules and lists look for comes before what is broken.
fn registry_store() -> Store {
    let mut store = NewStore::new(Compression::Zlib);
    for values in [
        r#"[["a", "REG_SZ", "evil.exe"]]"#,
        r#"[["a", "REG_SZ", "evil.exe"], ["b" "REG_SZ", "c"]]"#,
        r#"[["a", "REG_SZ", "evil.exe"], ["b", "REG_SZ", "\x"]]"#,
    ] {
        let json = format!(r#"{{"data_type": "windows:registry:key_value", "values": {values}}}"#);
        let data = store.event_data_json(&json);
        store.event(1, data);
    }
    store.finish()
}
