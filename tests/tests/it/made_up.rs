//! Small stores whose right answers can be read off the test, some of them broken.

use serde_json::json;
use tests::{Compression, Finished, NewStore, Store, foreman};

const RULES: &str = "\
stat
  data_type is 'fs:stat'

root
  username is 'root'
  md5_hash is 'd41d8cd98f00b204e9800998ecf8427e' AND data_type is 'fs:stat'

seen
  tag contains 'seen_before'
";

fn tag(store: &Store) -> Finished {
    let rules = store.beside("rules.txt", RULES);
    foreman(["analyze", "--analysis", "tagging", "--tagging-file"]).arg(rules).arg(store.path()).run()
}

fn labels(store: &Store) -> Vec<(i64, Vec<String>)> {
    store.dump().tags.into_iter().map(|(event, labels)| (event, labels.into_iter().collect())).collect()
}

fn expected(tags: &[(i64, &[&str])]) -> Vec<(i64, Vec<String>)> {
    tags.iter().map(|(e, labels)| (*e, labels.iter().map(|l| (*l).to_owned()).collect())).collect()
}

/// Fills a store; its first four events are the same whatever else is in it.
fn fill(store: &mut NewStore) {
    let stream = store.stream(json!({
        "md5_hash": "d41d8cd98f00b204e9800998ecf8427e",
        "path_spec": r#"{"location": "/root/.bash_history", "type_indicator": "OS"}"#,
    }));
    let stream = format!("event_data_stream.{stream}");
    let stat = store.event_data(json!({"data_type": "fs:stat", "_event_data_stream_identifier": stream}));
    let login = store.event_data(json!({"data_type": "syslog:line", "username": "root"}));
    let other =
        store.event_data(json!({"data_type": "syslog:line", "username": "Root", "text": "\u{1f980}"}));
    for data in [stat, login, other, stat] {
        store.event(1_700_000_000_000_000, data);
    }
}

#[test]
fn both_versions_and_both_compressions() {
    for version in ["20230327", "20260516"] {
        for compression in [Compression::None, Compression::Zlib] {
            let mut store = NewStore::of_version(compression, version);
            fill(&mut store);
            let store = store.finish();
            let evidence = store.digest_of_evidence();
            tag(&store).expect(0);
            assert_eq!(
                labels(&store),
                expected(&[(1, &["root", "stat"]), (2, &["root"]), (4, &["root", "stat"])]),
                "{version} {compression:?}"
            );
            assert_eq!(store.digest_of_evidence(), evidence);
            let kind = if compression == Compression::None { "text" } else { "blob" };
            assert_eq!(store.texts("SELECT typeof(_data) FROM analysis_report"), [kind]);
            let report = &store.dump().reports[0];
            assert_eq!(report.counter["event_tags"], 3);
        }
    }
}

#[test]
fn a_store_without_events() {
    for with_table in [true, false] {
        let mut store = NewStore::new(Compression::Zlib);
        if with_table {
            let event = store.event(0, 1);
            store.sql(&format!("DELETE FROM event WHERE _identifier = {event}"));
        }
        let store = store.finish();
        foreman(["analyze", "--analysis", "sessionize"]).arg(store.path()).succeed();
        let dump = store.dump();
        assert_eq!((dump.tag_rows, dump.reports.len(), dump.sessions), (0, 1, 1));
    }
}

#[test]
fn labels_that_were_there_stay() {
    let mut store = NewStore::new(Compression::Zlib);
    fill(&mut store);
    store.tag(1, &["seen_before"]);
    store.tag(3, &["seen_before", "stat"]);
    store.insert("event_label_count", &[("label", &"seen_before"), ("number_of_events", &77)]);
    let store = store.finish();
    let run = foreman(["analyze", "--analysis", "sessionize"]).arg(store.path());
    run.arg("tag contains 'seen_before'").succeed();
    assert_eq!(
        labels(&store),
        expected(&[(1, &["seen_before", "session_0"]), (3, &["seen_before", "session_0", "stat"])])
    );
    let counts = store.dump().event_label_count;
    assert_eq!(
        counts.into_iter().collect::<Vec<_>>(),
        [
            ("seen_before".to_owned(), 2),
            ("session_0".to_owned(), 2),
            ("stat".to_owned(), 1),
            ("total".to_owned(), 5),
        ]
    );
}

