//! A good store with some of its contents, or its schema, changed: bytes that are an SQLite file
//! hardly ever come of chance.

use arbitrary::{Arbitrary, Unstructured};
use libdeflater::{CompressionLvl, Compressor};
use rusqlite::limits::Limit;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use storage::Store;

use crate::Target;
use crate::run_over::{analyse, check_error};
use crate::samples::STORE;
use crate::workplace::{file, in_empty_folder};

pub(super) const TARGET: Target = Target { name: "store_contents", run, seeds };

/// Tables and their columns, as far as a run looks at them.
const COLUMNS: [(&str, &[&str]); 11] = [
    ("metadata", &["key", "value"]),
    ("event", &["_identifier", "_event_data_identifier", "timestamp", "timestamp_desc"]),
    ("event_data", &["_identifier", "_data"]),
    ("event_data_stream", &["_identifier", "md5_hash", "sha256_hash", "path_spec", "yara_match"]),
    ("event_tag", &["_identifier", "_event_identifier", "labels"]),
    ("event_label_count", &["_identifier", "label", "number_of_events"]),
    ("parser_count", &["name", "number_of_events"]),
    ("user_account", &["_identifier", "username", "user_directory"]),
    ("sqlite_sequence", &["name", "seq"]),
    ("analysis_report", &["_identifier", "_data"]),
    ("analysis_warning", &["_identifier", "message", "plugin_name"]),
];

/// Changes that no mutation of a cell makes; `$T` stands for a table, `$C` for one of its columns.
const SCHEMA: [&str; 19] = [
    "DROP TABLE $T",
    "ALTER TABLE $T RENAME TO other",
    "ALTER TABLE $T DROP COLUMN $C",
    "ALTER TABLE $T RENAME COLUMN $C TO other",
    "ALTER TABLE $T RENAME TO o; CREATE VIEW $T AS SELECT * FROM o",
    "ALTER TABLE $T RENAME TO o; CREATE VIEW $T AS WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) \
     SELECT x AS _identifier, x AS $C FROM r",
    "ALTER TABLE $T RENAME TO o; CREATE TABLE $T AS SELECT * FROM o",
    "ALTER TABLE $T RENAME TO o; CREATE TABLE $T (_identifier TEXT PRIMARY KEY, $C) WITHOUT ROWID",
    "ALTER TABLE $T RENAME TO o; CREATE TABLE $T (_identifier INTEGER PRIMARY KEY, $C AS (hex(zeroblob(400000000)))); \
     INSERT INTO $T DEFAULT VALUES",
    "ALTER TABLE $T RENAME TO o; CREATE TABLE $T (_identifier INTEGER PRIMARY KEY, $C CHECK ($C NOT LIKE '%a%a%a%a%a%a%a%b'))",
    "ALTER TABLE $T RENAME TO o; CREATE VIRTUAL TABLE $T USING fts5(_identifier, $C); INSERT INTO $T VALUES (1, 'a')",
    "ALTER TABLE $T RENAME TO o; CREATE VIRTUAL TABLE $T USING rtree(_identifier, $C, x); INSERT INTO $T VALUES (1, 1, 2)",
    "CREATE TRIGGER t1 AFTER INSERT ON $T BEGIN DELETE FROM event; END; \
     CREATE TRIGGER t2 AFTER INSERT ON event_tag BEGIN DELETE FROM event; END",
    "CREATE INDEX i ON $T (hex(randomblob(abs(random()) % 1000)) || $C)",
    "CREATE UNIQUE INDEX u ON $T ($C)",
    "ALTER TABLE $T RENAME TO o; CREATE TABLE $T (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, \
     $C TEXT COLLATE NOCASE UNIQUE ON CONFLICT IGNORE)",
    "ANALYZE; UPDATE sqlite_stat1 SET stat = '10 1000000'",
    "CREATE INDEX p ON $T ($C) WHERE $C > 3",
    "CREATE TABLE session (identifier TEXT, aborted TEXT); INSERT INTO session VALUES (x'ff', 'maybe')",
];

