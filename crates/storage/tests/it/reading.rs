//! What the reader shows of a store: events with their data, or what is wrong with them.

use std::path::Path;

use events::{AttributeNames, Reads, StreamAttribute, Value};
use rusqlite::{Connection, params};
use storage::{EventRange, ReadEvent, ReadPlan, ScanPart, StorageError, Store, scan_events};

use crate::support::{FORMATS, sessions, store, store_with_events};

/// What the reader shows of the events of a store: their row, and what can be told of them.
fn read(path: &Path, labels: bool) -> Vec<(i64, String)> {
    let mut names = AttributeNames::default();
    let name = names.register("name");
    let store = Store::open(path).unwrap();
    let reads = Reads { stream: StreamAttribute::ALL.into(), labels, ..Reads::default() };
    let plan = ReadPlan::new(names, &reads);
    let mut seen = Vec::new();
    let mut reader = store.event_reader(plan).unwrap();
    reader
        .visit::<StorageError>(EventRange { first: 1, last: 100 }, |event| {
            let told = event.examine(|event| {
                let name = event.data.and_then(|data| data.get(name));
                let name = name.as_ref().and_then(Value::as_str).unwrap_or("-").to_owned();
                let md5 = event.stream_attribute(StreamAttribute::Md5Hash).map_or(0, str::len);
                let time = event.event.timestamp.map_or("-".to_owned(), |time| time.0.to_string());
                let description = &event.event.timestamp_description;
                format!("{name} {time} {description} {md5} {:?}", event.labels)
            });
            seen.push((event.id().rowid(), told.unwrap_or_else(|unreadable| unreadable.to_string())));
            Ok(())
        })
        .unwrap();
    seen
}

#[test]
fn events_come_with_their_data_or_with_what_is_wrong() {
    let made = store_with_events(FORMATS[3]);
    let path = made.path();
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            r#"INSERT INTO event_data VALUES
                 (1, '{"data_type": "a", "name": "x", "_event_data_stream_identifier": "event_data_stream.5"}'),
                 (2, '{"data_type": "a", "name": "y"}'),
                 (3, '{"data_type": "a", "_event_data_stream_identifier": "event_data_stream.6"}'),
                 (4, 'no JSON'), (5, X'00'), (6, 7), (7, '{"data_type": "a", broken, "name": "x"}'), (200, '{"data_type": "a", "name": "z"}');
               INSERT INTO event VALUES
                 (1, 'event_data.1', NULL, 10, 'Creation Time'), (2, 'event_data.200', NULL, 11, 'd'),
                 (3, 'event_data.1', NULL, NULL, NULL), (4, 'event_data.3', NULL, 0, 'd'),
                 (5, 'event_data.4', NULL, 0, 'd'), (6, 'event_data.5', NULL, 0, 'd'),
                 (7, 'event_data.6', NULL, 0, 'd'), (8, 'event_data.99', NULL, 0, 'd'),
                 (9, 'event.1', NULL, 0, 'd'), (10, 'event_data.2', NULL, 'noon', 'd'), (11, 'event_data.2', NULL, -5, 'd'),
                 (12, 'event_data.7', NULL, 0, 'd');
               CREATE TABLE event_tag (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _event_identifier TEXT, labels TEXT);
               INSERT INTO event_tag VALUES (1, 'event.1', '["b", "a"]'), (2, 'event.11', 'b'),
                 (3, 'event.1', '["a", "c", "b", "c"]');"#,
        )
        .unwrap();
    drop(connection);
    let mut seen = read(path, true);
    let order: Vec<_> = seen.iter().map(|(id, _)| *id).collect();
    assert_eq!(order, [9, 10, 1, 3, 11, 4, 5, 6, 7, 12, 8, 2], "unreadable events first, then by event data");
    seen.sort();
    let told: Vec<_> = seen.iter().map(|(_, told)| told.as_str()).collect();
    assert_eq!(
        told,
        [
            "x 10 Creation Time 32 [\"b\", \"a\", \"c\"]",
            "z 11 d 0 []",
            "x -  32 []",
            "in event_data.3, its event_data_stream.6 does not exist",
            "in event_data.4, its data is not valid JSON: expected an object at byte 0",
            "in event_data.5, its data does not inflate",
            "in event_data.6, its data is neither a blob nor a text",
            "its event_data.99 does not exist",
            "it points to no event data: expected a reference like \"event_data.1\", found \"event.1\"",
            "its timestamp is not an integer",
            "its stored labels are not a list of texts",
            "in event_data.7, its data is not valid JSON: expected a member's name at byte 19",
        ]
    );
    assert_eq!(read(path, false)[4].1, "y -5 d 0 []", "labels that nobody asks for are not read");
}

#[test]
fn plasos_count_of_events_is_believed_only_if_the_rows_agree() {
    let made = store(FORMATS[0]);
    let path = made.path();
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE event (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _event_data_identifier TEXT,
                 timestamp INTEGER, timestamp_desc TEXT);
             INSERT INTO event (_identifier) VALUES (1), (2), (5);
             CREATE TABLE parser_count (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT,
                 number_of_events INTEGER);
             INSERT INTO parser_count (name, number_of_events) VALUES ('a', 0), ('total', 0);",
        )
        .unwrap();
    for (counted, expected) in [(0, 3), (2, 3), (5, 5), (3_000_000_000_i64, 3), (i64::MAX, 3)] {
        connection.execute("UPDATE parser_count SET number_of_events = ?1", [counted]).unwrap();
        assert_eq!(Store::open(path).unwrap().number_of_events().unwrap(), expected, "{counted}");
    }
}

