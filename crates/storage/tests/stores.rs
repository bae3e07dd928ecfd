//! Storage files of both versions and compressions, made up with the format's own tables: what is written can be read, and what
//! is not a storage file is refused with the reason.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use events::{
    AnalysisReport, AnalysisWarning, AttributeNames, Counter, EventId, Key, KeyLabel, Label, PluginFindings,
    Reduced, ResultColumn, ResultRow, ResultTable, Session, SetAside, StreamAttribute, TaskFindings, Value,
};
use proptest::prelude::*;
use rusqlite::Connection;
use storage::merge::{MergePlan, Merged, merge};
use storage::task_store::{TaskHeader, TaskStore, TaskStoreWriter};
use storage::{EventRange, ReadPlan, StorageError, Store, StoreWriter, TagWriter};
use tempfile::TempDir;

const SEARCHES: ResultTable = ResultTable {
    name: "browser_search_analysis_result",
    columns: &[
        ResultColumn::Integer("number_of_queries"),
        ResultColumn::Text("search_engine"),
        ResultColumn::Text("search_term"),
    ],
};

const FORMATS: [(i64, &str); 4] =
    [(20_230_327, "zlib"), (20_230_327, "none"), (20_260_516, "zlib"), (20_260_516, "none")];

fn store(folder: &Path, (version, compression): (i64, &str)) -> PathBuf {
    let path = folder.join("case.plaso");
    let _ = std::fs::remove_file(&path);
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch(&format!(
            "CREATE TABLE metadata (key TEXT, value TEXT);
             INSERT INTO metadata VALUES ('format_version', '{version}'), ('compression_format', '{compression}'),
                 ('serialization_format', 'json');"
        ))
        .unwrap();
    path
}

const EVENT_TABLES: &str = "
    CREATE TABLE event (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _event_data_identifier TEXT, date_time TEXT,
        timestamp INTEGER, timestamp_desc TEXT);
    CREATE TABLE event_data (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _data BLOB);
    CREATE TABLE event_data_stream (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, file_entropy TEXT, md5_hash TEXT,
        path_spec TEXT, sha1_hash TEXT, sha256_hash TEXT, yara_match TEXT);
    INSERT INTO event_data_stream VALUES (5, NULL, 'd41d8cd98f00b204e9800998ecf8427e', '{}', NULL, NULL, NULL);";

/// What the reader shows of the events of a store: their row, and what can be told of them.
fn read(path: &Path, labels: bool) -> Vec<(i64, String)> {
    let mut names = AttributeNames::default();
    let name = names.register("name");
    let store = Store::open(path).unwrap();
    let plan =
        ReadPlan { names: Arc::new(names), event_data: true, stream: true, labels, ..ReadPlan::default() };
    let mut seen = Vec::new();
    let mut reader = store.event_reader(plan).unwrap();
    reader
        .visit::<StorageError>(EventRange { first: 1, last: 100 }, |id, event| {
            let told = match event {
                Ok(event) => {
                    let name = event.data.and_then(|data| data.get(name));
                    let name = name.as_ref().and_then(Value::as_str).unwrap_or("-").to_owned();
                    let md5 = event.stream_attribute(StreamAttribute::Md5Hash).map_or(0, str::len);
                    format!(
                        "{name} {} {} {md5} {:?}",
                        event.event.timestamp, event.event.timestamp_description, event.labels
                    )
                }
                Err(unreadable) => unreadable.to_string(),
            };
            seen.push((id.rowid(), told));
            Ok(())
        })
        .unwrap();
    seen
}

