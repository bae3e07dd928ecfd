//! Makes stores of any size from a given store.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use testing::places;

use super::file_system::write_file_system;

/// The number of files in the made-up store. They have about a hundred thousand events.
const FILES: usize = 30_000;
/// The distance of copies in time: a month, in microseconds.
const MONTH: i64 = 30 * 24 * 3_600 * 1_000_000;

/// Returns the folder where stores are kept for the next measurement.
///
/// # Panics
///
/// If the folder cannot be made.
pub(super) fn folder() -> PathBuf {
    let folder = places::target().join("bench");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Returns the made-up store of a file system.
///
/// # Panics
///
/// If the store cannot be made.
pub(super) fn file_system() -> PathBuf {
    let path = folder().join("file-system.plaso");
    if !path.exists() {
        let unfinished = path.with_extension("unfinished");
        write_file_system(&unfinished, FILES);
        std::fs::rename(unfinished, &path).unwrap();
    }
    path
}

/// Returns a store with this number of events, which are copies of the events of `source` with
/// their event data. All copies share the streams. The store has no tags.
///
/// Each copy is in another month. The months are not in ascending order, so the order of times
/// differs from the order of rows, as in a store that was made from many sources.
///
/// # Panics
///
/// If the store cannot be made.
pub(crate) fn replicated(source: &Path, events: u64) -> PathBuf {
    let stem = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let path = folder().join(format!("{stem}-{events}.plaso"));
    if path.exists() {
        return path;
    }
    let unfinished = path.with_extension("unfinished");
    std::fs::copy(source, &unfinished).unwrap();
    let store = open(&unfinished);
    replicate(&store, i64::try_from(events).expect("a number of events")).unwrap();
    drop(store);
    std::fs::rename(unfinished, &path).unwrap();
    path
}

/// Returns the number of events in a store.
pub(super) fn events(store: &Path) -> u64 {
    open(store).query_row("SELECT count(*) FROM event", [], |row| row.get(0)).unwrap()
}

fn open(path: &Path) -> Connection {
    let mut permissions = std::fs::metadata(path).unwrap().permissions();
    if permissions.readonly() {
        use std::os::unix::fs::PermissionsExt as _;
        permissions.set_mode(0o644);
        let _ = std::fs::set_permissions(path, permissions);
    }
    Connection::open(path).unwrap()
}

fn replicate(store: &Connection, wanted: i64) -> rusqlite::Result<()> {
    // To unite new tags with those of the source would take longer.
    store.execute_batch(
        "PRAGMA journal_mode = off; PRAGMA synchronous = off; BEGIN;
         DROP TABLE IF EXISTS event_tag; DROP TABLE IF EXISTS event_label_count",
    )?;
    let last = |table: &str| {
        store.query_row(&format!("SELECT max(_identifier) FROM {table}"), [], |row| row.get::<_, i64>(0))
    };
    let (events, data) = (last("event")?, last("event_data")?);
    let copies = wanted.div_euclid(events) + i64::from(wanted % events != 0);
    for copy in 1..copies {
        store.execute(
            "INSERT INTO event_data SELECT _identifier + ?1, _data FROM event_data WHERE _identifier <= ?2",
            [data * copy, data],
        )?;
        store.execute(
            "INSERT INTO event SELECT _identifier + ?1, \
                 'event_data.' || (CAST(substr(_event_data_identifier, 12) AS INTEGER) + ?2), \
                 date_time, timestamp + ?3, timestamp_desc FROM event WHERE _identifier <= ?4",
            [events * copy, data * copy, (copy * 7_919 % copies) * MONTH, events],
        )?;
    }
    store.execute("DELETE FROM event WHERE _identifier > ?1", [wanted])?;
    // This is wrong for single parsers, but the progress of a run uses only the total.
    store.execute("UPDATE parser_count SET number_of_events = ?1 WHERE name = 'total'", [wanted])?;
    store.execute_batch("COMMIT")
}