/// In a store whose events have labels of Plaso, the counter of labels stands behind that of the
/// parsers, in the same table.
#[test]
fn plasos_own_count_must_add_up() {
    let made = store(FORMATS[0]);
    let path = made.path();
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE parser_count (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT,
                 number_of_events INTEGER);",
        )
        .unwrap();
    let labels = [("recovered", 4), ("total", 4)];
    for (counter, expected) in [
        (&[][..], None),
        (&[("a", 7), ("total", 9), ("b", 2)], Some(9)),
        (&[("a", 7), ("total", 9), ("b", 3)], None),
        (&[("a", 0), ("total", 0)], None),
        (&[("total", 9)], None),
        (&[("a", 9), ("total", 9), labels[0], labels[1]], Some(9)),
        (&[labels[1], labels[1]], None),
        (&[("a", i64::MAX), ("b", i64::MAX), ("total", -1)], None),
    ] {
        connection.execute("DELETE FROM parser_count", []).unwrap();
        for (name, number) in counter {
            let sql = "INSERT INTO parser_count (name, number_of_events) VALUES (?1, ?2)";
            connection.execute(sql, params![name, number]).unwrap();
        }
        let counted = Store::open(path).unwrap().counted_events().unwrap();
        assert_eq!(counted, expected, "{counter:?}");
    }
}

#[test]
fn tables_may_be_missing() {
    let made = store(FORMATS[0]);
    let path = made.path();
    let empty = Store::open(path).unwrap();
    assert_eq!(empty.event_range().unwrap(), None);
    assert_eq!(empty.number_of_events().unwrap(), 0);
    assert!(empty.user_accounts().unwrap().is_empty() && sessions(&empty).is_empty());
    assert!(read(path, true).is_empty());
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE event (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _event_data_identifier TEXT,
                 date_time TEXT, timestamp INTEGER, timestamp_desc TEXT);
             INSERT INTO event VALUES (3, 'event_data.1', NULL, 1, 'd');",
        )
        .unwrap();
    assert_eq!(read(path, true), [(3, "its event_data.1 does not exist".to_owned())]);
}

/// Looking at all tags for each event would take the square of their number.
#[test]
fn stored_labels_are_found_without_an_index() {
    let made = store_with_events(FORMATS[2]);
    let path = made.path();
    let connection = Connection::open(path).unwrap();
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
    let before = std::fs::read(path).unwrap();
    let labels = || {
        let store = Store::open(path).unwrap();
        let reads = Reads { labels: true, ..Reads::default() };
        let mut reader = store.event_reader(ReadPlan::new(AttributeNames::default(), &reads)).unwrap();
        let mut found = Vec::new();
        let range = EventRange { first: 1, last: i64::MAX };
        let visited = reader.visit::<StorageError>(range, |event| {
            found.extend(event.examine(|event| (event.event.id, event.labels.to_vec())));
            Ok(())
        });
        visited.unwrap();
        found
    };
    let without = labels();
    assert_eq!(without[0].1, ["a1", "b"]);
    assert!(std::fs::read(path).unwrap() == before, "the store has changed");
    connection.execute_batch("CREATE INDEX event_tag_per_event ON event_tag (_event_identifier)").unwrap();
    assert_eq!(without, labels());
}

struct Rows {
    ranges: usize,
    rows: Vec<i64>,
}

impl Clone for Rows {
    /// A part of a scan begins with nothing.
    fn clone(&self) -> Self {
        Self { ranges: 0, rows: Vec::new() }
    }
}

impl ScanPart for Rows {
    fn begin_range(&mut self) {
        self.ranges += 1;
    }

    fn see(&mut self, event: &ReadEvent<'_>) {
        self.rows.push(event.id().rowid());
    }
}

/// However many threads there are, each event is read once, and numbers without events take no
/// time.
#[test]
fn threads_read_each_event_once() {
    let made = store_with_events(FORMATS[0]);
    let connection = Connection::open(made.path()).unwrap();
    connection
        .execute_batch(
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 20000)
                 INSERT INTO event (_identifier, _event_data_identifier) SELECT x, 'event_data.1' FROM n;
             INSERT INTO event (_identifier) VALUES (-9223372036854775808), (9223372036854775807)",
        )
        .unwrap();
    let plan = ReadPlan::new(AttributeNames::default(), &Reads::default());
    let mut progress = 0;
    let start = Rows { ranges: 0, rows: Vec::new() };
    let same = |path| Store::open(path).unwrap().same().unwrap();
    let parts = scan_events(&same(made.path()), &plan, &start, |events| progress = events).unwrap();
    let mut rows: Vec<_> = parts.iter().flat_map(|part| part.rows.clone()).collect();
    rows.sort_unstable();
    let expected: Vec<_> = [i64::MIN].into_iter().chain(1..=20_000).chain([i64::MAX]).collect();
    assert_eq!(rows, expected);
    assert_eq!(parts.iter().map(|part| part.ranges).sum::<usize>(), 1 + 5 + 1);
    assert_eq!(progress, 20_002);
    let copy = store(FORMATS[0]);
    let empty = scan_events(&same(copy.path()), &plan, &start, |_| ()).unwrap();
    assert!(empty.iter().all(|part| part.ranges == 0 && part.rows.is_empty()));
}
