//! Tags: labels are united with those that are stored, and counted.

use events::EventId;
use rusqlite::Connection;
use storage::StoreWriter;

use crate::support::{FORMATS, add, store};

/// Nor must labels, of which a hostile store may have any number in one tag.
#[test]
fn labels_in_great_number_are_counted() {
    let made = store(FORMATS[2]);
    let path = made.path();
    let labels: Vec<_> = (0..200_000).map(|number| format!("\"label_{number}\"")).collect();
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE event_tag (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _event_identifier TEXT, labels TEXT)",
        )
        .unwrap();
    let list = format!("[{}]", labels.join(", "));
    connection.execute("INSERT INTO event_tag VALUES (1, 'event.1', ?1)", [list]).unwrap();
    let writer = StoreWriter::lock(path).unwrap();
    let mut tags = writer.tags();
    add(&mut tags, EventId::new(1), &["label_7", "label_new"]);
    assert_eq!(tags.finish().unwrap().labels_added, 1);
    writer.commit().unwrap();
    let total = "SELECT number_of_events FROM event_label_count WHERE label = 'total'";
    assert_eq!(connection.query_row(total, [], |row| row.get(0)), Ok(200_001));
}

/// How much of a change is held in memory decides only when it is written.
#[test]
fn memory_for_a_change_does_not_change_the_file() {
    let with_memory = |bytes| {
        let made = store(FORMATS[2]);
        let writer = StoreWriter::lock(made.path()).unwrap();
        let before = std::fs::metadata(made.path()).unwrap().len();
        writer.hold_in_memory(bytes).unwrap();
        let mut tags = writer.tags();
        for event in 1..=50_000 {
            add(&mut tags, EventId::new(event), &[["even", "odd"][usize::from(event % 2 == 1)]]);
        }
        tags.finish().unwrap();
        let written_ahead = std::fs::metadata(made.path()).unwrap().len() > before;
        writer.commit().unwrap();
        (written_ahead, std::fs::read(made.path()).unwrap())
    };
    let (little, much) = (with_memory(64 << 10), with_memory(256 << 20));
    assert_eq!((little.0, much.0), (true, false));
    assert!(little.1 == much.1, "the files differ");
}

#[test]
fn labels_are_united_and_counted_anew() {
    let made = store(FORMATS[2]);
    let path = made.path();
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            r#"CREATE TABLE event_tag (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _event_identifier TEXT, labels TEXT);
               INSERT INTO event_tag VALUES (1, 'event.1', '["b"]'), (2, 'event.2', 'broken');
               CREATE TABLE event_label_count (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, label TEXT,
                   number_of_events INTEGER);
               INSERT INTO event_label_count VALUES (1, 'b', 36), (2, 'total', 36), (3, 'gone', 4), (4, 'b', 1);"#,
        )
        .unwrap();
    let writer = StoreWriter::lock(path).unwrap();
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
    let made = store(FORMATS[2]);
    let path = made.path();
    let connection = Connection::open(path).unwrap();
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
        let writer = StoreWriter::lock(path).unwrap();
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

/// The index has the events of before, and its table has others now: the labels of an event would
/// be written to the tag of another. It has as many entries as the table.
#[test]
fn an_index_that_leads_to_the_tags_of_other_events() {
    let made = store(FORMATS[2]);
    let path = made.path();
    let change = |sql: &str| Connection::open(path).unwrap().execute_batch(sql).unwrap();
    change(
        "CREATE TABLE event_tag (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _event_identifier TEXT, labels TEXT); \
         CREATE INDEX event_tag_per_event ON event_tag (_event_identifier); \
         INSERT INTO event_tag VALUES (1, 'event.1', '[\"of_1\"]'), (2, 'event.2', '[\"of_2\"]'); \
         CREATE TABLE kept AS SELECT * FROM sqlite_schema WHERE name = 'event_tag_per_event'; \
         PRAGMA writable_schema = on; DELETE FROM sqlite_schema WHERE name = 'event_tag_per_event'",
    );
    change(
        "UPDATE event_tag SET _event_identifier = 'event.' || (3 - _identifier); \
         PRAGMA writable_schema = on; INSERT INTO sqlite_schema SELECT * FROM kept; DROP TABLE kept",
    );
    let refused = StoreWriter::lock(path).unwrap_err().to_string();
    assert!(refused.contains("does not lead to the rows of the table"), "{refused}");
}
