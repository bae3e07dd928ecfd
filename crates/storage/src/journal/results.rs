//! Tells a store that has all results of a run from one to which they were written in part.
//!
//! SQLite writes the pages of a change one after the other, and removes the journal at the end. If
//! the journal was lost in between, the session of the run can be there without its labels, in a
//! store that SQLite calls whole. So a run writes down, before it completes its change, the digest
//! of all results that the store will have.

use std::io;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::whole;
use crate::format::{ANALYSIS_TABLES, RESULT_SUFFIX, SEQUENCE};

/// Returns whether the store at `path`, without regard to a journal, is whole and has the results
/// of this digest ([`StoreWriter::digest_of_results`](crate::StoreWriter::digest_of_results)). This
/// reads all of the store.
///
/// # Errors
///
/// If the store cannot be read.
pub fn holds_results(path: &Path, expected: &str) -> io::Result<bool> {
    whole::is_whole_with(path, |store| Ok(digest(store)? == expected && has_right_indexes(store)?))
}

/// Whether the indexes of the labels fit their table, at which [`whole`] does not look.
fn has_right_indexes(store: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'event_tag'";
    if store.query_row(sql, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(true);
    }
    let found: String = store.query_row("PRAGMA integrity_check('event_tag')", [], |row| row.get(0))?;
    Ok(found == "ok")
}

/// Returns the digest of all results in a store.
pub(crate) fn digest(connection: &Connection) -> rusqlite::Result<String> {
    let mut values = Values::default();
    for table in tables(connection)? {
        values.add(b't', table.as_bytes());
        let order = if table == SEQUENCE.name { "name" } else { "rowid" };
        let mut statement =
            connection.prepare(&format!("SELECT rowid, * FROM \"{table}\" NOT INDEXED ORDER BY {order}"))?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                match row.get_ref(column)? {
                    ValueRef::Null => values.add(b'n', &[]),
                    ValueRef::Integer(number) => values.add(b'i', &number.to_le_bytes()),
                    ValueRef::Real(number) => values.add(b'r', &number.to_le_bytes()),
                    ValueRef::Text(text) => values.add(b's', text),
                    ValueRef::Blob(bytes) => values.add(b'b', bytes),
                }
            }
        }
    }
    Ok(values.finish())
}

/// Values of which a digest is made. They are collected, because most are short, and a call for
/// each would take longer than the digest.
#[derive(Default)]
struct Values {
    hasher: blake3::Hasher,
    collected: Vec<u8>,
}

impl Values {
    /// How many bytes are collected.
    const MOST: usize = 1 << 16;

    fn add(&mut self, kind: u8, bytes: &[u8]) {
        self.collected.push(kind);
        self.collected.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        self.collected.extend_from_slice(bytes);
        if self.collected.len() >= Self::MOST {
            self.hasher.update(&self.collected);
            self.collected.clear();
        }
    }

    fn finish(mut self) -> String {
        self.hasher.update(&self.collected);
        self.hasher.finalize().to_hex().to_string()
    }
}

/// Returns the names of the tables with results, sorted.
fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut statement = connection.prepare(sql)?;
    let names = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    let has_results = |name: &String| {
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        ANALYSIS_TABLES.contains(&name.as_str())
            || name == SEQUENCE.name
            || is_plain && name.ends_with(RESULT_SUFFIX)
    };
    Ok(names.into_iter().filter(has_results).collect())
}
