//! The event data streams of the events that a reader shows.

use events::{EventData, EventDataStream, EventDataStreamId};
use rusqlite::OptionalExtension as _;

use crate::budget::Budget;
use crate::connection::text;
use crate::{StorageError, Store};

/// The event data streams; neighbouring event data mostly share one, so the last is kept.
pub(crate) struct Streams<'s> {
    store: &'s Store,
    exist: bool,
    last: Option<EventDataStream>,
    /// How event data refers to the last stream, or nothing.
    reference: Vec<u8>,
    /// For the rows of streams. Event data with the same stream mostly follow each other.
    budget: Budget,
}

impl<'s> Streams<'s> {
    pub(crate) fn new(store: &'s Store) -> Result<Self, StorageError> {
        const TABLE: &str = "event_data_stream";
        let (exist, budget) = (store.has_table(TABLE)?, store.search_budget(TABLE)?);
        Ok(Self { store, exist, last: None, reference: Vec::new(), budget })
    }

    /// Returns the last stream, if event data refers to it with the same text as the event data
    /// before it.
    pub(crate) fn last(&self, data: &EventData<'_>) -> Option<&EventDataStream> {
        self.last.as_ref().filter(|_| data.written_stream() == Some(&self.reference))
    }

    /// Returns the stream with this number, to which the event data refers.
    pub(crate) fn get(
        &mut self,
        id: EventDataStreamId,
        data: &EventData<'_>,
    ) -> Result<Option<&EventDataStream>, StorageError> {
        if self.last.as_ref().is_none_or(|last| last.id != id) {
            self.last = if self.exist { self.read(id)? } else { None };
        }
        self.reference.clear();
        self.reference.extend_from_slice(data.written_stream().unwrap_or_default());
        Ok(self.last.as_ref())
    }

    fn read(&self, id: EventDataStreamId) -> Result<Option<EventDataStream>, StorageError> {
        let sql = "SELECT file_entropy, md5_hash, path_spec, sha1_hash, sha256_hash, yara_match \
                   FROM event_data_stream NOT INDEXED WHERE _identifier = ?1";
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
