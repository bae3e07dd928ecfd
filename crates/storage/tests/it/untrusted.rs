//! Stores that Plaso has not made so: tables of another kind, and edited contents.

use std::path::PathBuf;

use events::{AnalysisWarning, EventId, Label, ResultColumn, ResultRow, ResultTable};
use rusqlite::Connection;
use storage::{StorageError, Store, StoreWriter};
use tempfile::TempDir;

const KEY: &str = "_identifier INTEGER PRIMARY KEY AUTOINCREMENT";

/// A store of this version and with what these statements make.
fn store_of(version: &str, statements: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("case.plaso");
    let metadata = format!(
        "CREATE TABLE metadata (key TEXT, value TEXT); \
         INSERT INTO metadata VALUES ('format_version', '{version}'), ('compression_format', 'zlib'), \
             ('serialization_format', 'json');"
    );
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch(&statements.replace("(KEY,", &format!("({KEY},")).replace("METADATA;", &metadata))
        .unwrap();
    connection.close().unwrap();
    (folder, path)
}

pub(crate) fn store(statements: &str) -> (TempDir, PathBuf) {
    store_of("20260516", &format!("METADATA; {statements}"))
}

pub(crate) const EVENTS: &str = "
    CREATE TABLE event (KEY, _event_data_identifier TEXT, date_time TEXT, timestamp INTEGER, timestamp_desc TEXT);
    CREATE TABLE event_data (KEY, _data BLOB);";
pub(crate) const TAGS: &str = "CREATE TABLE event_tag (KEY, _event_identifier TEXT, labels TEXT);
    CREATE INDEX event_tag_per_event ON event_tag (_event_identifier);";

