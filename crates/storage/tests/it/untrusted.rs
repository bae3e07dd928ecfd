//! Stores that Plaso has not made so: tables of another kind, edited contents, and a few bytes that
//! stand for much work.

use std::path::{Path, PathBuf};

use events::{
    AnalysisWarning, AttributeNames, EventId, Label, Note, PluginFindings, Reads, ResultColumn, ResultRow,
    ResultTable, TaskFindings, Timestamp,
};
use rusqlite::Connection;
use storage::merge::{MapTask, MergePlan, Merged, merge};
use storage::task_store::{TaskHeader, TaskStep, TaskStoreWriter};
use storage::{EventRange, ReadPlan, StorageError, Store, StoreWriter};
use tempfile::TempDir;

use crate::task_stores;

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

fn store(statements: &str) -> (TempDir, PathBuf) {
    store_of("20260516", &format!("METADATA; {statements}"))
}

const EVENTS: &str = "
    CREATE TABLE event (KEY, _event_data_identifier TEXT, date_time TEXT, timestamp INTEGER, timestamp_desc TEXT);
    CREATE TABLE event_data (KEY, _data BLOB);";
const TAGS: &str = "CREATE TABLE event_tag (KEY, _event_identifier TEXT, labels TEXT);
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
         CREATE INDEX i ON analysis_warning (plugin_name, message); CREATE TABLE mine (x UNIQUE DEFAULT 7)",
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
    for statements in [sequence, "INSERT INTO event_tag (_identifier) VALUES (9223372036854775807)"] {
        let (_folder, path) = store(&format!("{TAGS} {statements}"));
        let message = StoreWriter::lock(&path).unwrap_err().to_string();
        assert!(message.contains("no row numbers left for its table \"event_tag\""), "{message}");
    }
    for seq in ["'9223372036854775807'", "9.3e18", "x'00'", "NULL"] {
        let (_folder, path) = store(&format!("{TAGS} {sequence}; UPDATE sqlite_sequence SET seq = {seq}"));
        let message = StoreWriter::lock(&path).unwrap_err().to_string();
        assert!(message.contains("the last row number of the table event_tag in it is not"), "{message}");
    }
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

/// What many events share.
#[derive(Clone, Copy)]
enum Large {
    Data,
    Stream,
}

/// How many events of a store with so many, which share 16 MiB, are shown to a reader that visits
/// them at once or one by one.
fn shown(large: Large, events: i64, one_by_one: bool) -> (usize, usize) {
    let (_folder, path) = store(EVENTS);
    let connection = Connection::open(&path).unwrap();
    let text = "a".repeat(16 << 20);
    let (json, name) = match large {
        Large::Data => (format!("{{\"data_type\": \"a\", \"text\": \"{text}\"}}"), "event_data"),
        Large::Stream => {
            let json =
                r#"{"data_type": "a", "_event_data_stream_identifier": "event_data_stream.1"}"#.to_owned();
            let columns = "file_entropy TEXT, md5_hash TEXT, path_spec TEXT, sha1_hash TEXT, sha256_hash TEXT, yara_match TEXT";
            let table = format!(
                "CREATE TABLE event_data_stream (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, {columns})"
            );
            connection.execute(&table, []).unwrap();
            connection.execute("INSERT INTO event_data_stream (path_spec) VALUES (?1)", [&text]).unwrap();
            (json, "event_data_stream")
        }
    };
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
    let mut deflated = vec![0; compressor.zlib_compress_bound(json.len())];
    let length = compressor.zlib_compress(json.as_bytes(), &mut deflated).unwrap();
    connection.execute("INSERT INTO event_data (_data) VALUES (?1)", [&deflated[..length]]).unwrap();
    let events_sql = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT ?1) \
                      INSERT INTO event (_event_data_identifier, timestamp) SELECT 'event_data.1', x FROM n";
    connection.execute(events_sql, [events]).unwrap();
    let store = Store::open(&path).unwrap();
    let reads =
        Reads { event_data: true, stream: [events::StreamAttribute::PathSpec].into(), ..Reads::default() };
    let plan = ReadPlan::new(AttributeNames::default(), &reads);
    let mut reader = store.event_reader(plan).unwrap();
    let (mut read, mut refused) = (0, 0);
    let ranges: Vec<_> =
        if one_by_one { (1..=events).map(|event| (event, event)).collect() } else { vec![(1, events)] };
    for (first, last) in ranges {
        let visited = reader.visit::<StorageError>(EventRange { first, last }, |event| {
            match event.examine(|_| ()) {
                Ok(()) => read += 1,
                Err(problem) => {
                    let message = format!("its {name}.1 is shared by too many events: it has 16384 KiB");
                    assert_eq!(problem.to_string(), message + ", which would be looked at for each");
                    refused += 1;
                }
            }
            Ok(())
        });
        visited.unwrap();
    }
    (read, refused)
}

