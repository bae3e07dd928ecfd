//! The passes over a store: over its events, and over its event data if the store has no counts of
//! them.

use events::{AttributeNames, Reads, Value};
use rustc_hash::FxHashMap;
use storage::{EventRanges, ReadPlan, StorageError, Store};

use crate::table::{Largest, LeftOut, MAXIMUM_CHARACTERS};
use crate::words::cut;
use crate::{Count, Table, Time};

/// A function that is called from time to time with what is being read, such as `events`, and how
/// many rows were read so far.
pub type Progress<'p> = &'p mut dyn FnMut(&'static str, u64);

/// The number of rows between two calls of the progress function.
const STEP: u64 = 1 << 16;
/// The number of events that are read at once with their data, as many as in a task of a run.
const RANGE: i64 = 1 << 14;
/// The maximum number of different names that are counted.
const MAXIMUM_NAMES: usize = 50_000;

/// Reports the progress of a pass now and then.
pub(crate) struct Steps<'s, 'p> {
    progress: &'s mut Progress<'p>,
    what: &'static str,
    rows: u64,
}

impl<'s, 'p> Steps<'s, 'p> {
    pub(crate) fn new(progress: &'s mut Progress<'p>, what: &'static str) -> Self {
        Self { progress, what, rows: 0 }
    }

    pub(crate) fn row(&mut self) {
        self.rows += 1;
        if self.rows.is_multiple_of(STEP) {
            (self.progress)(self.what, self.rows);
        }
    }
}

/// Sums of numbers by name, for a bounded number of names.
#[derive(Debug, Default)]
pub(crate) struct Names {
    counts: FxHashMap<Box<str>, u64>,
    left_out: LeftOut,
}

impl Names {
    pub(crate) fn add(&mut self, name: &str, number: u64) {
        if let Some(count) = self.counts.get_mut(name) {
            *count = count.saturating_add(number);
        } else if name.len() > MAXIMUM_CHARACTERS {
            // Cut the name as reports do.
            let name = cut(name, MAXIMUM_CHARACTERS / 4);
            self.add(&name, number);
        } else if self.counts.len() < MAXIMUM_NAMES {
            self.counts.insert(name.into(), number);
        } else {
            self.left_out.add(&name, number);
        }
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<u64> {
        self.counts.remove(name)
    }

    pub(crate) fn sum(&self) -> u64 {
        self.counts.values().fold(self.left_out.rest().number, |sum, number| sum.saturating_add(*number))
    }

    pub(crate) fn finish(self) -> Table<Count> {
        let mut largest = Largest::default();
        for (name, number) in &self.counts {
            largest.add([name], *number);
        }
        let mut table = largest.finish(|[name], number| Count { name, number });
        let left_out = self.left_out.rest();
        table.more.rows += left_out.rows;
        table.more.number = table.more.number.saturating_add(left_out.number);
        table
    }
}

/// The result of a pass over the times of all events.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) events: u64,
    pub(crate) without_time: u64,
    pub(crate) span: Option<(Time, Time)>,
}

/// Reads the times of all events. Calls `visit` with each that says something.
pub(crate) fn times(
    store: &Store,
    progress: &mut Progress<'_>,
    mut visit: impl FnMut(Time),
) -> Result<Times, StorageError> {
    let mut found = Times::default();
    let mut steps = Steps::new(progress, "events");
    store.visit_times(|time| {
        steps.row();
        found.events += 1;
        match Time::of_event(time) {
            Some(time) => {
                let (first, last) = found.span.unwrap_or((time, time));
                found.span = Some((first.min(time), last.max(time)));
                visit(time);
            }
            None => found.without_time += 1,
        }
    })?;
    Ok(found)
}

/// The numbers of events by parser and by data type.
#[derive(Debug, Default)]
pub(crate) struct Kinds {
    pub(crate) parsers: Names,
    pub(crate) data_types: Names,
    /// The number of events whose data cannot be read.
    pub(crate) unreadable: u64,
}

/// Counts the events by parser and by data type. This reads all event data.
pub(crate) fn kinds(store: &Store, progress: &mut Progress<'_>) -> Result<Kinds, StorageError> {
    let mut names = AttributeNames::default();
    let parser = names.register("_parser_chain");
    let plan = ReadPlan::new(names, &Reads { event_data: true, ..Reads::default() });
    let mut kinds = Kinds::default();
    let mut steps = Steps::new(progress, "event data");
    // These are reused for each event.
    let (mut data_type, mut last_parser) = (String::new(), String::new());
    let mut reader = store.event_reader(plan)?;
    let ranges = EventRanges::new(RANGE);
    while let Some(range) = ranges.next(store)? {
        reader.visit::<StorageError>(range, |event| {
            steps.row();
            let read = event.examine(|event| {
                let data = event.data?;
                data_type.clear();
                data_type.push_str(&String::from_utf8_lossy(data.data_type()));
                let Some(Value::String(chain)) = data.get(parser) else { return Some(false) };
                last_parser.clear();
                // Plaso counts by the last parser of the chain.
                last_parser.push_str(chain.rsplit('/').next().unwrap_or_default());
                Some(true)
            });
            match read {
                Ok(Some(has_parser)) => {
                    kinds.data_types.add(&data_type, 1);
                    if has_parser {
                        kinds.parsers.add(&last_parser, 1);
                    }
                }
                Ok(None) | Err(_) => kinds.unreadable += 1,
            }
            Ok(())
        })?;
    }
    Ok(kinds)
}

/// Returns the data types of a store with the numbers of their events, the largest first: those
/// that Plaso has counted if they are as many as the events, or else those of the events, if these
/// are not more than `maximum`. Otherwise there are none.
///
/// # Errors
///
/// If the store cannot be read.
pub fn data_types(
    store: &Store,
    maximum: u64,
    mut progress: Progress<'_>,
) -> Result<Vec<Count>, StorageError> {
    let mut counted = Names::default();
    store.visit_data_type_counts(|name, number| counted.add(name, number))?;
    counted.remove("total");
    let events = store.number_of_events()?;
    if counted.sum() != events {
        let is_small = events <= maximum;
        counted = if is_small { kinds(store, &mut progress)?.data_types } else { Names::default() };
    }
    Ok(counted.finish().rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_their_sum_are_bounded() {
        let mut names = Names::default();
        for name in 0..MAXIMUM_NAMES + 10 {
            names.add(&name.to_string(), u64::MAX);
        }
        assert_eq!(names.sum(), u64::MAX);
        let table = names.finish();
        assert_eq!(table.total_rows(), MAXIMUM_NAMES as u64 + 10);
        assert_eq!(table.more.number, u64::MAX);
    }
}
