//! The floors: work that every program with these files must do.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use libdeflater::{DecompressionError, Decompressor};
use rusqlite::{Connection, OpenFlags};

/// The number of rows that a thread takes at a time.
const ROWS: i64 = 4_096;

/// Reads all events and inflates all event data once, with a thread for each processor.
pub(super) fn read(store: &Path) -> Duration {
    let begun = Instant::now();
    let (next_event, next_data) = (AtomicI64::new(1), AtomicI64::new(1));
    std::thread::scope(|scope| {
        for _ in 0..super::results::processors() {
            scope.spawn(|| {
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let store = Connection::open_with_flags(store, flags).unwrap();
                let events = "SELECT _identifier, _event_data_identifier, timestamp, timestamp_desc FROM event \
                              WHERE _identifier BETWEEN ?1 AND ?2";
                ranges(&store, "event", &next_event, events, |row| {
                    let length = row.get_ref(1)?.as_str()?.len() + row.get_ref(3)?.as_str()?.len();
                    std::hint::black_box((row.get::<_, i64>(0)?, row.get::<_, i64>(2)?, length));
                    Ok(())
                });
                let mut inflater = Inflater::default();
                let data = "SELECT _data FROM event_data WHERE _identifier BETWEEN ?1 AND ?2";
                ranges(&store, "event_data", &next_data, data, |row| {
                    if let Ok(blob) = row.get_ref(0)?.as_blob() {
                        inflater.inflate(blob);
                    }
                    Ok(())
                });
            });
        }
    });
    begun.elapsed()
}

fn ranges(
    store: &Connection,
    table: &str,
    next: &AtomicI64,
    sql: &str,
    mut each: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>,
) {
    let last = format!("SELECT max(_identifier) FROM {table}");
    let last: i64 = store.query_row(&last, [], |row| row.get(0)).unwrap();
    let mut statement = store.prepare(sql).unwrap();
    loop {
        let first = next.fetch_add(ROWS, Ordering::Relaxed);
        if first > last {
            return;
        }
        let mut rows = statement.query([first, first + ROWS - 1]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            each(row).unwrap();
        }
    }
}

struct Inflater {
    decompressor: Decompressor,
    buffer: Vec<u8>,
}

impl Default for Inflater {
    fn default() -> Self {
        Self { decompressor: Decompressor::new(), buffer: vec![0; 16 << 10] }
    }
}

impl Inflater {
    fn inflate(&mut self, blob: &[u8]) {
        while let Err(DecompressionError::InsufficientSpace) =
            self.decompressor.zlib_decompress(blob, &mut self.buffer)
        {
            let larger = 2 * self.buffer.len();
            self.buffer.resize(larger, 0);
        }
        std::hint::black_box(&self.buffer);
    }
}

/// Returns the tags in a store, in stored order.
pub(super) fn tags(store: &Path) -> Vec<(String, String)> {
    let store = Connection::open(store).unwrap();
    let mut statement =
        store.prepare("SELECT _event_identifier, labels FROM event_tag ORDER BY _identifier").unwrap();
    let tags = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    tags.collect::<Result<_, _>>().unwrap()
}

/// Inserts tags into a store without tags, in one transaction and with one prepared statement.
pub(super) fn insert(store: &Path, tags: &[(String, String)]) -> Duration {
    let begun = Instant::now();
    let store = Connection::open(store).unwrap();
    store
        .execute_batch(
            "BEGIN IMMEDIATE;
             CREATE TABLE event_tag (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _event_identifier TEXT, labels TEXT);
             CREATE INDEX event_tag_per_event ON event_tag (_event_identifier)",
        )
        .unwrap();
    let mut insert =
        store.prepare("INSERT INTO event_tag (_event_identifier, labels) VALUES (?1, ?2)").unwrap();
    for (event, labels) in tags {
        insert.execute([event, labels]).unwrap();
    }
    drop(insert);
    store.execute_batch("COMMIT").unwrap();
    begun.elapsed()
}