/// Neither a reader nor a writer opens such a store, and both say what is wrong with which table.
#[test]
fn tables_of_another_kind_are_refused() {
    for (statements, table, problem) in [
        ("CREATE VIRTUAL TABLE parser_count USING fts5(name, number_of_events)", "parser_count", "virtual"),
        ("CREATE VIEW user_account AS SELECT 1 AS _identifier", "user_account", "it is a view"),
        (
            "CREATE TABLE data_type_count (KEY, name TEXT, number_of_events AS (hex(zeroblob(9))))",
            "data_type_count",
            "\"AS\"",
        ),
        (
            "CREATE TABLE source_configuration (KEY, path TEXT, source_type DEFAULT (1))",
            "source_configuration",
            "\"DEFAULT\"",
        ),
        (
            "CREATE TABLE analysis_warning (KEY, message TEXT, plugin_name TEXT CHECK (1))",
            "analysis_warning",
            "\"CHECK\"",
        ),
        (
            "CREATE TABLE event_tag (KEY, _event_identifier TEXT, labels TEXT UNIQUE ON CONFLICT IGNORE)",
            "event_tag",
            "\"UNIQUE\"",
        ),
        (
            "CREATE TABLE event_tag (KEY, _event_identifier TEXT COLLATE NOCASE, labels TEXT)",
            "event_tag",
            "\"COLLATE\"",
        ),
        (
            "CREATE TABLE event_data (_identifier INTEGER, _data BLOB)",
            "event_data",
            "is not INTEGER PRIMARY KEY",
        ),
        (
            "CREATE TABLE event_data_stream (_identifier TEXT PRIMARY KEY, md5_hash TEXT)",
            "event_data_stream",
            "is not INTEGER PRIMARY KEY",
        ),
        (
            "CREATE TABLE event (_identifier INTEGER PRIMARY KEY, timestamp INTEGER) WITHOUT ROWID",
            "event",
            "is not INTEGER PRIMARY KEY",
        ),
        ("CREATE TABLE extraction_warning (KEY, x TEXT) STRICT", "extraction_warning", "\"STRICT\""),
        (
            "CREATE TABLE Event_Tag (KEY, _event_identifier TEXT, labels TEXT)",
            "event_tag",
            "its name is written",
        ),
        (
            "CREATE TABLE analysis_report (KEY, _data BLOB); CREATE INDEX i ON analysis_report (hex(_data))",
            "analysis_report",
            "index \"i\"",
        ),
        (
            "CREATE TABLE analysis_report (KEY, _data BLOB); CREATE UNIQUE INDEX i ON analysis_report (_data)",
            "analysis_report",
            "index \"i\"",
        ),
        (
            "CREATE TABLE analysis_report (KEY, _data BLOB); CREATE INDEX i ON analysis_report (_data) WHERE _data > 1",
            "analysis_report",
            "index \"i\"",
        ),
        (
            "CREATE TABLE analysis_report (KEY, _data BLOB); CREATE INDEX i ON analysis_report (_data, _data)",
            "analysis_report",
            "the same column twice",
        ),
        (
            "CREATE TABLE analysis_report (KEY, _data BLOB); CREATE INDEX i ON analysis_report (_data COLLATE NOCASE)",
            "analysis_report",
            "index \"i\"",
        ),
        (
            "CREATE TABLE event_tag (KEY, _event_identifier TEXT, labels TEXT); CREATE INDEX event_tag_per_event ON event_tag (labels)",
            "event_tag",
            "event_tag_per_event",
        ),
        (
            "CREATE TABLE event_tag (KEY, _event_identifier TEXT, labels TEXT); CREATE TABLE x (y); CREATE INDEX event_tag_per_event ON x (y)",
            "event_tag",
            "event_tag_per_event",
        ),
        (
            "CREATE TABLE x (y); CREATE INDEX event_tag ON x (y)",
            "event_tag",
            "the index \"event_tag\" has its name",
        ),
        (
            "CREATE TABLE event_tag_per_event (y)",
            "event_tag",
            "the table \"event_tag_per_event\" has its name or",
        ),
        (
            "CREATE TABLE x (y); CREATE INDEX Session ON x (y)",
            "session",
            "the index \"Session\" has its name",
        ),
        (
            "CREATE TABLE session (KEY, identifier TEXT, aborted TEXT)",
            "session",
            "aborted is declared \"TEXT\", not INTEGER",
        ),
        (
            "CREATE TABLE event_label_count (KEY, label TEXT)",
            "event_label_count",
            "number_of_events is missing",
        ),
        (
            "CREATE TABLE event_data (KEY, _data BLOB); CREATE TRIGGER t AFTER INSERT ON event_data BEGIN DELETE FROM event_data; END",
            "event_data",
            "trigger \"t\"",
        ),
    ] {
        let (_folder, path) = store(statements);
        for refused in [Store::open(&path).map(drop), StoreWriter::lock(&path).map(drop)] {
            match refused {
                Err(StorageError::ForeignTable { table: found, problem: told, .. }) => {
                    assert_eq!(found, table, "{statements}");
                    assert!(told.contains(problem), "{statements}: {told}");
                }
                other => panic!("{statements}: {other:?}"),
            }
        }
    }
}

/// Every insert searches these from their beginning.
#[test]
fn the_numbers_of_tables_and_sequences_are_limited() {
    let tables: String = (0..1_001).map(|number| format!("CREATE TABLE t{number} (x);")).collect();
    let sequences = "CREATE TABLE event_data (KEY, _data BLOB); WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n \
                     LIMIT 1001) INSERT INTO sqlite_sequence SELECT 'event_data', x FROM n";
    for (statements, table) in [(tables.as_str(), "sqlite_schema"), (sequences, "sqlite_sequence")] {
        let (_folder, path) = store(statements);
        let message = Store::open(&path).unwrap_err().to_string();
        assert!(message.contains(table) && message.contains("more than 1000 rows"), "{message}");
    }
}

