//! Parts of a store: a task reads in a part what it reads in the whole store.

use std::fs::File;
use std::path::{Path, PathBuf};

use events::{AttributeNames, EventData, Reads, StreamAttribute};
use rusqlite::Connection;
use storage::{EventRange, PartWriter, ReadPlan, StorageError, Store};
use tempfile::TempDir;

use crate::support::{FORMATS, store_with_events};

/// All that the reader shows of these events.
fn read(store: &Path, events: EventRange) -> Vec<String> {
    let store = Store::open(store).unwrap();
    let reads = Reads { stream: StreamAttribute::ALL.into(), labels: true, ..Reads::default() };
    let mut reader = store.event_reader(ReadPlan::new(AttributeNames::default(), &reads)).unwrap();
    let mut seen = vec![format!("{:?}", store.user_accounts().unwrap())];
    let visited = reader.visit::<StorageError>(events, |event| {
        let told = event.examine(|event| {
            let data = event.data.map(EventData::written).map(String::from_utf8_lossy);
            format!("{:?} {data:?} {:?} {:?}", event.event, event.stream, event.labels)
        });
        seen.push(told.unwrap_or_else(|unreadable| format!("{} {unreadable}", event.id())));
        Ok(())
    });
    visited.unwrap();
    seen
}

/// Makes a part with these ranges of events.
fn part(store: &Store, folder: &Path, ranges: &[EventRange]) -> Result<PathBuf, StorageError> {
    let path = folder.canonicalize().unwrap().join(format!("{}.plaso", ranges[0].first));
    let made = File::create_new(&path).unwrap();
    let mut part = PartWriter::begin(store, &path, made.into())?;
    ranges.iter().try_for_each(|range| part.add(*range))?;
    let finished = part.finish()?;
    let found = Store::open(&path)?;
    assert_eq!(finished.size, path.metadata().unwrap().len());
    assert_eq!(finished.sha256, found.sha256(|_| ())?);
    assert_eq!(finished.fingerprint, found.fingerprint()?);
    Ok(path)
}

/// Divides a store into parts of two ranges each, and compares what is read.
fn is_read_alike(path: &Path) {
    let store = Store::open(path).unwrap();
    let (folder, all) = (TempDir::new().unwrap(), store.event_range().unwrap().unwrap());
    let rows = (all.last - all.first) / 6 + 1;
    let ranges: Vec<_> = (0..6)
        .map(|n| EventRange { first: all.first + n * rows, last: all.first + (n + 1) * rows - 1 })
        .collect();
    for pair in ranges.chunks(2) {
        let part = part(&store, folder.path(), pair).unwrap();
        for range in pair {
            assert_eq!(read(&part, *range), read(path, *range), "{}: {range:?}", path.display());
        }
        let found = Store::open(&part).unwrap();
        assert!(
            found
                .event_range()
                .unwrap()
                .is_none_or(|found| pair[0].first <= found.first && found.last <= pair[1].last)
        );
        assert_eq!(found.format(), store.format());
    }
    assert!(read(path, all).len() > 6);
}

/// Another user has exchanged the folder in which the file was made.
#[test]
fn nothing_is_written_to_another_file_at_the_path() {
    let store = testing::Store::of("sample");
    let store = Store::open(store.path()).unwrap();
    let folder = TempDir::new().unwrap();
    let path = folder.path().canonicalize().unwrap().join("part.plaso");
    let made = File::create_new(&path).unwrap();
    std::fs::rename(&path, path.with_extension("stolen")).unwrap();
    let refused = |made: File| PartWriter::begin(&store, &path, made.into()).err();
    let is_replaced =
        |error| matches!(error, Some(StorageError::ReplacedWhileMade { path: named }) if named == path);
    assert!(is_replaced(refused(made.try_clone().unwrap())), "no file is there");
    let other = File::create_new(&path).unwrap();
    assert!(is_replaced(refused(made)), "another file is there");
    assert_eq!(other.metadata().unwrap().len(), 0);
    assert!(refused(other).is_none());
}

#[test]
fn samples() {
    for name in ["sample", "sample-20230327", "evtx-sample", "chrome"] {
        is_read_alike(testing::Store::of(name).path());
    }
    for name in ["testdata", "evtx-mitre"] {
        if let Some(store) = testing::Store::shared(name) {
            is_read_alike(store.path());
        }
    }
}