#[test]
fn events_come_with_their_data_or_with_what_is_wrong() {
    let folder = TempDir::new().unwrap();
    let path = store(folder.path(), FORMATS[3]);
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(EVENT_TABLES).unwrap();
    connection
        .execute_batch(
            r#"INSERT INTO event_data VALUES
                 (1, '{"data_type": "a", "name": "x", "_event_data_stream_identifier": "event_data_stream.5"}'),
                 (2, '{"data_type": "a", "name": "y"}'),
                 (3, '{"data_type": "a", "_event_data_stream_identifier": "event_data_stream.6"}'),
                 (4, 'no JSON'), (5, X'00'), (6, 7), (200, '{"data_type": "a", "name": "z"}');
               INSERT INTO event VALUES
                 (1, 'event_data.1', NULL, 10, 'Creation Time'), (2, 'event_data.200', NULL, 11, 'd'),
                 (3, 'event_data.1', NULL, NULL, NULL), (4, 'event_data.3', NULL, 0, 'd'),
                 (5, 'event_data.4', NULL, 0, 'd'), (6, 'event_data.5', NULL, 0, 'd'),
                 (7, 'event_data.6', NULL, 0, 'd'), (8, 'event_data.99', NULL, 0, 'd'),
                 (9, 'event.1', NULL, 0, 'd'), (10, 'event_data.2', NULL, 'noon', 'd'), (11, 'event_data.2', NULL, -5, 'd');
               CREATE TABLE event_tag (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _event_identifier TEXT, labels TEXT);
               INSERT INTO event_tag VALUES (1, 'event.1', '["b", "a"]'), (2, 'event.11', 'b');"#,
        )
        .unwrap();
    drop(connection);
    let mut seen = read(&path, true);
    let order: Vec<_> = seen.iter().map(|(id, _)| *id).collect();
    assert_eq!(order, [9, 10, 1, 3, 11, 4, 5, 6, 7, 8, 2], "unreadable events first, then by event data");
    seen.sort();
    let told: Vec<_> = seen.iter().map(|(_, told)| told.as_str()).collect();
    assert_eq!(
        told,
        [
            "x 10 Creation Time 32 [\"b\", \"a\"]",
            "z 11 d 0 []",
            "x 0  32 []",
            "in event_data.3, its event_data_stream.6 does not exist",
            "in event_data.4, its data is not valid JSON: expected an object at byte 0",
            "in event_data.5, its data does not inflate",
            "in event_data.6, its data is neither a blob nor a text",
            "its event_data.99 does not exist",
            "it points to no event data: expected a reference like \"event_data.1\", found \"event.1\"",
            "its timestamp is missing or no integer",
            "its stored labels are not a list of texts",
        ]
    );
    assert_eq!(read(&path, false)[4].1, "y -5 d 0 []", "labels that nobody asks for are not read");
}

#[test]
fn plasos_count_of_events_is_believed_only_if_the_rows_agree() {
    let folder = TempDir::new().unwrap();
    let path = store(folder.path(), FORMATS[0]);
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE event (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _event_data_identifier TEXT,
                 timestamp INTEGER, timestamp_desc TEXT);
             INSERT INTO event (_identifier) VALUES (1), (2), (5);
             CREATE TABLE parser_count (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT,
                 number_of_events INTEGER);
             INSERT INTO parser_count (name, number_of_events) VALUES ('total', 0);",
        )
        .unwrap();
    for (counted, expected) in [(0, 3), (2, 3), (5, 5), (3_000_000_000_i64, 3), (i64::MAX, 3)] {
        connection.execute("UPDATE parser_count SET number_of_events = ?1", [counted]).unwrap();
        assert_eq!(Store::open(&path).unwrap().number_of_events().unwrap(), expected, "{counted}");
    }
}

fn sessions(store: &Store) -> Vec<Session> {
    let mut sessions = Vec::new();
    store.visit_sessions(|session| sessions.push(session)).unwrap();
    sessions
}

#[test]
fn tables_may_be_missing() {
    let folder = TempDir::new().unwrap();
    let path = store(folder.path(), FORMATS[0]);
    let empty = Store::open(&path).unwrap();
    assert_eq!(empty.event_range().unwrap(), None);
    assert_eq!(empty.number_of_events().unwrap(), 0);
    assert!(empty.user_accounts().unwrap().is_empty() && sessions(&empty).is_empty());
    assert!(read(&path, true).is_empty());
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE event (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _event_data_identifier TEXT,
                 date_time TEXT, timestamp INTEGER, timestamp_desc TEXT);
             INSERT INTO event VALUES (3, 'event_data.1', NULL, 1, 'd');",
        )
        .unwrap();
    assert_eq!(read(&path, true), [(3, "its event_data.1 does not exist".to_owned())]);
}

