//! Stores that Plaso would not make, and files that are not what they seem.

use rusqlite::Connection;
use rusqlite::types::Value;
use serde_json::json;
use tests::{Compression, Finished, NewStore, Store, foreman};

use crate::support::analyze;

const SESSIONIZE: [&str; 3] = ["analyze", "--analysis", "sessionize"];

/// A store of 61 GiB, nearly all of which are holes. It says that it has as many events as they
/// have room for, so a run would have a million tasks.
#[test]
fn a_store_of_holes() {
    const PAGES: u32 = 16_000_000;
    const PAGE: u64 = 4_096;
    let store = Store::of("sample");
    let last = u64::from(PAGES) * PAGE / 4 - 10;
    let connection = Connection::open(store.path()).unwrap();
    let change = |sql: &str| connection.execute(sql, [last as i64]).unwrap();
    change("UPDATE event SET _identifier = ?1 WHERE _identifier = (SELECT max(_identifier) FROM event)");
    change("UPDATE parser_count SET number_of_events = ?1 WHERE name = 'total'");
    drop(connection);
    let file = std::fs::File::options().write(true).open(store.path()).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &PAGES.to_be_bytes(), 28).unwrap();
    if file.set_len(u64::from(PAGES) * PAGE).is_err() {
        return println!("skipped: this file system keeps no files of 61 GiB");
    }
    let commands: [&[&str]; 5] = [
        &["analyze", "--dry-run", "--analysis", "sessionize"],
        &SESSIONIZE,
        &["info"],
        &["report"],
        &["export"],
    ];
    for command in commands {
        let refused = foreman(command).arg(store.path()).expect(1);
        assert!(refused.stderr.contains("the others were never written"), "{command:?}: {refused:?}");
    }
    assert_eq!(store.files(), ["sample.plaso"]);
}

/// The same tables and rows in a database of this encoding.
fn in_encoding(original: &Store, encoding: &str) -> Store {
    let store = Store::empty();
    let (from, to) = (original.connection(), Connection::open(store.path()).unwrap());
    to.execute_batch(&format!("PRAGMA synchronous = off; PRAGMA encoding = '{encoding}'; BEGIN")).unwrap();
    let tables =
        "SELECT name || ' ' || sql FROM sqlite_schema WHERE type = 'table' AND name <> 'sqlite_sequence'";
    for table in original.texts(tables) {
        let (name, sql) = table.split_once(' ').unwrap();
        to.execute_batch(sql).unwrap();
        let mut select = from.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns = select.column_count();
        let marks = vec!["?"; columns].join(", ");
        let mut insert = to.prepare(&format!("INSERT INTO {name} VALUES ({marks})")).unwrap();
        let mut rows = select.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values = (0..columns).map(|column| row.get::<_, Value>(column).unwrap());
            insert.execute(rusqlite::params_from_iter(values)).unwrap();
        }
    }
    to.execute_batch("COMMIT").unwrap();
    store
}

/// Returns the results without what depends on the run.
fn found(finished: &Finished) -> Vec<&str> {
    finished.stdout.lines().skip(1).take_while(|line| !line.contains("workers")).collect()
}

#[test]
fn a_dry_run_takes_what_an_analysis_takes() {
    let more_columns = Store::of("sample");
    for store in
        [in_encoding(&more_columns, "UTF-16le"), in_encoding(&more_columns, "UTF-16be"), more_columns]
    {
        analyze(&store).succeed();
        store.change("ALTER TABLE event_tag ADD COLUMN comment TEXT; ALTER TABLE session ADD COLUMN x");
        let bytes = store.bytes();
        let dry_run = analyze(&store).arg("--dry-run").succeed();
        assert!(store.bytes() == bytes, "the store has changed");
        let run = analyze(&store).succeed();
        assert_eq!(found(&dry_run), found(&run));
        store.dump().assert_same(&{
            let plain = Store::of("sample");
            analyze(&plain).succeed();
            plain.dump()
        });
    }
}