/// The part would have the events of a file that is not the one that was planned.
#[test]
fn a_store_that_was_replaced_since_it_was_opened() {
    let (sample, other) = (testing::Store::of("sample"), testing::Store::of("evtx-sample"));
    let store = Store::open(sample.path()).unwrap();
    std::fs::copy(other.path(), sample.path().with_extension("other")).unwrap();
    std::fs::rename(sample.path().with_extension("other"), sample.path()).unwrap();
    let folder = TempDir::new().unwrap();
    let refused = part(&store, folder.path(), &[EventRange { first: 1, last: 9 }]);
    assert!(matches!(refused, Err(StorageError::ReplacedWhileOpened { .. })), "{refused:?}");
}

/// References from each event to data far away, and to data that many events share, as no store of
/// Plaso has them.
#[test]
fn event_data_that_is_elsewhere() {
    let sample = testing::Store::of("evtx-sample");
    sample.change(
        "UPDATE event SET _event_data_identifier = 'event_data.' || (SELECT 1 + max(_identifier) FROM event_data) - \
         CAST(substr(_event_data_identifier, 12) AS INTEGER) WHERE _identifier % 5; \
         UPDATE event SET _event_data_identifier = 'event_data.7' WHERE _identifier % 5 = 0",
    );
    is_read_alike(sample.path());
}

/// Values of all types in all columns. SQLite would convert some of them.
#[test]
fn values_of_other_types() {
    const VALUES: [&str; 14] = [
        "NULL",
        "7",
        "-7",
        "1.0",
        "2.5",
        "'3'",
        "'4.0'",
        "'noon'",
        "x'61'",
        "x'ff'",
        "CAST(x'ff' AS TEXT)",
        "'event_data.1'",
        "'event_data.-4'",
        "'event_data.009'",
    ];
    let store = store_with_events(FORMATS[3]);
    store.change(
        "CREATE TABLE event_tag (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _event_identifier TEXT, labels TEXT)",
    );
    store.change(
        "CREATE TABLE kept AS SELECT name, sql FROM sqlite_schema; \
         PRAGMA writable_schema = on; \
         UPDATE sqlite_schema SET sql = replace(replace(replace(sql, ' TEXT', ''), ' BLOB', ''), 'timestamp INTEGER', 'timestamp') \
             WHERE name IN ('event', 'event_data', 'event_data_stream', 'event_tag')",
    );
    let database = Connection::open(store.path()).unwrap();
    for (number, value) in VALUES.iter().enumerate() {
        let stream = format!(
            "{{\"data_type\": \"a\", \"_event_data_stream_identifier\": \"event_data_stream.{}\"}}",
            number + 10
        );
        let sql = format!(
            "INSERT INTO event_data VALUES ({number}, '{stream}'), ({number} + 100, {value}), (-4, '{{\"data_type\": \"b\"}}') \
                 ON CONFLICT DO NOTHING; \
             INSERT INTO event_data_stream (_identifier, md5_hash, path_spec) VALUES ({number} + 10, {value}, {value}); \
             INSERT INTO event (_event_data_identifier, timestamp, timestamp_desc) \
                 VALUES ({value}, 5, 'x'), ('event_data.{number}', {value}, 'x'), ('event_data.{number}', 6, {value}), \
                     ('event_data.' || ({number} + 100), 7, 'x'); \
             INSERT INTO event_tag (_event_identifier, labels) \
                 SELECT 'event.' || max(_identifier), {value} FROM event UNION ALL SELECT {value}, '[]'"
        );
        database.execute_batch(&sql).unwrap();
    }
    drop(database);
    store.change(
        "PRAGMA writable_schema = on; \
         UPDATE sqlite_schema SET sql = (SELECT sql FROM kept WHERE kept.name = sqlite_schema.name) WHERE name <> 'kept'; \
         DROP TABLE kept",
    );
    is_read_alike(store.path());
}

#[test]
fn tables_that_are_missing() {
    let store = store_with_events(FORMATS[0]);
    store.change(
        "INSERT INTO event (_event_data_identifier) VALUES ('event_data.1'), ('event_data.2'), ('x'), (NULL), \
         ('event_data.5'), ('event_data.6'), ('event_data.7')",
    );
    for table in ["event_data_stream", "event_data"] {
        store.change(&format!("DROP TABLE {table}"));
        is_read_alike(store.path());
    }
}
