//! A limit for what is read from a table.
//!
//! In a hostile file, several rows of a table, or several entries of a B-tree, can lead to the same
//! pages. Then a table of a few MB has rows and values of many GB, and a limit for the number of
//! rows does not limit the time to read them. So the rows and values of a table must fit in the
//! file.

use std::cell::Cell;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, ffi};

use crate::format::names;

/// The fewest bytes that a row takes in the file: for its number, its size and its place in a page.
const LEAST_ROW: u64 = 4;
/// How many times as large as in the file the content of a table can be when it is read. A number
/// as a text takes fewer than four times its bytes in the file, and a text in UTF-16 1.5 times.
const MOST_GROWTH: u64 = 4;

/// How many bytes of rows that were found before may be read again.
const FOUND_AGAIN: u64 = 256 << 20;

/// How many more bytes may be read from a table.
#[derive(Debug)]
pub(crate) struct Budget {
    table: &'static str,
    /// What it means if more is read.
    excess: Excess,
    limit: u64,
    left: Cell<u64>,
}

/// What it means if more is read than the limit.
#[derive(Debug, Clone, Copy)]
enum Excess {
    /// Each row is read once, so the values are longer than is possible.
    LongerValues,
    /// Searches have found the same rows again and again.
    FoundAgain,
}

impl Budget {
    /// Allows to read each row of a table once.
    pub(crate) fn of_rows(connection: &Connection, table: &'static str) -> rusqlite::Result<Self> {
        let limit = file_size(connection)?.saturating_mul(MOST_GROWTH);
        Ok(Self { table, excess: Excess::LongerValues, limit, left: Cell::new(limit) })
    }

    /// Allows to search in a table. Searches find few rows more than once, but in a hostile index,
    /// all events can lead to the same row.
    pub(crate) fn of_searches(connection: &Connection, table: &'static str) -> rusqlite::Result<Self> {
        let limit = Self::of_rows(connection, table)?.limit.saturating_add(FOUND_AGAIN);
        Ok(Self { table, excess: Excess::FoundAgain, limit, left: Cell::new(limit) })
    }

    /// Allows to read each row once more.
    pub(crate) fn renew(&self) {
        self.left.set(self.limit);
    }

    /// Deducts what a row takes.
    ///
    /// # Errors
    ///
    /// If more was read than the limit. [`StorageError::sqlite`] reports this as damage.
    pub(crate) fn take(&self, row: &Row<'_>) -> rusqlite::Result<()> {
        let mut bytes = 0;
        for column in 0..row.as_ref().column_count() {
            bytes += size(row.get_ref(column)?);
        }
        self.take_bytes(bytes)
    }

    /// Does the same for a row with these values, which need not be fetched again.
    ///
    /// # Errors
    ///
    /// As [`take`](Self::take).
    pub(crate) fn take_values(&self, values: &[ValueRef<'_>]) -> rusqlite::Result<()> {
        self.take_bytes(values.iter().copied().map(size).sum())
    }

    fn take_bytes(&self, bytes: u64) -> rusqlite::Result<()> {
        let bytes = LEAST_ROW * MOST_GROWTH + bytes;
        match self.left.get().checked_sub(bytes) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(self.exceeded()),
        }
    }

    fn exceeded(&self) -> rusqlite::Error {
        match self.excess {
            Excess::LongerValues => too_large(self.table, "longer values"),
            Excess::FoundAgain => damage(format!(
                "searches in the table {} find the same rows again and again: more than {} MiB were read",
                self.table,
                self.limit >> 20
            )),
        }
    }
}

/// How long a value is. Numbers are part of what each row takes.
fn size(value: ValueRef<'_>) -> u64 {
    match value {
        ValueRef::Text(value) | ValueRef::Blob(value) => value.len() as u64,
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => 0,
    }
}

/// Returns the number of rows of a table, and refuses a table that has more rows, or longer values
/// in these columns, than the file has room for. SQLite knows the length of a value without reading
/// the value.
pub(crate) fn check_size(connection: &Connection, table: &str, columns: &str) -> rusqlite::Result<u64> {
    check_size_of(connection, table, "NOT INDEXED", columns)
}

/// The same of a table that is read as `how` says: `NOT INDEXED`, or `INDEXED BY` and an index.
pub(crate) fn check_size_of(
    connection: &Connection,
    table: &str,
    how: &str,
    columns: &str,
) -> rusqlite::Result<u64> {
    let size = file_size(connection)?;
    let most_rows = size / LEAST_ROW;
    let lengths: String = names(columns).map(|name| format!("+ ifnull(octet_length({name}), 0)")).collect();
    let sql = format!(
        "SELECT count(*), total(size) FROM (SELECT 0 {lengths} AS size FROM {table} {how} LIMIT {})",
        most_rows.saturating_add(1)
    );
    let (rows, bytes): (u64, f64) = connection.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if rows > most_rows {
        return Err(too_large(table, "more rows"));
    }
    if bytes > size.saturating_mul(MOST_GROWTH) as f64 {
        return Err(too_large(table, "longer values"));
    }
    Ok(rows)
}

/// The size of the file in bytes, as SQLite knows it.
pub(crate) fn file_size(connection: &Connection) -> rusqlite::Result<u64> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, u64>(0));
    Ok(pragma("page_count")?.saturating_mul(pragma("page_size")?))
}

/// Returns an error of SQLite's kind for damage, so that all readers pass it on as such.
fn too_large(table: &str, what: &str) -> rusqlite::Error {
    damage(format!("the table {table} has {what} than the file has room for"))
}

fn damage(message: String) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), Some(message))
}