/// A bad event is skipped, with a warning and an exit status. Nothing else is lost.
fn one_bad_event(spoil: impl FnOnce(&mut NewStore) -> i64, reason: &str) {
    let mut store = NewStore::new(Compression::Zlib);
    fill(&mut store);
    let bad = spoil(&mut store);
    store.event(1_700_000_000_000_000, 1);
    let store = store.finish();
    let evidence = store.digest_of_evidence();
    let finished = tag(&store).expect(3);
    assert_eq!(
        labels(&store),
        expected(&[(1, &["root", "stat"]), (2, &["root"]), (4, &["root", "stat"]), (6, &["root", "stat"])])
    );
    let warnings = store.texts("SELECT plugin_name || ': ' || message FROM analysis_warning");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].starts_with(&format!("foreman: event.{bad} was skipped: ")), "{warnings:?}");
    assert!(warnings[0].contains(reason), "{warnings:?}");
    assert!(finished.stdout.contains("skipped"), "{}", finished.stdout);
    assert_eq!(store.digest_of_evidence(), evidence);

    // After a second run, the warning is there once, not twice.
    tag(&store).expect(3);
    assert_eq!(store.dump().analysis_warning.len(), 1);
}

#[test]
fn event_data_that_does_not_inflate() {
    let spoil = |store: &mut NewStore| {
        let data = store.event_data_stored(&b"x\x9c no deflated data".to_vec());
        store.event(1, data)
    };
    one_bad_event(spoil, "inflate");
}

#[test]
fn event_data_that_is_no_json() {
    let spoil = |store: &mut NewStore| {
        let data = store.event_data_json("{\"data_type\": \"fs:stat\", ");
        store.event(1, data)
    };
    one_bad_event(spoil, "");
}

/// Wherever it stands: also in an attribute that no rule reads.
#[test]
fn event_data_with_a_control_character_in_a_string() {
    for text in ["a\tb", "a\0b", "a\n"] {
        let spoil = |store: &mut NewStore| {
            let json = format!("{{\"data_type\": \"fs:stat\", \"text\": \"{text}\"}}");
            let data = store.event_data_json(&json);
            store.event(1, data)
        };
        one_bad_event(spoil, "its data is not valid JSON: expected no control character at byte 35");
    }
}

#[test]
fn event_data_that_is_no_utf_8() {
    let json = b"{\"data_type\": \"fs:stat\", \"text\": \"a\xff\"}".to_vec();
    let spoil = |store: &mut NewStore| {
        let data = store.event_data_stored(&tests::deflate(&json));
        store.event(1, data)
    };
    one_bad_event(spoil, "its data is not valid JSON: expected UTF-8 at byte 35");
}