/// Every command says what is wrong, and none evaluates expressions from a table of the store.
#[test]
fn no_command_reads_a_table_that_computes() {
    let mut store = NewStore::new(Compression::Zlib);
    store.event(0, 1);
    store.sql(
        "CREATE TABLE source_configuration (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT, \
         source_type AS (hex(zeroblob(400000000)))); \
         INSERT INTO source_configuration (path) VALUES ('/'), ('/'), ('/')",
    );
    let store = store.finish();
    let bytes = store.bytes();
    for command in [&["info"][..], &["report"], &["check", "--tagging-file", "linux"], &SESSIONIZE] {
        let refused = foreman(command).arg(store.path()).expect(1);
        assert!(
            refused.stderr.contains("has a table \"source_configuration\" as Plaso does not make it"),
            "{}",
            refused.stderr
        );
    }
    assert!(store.bytes() == bytes && store.files().len() == 1);
}

/// SQLite would make files beside the store even to read it.
#[test]
fn reading_a_store_in_wal_mode_leaves_nothing_beside_it() {
    let store = Store::of("chrome");
    // The test writes the header of such a store itself, because our SQLite has no WAL mode.
    let mut bytes = store.bytes();
    bytes[18..20].fill(2);
    std::fs::write(store.path(), bytes).unwrap();
    let (bytes, files) = (store.bytes(), store.files());
    let dry_run = [&SESSIONIZE[..], &["--dry-run"]].concat();
    for command in [&["info"][..], &["report"], &["check", "--tagging-file", "linux"], &SESSIONIZE, &dry_run]
    {
        let refused = foreman(command).arg(store.path()).expect(1);
        assert!(refused.stderr.contains("journal mode \"wal\""), "{}", refused.stderr);
        assert!(store.bytes() == bytes, "the store has changed");
        assert_eq!(store.files(), files, "{command:?} left something");
    }
}

#[test]
fn a_store_with_another_name_gives_a_warning() {
    let store = Store::of("chrome");
    std::fs::hard_link(store.path(), store.folder().join("other.plaso")).unwrap();
    let warned = foreman(SESSIONIZE).arg(store.path()).succeed();
    assert!(warned.stderr.contains("has more than one name (hard links)"), "{}", warned.stderr);
    let dry_run = foreman(SESSIONIZE).arg("--dry-run").arg(store.path()).succeed();
    assert!(!dry_run.stderr.contains("hard links"), "{}", dry_run.stderr);
}

/// As in psort, such an event is in no session, and its time matches only negated comparisons. All
/// other rules tag it.
#[test]
fn an_event_without_a_time() {
    let mut store = NewStore::new(Compression::Zlib);
    let data = store.event_data(json!({"data_type": "fs:stat"}));
    store.event(1_700_000_000_000_000, data);
    store.event_row(&rusqlite::types::Null, &format!("event_data.{data}"), &"Creation Time");
    store.event(0, data);
    let store = store.finish();
    let rules = "stat\n  data_type is 'fs:stat'\n\nold\n  timestamp < DATETIME('2000-01-01')\n\n\
                 other\n  timestamp is not DATETIME('1970-01-01')\n\ndiffers\n  timestamp != DATETIME('1970-01-02')\n";
    let rules = store.beside("rules.txt", rules);
    let run = foreman(["analyze", "--analysis", "tagging,sessionize", "--tagging-file"]).arg(rules);
    let finished = run.arg(store.path()).succeed();
    assert!(finished.stdout.contains("events without a time are in no session"), "{}", finished.stdout);
    assert!(!finished.stdout.contains("skipped"), "{}", finished.stdout);
    let labels = |event: i64| {
        let tags = store.dump().tags;
        tags.get(&event)
            .map(|labels| labels.iter().cloned().collect::<Vec<_>>().join(" "))
            .unwrap_or_default()
    };
    assert_eq!(labels(1), "differs other session_1 stat");
    assert_eq!(labels(2), "other stat");
    assert_eq!(labels(3), "differs old session_0 stat");
    let info = foreman(["info"]).arg(store.path()).succeed();
    assert!(info.stdout.contains("2 events have no usable time"), "{}", info.stdout);
    let checked = foreman(["check", "--event", "2"]).arg(store.path()).succeed();
    assert!(checked.stdout.starts_with("event 2: no time, Creation Time"), "{}", checked.stdout);
}

