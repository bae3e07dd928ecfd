//! The stored labels of the events that a reader shows.

use std::collections::HashSet;

use events::EventId;
use rusqlite::CachedStatement;

use crate::budget::Budget;
use crate::tags::{searchable_table, stored_labels};
use crate::unreadable::Unreadable;
use crate::{StorageError, Store};

/// The labels stored before the run.
pub(crate) struct Labels<'s> {
    store: &'s Store,
    wanted: bool,
    /// The query for the labels of an event.
    sql: String,
    /// For the rows of this table, each of which belongs to one event.
    budget: Budget,
}

impl<'s> Labels<'s> {
    pub(crate) fn new(store: &'s Store, wanted: bool) -> Result<Self, StorageError> {
        let wanted = wanted && store.has_table("event_tag")?;
        let table = if wanted { searchable_table(store)? } else { String::new() };
        let sql = format!("SELECT labels FROM {table} WHERE _event_identifier = ?1");
        Ok(Self { store, wanted, sql, budget: store.search_budget("event_tag")? })
    }

    /// Returns the labels that can be read, and why others cannot. A label that several tags give
    /// the event is there once.
    pub(crate) fn of(&self, event: EventId) -> Result<(Vec<String>, Option<Unreadable>), StorageError> {
        if !self.wanted {
            return Ok((Vec::new(), None));
        }
        let read = || {
            let (mut labels, mut unreadable) = (Vec::new(), None);
            let mut statement = self.statement()?;
            let mut rows = statement.query([event.to_string()])?;
            while let Some(row) = rows.next()? {
                self.budget.take(row)?;
                match stored_labels(row, 0) {
                    Some(more) => labels.extend(more),
                    None => unreadable = Some(Unreadable::Labels),
                }
            }
            if labels.len() > 1 {
                let mut seen = HashSet::new();
                labels.retain(|label: &String| seen.insert(label.clone()));
            }
            Ok((labels, unreadable))
        };
        read().map_err(|source| self.store.error("read event tags of", source))
    }

    fn statement(&self) -> rusqlite::Result<CachedStatement<'_>> {
        self.store.connection.prepare_cached(&self.sql)
    }
}