#[test]
fn what_is_large_is_not_looked_at_for_each_of_many_events() {
    for large in [Large::Data, Large::Stream] {
        let (read, refused) = shown(large, 500, false);
        assert_eq!((read, refused), (1 + 5, 494), "64 MiB and 64 KiB an event");
        let (twice, _) = shown(large, 1_000, false);
        assert!(twice <= 2 * read, "{twice}");
        let (read, _) = shown(large, 500, true);
        assert!(read <= 6, "{read}");
        assert_eq!(shown(large, 4, false), (4, 0), "the times of a file");
    }
}

fn merge_into(path: &Path, folder: &Path, findings: &TaskFindings) -> Merged {
    let header = TaskHeader {
        origin: task_stores::origin(),
        task: 0,
        plugins: vec!["one".into(), "two".into()],
        step: TaskStep::Map(task_stores::EVENTS),
    };
    let task = folder.join("map");
    let writer = TaskStoreWriter::create(&task, &header).unwrap();
    writer.write_findings(findings).unwrap();
    writer.finish().unwrap();
    let plan = MergePlan {
        origin: &task_stores::origin(),
        plugins: &header.plugins,
        result_tables: &[None, None],
        map_tasks: &vec![MapTask { events: task_stores::EVENTS, store: task }; 10],
        reduce_tasks: &[None, None],
        event_filter: None,
        time_compiled: Timestamp(0),
        keep_earlier: false,
        set_aside: &[],
        is_group: |_| false,
    };
    let writer = StoreWriter::lock(path).unwrap();
    let merged = merge(&writer, &plan, |_| true).unwrap().unwrap();
    writer.commit().unwrap();
    merged
}

/// The square of these numbers would take minutes here, in the merge, where there is no limit of
/// time.
#[test]
fn labels_and_notes_in_great_number_are_merged() {
    let (folder, path) = store(TAGS);
    let labels =
        |name: &str| (0..100_000).map(|n| Label::new(&format!("{name}_{n}")).unwrap()).collect::<Vec<_>>();
    let stored: Vec<_> = labels("old").iter().map(|label| format!("\"{label}\"")).collect();
    let list = format!("[{}]", stored.join(", "));
    let connection = Connection::open(&path).unwrap();
    connection
        .execute("INSERT INTO event_tag (_event_identifier, labels) VALUES ('event.1', ?1)", [list])
        .unwrap();
    drop(connection);
    let of = |labels| PluginFindings { tags: vec![(EventId::new(1), labels)], ..PluginFindings::default() };
    let findings = TaskFindings {
        events: 1,
        plugins: vec![of(labels("new")), of([labels("old"), labels("new")].concat())],
        notes: (0..100_000).map(|n| Note { message: format!("note {n}"), count: 1 }).collect(),
        ..TaskFindings::default()
    };
    let merged = merge_into(&path, folder.path(), &findings);
    assert_eq!((merged.labels_added, merged.labels.len()), (100_000, 200_000));
    assert!(merged.notes.len() == 100_000 && merged.notes.iter().all(|note| note.count == 10));
}

