//! Small files from which many bytes can be read: several rows lead to the same pages, or reports
//! inflate to very much.

use events::{AttributeNames, Reads, StreamAttribute};
use libdeflater::{CompressionLvl, Compressor};
use rusqlite::Connection;
use rusqlite::types::Value;
use serde_json::json;
use storage::{EventRange, EventReader, ReadEvent, ReadPlan, StorageError, Store, StoreWriter};
use testing::{Compression, NewStore};

/// The rows that share a value. The file is only a little larger than one value, so this is nearly
/// how many times as many bytes as there are can be read.
const ROWS: u8 = 8;
const PAGE: usize = 4096;
/// How many bytes of a row with a long value are in the page of the table. The other bytes are in a
/// chain of pages, and all of these are full.
const LOCAL: usize = 489;
const ROW: usize = LOCAL + 25 * (PAGE - 4);

/// The tables that are made, with their columns beside the key.
const TABLES: [(&str, &str); 11] = [
    ("event_data", "_data BLOB"),
    ("event", "_event_data_identifier TEXT, date_time TEXT, timestamp INTEGER, timestamp_desc TEXT"),
    ("event_tag", "_event_identifier TEXT, labels TEXT"),
    ("event_label_count", "label TEXT, number_of_events INTEGER"),
    (
        "session",
        "aborted INTEGER, command_line_arguments TEXT, completion_time INTEGER, debug_mode INTEGER, identifier TEXT, \
         preferred_encoding TEXT, preferred_time_zone TEXT, product_name TEXT, product_version TEXT, start_time INTEGER",
    ),
    ("analysis_report", "_data BLOB"),
    ("analysis_warning", "message TEXT, plugin_name TEXT"),
    ("parser_count", "name TEXT, number_of_events INTEGER"),
    ("data_type_count", "name TEXT, number_of_events INTEGER"),
    ("user_account", "user_directory TEXT, username TEXT"),
    ("source_configuration", "path TEXT, source_type TEXT"),
];

/// Makes a store with a table of rows that have the same long value in this column.
fn store_with(table: &str, column: &str) -> testing::Store {
    let (_, columns) = TABLES.iter().find(|(name, _)| *name == table).unwrap();
    let mut new = NewStore::new(Compression::Zlib);
    if table == "event" {
        new.create("event");
    } else {
        new.sql(&format!("CREATE TABLE {table} (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, {columns})"));
    }
    if table != "event" {
        new.event_row(&1, &"event_data.1", &"");
    }
    let store = new.finish();
    let connection = Connection::open(store.path()).unwrap();
    let columns = 1 + columns.split(", ").count();
    // The length of the row's header, the type of the long value, and the types of other values.
    let value = vec![b'x'; ROW - (1 + 3 + columns - 1)];
    let value = match column {
        "_data" => Value::Blob(value),
        _ => Value::Text(String::from_utf8(value).unwrap()),
    };
    connection.execute(&format!("INSERT INTO {table} ({column}) VALUES (?1)"), [value]).unwrap();
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    let root: usize = connection.query_row(root, [table], |row| row.get(0)).unwrap();
    connection.close().unwrap();
    let mut file = std::fs::read(store.path()).unwrap();
    repeat_row(&mut file[(root - 1) * PAGE..root * PAGE]);
    std::fs::write(store.path(), file).unwrap();
    store
}

/// Repeats the only row in the page of a table: the other rows lead to the same chain of pages.
fn repeat_row(page: &mut [u8]) {
    assert_eq!((page[0], page[4]), (13, 1), "a page of one row");
    // The row's size in three bytes, its number, its beginning, and the first page of the chain.
    let row = page[PAGE - (3 + 1 + LOCAL + 4)..].to_vec();
    assert_eq!(row[3], 1, "the row's number");
    let mut start = PAGE;
    for position in 0..ROWS {
        start -= row.len();
        page[start..start + row.len()].copy_from_slice(&row);
        page[start + 3] = position + 1;
        let pointer = 8 + 2 * usize::from(position);
        page[pointer..pointer + 2].copy_from_slice(&u16::try_from(start).unwrap().to_be_bytes());
    }
    page[4] = ROWS;
    page[5..7].copy_from_slice(&u16::try_from(start).unwrap().to_be_bytes());
}

fn assert_refused<T>(result: Result<T, StorageError>, table: &str) {
    let why = format!("the table {table} has longer values than the file has room for");
    assert_refused_because(result, table, &why);
}

/// Each row has room in the file, so the message must not say that one has not.
fn assert_searched_too_often<T>(result: Result<T, StorageError>, table: &str) {
    let why = format!("searches in the table {table} find the same rows again and again: more than ");
    assert_refused_because(result, table, &why);
}

fn assert_refused_because<T>(result: Result<T, StorageError>, table: &str, why: &str) {
    let error = result.err().unwrap_or_else(|| panic!("{table} is not refused"));
    assert!(matches!(error, StorageError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains(why), "{error}");
}

fn reader<'s>(store: &'s Store, reads: &Reads) -> EventReader<'s> {
    store.event_reader(ReadPlan::new(AttributeNames::default(), reads)).unwrap()
}