fn session() -> Session {
    Session {
        identifier: "0123456789abcdef0123456789abcdef".into(),
        aborted: false,
        command_line_arguments: "foreman analyze case.plaso".into(),
        debug_mode: true,
        start_time: 1,
        completion_time: 2,
        product_name: "foreman".into(),
        product_version: "1".into(),
    }
}

#[test]
fn containers_round_trip_in_every_format() {
    for format in FORMATS {
        let folder = TempDir::new().unwrap();
        let path = store(folder.path(), format);
        let writer = StoreWriter::lock(&path).unwrap();
        assert_eq!(writer.store().format().version, format.0);
        writer.add_session(&session()).unwrap();
        let warning = AnalysisWarning { plugin_name: "tagging".into(), message: "é".into() };
        writer.add_warning(&warning).unwrap();
        let report = AnalysisReport {
            plugin_name: "tagging".into(),
            counter: Counter::from([("a \"b\" é".into(), 3)]),
            event_filter: Some("x is 'y'".into()),
            time_compiled: 9,
        };
        writer.add_report(&report).unwrap();
        writer.add_result(&SEARCHES, &ResultRow(vec![2.into(), "Bing".into(), "x".into()])).unwrap();
        let mut tags = writer.tags();
        add(&mut tags, EventId::new(7), &["a", "b"]);
        tags.finish().unwrap();
        writer.commit().unwrap();

        assert_eq!(sessions(&Store::open(&path).unwrap()), [session()]);
        let connection = Connection::open(&path).unwrap();
        let row = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
        assert_eq!(row("SELECT plugin_name || ' ' || message FROM analysis_warning"), "tagging é");
        assert_eq!(row("SELECT _event_identifier || ' ' || labels FROM event_tag"), "event.7 [\"a\", \"b\"]");
        assert_eq!(
            row(
                "SELECT search_engine || search_term || number_of_queries FROM browser_search_analysis_result"
            ),
            "Bingx2"
        );
        assert_eq!(
            row("SELECT typeof(_data) FROM analysis_report"),
            if format.1 == "zlib" { "blob" } else { "text" }
        );
        if format.1 == "none" {
            assert_eq!(
                row("SELECT _data FROM analysis_report"),
                r#"{"__type__": "AttributeContainer", "__container_type__": "analysis_report", "analysis_counter": {"a \"b\" \u00e9": 3}, "event_filter": "x is 'y'", "plugin_name": "tagging", "time_compiled": 9}"#
            );
        }
    }
}

#[test]
fn earlier_results_of_a_plugin_are_replaced_and_others_stay() {
    for format in FORMATS {
        let folder = TempDir::new().unwrap();
        let path = store(folder.path(), format);
        let writer = StoreWriter::lock(&path).unwrap();
        for plugin_name in ["tagging", "browser_search"].map(str::to_owned) {
            writer
                .add_warning(&AnalysisWarning { plugin_name: plugin_name.clone(), message: "m".into() })
                .unwrap();
            let report =
                AnalysisReport { plugin_name, counter: Counter::new(), event_filter: None, time_compiled: 0 };
            writer.add_report(&report).unwrap();
        }
        writer.remove_earlier("tagging", None).unwrap();
        writer.commit().unwrap();
        let connection = Connection::open(&path).unwrap();
        let count = |table| {
            connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
        };
        assert_eq!((count("analysis_report"), count("analysis_warning")), (1_i64, 1_i64));
    }
}