/// An export reads all attributes.
#[test]
fn event_data_with_numbers_that_json_does_not_have() {
    for number in ["04", "1.", "-01", "1.e5"] {
        let mut store = NewStore::new(Compression::Zlib);
        for json in
            [r#"{"data_type": "a:b", "size": 4}"#, &format!("{{\"data_type\": \"a:b\", \"size\": {number}}}")]
        {
            let data = store.event_data_json(json);
            store.event(1, data);
        }
        let store = store.finish();
        let finished = foreman(["export"]).arg(store.path()).expect(3);
        assert_eq!(finished.stdout.lines().count(), 1, "{finished:?}");
        assert!(finished.stderr.contains("event.2 was skipped"), "{finished:?}");
        assert!(finished.stderr.contains("is not valid JSON: expected a number at byte"), "{finished:?}");
    }
}

#[test]
fn an_event_whose_description_is_no_text() {
    let spoil = |store: &mut NewStore| store.event_row(&1, &"event_data.1", &b"Creation Time".to_vec());
    one_bad_event(spoil, "timestamp description");
}

#[test]
fn event_data_that_is_nothing() {
    let spoil = |store: &mut NewStore| {
        let data = store.event_data_stored(&rusqlite::types::Null);
        store.event(1, data)
    };
    one_bad_event(spoil, "neither a blob nor a text");
}

#[test]
fn event_data_that_is_not_there() {
    one_bad_event(|store| store.event(1, 4_711), "4711");
}

#[test]
fn event_data_that_inflates_to_too_much() {
    let spoil = |store: &mut NewStore| {
        let json = format!("{{\"data_type\": \"{}\"}}", "a".repeat(65 << 20));
        let data = store.event_data_json(&json);
        store.event(1, data)
    };
    one_bad_event(spoil, "");
}

#[test]
fn event_data_that_nests_absurdly() {
    let spoil = |store: &mut NewStore| {
        let (open, close) = ("[".repeat(1_000_000), "]".repeat(1_000_000));
        let json = format!("{{\"data_type\": \"fs:stat\", \"attribute\": {open}{close}}}");
        let data = store.event_data_json(&json);
        store.event(1, data)
    };
    one_bad_event(spoil, "");
}

#[test]
fn an_event_that_points_nowhere() {
    for identifier in [&"event_data.x" as &dyn rusqlite::ToSql, &"path_spec.1", &rusqlite::types::Null, &7] {
        one_bad_event(|store| store.event_row(&1, identifier, &"Creation Time"), "");
    }
}

#[test]
fn a_stream_that_is_not_there() {
    let spoil = |store: &mut NewStore| {
        let stream = "event_data_stream.4711";
        let data = store.event_data(json!({"data_type": "fs:stat", "_event_data_stream_identifier": stream}));
        store.event(1, data)
    };
    one_bad_event(spoil, "4711");
}

/// Tags whose labels are not JSON are left alone, and everything else is found.
#[test]
fn labels_that_are_no_json() {
    let mut store = NewStore::new(Compression::Zlib);
    fill(&mut store);
    store.insert("event_tag", &[("_event_identifier", &"event.3"), ("labels", &"[\"cut o")]);
    let store = store.finish();
    let finished = foreman(["analyze", "--analysis", "sessionize"]).arg(store.path()).expect(3);
    assert!(finished.stdout.contains("1 stored event tags whose labels are not"), "{}", finished.stdout);
    assert_eq!(store.texts("SELECT labels FROM event_tag WHERE _identifier = 1"), ["[\"cut o"]);
    let tagged = "SELECT count(DISTINCT _event_identifier) FROM event_tag WHERE labels LIKE '%session_0%'";
    assert_eq!(store.number(tagged), 4);
}

/// All events that the storage file has were read. That Plaso counted more is a note.
#[test]
fn events_that_were_removed_before_are_not_missed() {
    // Those at an end of the table leave no gap in the numbers of its rows.
    for (change, left) in [
        ("DELETE FROM event WHERE _identifier = 1500", "4,546"),
        ("DELETE FROM event WHERE _identifier = 1", "4,546"),
        ("DELETE FROM event WHERE _identifier > 4000", "4,000"),
        ("DELETE FROM event", "0"),
        (
            "INSERT INTO event SELECT 4548, _event_data_identifier, date_time, timestamp, timestamp_desc FROM event LIMIT 1",
            "4,548",
        ),
    ] {
        let store = Store::of("sample");
        store.change(change);
        let now =
            format!("Plaso counted 4,547 events when it made the storage file, but {left} are in it now");
        for command in
            [&["analyze", "--force", "--analysis", "sessionize"][..], &["export"], &["info"], &["report"]]
        {
            let run = foreman(command).arg(store.path()).expect(0);
            let said = if command.len() == 1 && command[0] != "export" { &run.stdout } else { &run.stderr };
            assert!(said.contains(&now), "{change}: {command:?}: {run:?}");
        }
        let check = foreman(["check", "--filter", "data_type is 'x'"]).arg(store.path()).expect(0).stdout;
        assert!(check.contains(&format!("{left} events examined in")), "{check}");
        assert!(check.contains("; Plaso counted 4,547, so some were removed or added"), "{check}");
    }
}

/// A number in an inner page of the table of events is wrong: a search for the first row of a task
/// passes over some rows, and SQLite does not notice.
#[test]
fn events_that_no_search_finds_are_missed() {
    let store = Store::of("sample");
    let root: usize =
        store.texts("SELECT rootpage || '' FROM sqlite_schema WHERE name = 'event'")[0].parse().unwrap();
    let mut bytes = store.bytes();
    let page = (root - 1) * 4_096;
    let short = |at: usize| usize::from(bytes[at]) << 8 | usize::from(bytes[at + 1]);
    assert_eq!(bytes[page], 5, "it has inner pages");
    let numbers = (0..short(page + 3)).map(|index| page + short(page + 12 + 2 * index) + 4);
    // Those before it take one byte each.
    let number = |at: usize| if bytes[at] < 0x80 { 0 } else { short(at) & 0x7f | (short(at) >> 1 & 0x3f80) };
    let at = numbers.into_iter().find(|&at| number(at) > 1_024).unwrap();
    bytes[at] = 0x80 | (1_024 >> 7) as u8;
    bytes[at + 1] = 0;
    std::fs::write(store.path(), &bytes).unwrap();
    let summary = store.folder().join("summary.json");
    for command in [
        &["analyze", "--analysis", "sessionize"][..],
        &["analyze", "--dry-run", "--analysis", "sessionize"],
        &["export"],
        &["export", "--quiet"],
    ] {
        let run = foreman(command).arg("--summary").arg(&summary).arg(store.path()).expect(3);
        assert!(run.stderr.contains("the storage file has 4,547 events, but"), "{run:?}");
        let summary: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(&summary).unwrap()).unwrap();
        assert_eq!((&summary["outcome"], &summary["exit_status"]), (&"incomplete".into(), &3.into()));
    }
    // The store says so itself, once, however often it is analysed.
    foreman(["analyze", "--quiet", "--analysis", "sessionize"]).arg(store.path()).expect(3);
    let report = foreman(["report"]).arg(store.path()).expect(0).stdout;
    assert_eq!(report.matches("the storage file has 4,547 events, but").count(), 1, "{report}");
    // psort's exit status does not say it, so a message does.
    for quiet in [&["-q"][..], &[]] {
        let psort = foreman(["psort", "-u", "-o", "null", "--analysis", "sessionize"]);
        let run = psort.args(quiet).arg(store.path()).expect(0);
        assert!(run.stderr.contains("not all events were read"), "{run:?}");
    }
}
