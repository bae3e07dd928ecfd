//! Digests, which show that something has not changed.

use std::fmt::Write as _;

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use sha2::{Digest as _, Sha256};

/// The tables that an analysis may write, in addition to the tables of analysis results.
const FINDINGS: [&str; 5] =
    ["session", "event_tag", "event_label_count", "analysis_report", "analysis_warning"];

/// Returns a digest of all tables, their definitions and their numbering, except those that an
/// analysis may write.
///
/// # Panics
///
/// If the database cannot be read.
#[must_use]
pub fn digest_of_evidence(connection: &Connection) -> String {
    let is_finding = |name: &str| FINDINGS.contains(&name) || name.ends_with("_analysis_result");
    let mut hasher = Sha256::new();
    for setting in ["page_size", "journal_mode", "encoding", "user_version", "application_id", "auto_vacuum"]
    {
        hasher.update(digest_of_rows(connection, &format!("PRAGMA {setting}")));
    }
    let mut statement =
        connection.prepare("SELECT name, tbl_name, type FROM sqlite_schema ORDER BY name").unwrap();
    let schema: Vec<(String, String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for (name, table, kind) in schema {
        if is_finding(&table) || name == "sqlite_sequence" {
            continue;
        }
        let sql = format!("SELECT sql FROM sqlite_schema WHERE name = '{name}'");
        hasher.update(digest_of_rows(connection, &sql));
        if kind == "table" {
            hasher.update(digest_of_table(connection, &name));
            let sql = format!("SELECT name, seq FROM sqlite_sequence WHERE name = '{name}'");
            hasher.update(digest_of_rows(connection, &sql));
        }
    }
    hex(hasher)
}

/// Returns a digest of all columns of a table's rows, in stored order.
///
/// # Panics
///
/// If there is no such table.
#[must_use]
pub fn digest_of_table(connection: &Connection, table: &str) -> String {
    digest_of_rows(connection, &format!("SELECT * FROM {table}"))
}

/// Returns a digest of the rows that a query returns, in their order.
///
/// # Panics
///
/// If the query fails.
#[must_use]
pub fn digest_of_rows(connection: &Connection, sql: &str) -> String {
    let mut hasher = Sha256::new();
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        for column in 0..columns {
            // The digest includes the type and the length, so that different rows have different
            // digests.
            let (kind, bytes): (u8, &[u8]) = match row.get_ref(column).unwrap() {
                ValueRef::Null => (0, &[]),
                ValueRef::Integer(number) => (1, &number.to_be_bytes()),
                ValueRef::Real(number) => (2, &number.to_be_bytes()),
                ValueRef::Text(text) => (3, text),
                ValueRef::Blob(blob) => (4, blob),
            };
            hasher.update([kind]);
            hasher.update((bytes.len() as u64).to_be_bytes());
            hasher.update(bytes);
        }
    }
    hex(hasher)
}

/// Returns a digest of numbers, in the form that the golden answers to filter expressions have.
#[must_use]
pub fn digest_of_numbers(numbers: &[i64]) -> String {
    let texts: Vec<String> = numbers.iter().map(i64::to_string).collect();
    hex(Sha256::new_with_prefix(texts.join(",")))
}

fn hex(hasher: Sha256) -> String {
    hasher.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
