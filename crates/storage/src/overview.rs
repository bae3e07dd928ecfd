//! Reading a whole store for an overview: counters, sources, sessions, warnings of the extraction,
//! times of events, and tags.
//!
//! Tables with a row for each event are read in pieces, and nothing is held between two of them: a
//! reader that kept its lock for the whole table would keep an analysis from completing its
//! changes.

use events::{EventDataId, EventId, Session, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension as _, Row};

use crate::budget::file_size;
use crate::connection::text;
use crate::tags::stored_labels;
use crate::{StorageError, Store};

/// How many rows are read at once.
const PIECE: i64 = 1 << 16;

/// The tables of warnings beside `analysis_warning`.
const WARNING_TABLES: [(&str, &str); 4] = [
    ("preprocessing", "preprocessing_warning"),
    ("extraction", "extraction_warning"),
    ("timelining", "timelining_warning"),
    ("recovery", "recovery_warning"),
];

/// What a timeline was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where it was found.
    pub path: String,
    /// What it is, such as `directory` or `storage media image`.
    pub source_type: String,
}

/// A stored event tag with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTag {
    /// The event; nothing if the tag refers to something else.
    pub event: Option<EventId>,
    /// The event's time; `None` if it was not asked for, there is no such event, or it has no
    /// readable time.
    pub timestamp: Option<Timestamp>,
    /// The event's data; `None` as for the time. Events that share an event data are one record.
    pub data: Option<EventDataId>,
    /// The labels; nothing if they are not a list of texts.
    pub labels: Option<Vec<String>>,
}

