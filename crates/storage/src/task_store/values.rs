//! Labels and keys as a task store has them.

use events::{Key, Label, Timestamp};
use rusqlite::Row;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

/// A label as a task store has it.
pub(crate) fn label(text: &str) -> rusqlite::Result<Label> {
    Label::new(text).map_err(|error| conversion_error(error.into()))
}

pub(super) fn conversion_error(error: Box<dyn std::error::Error + Send + Sync>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, error)
}

/// A key as SQLite stores it: an integer or a text, which it orders as this program does.
pub(super) struct Stored<'k>(pub(super) &'k Key);

impl ToSql for Stored<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Key::Time(time) => time.0.into(),
            Key::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

/// The key in a row's column.
pub(crate) fn key(row: &Row<'_>, column: usize) -> rusqlite::Result<Key> {
    match row.get_ref(column)? {
        ValueRef::Integer(time) => Ok(Key::Time(Timestamp(time))),
        ValueRef::Text(text) => Ok(Key::Text(String::from_utf8_lossy(text).into())),
        other => Err(rusqlite::Error::InvalidColumnType(column, "key".into(), other.data_type())),
    }
}