#[test]
fn more_plain_columns_and_indexes_do_no_harm() {
    let (_folder, path) = store(
        "CREATE TABLE analysis_warning (KEY, event_count INTEGER, message TEXT, plugin_name TEXT, x); \
         CREATE INDEX i ON analysis_warning (plugin_name, message); CREATE TABLE mine (x UNIQUE DEFAULT 7); \
         CREATE TABLE event_tag (KEY, _event_identifier TEXT, labels TEXT, \"select\" TEXT); \
         CREATE INDEX s ON event_tag (\"select\")",
    );
    let writer = StoreWriter::lock(&path).unwrap();
    writer.add_warning(&AnalysisWarning { plugin_name: "p".into(), message: "m".into() }).unwrap();
    writer.commit().unwrap();
}

/// Which columns a plugin's own table needs is known to the plugin alone, but none may compute.
#[test]
fn the_own_tables_of_plugins_are_checked_whichever_plugin_it_is() {
    const FISH: ResultTable =
        ResultTable { name: "fish_analysis_result", columns: &[ResultColumn::Text("name")] };
    for statement in [
        "CREATE TABLE fish_analysis_result (KEY, name TEXT AS (hex(zeroblob(900000000))))",
        "CREATE TABLE Fish_Analysis_Result (KEY, name TEXT)",
        "CREATE VIEW fish_analysis_result AS SELECT 1 AS _identifier, 'x' AS name",
    ] {
        let (_folder, path) = store(statement);
        let refused = Store::open(&path);
        let is_named = |table: &str| table == FISH.name;
        assert!(
            matches!(refused, Err(StorageError::ForeignTable { table, .. }) if is_named(&table)),
            "{statement}"
        );
    }
    for (columns, is_right) in [("name TEXT", true), ("name INTEGER", false), ("other TEXT", false)] {
        let (folder, path) = store(&format!("CREATE TABLE fish_analysis_result (KEY, {columns})"));
        let opened = Store::open(&path).unwrap();
        assert_eq!(opened.check_result_tables([&FISH]).is_ok(), is_right, "{columns}");
        assert_eq!(opened.visit_results(FISH.name, FISH.columns, |_| {}).is_ok(), is_right, "{columns}");
        let scratch = StoreWriter::scratch(&opened, &folder.path().join("scratch"), [&FISH]);
        assert_eq!(scratch.is_ok(), is_right, "{columns}");
        let writer = StoreWriter::lock(&path).unwrap();
        assert_eq!(writer.check_result_tables([&FISH]).is_ok(), is_right, "{columns}");
        assert_eq!(writer.add_result(&FISH, &ResultRow(vec!["cod".into()])).is_ok(), is_right, "{columns}");
    }
    let (_folder, path) = store(
        "CREATE TABLE fish_analysis_result (KEY, name TEXT); \
         INSERT INTO sqlite_sequence VALUES ('fish_analysis_result', 9223372036854775807)",
    );
    let refused = StoreWriter::lock(&path).unwrap().check_result_tables([&FISH]);
    assert!(matches!(refused, Err(StorageError::NoNumbers { .. })));
}

/// Plaso takes the last row, too.
#[test]
fn the_last_of_several_versions_counts() {
    let version = "INSERT INTO metadata (key, value) VALUES ('format_version', '20190309')";
    let (_folder, path) = store_of("20260516", &format!("METADATA; {version}"));
    assert!(matches!(Store::open(&path), Err(StorageError::Version { version: 20_190_309, .. })));
}

/// An older Plaso made its index in another way, but that is not what the user must know.
#[test]
fn the_version_is_looked_at_first() {
    for version in ["20211121", "20220716"] {
        let (_folder, path) = store_of(
            version,
            "METADATA; CREATE TABLE event_tag (KEY, _event_identifier TEXT, _event_row_identifier INTEGER, labels TEXT); \
             CREATE INDEX event_tag_per_event ON event_tag (_event_row_identifier);",
        );
        let message = Store::open(&path).unwrap_err().to_string();
        let expected =
            format!("from before 2023, which this program does not read (storage format {version})");
        assert!(message.contains(&expected), "{message}");
    }
    let (_folder, path) =
        store_of("20260516", "CREATE TABLE metadata (key TEXT, value TEXT AS (hex(zeroblob(900000000))))");
    let refused = Store::open(&path);
    assert!(matches!(refused, Err(StorageError::ForeignTable { table, .. }) if table == "metadata"));
}