impl Store {
    /// The size of the file in bytes, as SQLite knows it.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn size(&self) -> Result<u64, StorageError> {
        file_size(&self.connection).map_err(|source| self.error("read", source))
    }

    /// A number that changes when somebody else changes the store.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn data_version(&self) -> Result<i64, StorageError> {
        self.connection
            .pragma_query_value(None, "data_version", |row| row.get(0))
            .map_err(|source| self.error("read", source))
    }

    /// The sources that the events come from.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn visit_sources(&self, mut visit: impl FnMut(Source)) -> Result<(), StorageError> {
        self.scan("source_configuration", "path, source_type", |row| {
            visit(Source {
                path: text(row, 1).unwrap_or_default(),
                source_type: text(row, 2).unwrap_or_default(),
            });
            Ok(())
        })
    }

    /// Shows `visit` the sessions, oldest first.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn visit_sessions(&self, mut visit: impl FnMut(Session)) -> Result<(), StorageError> {
        let columns = "identifier, aborted, command_line_arguments, debug_mode, start_time, completion_time, \
                       product_name, product_version";
        self.scan("session", columns, |row| {
            visit(Session {
                identifier: text(row, 1).unwrap_or_default(),
                aborted: row.get(2).unwrap_or_default(),
                command_line_arguments: text(row, 3).unwrap_or_default(),
                debug_mode: row.get(4).unwrap_or_default(),
                start_time: Timestamp(row.get(5).unwrap_or_default()),
                completion_time: Timestamp(row.get(6).unwrap_or_default()),
                product_name: text(row, 7).unwrap_or_default(),
                product_version: text(row, 8).unwrap_or_default(),
            });
            Ok(())
        })
    }

    /// How many warnings there are of each kind but those of analyses; kinds without any are left
    /// out.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn warning_counts(&self) -> Result<Vec<(&'static str, u64)>, StorageError> {
        let mut counts = Vec::new();
        for (kind, table) in WARNING_TABLES {
            counts.push((kind, self.number_of_rows(table)?));
        }
        counts.retain(|(_, number)| *number > 0);
        Ok(counts)
    }

    /// How many files and other streams of bytes were looked into for events.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn number_of_event_sources(&self) -> Result<u64, StorageError> {
        self.number_of_rows("event_source")
    }

    /// Shows `visit` what Plaso counted while it extracted events: numbers of events by parser, and
    /// a `total`. Nothing if it did not.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn visit_parser_counts(&self, visit: impl FnMut(&str, u64)) -> Result<(), StorageError> {
        self.visit_counter("parser_count", visit)
    }

    /// The same by data type, which only newer versions count.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn visit_data_type_counts(&self, visit: impl FnMut(&str, u64)) -> Result<(), StorageError> {
        self.visit_counter("data_type_count", visit)
    }

    /// Shows `visit` the time of each event, or `None` for an event without a time, or with one
    /// that is no integer.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn visit_times(&self, mut visit: impl FnMut(Option<Timestamp>)) -> Result<(), StorageError> {
        self.scan("event", "timestamp", |row| {
            visit(time(row, 1)?);
            Ok(())
        })
    }

    /// Shows `visit` each event tag, with the time and the data of its event if they are wanted for
    /// these labels.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn visit_tags(
        &self,
        wants_time: impl Fn(&[String]) -> bool,
        mut visit: impl FnMut(StoredTag),
    ) -> Result<(), StorageError> {
        let mut event_time = if self.has_table("event")? {
            let sql = "SELECT timestamp, _event_data_identifier FROM event WHERE _identifier = ?1";
            Some(self.connection.prepare(sql).map_err(|source| self.error("read", source))?)
        } else {
            None
        };
        let budget = self.search_budget("event")?;
        self.scan("event_tag", "_event_identifier, labels", |row| {
            let event = text(row, 1).and_then(|reference| EventId::parse(&reference).ok());
            let labels = stored_labels(row, 2);
            let found = match (&mut event_time, event) {
                (Some(statement), Some(event)) if labels.as_deref().is_some_and(&wants_time) => {
                    let read = |row: &Row<'_>| {
                        budget.take(row)?;
                        let data = text(row, 1).and_then(|reference| EventDataId::parse(&reference).ok());
                        Ok((time(row, 0)?, data))
                    };
                    statement.query_row([event.rowid()], read).optional()?
                }
                _ => None,
            };
            let (timestamp, data) = found.unwrap_or_default();
            visit(StoredTag { event, timestamp, data, labels });
            Ok(())
        })
    }

    /// Shows `read` these columns of each row of a table that is numbered by `_identifier`, which
    /// comes first.
    pub(crate) fn scan(
        &self,
        table: &'static str,
        columns: &str,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StorageError> {
        if !self.has_table(table)? {
            return Ok(());
        }
        let mut in_order = true;
        let budget = self.budget(table)?;
        let mut scan = || -> rusqlite::Result<()> {
            let mut statement = self.connection.prepare(&format!(
                "SELECT _identifier, {columns} FROM {table} WHERE _identifier >= ?1 ORDER BY _identifier LIMIT ?2"
            ))?;
            let mut next = Some(i64::MIN);
            while let Some(start) = next {
                next = None;
                let mut rows = statement.query([start, PIECE])?;
                while let Some(row) = rows.next()? {
                    let number: i64 = row.get(0)?;
                    in_order = number >= next.unwrap_or(start);
                    if !in_order {
                        return Ok(());
                    }
                    budget.take(row)?;
                    read(row)?;
                    next = number.checked_add(1);
                }
            }
            Ok(())
        };
        scan().map_err(|source| self.error("read", source))?;
        if in_order { Ok(()) } else { Err(self.out_of_order(table)) }
    }

    fn visit_counter(
        &self,
        table: &'static str,
        mut visit: impl FnMut(&str, u64),
    ) -> Result<(), StorageError> {
        self.scan(table, "name, number_of_events", |row| {
            // What is no count is passed over.
            if let (Some(name), Ok(number)) = (text(row, 1), row.get(2)) {
                visit(&name, number);
            }
            Ok(())
        })
    }

    fn number_of_rows(&self, table: &'static str) -> Result<u64, StorageError> {
        if !self.has_table(table)? {
            return Ok(0);
        }
        self.count_rows(table)
    }
}

/// The time in a row's column, or `None` if there is none or it is no integer.
fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(timestamp) => Some(Timestamp(timestamp)),
        _ => None,
    })
}