/// A damaged store has something set aside for every event, which must not take the square of their number.
#[test]
fn what_is_set_aside_in_great_number_is_warned_of_once() {
    let folder = TempDir::new().unwrap();
    let path = store(folder.path(), FORMATS[2]);
    let set_aside: Vec<_> = (1..=60_000)
        .map(|event| SetAside { event: Some(EventId::new(event)), plugin: None, reason: "broken".into() })
        .collect();
    let count = |sql| Connection::open(&path).unwrap().query_row(sql, [], |row| row.get(0));
    for (keep_earlier, stored) in [(false, 60_001), (false, 60_001), (true, 120_001)] {
        let plan = MergePlan {
            run: "r",
            plugins: &[],
            result_tables: &[],
            map_tasks: &[],
            reduce_tasks: &[],
            event_filter: None,
            time_compiled: 0,
            keep_earlier,
            set_aside: &set_aside,
        };
        let writer = StoreWriter::lock(&path).unwrap();
        if count("SELECT count(*) FROM analysis_warning").unwrap_or(0_i64) == 0 {
            let other = AnalysisWarning { plugin_name: "foreman".into(), message: "another".into() };
            writer.add_warning(&other).unwrap();
        }
        let merged = merge(&writer, &plan, |_| true).unwrap().unwrap();
        writer.commit().unwrap();
        assert_eq!(merged.warnings, 60_000);
        assert_eq!(count("SELECT count(*) FROM analysis_warning"), Ok(stored));
    }
}

/// Nor must labels, of which a hostile store may have any number in one tag.
#[test]
fn labels_in_great_number_are_counted() {
    let folder = TempDir::new().unwrap();
    let path = store(folder.path(), FORMATS[2]);
    let labels: Vec<_> = (0..200_000).map(|number| format!("\"label_{number}\"")).collect();
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE event_tag (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _event_identifier TEXT, labels TEXT)",
        )
        .unwrap();
    let list = format!("[{}]", labels.join(", "));
    connection.execute("INSERT INTO event_tag VALUES (1, 'event.1', ?1)", [list]).unwrap();
    let writer = StoreWriter::lock(&path).unwrap();
    let mut tags = writer.tags();
    add(&mut tags, EventId::new(1), &["label_7", "label_new"]);
    assert_eq!(tags.finish().unwrap().labels_added, 1);
    writer.commit().unwrap();
    let total = "SELECT number_of_events FROM event_label_count WHERE label = 'total'";
    assert_eq!(connection.query_row(total, [], |row| row.get(0)), Ok(200_001));
}

/// Looking at all tags for each event would take the square of their number.
#[test]
fn stored_labels_are_found_without_an_index() {
    let folder = TempDir::new().unwrap();
    let path = store(folder.path(), FORMATS[2]);
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(EVENT_TABLES).unwrap();
    connection
        .execute_batch(
            r#"CREATE TABLE event_tag (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _event_identifier TEXT, labels TEXT);
               CREATE TABLE number (n); INSERT INTO number VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
               INSERT INTO event (_event_data_identifier, timestamp) SELECT 'event_data.1', a.n FROM number a, number b, number c, number d;
               INSERT INTO event_tag (_event_identifier, labels)
                   SELECT 'event.' || _identifier, '["a' || _identifier || '"]' FROM event;
               INSERT INTO event_tag (_event_identifier, labels) VALUES ('event.1', '["b"]');"#,
        )
        .unwrap();
    let before = std::fs::read(&path).unwrap();
    let labels = || {
        let store = Store::open(&path).unwrap();
        let mut reader = store.event_reader(ReadPlan { labels: true, ..ReadPlan::default() }).unwrap();
        let mut found = Vec::new();
        let range = EventRange { first: 1, last: i64::MAX };
        let visited = reader.visit::<StorageError>(range, |id, event| {
            found.extend(event.map(|event| (id, event.labels.to_vec())));
            Ok(())
        });
        visited.unwrap();
        found
    };
    let without = labels();
    assert_eq!(without[0].1, ["a1", "b"]);
    assert!(std::fs::read(&path).unwrap() == before, "the store has changed");
    connection.execute_batch("CREATE INDEX event_tag_per_event ON event_tag (_event_identifier)").unwrap();
    assert_eq!(without, labels());
}

