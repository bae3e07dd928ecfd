//! What is not a storage file, or a hostile one, is refused with the reason.

use std::path::Path;

use events::AnalysisWarning;
use rusqlite::Connection;
use storage::{StorageError, Store, StoreWriter};
use tempfile::TempDir;

use crate::support::{FORMATS, store, store_with_events};

#[test]
fn a_store_cannot_have_code_of_its_own_run() {
    let made = store_with_events(FORMATS[2]);
    let path = made.path();
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE analysis_warning (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT, plugin_name TEXT);
             CREATE TRIGGER hostile AFTER INSERT ON analysis_warning BEGIN DELETE FROM event_data_stream; END;",
        )
        .unwrap();
    let writer = StoreWriter::lock(path).unwrap();
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
        let made = store(FORMATS[2]);
        let path = made.path();
        Connection::open(path).unwrap().execute_batch(sql).unwrap();
        let message = Store::open(path).unwrap_err().to_string();
        assert!(
            message.ends_with(&format!("has {expected}; supported: tables as Plaso makes them")),
            "{message}"
        );
        assert!(StoreWriter::lock(path).is_err());
    }
    // An index that somebody has made to search faster does no harm, nor does what a CHECK would take.
    let made = store(FORMATS[2]);
    let path = made.path();
    let harmless = "CREATE TABLE analysis_warning (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT, \
                    plugin_name TEXT CHECK (plugin_name = hex(zeroblob(400000000)))); \
                    CREATE INDEX i ON analysis_warning (plugin_name)";
    Connection::open(path).unwrap().execute_batch(harmless).unwrap();
    let writer = StoreWriter::lock(path).unwrap();
    writer.add_warning(&AnalysisWarning { plugin_name: "p".into(), message: "m".into() }).unwrap();
    writer.commit().unwrap();
}

#[test]
fn stores_that_cannot_be_read_without_writing_are_refused() {
    let made = store(FORMATS[2]);
    let path = made.path();
    let journal = made.folder().join("case.plaso-journal");
    std::fs::write(&journal, "an interrupted change").unwrap();
    assert!(matches!(Store::open(path), Err(StorageError::Unfinished { .. })));
    std::fs::remove_file(&journal).unwrap();
    Connection::open(path).unwrap().pragma_update(None, "journal_mode", "wal").unwrap();
    let message = Store::open(path).unwrap_err().to_string();
    assert!(message.contains("journal mode \"wal\""), "{message}");
    assert!(StoreWriter::lock(path).is_err());
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