/// The event is one of each of its labels, and a page that read it for each of them would read
/// 800 MB from a file of 8 MB.
#[test]
fn a_page_of_an_event_with_long_labels() {
    let mut store = NewStore::new(Compression::Zlib);
    let data = store.event_data(json!({"data_type": "fs:stat"}));
    let event = store.event(1_700_000_000_000_000, data);
    let labels: Vec<_> = (0..100).map(|number| format!("label_{number}_{}", "x".repeat(80_000))).collect();
    store.tag(event, &labels.iter().map(String::as_str).collect::<Vec<_>>());
    let store = store.finish();
    let page = store.folder().join("page.html");
    foreman(["report", "--format", "html", "--output"]).arg(&page).arg(store.path()).succeed();
    let page = std::fs::read_to_string(page).unwrap();
    assert!((0..100).all(|number| page.contains(&format!("label_{number}_xxx"))), "a label is missing");
}

/// Its index lacks a tag: who finds tags by the index would pass over it, and an analysis would
/// give the event a second tag, which Plaso does not read.
#[test]
fn an_index_that_lacks_a_tag() {
    let mut store = NewStore::new(Compression::Zlib);
    for row in 1..=2 {
        let data = store.event_data(json!({"data_type": "test:line", "text": "a"}));
        store.event(row, data);
    }
    store.tag(1, &["seen"]);
    let store = store.finish();
    store.change(
        "CREATE TABLE kept AS SELECT * FROM sqlite_schema WHERE name = 'event_tag_per_event'; \
         PRAGMA writable_schema = on; DELETE FROM sqlite_schema WHERE name = 'event_tag_per_event'",
    );
    store.change(
        "INSERT INTO event_tag (_event_identifier, labels) VALUES ('event.2', '[\"hidden\"]'); \
         PRAGMA writable_schema = on; INSERT INTO sqlite_schema SELECT * FROM kept; DROP TABLE kept",
    );
    let found =
        foreman(["export", "--label", "hidden", "--format", "jsonl"]).arg(store.path()).succeed().stdout;
    assert!(found.contains("hidden"), "{found}");
    let bytes = store.bytes();
    let refused = foreman(["analyze", "--analysis", "sessionize"]).arg(store.path()).expect(1).stderr;
    assert!(
        refused.contains("the index of the table event_tag does not lead to the rows of the table"),
        "{refused}"
    );
    assert!(store.bytes() == bytes, "the store has changed");
}

/// The index has as many entries as the table, but those of other events: what is read does not
/// follow it.
#[test]
fn an_index_of_other_tags() {
    let mut store = NewStore::new(Compression::Zlib);
    for row in 1..=2 {
        let data = store.event_data(json!({"data_type": "test:line", "text": format!("line {row}")}));
        store.event(row, data);
        store.tag(row, &[&format!("label_{row}")]);
    }
    let store = store.finish();
    store.change(
        "CREATE TABLE kept AS SELECT * FROM sqlite_schema WHERE name = 'event_tag_per_event'; \
         PRAGMA writable_schema = on; DELETE FROM sqlite_schema WHERE name = 'event_tag_per_event'",
    );
    store.change(
        "UPDATE event_tag SET _event_identifier = 'event.' || (3 - substr(_event_identifier, 7)), \
         labels = '[\"label_' || (3 - substr(_event_identifier, 7)) || '\"]'; \
         PRAGMA writable_schema = on; INSERT INTO sqlite_schema SELECT * FROM kept; DROP TABLE kept",
    );
    let found = foreman(["export", "--format", "jsonl"]).arg(store.path()).succeed().stdout;
    for line in found.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let number = line["text"].as_str().unwrap().replace("line ", "label_");
        assert_eq!(line["tag"], json!([number]), "{line}");
    }
    assert_eq!(found.lines().count(), 2, "{found}");
    foreman(["analyze", "--analysis", "sessionize"]).arg(store.path()).expect(1);
}
