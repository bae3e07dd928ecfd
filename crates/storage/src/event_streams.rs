//! The event data streams of the events that a reader shows.

use events::{EventDataStream, EventDataStreamId};
use rusqlite::OptionalExtension as _;

use crate::budget::Budget;
use crate::connection::text;
use crate::{StorageError, Store};

/// The event data streams; neighbouring event data mostly share one, so the last is kept.
pub(crate) struct Streams<'s> {
    store: &'s Store,
    exist: bool,
    last: Option<EventDataStream>,
    /// For the rows of streams. Event data with the same stream mostly follow each other.
    budget: Budget,
}

impl<'s> Streams<'s> {
    pub(crate) fn new(store: &'s Store) -> Result<Self, StorageError> {
        const TABLE: &str = "event_data_stream";
        Ok(Self { store, exist: store.has_table(TABLE)?, last: None, budget: store.search_budget(TABLE)? })
    }

    pub(crate) fn get(&mut self, id: EventDataStreamId) -> Result<Option<&EventDataStream>, StorageError> {
        if self.last.as_ref().is_none_or(|last| last.id != id) {
            self.last = if self.exist { self.read(id)? } else { None };
        }
        Ok(self.last.as_ref())
    }

    fn read(&self, id: EventDataStreamId) -> Result<Option<EventDataStream>, StorageError> {
        let sql = "SELECT file_entropy, md5_hash, path_spec, sha1_hash, sha256_hash, yara_match \
                   FROM event_data_stream WHERE _identifier = ?1";
        let read = || {
            self.store.connection.prepare_cached(sql)?.query_row([id.rowid()], |row| {
                self.budget.take(row)?;
                let text = |column| text(row, column);
                Ok(EventDataStream {
                    id,
                    file_entropy: text(0),
                    md5_hash: text(1),
                    path_spec: text(2),
                    sha1_hash: text(3),
                    sha256_hash: text(4),
                    yara_match: text(5),
                })
            })
        };
        read().optional().map_err(|source| self.store.error("read event data streams of", source))
    }
}