#[test]
fn tables_with_more_bytes_than_the_file_has_room_for_are_not_read() {
    type Read = fn(&Store) -> Result<(), StorageError>;
    let readers: [(&str, &str, Read); 8] = [
        ("parser_count", "name", |store| store.number_of_events().map(drop)),
        ("data_type_count", "name", |store| store.visit_data_type_counts(|_, _| {})),
        ("user_account", "username", |store| store.user_accounts().map(drop)),
        ("source_configuration", "path", |store| store.visit_sources(|_| {})),
        ("session", "command_line_arguments", |store| store.visit_sessions(|_| {})),
        ("analysis_report", "_data", |store| store.report_heads().map(drop)),
        ("event_tag", "labels", |store| store.visit_tags(|_| false, |_| {})),
        ("event", "timestamp", |store| store.visit_times(|_| {})),
    ];
    for (table, column, read) in readers {
        let store = store_with(table, column);
        assert_refused(read(&Store::open(store.path()).unwrap()), table);
    }
}

/// Such a store is refused before the work, and so is a dry run.
#[test]
fn an_analysis_of_tables_with_more_bytes_than_the_file_has_room_for_is_refused() {
    for (table, column) in [
        ("session", "command_line_arguments"),
        ("event_tag", "labels"),
        ("event_label_count", "label"),
        ("analysis_report", "_data"),
        ("analysis_warning", "message"),
    ] {
        let store = store_with(table, column);
        assert_refused(StoreWriter::lock(store.path()), table);
        let scratch = testing::Store::empty();
        let original = Store::open(store.path()).unwrap();
        assert_refused(StoreWriter::scratch(&original, scratch.path(), []), table);
    }
}

#[test]
fn events_with_more_bytes_than_the_file_has_room_for_are_not_read() {
    let store = store_with("event", "timestamp_desc");
    let store = Store::open(store.path()).unwrap();
    let mut reader = reader(&store, &Reads::default());
    let range = EventRange { first: 1, last: ROWS.into() };
    assert_refused(reader.visit::<StorageError>(range, |_| Ok(())), "event");
}

/// Each of them is inflated: 100 KB took 44 s.
#[test]
fn event_data_with_more_bytes_than_the_file_has_room_for_is_not_read() {
    let store = store_with("event_data", "_data");
    for row in 2..=ROWS {
        store.change(&format!(
            "INSERT INTO event SELECT {row}, 'event_data.{row}', date_time, timestamp, timestamp_desc \
                               FROM event WHERE _identifier = 1"
        ));
    }
    let store = Store::open(store.path()).unwrap();
    let mut reader = reader(&store, &Reads { event_data: true, ..Reads::default() });
    let range = EventRange { first: 1, last: ROWS.into() };
    assert_refused(reader.visit::<StorageError>(range, |_| Ok(())), "event_data");
}

/// In a hostile index, many events lead to one row. Here one event is visited many times.
#[test]
fn labels_that_are_found_too_often_are_not_read() {
    let mut new = NewStore::new(Compression::Zlib);
    let event = new.event_row(&1, &"event_data.1", &"");
    new.tag(event, &[&"x".repeat(8 << 20)]);
    let store = new.finish();
    let store = Store::open(store.path()).unwrap();
    let mut reader = reader(&store, &Reads { labels: true, ..Reads::default() });
    let range = EventRange { first: event, last: event };
    for _ in 0..30 {
        let examine = |event: ReadEvent<'_>| {
            event.examine(|event| assert_eq!(event.labels.len(), 1)).unwrap();
            Ok(())
        };
        reader.visit::<StorageError>(range, examine).unwrap();
    }
    let more = (0..30).try_for_each(|_| reader.visit::<StorageError>(range, |_| Ok(())).map(drop));
    assert_searched_too_often(more, "event_tag");
}

/// Each of the two events reads the stream that the other one does not have.
#[test]
fn streams_that_are_found_too_often_are_not_read() {
    let mut new = NewStore::new(Compression::Zlib);
    for _ in 0..2 {
        let stream = new.stream(json!({"path_spec": "x".repeat(8 << 20)}));
        let stream = format!("event_data_stream.{stream}");
        let data = new.event_data(json!({"data_type": "a", "_event_data_stream_identifier": stream}));
        new.event(1, data);
    }
    let store = new.finish();
    let store = Store::open(store.path()).unwrap();
    let stream = [StreamAttribute::Md5Hash].into();
    let mut reader = reader(&store, &Reads { stream, ..Reads::default() });
    let mut visit = || reader.visit::<StorageError>(EventRange { first: 1, last: 2 }, |_| Ok(()));
    for _ in 0..15 {
        visit().unwrap();
    }
    assert_searched_too_often((0..20).try_for_each(|_| visit().map(drop)), "event_data_stream");
}

/// 20 reports of 60 MiB each, which take 60 KB each in the file.
#[test]
fn reports_that_inflate_to_very_much() {
    let json = format!(r#"{{"plugin_name": "a", "text": "{}"}}"#, "x".repeat(60 << 20));
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut stored = vec![0; compressor.zlib_compress_bound(json.len())];
    let length = compressor.zlib_compress(json.as_bytes(), &mut stored).unwrap();
    let mut new = NewStore::new(Compression::Zlib);
    new.sql("CREATE TABLE analysis_report (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _data BLOB)");
    let store = new.finish();
    let connection = Connection::open(store.path()).unwrap();
    for _ in 0..20 {
        connection.execute("INSERT INTO analysis_report (_data) VALUES (?1)", [&stored[..length]]).unwrap();
    }
    drop(connection);
    let error = StoreWriter::lock(store.path()).unwrap_err().to_string();
    assert!(error.contains("its reports inflate to more than 1 GiB together"), "{error}");
    let (heads, unreadable) = Store::open(store.path()).unwrap().report_heads().unwrap();
    assert_eq!(heads.len() + unreadable.len(), 20);
    assert!(heads.len() > 10 && heads[0].row == 20, "{} heads", heads.len());
    assert!(unreadable[0].reason.contains("inflate to more than 1 GiB"), "{}", unreadable[0].reason);
}
