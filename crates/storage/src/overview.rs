//! Reading a whole store for an overview: counters, sources, sessions, warnings of the extraction,
//! times of events, and tags.
//!
//! Tables with a row for each event are read in pieces, and nothing is held between two of them: a
//! reader that kept its lock for the whole table would keep an analysis from completing its
//! changes.

use events::{EventDataId, EventId, Session, TimeRange, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension as _, Row};

use crate::budget::file_size;
use crate::connection::text;
use crate::existing_events::ExistingEvents;
use crate::tags::{SharedTags, stored_labels, tagged_event};
use crate::{StorageError, Store};

/// How many rows are read at once.
const PIECE: i64 = 1 << 16;

/// The tables of warnings beside `analysis_warning`, each with the column of what gave the warning.
const WARNING_TABLES: [(&str, &str, &str); 4] = [
    ("preprocessing", "preprocessing_warning", "plugin_name"),
    ("extraction", "extraction_warning", "parser_chain"),
    ("timelining", "timelining_warning", "parser_chain"),
    ("recovery", "recovery_warning", "parser_chain"),
];

/// A warning of Plaso from the time when it collected the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionWarning {
    /// The parsers, from the outermost, or the preprocessing plugin.
    pub origin: String,
    /// The message.
    pub message: String,
    /// The path specification of the file, as JSON.
    pub path_spec: String,
}

/// What a timeline was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where it was found.
    pub path: String,
    /// What it is, such as `directory` or `storage media image`.
    pub source_type: String,
}

/// A stored event tag with what belongs to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredTag {
    /// The event; nothing if the tag refers to something else, or to an event that is not there.
    pub event: Option<EventId>,
    /// The event's time; `None` if it was not asked for, there is no such event, or it has no
    /// readable time.
    pub timestamp: Option<Timestamp>,
    /// The event's data, which other events may share; `None` as for the time.
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
        for (kind, table, _) in WARNING_TABLES {
            counts.push((kind, self.number_of_rows(table)?));
        }
        counts.retain(|(_, number)| *number > 0);
        Ok(counts)
    }

    /// Shows `visit` each of these warnings with its kind, in the order they were given.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn visit_collection_warnings(
        &self,
        mut visit: impl FnMut(&'static str, CollectionWarning),
    ) -> Result<(), StorageError> {
        WARNING_TABLES.iter().try_for_each(|(kind, table, origin)| {
            self.scan(table, &format!("{origin}, message, path_spec"), |row| {
                let column = |column| text(row, column).unwrap_or_default();
                visit(
                    kind,
                    CollectionWarning { origin: column(1), message: column(2), path_spec: column(3) },
                );
                Ok(())
            })
        })
    }

    /// How many files and other streams of bytes were looked into for events.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn number_of_event_sources(&self) -> Result<u64, StorageError> {
        self.number_of_rows("event_source")
    }

    /// Shows `visit` the time of each event, or `None` for an event without a time, or with one
    /// that is no integer.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn visit_times(&self, mut visit: impl FnMut(Option<Timestamp>)) -> Result<(), StorageError> {
        self.scan("event", "timestamp", |row| {
            let time = time(row, 1)?;
            if self.has_in_interval(time) {
                visit(time);
            }
            Ok(())
        })
    }

    /// Shows `visit` each event tag, with the time and the data of its event if `wants_event` says
    /// so for its labels. If an event has several tags, they are shown as one.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn visit_tags(
        &self,
        wants_event: impl Fn(&[String]) -> bool,
        mut visit: impl FnMut(StoredTag),
    ) -> Result<(), StorageError> {
        if !self.has_table("event_tag")? {
            return Ok(());
        }
        let mut find_event = if self.has_table("event")? {
            let sql =
                "SELECT timestamp, _event_data_identifier FROM event NOT INDEXED WHERE _identifier = ?1";
            Some(self.connection.prepare(sql).map_err(|source| self.error("read", source))?)
        } else {
            None
        };
        let budget = self.search_budget("event")?;
        let mut existing = ExistingEvents::of(self)?;
        let mut shared = SharedTags::find(self)?;
        let mut show = |event: Option<EventId>, labels: Option<Vec<String>>| {
            let (timestamp, data) = match (&mut find_event, event) {
                (Some(statement), Some(event))
                    if self.times.is_some() || labels.as_deref().is_some_and(&wants_event) =>
                {
                    let read = |row: &Row<'_>| {
                        budget.take(row)?;
                        let data = text(row, 1).and_then(|reference| EventDataId::parse(&reference).ok());
                        Ok((time(row, 0)?, data))
                    };
                    statement.query_row([event.rowid()], read).optional()?.unwrap_or_default()
                }
                _ => (None, None),
            };
            if self.has_in_interval(timestamp) {
                visit(StoredTag { event, timestamp, data, labels });
            }
            rusqlite::Result::Ok(())
        };
        self.scan("event_tag", "_event_identifier, labels", |row| {
            let reference = text(row, 1);
            let event = existing.only(reference.as_deref().and_then(tagged_event))?;
            match (&mut shared, &reference, event) {
                (Some(shared), Some(reference), Some(_)) => {
                    shared.labels(row.get(0)?, reference)?.into_iter().try_for_each(|tag| show(event, tag))
                }
                _ => show(event, stored_labels(row, 2)),
            }
        })
    }

    /// Returns whether an event of this time is to be shown.
    fn has_in_interval(&self, time: Option<Timestamp>) -> bool {
        let contains = |times: TimeRange| time.is_some_and(|time| (times.first..=times.last).contains(&time));
        self.times.is_none_or(contains)
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
                "SELECT _identifier, {columns} FROM {table} NOT INDEXED WHERE _identifier >= ?1 ORDER BY _identifier LIMIT ?2"
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