#[test]
fn a_writer_that_is_dropped_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let path = store(folder.path(), FORMATS[0]);
    let before = std::fs::read(&path).unwrap();
    let writer = StoreWriter::lock(&path).unwrap();
    assert!(matches!(StoreWriter::lock(&path), Err(StorageError::Locked { .. })));
    assert!(Store::open(&path).is_ok(), "others may read meanwhile");
    writer.add_session(&session()).unwrap();
    drop(writer);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn labels_are_united_and_counted_anew() {
    let folder = TempDir::new().unwrap();
    let path = store(folder.path(), FORMATS[2]);
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch(
            r#"CREATE TABLE event_tag (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _event_identifier TEXT, labels TEXT);
               INSERT INTO event_tag VALUES (1, 'event.1', '["b"]'), (2, 'event.2', 'broken');
               CREATE TABLE event_label_count (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, label TEXT,
                   number_of_events INTEGER);
               INSERT INTO event_label_count VALUES (1, 'b', 36), (2, 'total', 36), (3, 'gone', 4), (4, 'b', 1);"#,
        )
        .unwrap();
    let writer = StoreWriter::lock(&path).unwrap();
    let mut tags = writer.tags();
    add(&mut tags, EventId::new(1), &["a", "b"]);
    add(&mut tags, EventId::new(2), &["a"]);
    add(&mut tags, EventId::new(3), &["a"]);
    let totals = tags.finish().unwrap();
    writer.commit().unwrap();
    assert_eq!((totals.labels_added, totals.unreadable), (3, 1));
    let rows = |sql: &str| -> Vec<String> {
        connection
            .prepare(sql)
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    };
    assert_eq!(
        rows("SELECT _identifier || ' ' || _event_identifier || ' ' || labels FROM event_tag ORDER BY 1"),
        ["1 event.1 [\"b\", \"a\"]", "2 event.2 broken", "3 event.2 [\"a\"]", "4 event.3 [\"a\"]"]
    );
    assert_eq!(
        rows(
            "SELECT _identifier || ' ' || label || ' ' || number_of_events FROM event_label_count ORDER BY _identifier"
        ),
        ["1 b 1", "2 total 4", "5 a 3"]
    );
    assert_eq!(rows("SELECT name FROM sqlite_schema WHERE type = 'index'"), ["event_tag_per_event"]);
}

#[test]
fn stored_tags_that_plaso_would_not_write_lose_nothing_and_grow_no_more() {
    let folder = TempDir::new().unwrap();
    let path = store(folder.path(), FORMATS[2]);
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch(
            r#"CREATE TABLE event_tag (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _event_identifier TEXT, labels TEXT);
               INSERT INTO event_tag VALUES (1, 'event.1', 'garbage'), (2, 'event.2', NULL), (3, 'event.3', '["a"]'),
                   (4, 'event.3', '["b", "a"]'), (5, 'event.4', X'ff'), (6, NULL, '["b"]');
               CREATE TABLE event_label_count (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, label TEXT,
                   number_of_events INTEGER);
               INSERT INTO event_label_count VALUES (1, X'ff', 36), (2, NULL, 1);"#,
        )
        .unwrap();
    let rows = |sql: &str| -> Vec<String> {
        connection
            .prepare(sql)
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    };
    for labels_added in [3, 0] {
        let writer = StoreWriter::lock(&path).unwrap();
        let mut tags = writer.tags();
        for event in 1..5 {
            add(&mut tags, EventId::new(event), &["b"]);
        }
        let totals = tags.finish().unwrap();
        writer.commit().unwrap();
        assert_eq!((totals.labels_added, totals.unreadable), (labels_added, 3));
        assert_eq!(
            rows(
                "SELECT _event_identifier || ' ' || labels FROM event_tag WHERE _identifier > 6 ORDER BY _identifier"
            ),
            ["event.1 [\"b\"]", "event.2 [\"b\"]", "event.4 [\"b\"]"]
        );
        assert_eq!(
            rows("SELECT label || ' ' || number_of_events FROM event_label_count ORDER BY 1"),
            ["a 1", "b 5", "total 6"]
        );
    }
}

#[test]
fn a_store_cannot_have_code_of_its_own_run() {
    let folder = TempDir::new().unwrap();
    let path = store(folder.path(), FORMATS[2]);
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(EVENT_TABLES).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE analysis_warning (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT, plugin_name TEXT);
             CREATE TRIGGER hostile AFTER INSERT ON analysis_warning BEGIN DELETE FROM event_data_stream; END;",
        )
        .unwrap();
    let writer = StoreWriter::lock(&path).unwrap();
    writer.add_warning(&AnalysisWarning { plugin_name: "p".into(), message: "m".into() }).unwrap();
    writer.commit().unwrap();
    let left: i64 =
        connection.query_row("SELECT count(*) FROM event_data_stream", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 1);
}

