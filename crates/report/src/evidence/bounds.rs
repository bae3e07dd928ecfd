//! Which times the first and the last one of a label are: a Windows record is created and written,
//! and the time of a key of the registry is that of its last change.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use events::{AttributeNames, EventId, EventRange, EventView};
use messages::{Attributes, Parties, notes_on_time, time_in_words};
use storage::{ReadPlan, StorageError, Store};

use super::chosen::Candidate;
use crate::Time;
use crate::labelled_event::not_recorded;
use crate::table::short;
use crate::time_word::time_word;

/// The event that has a time, and what the time is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeOf {
    /// The row of the event in the store.
    pub event: i64,
    /// What happened at this time, such as `created`.
    pub word: String,
    /// Which parts of it the source does not have, such as `zone not recorded`.
    pub not_recorded: Vec<&'static str>,
}

/// The first and the last event of each label. Of events of the same time, both are the earliest
/// row.
#[derive(Debug, Default)]
pub(super) struct Bounds(BTreeMap<usize, [(Time, Reverse<EventId>); 2]>);

impl Bounds {
    pub(super) fn add(&mut self, candidate: &Candidate, labels: &[usize]) {
        let Some(time) = candidate.time else { return };
        let event = (time, Reverse(candidate.event));
        for label in labels {
            let [first, last] = self.0.entry(*label).or_insert([event; 2]);
            if (event.0, event.1.0) < (first.0, first.1.0) {
                *first = event;
            }
            *last = event.max(*last);
        }
    }

    /// Reads what the first and the last time of each label are.
    pub(super) fn of_labels(
        &self,
        store: &Store,
        labels: usize,
    ) -> Result<Vec<[Option<TimeOf>; 2]>, StorageError> {
        (0..labels).map(|label| self.of(store, label)).collect()
    }

    fn of(&self, store: &Store, label: usize) -> Result<[Option<TimeOf>; 2], StorageError> {
        let Some(bounds) = self.0.get(&label) else { return Ok([None, None]) };
        let [first, last] = bounds.map(|(_, Reverse(event))| event);
        Ok([read(store, first)?, read(store, last)?])
    }
}

/// Reads what the time of an event is. Returns `None` if the event cannot be read.
fn read(store: &Store, event: EventId) -> Result<Option<TimeOf>, StorageError> {
    let mut reader = store.event_reader(ReadPlan::new(AttributeNames::default(), &Parties::reads()))?;
    let range = EventRange { first: event.rowid(), last: event.rowid() };
    let mut found = None;
    reader.visit::<StorageError>(range, |event| {
        found = event.examine(time_of).ok();
        Ok(())
    })?;
    Ok(found)
}

fn time_of(event: &EventView<'_>) -> TimeOf {
    let attributes = Attributes::of(event);
    let description = &event.event.timestamp_description;
    let word = time_in_words(&attributes, event.event.timestamp, description).unwrap_or_else(|| {
        let parser = attributes.text("_parser_chain").unwrap_or_default();
        time_word(attributes.data_type(), &parser, description).to_owned()
    });
    let notes = notes_on_time(&attributes, event.event.timestamp, description);
    let not_recorded = not_recorded(&notes, false);
    TimeOf { event: event.event.id.rowid(), word: short(&word), not_recorded }
}

#[cfg(test)]
mod tests {
    use events::Timestamp;

    use super::*;

    #[test]
    fn the_first_and_the_last_event() {
        let mut bounds = Bounds::default();
        for (event, time) in [(3, 7), (4, 7), (5, 9), (6, 9), (7, 8), (8, 0)] {
            let time = (time > 0).then_some(Time(Timestamp(time)));
            let candidate =
                Candidate { has_no_time: time.is_none(), time, data: None, event: EventId::new(event) };
            bounds.add(&candidate, &[1]);
        }
        let [first, last] = bounds.0[&1].map(|(_, Reverse(event))| event.rowid());
        assert_eq!((first, last), (3, 5));
    }
}