#[test]
fn the_fingerprint_tells_every_change() {
    let (_folder, path) = store(&format!("{EVENTS} INSERT INTO event (timestamp) VALUES (1), (2), (3)"));
    let fingerprint = || Store::open(&path).unwrap().fingerprint().unwrap();
    let mut seen = vec![fingerprint()];
    assert_eq!(fingerprint(), seen[0]);
    drop(StoreWriter::lock(&path).unwrap());
    assert_eq!(
        StoreWriter::lock(&path).unwrap().store().fingerprint().unwrap(),
        seen[0],
        "locking changes nothing"
    );
    for statement in
        ["UPDATE event SET timestamp = 4 WHERE timestamp = 3", "DELETE FROM event WHERE timestamp = 4"]
    {
        Connection::open(&path).unwrap().execute_batch(statement).unwrap();
        assert!(!seen.contains(&fingerprint()), "{statement}");
        seen.push(fingerprint());
    }
    // What no SQLite has written: a text within the file.
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(4).position(|part| part == b"zlib").unwrap();
    bytes[at..at + 4].copy_from_slice(b"none");
    std::fs::write(&path, bytes).unwrap();
    assert!(!seen.contains(&fingerprint()));
}

/// A dry run shows what a run would do, whatever plain columns a store has and whatever its
/// encoding.
#[test]
fn a_scratch_store_is_made_of_every_store() {
    for encoding in ["UTF-8", "UTF-16le", "UTF-16be"] {
        let (folder, path) = store_of(
            "20260516",
            &format!(
                "PRAGMA encoding = '{encoding}'; METADATA; \
                 CREATE TABLE event_tag (KEY, _event_identifier TEXT, comment TEXT, labels TEXT, x); \
                 INSERT INTO event_tag (_event_identifier, comment, labels) VALUES ('event.7', 'ä', '[\"old\"]');"
            ),
        );
        let scratch =
            StoreWriter::scratch(&Store::open(&path).unwrap(), &folder.path().join("scratch"), []).unwrap();
        for writer in [scratch, StoreWriter::lock(&path).unwrap()] {
            let mut tags = writer.tags();
            let labels = ["old", "new"].map(|text| tags.labels().number(&Label::new(text).unwrap()));
            tags.add(EventId::new(7), &labels).unwrap();
            assert_eq!(tags.finish().unwrap().labels_added, 1, "{encoding}");
        }
    }
}

#[test]
fn a_sequence_at_its_end_is_no_full_disk() {
    let sequence = "INSERT INTO event_tag (_event_identifier) VALUES ('event.1'); \
                    UPDATE sqlite_sequence SET seq = 9223372036854775807";
    // The table that Plaso or foreman makes later goes on from the last number.
    let no_table = &format!("{EVENTS} INSERT INTO sqlite_sequence VALUES ('event_tag', 9223372036854775807)");
    for statements in [
        &format!("{TAGS} {sequence}"),
        &format!("{TAGS} INSERT INTO event_tag (_identifier) VALUES (9223372036854775807)"),
        no_table,
    ] {
        let (_folder, path) = store(statements);
        let message = StoreWriter::lock(&path).unwrap_err().to_string();
        assert!(message.contains("no row numbers left for its table \"event_tag\""), "{message}");
    }
    for seq in ["'9223372036854775807'", "9.3e18", "x'00'", "NULL"] {
        let (_folder, path) = store(&format!("{TAGS} {sequence}; UPDATE sqlite_sequence SET seq = {seq}"));
        let message = StoreWriter::lock(&path).unwrap_err().to_string();
        assert!(message.contains("the last row number of the table event_tag in it is not"), "{message}");
    }
}