#[test]
fn tables_that_compute_something_are_refused() {
    for (sql, expected) in [
        (
            "CREATE VIRTUAL TABLE parser_count USING fts5(name, number_of_events)",
            "the virtual table \"parser_count\"",
        ),
        (
            "CREATE TABLE parser_count (name TEXT, number_of_events AS (length(zeroblob(900000000))))",
            "something computed in the columns of the table \"parser_count\"",
        ),
        (
            "CREATE TABLE analysis_report (_identifier INTEGER PRIMARY KEY, _data, x DEFAULT (hex(zeroblob(400000000))))",
            "something computed in the columns of the table \"analysis_report\"",
        ),
        (
            "CREATE TABLE analysis_report (_data); CREATE INDEX i ON analysis_report (hex(_data))",
            "an index of something computed on the table \"analysis_report\"",
        ),
        (
            "CREATE TABLE analysis_report (_data); CREATE INDEX i ON analysis_report (_data) WHERE _data > 1",
            "an index of something computed on the table \"analysis_report\"",
        ),
        (
            "CREATE TABLE event_tag (_event_identifier TEXT, labels TEXT); \
             CREATE INDEX event_tag_per_event ON event_tag (labels)",
            "something else in the index \"event_tag_per_event\"",
        ),
    ] {
        let folder = TempDir::new().unwrap();
        let path = store(folder.path(), FORMATS[2]);
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let message = Store::open(&path).unwrap_err().to_string();
        assert!(
            message.ends_with(&format!("has {expected}; supported: tables as Plaso makes them")),
            "{message}"
        );
        assert!(StoreWriter::lock(&path).is_err());
    }
    // An index that somebody has made to search faster does no harm, nor does what a CHECK would take.
    let folder = TempDir::new().unwrap();
    let path = store(folder.path(), FORMATS[2]);
    let harmless = "CREATE TABLE analysis_warning (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT, \
                    plugin_name TEXT CHECK (plugin_name = hex(zeroblob(400000000)))); \
                    CREATE INDEX i ON analysis_warning (plugin_name)";
    Connection::open(&path).unwrap().execute_batch(harmless).unwrap();
    let writer = StoreWriter::lock(&path).unwrap();
    writer.add_warning(&AnalysisWarning { plugin_name: "p".into(), message: "m".into() }).unwrap();
    writer.commit().unwrap();
}

#[test]
fn stores_that_cannot_be_read_without_writing_are_refused() {
    let folder = TempDir::new().unwrap();
    let path = store(folder.path(), FORMATS[2]);
    let journal = folder.path().join("case.plaso-journal");
    std::fs::write(&journal, "an interrupted change").unwrap();
    assert!(matches!(Store::open(&path), Err(StorageError::Unfinished { .. })));
    std::fs::remove_file(&journal).unwrap();
    Connection::open(&path).unwrap().pragma_update(None, "journal_mode", "wal").unwrap();
    let message = Store::open(&path).unwrap_err().to_string();
    assert!(message.contains("journal mode \"wal\""), "{message}");
    assert!(StoreWriter::lock(&path).is_err());
}

#[test]
fn what_is_no_storage_file_is_refused_with_the_reason() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.plaso");
    let message =
        |path: &Path| Store::open(path).unwrap_err().to_string().replace(path.to_str().unwrap(), "X");
    assert_eq!(message(&path), "cannot open X");
    assert_eq!(message(folder.path()), "cannot open X");
    std::fs::write(&path, "").unwrap();
    assert_eq!(message(&path), "X is not a Plaso storage file: it is empty");
    std::fs::write(&path, "x".repeat(5_000)).unwrap();
    assert_eq!(message(&path), "X is not a Plaso storage file: it is no SQLite database");
    for (metadata, expected) in [
        (
            "('format_version', '20300101')",
            "X has storage format version 20300101, newer than this program knows",
        ),
        (
            "('format_version', '20180101')",
            "X has storage format version 20180101, older than this program reads",
        ),
        ("('format_version', 'x')", "X is not a Plaso storage file: it has no format version"),
        (
            "('format_version', '20260516'), ('serialization_format', 'json'), ('compression_format', 'lzma')",
            "X has compression format \"lzma\"; supported: none, zlib",
        ),
        (
            "('format_version', '20260516'), ('serialization_format', 'xml')",
            "X has serialization format \"xml\"; supported: json",
        ),
    ] {
        std::fs::remove_file(&path).unwrap();
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("CREATE TABLE metadata (key TEXT, value TEXT)").unwrap();
        connection.execute(&format!("INSERT INTO metadata VALUES {metadata}"), []).unwrap();
        assert!(message(&path).starts_with(expected), "{}", message(&path));
    }
}

