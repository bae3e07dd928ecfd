//! The stored labels of the events that a reader shows.

use events::EventId;
use rusqlite::CachedStatement;

use crate::budget::{Budget, check_size};
use crate::tags::{indexed_table, stored_labels};
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
        let indexed = || -> rusqlite::Result<_> {
            if !wanted {
                return Ok(String::new());
            }
            if let Some(table) = indexed_table(&store.connection)? {
                return Ok(table);
            }
            // Plaso makes the index with the table. Without one, each event would take a look at
            // all tags.
            check_size(&store.connection, "event_tag", "_event_identifier TEXT, labels TEXT")?;
            store.connection.execute_batch(
                "CREATE TEMP TABLE IF NOT EXISTS tag_copy AS \
                     SELECT _event_identifier, labels FROM event_tag ORDER BY _identifier; \
                 CREATE INDEX IF NOT EXISTS tag_copy_per_event ON tag_copy (_event_identifier)",
            )?;
            Ok("tag_copy".into())
        };
        let table = indexed().map_err(|source| store.error("read event tags of", source))?;
        let sql = format!("SELECT labels FROM {table} WHERE _event_identifier = ?1");
        Ok(Self { store, wanted, sql, budget: store.search_budget("event_tag")? })
    }

    pub(crate) fn of(&self, event: EventId) -> Result<Result<Vec<String>, Unreadable>, StorageError> {
        if !self.wanted {
            return Ok(Ok(Vec::new()));
        }
        let read = || {
            let mut labels = Vec::new();
            let mut statement = self.statement()?;
            let mut rows = statement.query([event.to_string()])?;
            while let Some(row) = rows.next()? {
                self.budget.take(row)?;
                match stored_labels(row, 0) {
                    Some(more) => labels.extend(more),
                    None => return Ok(Err(Unreadable::Labels)),
                }
            }
            Ok(Ok(labels))
        };
        read().map_err(|source| self.store.error("read event tags of", source))
    }

    fn statement(&self) -> rusqlite::Result<CachedStatement<'_>> {
        self.store.connection.prepare_cached(&self.sql)
    }
}