/// SQLite believes a store's statistics, which can say that looking at all tags takes less time
/// than the index.
#[test]
fn statistics_of_a_store_are_not_believed() {
    let lie = "ANALYZE; UPDATE sqlite_stat1 SET stat = '10 1000000'; DROP TABLE IF EXISTS sqlite_stat4;";
    let tags = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 20000) \
                INSERT INTO event_tag (_event_identifier, labels) SELECT 'event.' || x, '[\"old\"]' FROM n;";
    let (_folder, path) = store(&format!(
        "{EVENTS} {TAGS} {tags} INSERT INTO event (_event_data_identifier, timestamp) \
         SELECT 'event_data.1', 1 FROM event_tag; {lie}"
    ));
    let store = Store::open(&path).unwrap();
    let reads = Reads { labels: true, ..Reads::default() };
    let mut reader = store.event_reader(ReadPlan::new(AttributeNames::default(), &reads)).unwrap();
    let mut labels = 0;
    let visited = reader.visit::<StorageError>(EventRange { first: 1, last: i64::MAX }, |event| {
        labels += event.examine(|event| event.labels.len()).unwrap();
        Ok(())
    });
    visited.unwrap();
    assert_eq!(labels, 20_000);
    drop(reader);
    // Looking at all tags for each of them would take minutes.
    let writer = StoreWriter::lock(&path).unwrap();
    let mut tags = writer.tags();
    let new = tags.labels().number(&Label::new("new").unwrap());
    (1..=20_000).for_each(|event| tags.add(EventId::new(event), &[new]).unwrap());
    assert_eq!(tags.finish().unwrap().labels_added, 20_000);
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

/// A table whose pages are reached by so many ways that it has 1,000 times the rows that are in the
/// file.
#[test]
fn a_table_with_more_rows_than_the_file_has_room_for_is_refused() {
    for (table, columns) in [
        ("parser_count", "name TEXT, number_of_events INTEGER"),
        ("user_account", "user_directory TEXT, username TEXT"),
        ("event_source", "path_spec TEXT"),
    ] {
        let (_folder, path) = store(&format!(
            "{EVENTS} INSERT INTO event (timestamp) VALUES (1), (2);
             CREATE TABLE {table} (KEY, {columns});
             WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
                 INSERT INTO {table} (_identifier) SELECT i FROM n;"
        ));
        reach_pages_by_many_ways(&path, table);
        let store = Store::open(&path).unwrap();
        let refused = match table {
            "parser_count" => store.number_of_events().map(drop),
            "user_account" => store.user_accounts().map(drop),
            _ => store.number_of_event_sources().map(drop),
        };
        let message = refused.unwrap_err().to_string();
        assert!(message.contains("has more rows than the file has room for"), "{message}");
    }
}

/// Each event is read once, although many ways lead to it.
#[test]
fn events_that_come_again_are_refused() {
    let (_folder, path) = store(&format!(
        "{EVENTS} WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
             INSERT INTO event (_identifier, _event_data_identifier, timestamp) SELECT i, 'event_data.1', 1 FROM n;"
    ));
    reach_pages_by_many_ways(&path, "event");
    let store = Store::open(&path).unwrap();
    let mut reader = store.event_reader(ReadPlan::new(AttributeNames::default(), &Reads::default())).unwrap();
    let mut seen = 0;
    let visited = reader.visit::<StorageError>(EventRange { first: 1, last: 20_000 }, |_| {
        seen += 1;
        Ok(())
    });
    let message = visited.unwrap_err().to_string();
    assert!(message.contains("event") && message.contains("order") && seen == 0, "{seen}: {message}");
}

/// Puts two levels on top of a table's pages, in which all entries lead to the same page.
fn reach_pages_by_many_ways(path: &Path, table: &str) {
    let connection = Connection::open(path).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    let root: usize = connection.query_row(sql, [table], |row| row.get(0)).unwrap();
    let size: usize = connection.pragma_query_value(None, "page_size", |row| row.get(0)).unwrap();
    drop(connection);
    let mut file = std::fs::read(path).unwrap();
    let pages = u32::try_from(file.len() / size).unwrap();
    let root = (root - 1) * size..root * size;
    assert_eq!(file[root.start], 5, "the table needs more than one page");
    for level in 1..=2 {
        let below = file[root.clone()].to_vec();
        file.extend_from_slice(&below);
        let page = &mut file[root.clone()];
        let child = (pages + level).to_be_bytes();
        let cells = usize::from(u16::from_be_bytes([page[3], page[4]]));
        for cell in 0..cells {
            let at = usize::from(u16::from_be_bytes([page[12 + 2 * cell], page[13 + 2 * cell]]));
            page[at..at + 4].copy_from_slice(&child);
        }
        page[8..12].copy_from_slice(&child);
    }
    file[28..32].copy_from_slice(&(pages + 2).to_be_bytes());
    std::fs::write(path, file).unwrap();
}