/// A run that is asked to stop while the index is made does not wait for it.
#[test]
fn a_writer_that_is_interrupted_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let path = store(folder.path(), FORMATS[2]);
    let before = std::fs::read(&path).unwrap();
    let writer = StoreWriter::lock(&path).unwrap();
    let interrupter = writer.interrupter();
    let mut tags = writer.tags();
    for event in 1..50_000 {
        add(&mut tags, EventId::new(event), &["a"]);
    }
    let done = AtomicBool::new(false);
    let interrupted = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                interrupter.interrupt();
            }
        });
        let finished = tags.finish();
        done.store(true, Ordering::Relaxed);
        finished
    });
    assert!(matches!(interrupted, Err(StorageError::Sqlite { .. })), "{interrupted:?}");
    drop(writer);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

fn add(tags: &mut TagWriter<'_>, event: EventId, labels: &[&str]) {
    let labels: Vec<_> = labels.iter().map(|text| tags.labels().number(&label(text))).collect();
    tags.add(event, &labels).unwrap();
}

fn label(text: &str) -> Label {
    Label::new(text).unwrap()
}

fn header(task: u32) -> TaskHeader {
    TaskHeader { run: "r".into(), task, plugins: vec!["one".into(), "two".into()], step: "test".into() }
}

/// Writes a map task's store.
fn map_store(folder: &Path, task: u32, findings: &TaskFindings) -> PathBuf {
    let path = folder.join(format!("map-{task}"));
    let writer = TaskStoreWriter::create(&path, &header(task)).unwrap();
    writer.write_findings(findings).unwrap();
    writer.finish().unwrap();
    path
}

/// Writes the store of plugin two's reduce step, which labels every key by itself.
fn reduce_store(folder: &Path, maps: &[PathBuf]) -> PathBuf {
    let path = folder.join("reduce");
    let writer = TaskStoreWriter::create(&path, &header(99)).unwrap();
    for map in maps {
        writer.collect_keys(&TaskStore::open(map, "r").unwrap(), 1).unwrap();
    }
    let mut last = None;
    loop {
        let keys = writer.keys_after(1, last.as_ref(), 3).unwrap();
        let Some(end) = keys.last().cloned() else { break };
        for key in keys {
            let label = label(&format!("key_{key}"));
            writer.add_label(&KeyLabel { first: key.clone(), last: key, label }).unwrap();
        }
        last = Some(end);
    }
    writer.write_reduced(1, &Reduced { warnings: vec!["reduced".into()], ..Reduced::default() }).unwrap();
    writer.finish().unwrap();
    path
}

/// What merging these tasks into an empty store gives, and the tags that are stored.
fn merged(tasks: &[TaskFindings]) -> (Merged, Vec<(String, String)>) {
    let folder = TempDir::new().unwrap();
    let path = store(folder.path(), FORMATS[2]);
    let maps: Vec<_> = (0..).zip(tasks).map(|(n, findings)| map_store(folder.path(), n, findings)).collect();
    let plan = MergePlan {
        run: "r",
        plugins: &["one".into(), "two".into()],
        result_tables: &[None, None],
        map_tasks: &maps,
        reduce_tasks: &[None, Some(reduce_store(folder.path(), &maps))],
        event_filter: None,
        time_compiled: 0,
        keep_earlier: false,
        set_aside: &[],
    };
    let writer = StoreWriter::lock(&path).unwrap();
    let merged = merge(&writer, &plan, |_| true).unwrap().unwrap();
    writer.commit().unwrap();
    let connection = Connection::open(&path).unwrap();
    let has_tags = connection.prepare("SELECT 1 FROM event_tag").is_ok();
    let sql = if has_tags {
        "SELECT _event_identifier, labels FROM event_tag ORDER BY _identifier"
    } else {
        "SELECT '', '' WHERE 0"
    };
    let mut statement = connection.prepare(sql).unwrap();
    let tags = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    (merged, tags)
}