fn run(data: &[u8]) {
    in_empty_folder(|folder| {
        let path = file(folder, "case.plaso", &STORE);
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch(
                "PRAGMA journal_mode = memory; PRAGMA synchronous = off; PRAGMA foreign_keys = off",
            )
            .unwrap();
        // Making the store must not take what only reading it may be tried with.
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, 1 << 20).unwrap();
        let mut bytes = Unstructured::new(data);
        while !bytes.is_empty() && change(&connection, &mut bytes).is_ok() {}
        connection.close().unwrap();
        let before = events_of(&path);
        match analyse(&path, folder) {
            Ok(_) => assert_eq!(events_of(&path), before, "an analysis has changed the evidence"),
            Err(error) => check_error(&*error),
        }
    });
}

/// What a run must never change.
fn events_of(path: &std::path::Path) -> Option<Vec<String>> {
    // Of one that is refused there is nothing to say, and looking might take for ever.
    Store::open(path).ok()?;
    let connection = Connection::open(path).unwrap();
    let mut statement = connection.prepare("SELECT _identifier, timestamp FROM event LIMIT 100").ok()?;
    let rows = statement.query_map([], |row| Ok(format!("{:?}", (row.get_ref(0)?, row.get_ref(1)?)))).ok()?;
    rows.collect::<Result<_, _>>().ok()
}

/// One change, as the bytes have it; a change that SQLite refuses is none.
fn change(connection: &Connection, bytes: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let (table, columns) = *bytes.choose(&COLUMNS)?;
    let column = *bytes.choose(columns)?;
    let _ = match bytes.int_in_range(0..=9)? {
        0..=4 => {
            let row = i64::from(bytes.int_in_range(0..=6_u8)?);
            let sql = format!("UPDATE {table} SET {column} = ?1 WHERE ?2 IN (0, rowid)");
            connection.execute(&sql, (value(bytes)?, row)).map(drop)
        }
        5 | 6 => {
            let values = columns.iter().map(|_| value(bytes)).collect::<Result<Vec<_>, _>>()?;
            let marks = vec!["?"; values.len()].join(", ");
            let sql = format!("INSERT INTO {table} ({}) VALUES ({marks})", columns.join(", "));
            connection.execute(&sql, params_from_iter(values)).map(drop)
        }
        7 => {
            let row = i64::from(u8::arbitrary(bytes)?);
            connection.execute(&format!("DELETE FROM {table} WHERE rowid = ?1"), [row]).map(drop)
        }
        8 => {
            let sql = bytes.choose(&SCHEMA)?.replace("$T", table).replace("$C", column);
            connection.execute_batch(&sql)
        }
        _ => {
            let sql = String::arbitrary(bytes)?;
            let write = format!("UPDATE sqlite_schema SET sql = ?1 WHERE name = '{table}'");
            connection
                .execute_batch("PRAGMA writable_schema = on")
                .and_then(|()| connection.execute(&write, [sql]).map(drop))
        }
    };
    Ok(())
}

/// Whatever SQLite can store.
fn value(bytes: &mut Unstructured<'_>) -> arbitrary::Result<Value> {
    const REFERENCES: [&str; 6] = ["event", "event_data", "event_data_stream", "event_tag", "x", ""];
    Ok(match bytes.int_in_range(0..=7)? {
        0 => Value::Null,
        1 => Value::Integer(i64::arbitrary(bytes)?),
        2 => Value::Integer(*bytes.choose(&[0, 1, -1, i64::MAX, i64::MIN, i64::MAX - 1])?),
        3 => Value::Real(f64::arbitrary(bytes)?),
        4 => Value::Text(String::arbitrary(bytes)?),
        5 => Value::Text(format!("{}.{}", bytes.choose(&REFERENCES)?, i8::arbitrary(bytes)?)),
        6 => Value::Blob(Vec::arbitrary(bytes)?),
        _ => {
            let json = Vec::<u8>::arbitrary(bytes)?;
            let mut compressor = Compressor::new(CompressionLvl::fastest());
            let mut deflated = vec![0; compressor.zlib_compress_bound(json.len())];
            let length = compressor.zlib_compress(&json, &mut deflated).unwrap();
            deflated.truncate(length);
            Value::Blob(deflated)
        }
    })
}

/// Nothing in particular: libFuzzer finds the changes by itself.
fn seeds() -> Vec<Vec<u8>> {
    (0..32_u8)
        .map(|first| {
            (0..64_u8).map(|at| first.wrapping_mul(37).wrapping_add(at.wrapping_mul(first | 1))).collect()
        })
        .collect()
}