/// Otherwise it would look like a store without events.
#[test]
fn a_store_that_has_lost_its_events_is_damaged() {
    let (_folder, path) = store(&format!("{EVENTS} INSERT INTO event (timestamp) VALUES (7)"));
    Store::open(&path).unwrap();
    let lost = "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'event'";
    Connection::open(&path).unwrap().execute_batch(lost).unwrap();
    let message = Store::open(&path).unwrap_err().to_string();
    assert!(message.contains("is damaged") && message.contains("no such table any more"), "{message}");
    // A store without events is none.
    let (_folder, path) = store("");
    Store::open(&path).unwrap();
}

#[test]
fn a_store_that_was_replaced_is_not_read_only() {
    let (folder, path) = store("");
    let writer = StoreWriter::lock(&path).unwrap();
    std::fs::rename(&path, folder.path().join("away")).unwrap();
    std::fs::copy(folder.path().join("away"), &path).unwrap();
    let warning = AnalysisWarning { plugin_name: "p".into(), message: "m".into() };
    let stored = writer.add_warning(&warning).and_then(|()| writer.commit());
    assert!(matches!(stored, Err(StorageError::Moved { .. })), "{stored:?}");
}

/// SQLite would read any `-wal` beside a store, and make a `-shm` there, whatever the store's
/// header says.
#[test]
fn no_write_ahead_log_is_ever_read() {
    let (_folder, path) = store("");
    let connection = Connection::open(path).unwrap();
    let mut options = connection.prepare("PRAGMA compile_options").unwrap();
    let options: Vec<String> = options.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(options.iter().any(|option| option == "OMIT_WAL"), "{options:?}");
}

#[test]
fn two_tables_with_the_same_pages_are_refused() {
    let (_folder, path) =
        store(&format!("{EVENTS} {TAGS} INSERT INTO event_tag VALUES (1, 'event.1', '[]')"));
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "PRAGMA writable_schema = on;
             UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'event')
                 WHERE name = 'event_tag'",
        )
        .unwrap();
    drop(connection);
    for error in [Store::open(&path).err(), StoreWriter::lock(&path).err()] {
        let message = error.unwrap().to_string();
        assert!(message.contains("it shares its pages with another table or index"), "{message}");
    }
}

/// Results would be written over the events.
#[test]
fn tables_of_results_that_lead_to_evidence_are_refused() {
    const SIZE: usize = 4_096;
    let statements = format!(
        "{EVENTS} {TAGS} WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) \
         INSERT INTO event (_event_data_identifier) SELECT 'event_data.' || i FROM n"
    );
    let (_folder, path) = store(&statements);
    StoreWriter::lock(&path).unwrap();
    let original = std::fs::read(&path).unwrap();
    let root = |table: &str| -> usize {
        let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
        Connection::open(&path).unwrap().query_row(sql, [table], |row| row.get(0)).unwrap()
    };
    let (event, tag) = ((root("event") - 1) * SIZE, (root("event_tag") - 1) * SIZE);
    let word = |at: usize| u32::from_be_bytes(original[at..at + 4].try_into().unwrap());
    let (last, pages) = (word(event + 8), original.len() / SIZE);
    // The list of free pages has the last page of events.
    let mut free = original.clone();
    free.extend([&[0, 0, 0, 0, 0, 0, 0, 1][..], &last.to_be_bytes(), &[0; SIZE - 12]].concat());
    let added = u32::try_from(pages + 1).unwrap().to_be_bytes();
    free[28..32].copy_from_slice(&added);
    free[32..36].copy_from_slice(&added);
    free[36..40].copy_from_slice(&2_u32.to_be_bytes());
    // The tags have the last page of events as their last page, too.
    let mut shared = original.clone();
    shared[tag..tag + 12].copy_from_slice(&[5, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0]);
    shared[tag + 8..tag + 12].copy_from_slice(&last.to_be_bytes());
    for bytes in [free, shared] {
        std::fs::write(&path, &bytes).unwrap();
        Store::open(&path).unwrap();
        let message = StoreWriter::lock(&path).unwrap_err().to_string();
        let expected = format!("page {last} of the table event is also free, or of a table of results");
        assert!(message.contains(&expected), "{message}");
        assert!(std::fs::read(&path).unwrap() == bytes, "the store has changed");
    }
}