#[test]
fn tags_and_deferred_labels_are_united_in_plugin_order() {
    let event = EventId::new;
    let one = PluginFindings {
        tags: vec![(event(1), vec![label("x")]), (event(3), vec![label("y"), label("x")])],
        counter: Counter::from([("x".into(), 2)]),
        warnings: vec![(event(1), "careful".into())],
        ..PluginFindings::default()
    };
    let two = PluginFindings {
        deferred: vec![(event(1), Key::Time(5)), (event(2), Key::Time(2))],
        reduce_keys: vec![Key::Time(2), Key::Time(5)],
        ..PluginFindings::default()
    };
    let aside = SetAside { event: Some(event(4)), plugin: Some("one".into()), reason: "odd".into() };
    let findings = TaskFindings {
        events: 4,
        filtered: 0,
        plugins: vec![one, two],
        set_aside: vec![aside.clone()],
        notes: Vec::new(),
    };
    let (merged, tags) = merged(&[findings]);
    let expected =
        [("event.1", "[\"x\", \"key_5\"]"), ("event.2", "[\"key_2\"]"), ("event.3", "[\"y\", \"x\"]")];
    assert_eq!(tags, expected.map(|(event, labels)| (event.to_owned(), labels.to_owned())));
    assert_eq!((merged.events, merged.tagged, merged.labels_added, merged.warnings), (4, 3, 5, 3));
    assert_eq!(merged.set_aside, [aside]);
    assert_eq!(merged.reports[0].counter, Counter::from([("x".into(), 2)]));
    assert_eq!(merged.reports[1].counter, Counter::from([("key_2".into(), 1), ("key_5".into(), 1)]));
}

/// For every event whether it is filtered, the labels that plugin one gives it and the key that plugin two defers it by.
type Judged = (bool, Vec<u8>, Option<u8>);

fn findings(first: usize, events: &[Judged]) -> TaskFindings {
    let mut found = TaskFindings { plugins: vec![PluginFindings::default(); 2], ..TaskFindings::default() };
    for (n, (filtered, labels, key)) in events.iter().enumerate() {
        let event = EventId::new(i64::try_from(first + n + 1).unwrap());
        found.events += 1;
        if *filtered {
            found.filtered += 1;
            continue;
        }
        let mut labels: Vec<_> = labels.iter().map(|n| label(&format!("l{n}"))).collect();
        labels.dedup();
        for label in &labels {
            *found.plugins[0].counter.entry(label.to_string()).or_default() += 1;
        }
        if !labels.is_empty() {
            found.plugins[0].tags.push((event, labels));
        }
        if let Some(key) = key {
            found.plugins[1].deferred.push((event, Key::Text(key.to_string().into())));
            found.plugins[1].reduce_keys.push(Key::Text(key.to_string().into()));
        }
    }
    found.plugins[1].reduce_keys.sort();
    found.plugins[1].reduce_keys.dedup();
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Where one task ends and the next begins is nobody's business but the planner's.
    #[test]
    fn the_borders_of_tasks_change_nothing(
        events in prop::collection::vec(
            (any::<bool>(), prop::collection::vec(0_u8..3, 0..3), prop::option::of(0_u8..20)), 0..40),
        borders in prop::collection::vec(0_usize..40, 0..4),
    ) {
        let mut borders: Vec<_> = borders.into_iter().filter(|border| *border < events.len()).collect();
        borders.extend([0, events.len()]);
        borders.sort_unstable();
        borders.dedup();
        let split: Vec<_> = borders.windows(2).map(|pair| findings(pair[0], &events[pair[0]..pair[1]])).collect();
        let whole = [findings(0, &events)];
        prop_assert_eq!(merged(&split), merged(&whole));
    }
}
