//! Which events of a store are there.

use events::{EventId, EventRange};
use rusqlite::{OptionalExtension as _, Statement};

use crate::budget::Budget;
use crate::{StorageError, Store};

/// Which events there are. Nearly all stores have all events of their range, so that no event need
/// be looked up.
pub(crate) struct ExistingEvents<'s> {
    range: Option<EventRange>,
    /// Finds an event, if some of the range are missing.
    find: Option<Statement<'s>>,
    budget: Budget,
}

impl<'s> ExistingEvents<'s> {
    pub(crate) fn of(store: &'s Store) -> Result<Self, StorageError> {
        let range = store.event_range()?;
        let count = store.number_of_events()?;
        let is_whole = |range: &EventRange| Some(range.last.abs_diff(range.first)) == count.checked_sub(1);
        let find = match range.filter(|range| !is_whole(range)) {
            Some(_) => {
                let sql = "SELECT _identifier FROM event NOT INDEXED WHERE _identifier = ?1";
                Some(store.connection.prepare(sql).map_err(|source| store.error("read", source))?)
            }
            None => None,
        };
        Ok(Self { range, find, budget: store.search_budget("event")? })
    }

    /// Returns the event if there is one.
    pub(crate) fn only(&mut self, event: Option<EventId>) -> rusqlite::Result<Option<EventId>> {
        let is_in = |event: &EventId| {
            self.range.is_some_and(|range| (range.first..=range.last).contains(&event.rowid()))
        };
        let Some(event) = event.filter(is_in) else { return Ok(None) };
        let Some(find) = &mut self.find else { return Ok(Some(event)) };
        find.query_row([event.rowid()], |row| self.budget.take(row).map(|()| event)).optional()
    }
}
