//! Reading all events of a store, range by range, alone or in several threads.

use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError};

use events::EventRange;

use crate::read_event::ReadEvent;
use crate::read_plan::ReadPlan;
use crate::threads::on_each_processor;
use crate::{SameStore, StorageError, Store};

/// How many rows a thread of [`scan_events`] reads at a time.
const ROWS: i64 = 4_096;

/// What each thread of [`scan_events`] does with the events that it reads.
pub trait ScanPart: Clone + Send {
    /// Is told that a range of events begins. The ranges do not depend on the threads.
    fn begin_range(&mut self);

    /// Is shown an event.
    fn see(&mut self, event: &ReadEvent<'_>);
}

/// Shows all events of the store to clones of `part`, with a thread for each processor,
/// and returns the clones. `progress` is told how many events have been read. The store is only
/// read.
///
/// Which clone sees which events depends on chance, so put together the clones must give the same
/// for every division.
///
/// # Errors
///
/// If the store cannot be read, or no thread can be started.
pub fn scan_events<P: ScanPart>(
    store: &SameStore,
    plan: &ReadPlan,
    part: &P,
    progress: impl FnMut(u64),
) -> Result<Vec<P>, StorageError> {
    let ranges = EventRanges::new(ROWS);
    let failed = |source| StorageError::Thread { path: store.path().to_owned(), source };
    let work = || {
        let (plan, part, ranges) = (plan.clone(), part.clone(), &ranges);
        move |sender: &Sender<u64>| read_ranges(store, plan, part, ranges, sender)
    };
    let ended = on_each_processor(work, progress).map_err(failed)?;
    // Closing a store lets go of the locks that this process has on the file, so the stores are
    // closed only now that no thread reads any more.
    ended.into_iter().map(|ended| Ok(ended?.0)).collect()
}

/// Reads range after range, until no range is left that no other thread has taken. After an error,
/// no thread takes another range. The store is returned so that it can be closed later.
fn read_ranges<P: ScanPart>(
    store: &SameStore,
    plan: ReadPlan,
    mut part: P,
    ranges: &EventRanges,
    progress: &Sender<u64>,
) -> Result<(P, Store), StorageError> {
    let store = store.open()?;
    let read = || -> Result<(), StorageError> {
        let mut reader = store.event_reader(plan)?;
        while let Some(range) = ranges.next(&store)? {
            part.begin_range();
            let mut events = 0;
            reader.visit::<StorageError>(range, |event| {
                events += 1;
                part.see(&event);
                Ok(())
            })?;
            // The receiver waits for all threads.
            let _ = progress.send(events);
        }
        Ok(())
    };
    read().inspect_err(|_| ranges.stop())?;
    Ok((part, store))
}

/// Divides the events of a store into ranges of rows, and gives each range to one reader. Numbers
/// that no event has are left out, however many they are.
#[derive(Debug)]
pub struct EventRanges {
    rows: i64,
    /// The row that the next range may begin with; `None` after the greatest number.
    next: Mutex<Option<i64>>,
}

impl EventRanges {
    /// Ranges of at most so many rows. A reader holds the events of a range in memory.
    #[must_use]
    pub fn new(rows: i64) -> Self {
        Self { rows, next: Mutex::new(Some(i64::MIN)) }
    }

    /// Returns the next range of the store that has an event, or `None` if none is left.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn next(&self, store: &Store) -> Result<Option<EventRange>, StorageError> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(first) = next.map(|row| store.event_from(row)).transpose()?.flatten() else {
            return Ok(None);
        };
        let last = first.saturating_add(self.rows - 1);
        *next = last.checked_add(1);
        Ok(Some(EventRange { first, last }))
    }

    /// Hands out no more ranges.
    fn stop(&self) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
