//! The keys of all map tasks, brought together and in order for a reduce step.
//!
//! If a plugin needs only two times of each slot, the times stay in memory: a list that is sorted
//! now and then costs a twentieth of a B-tree. Other keys, and times in very many slots, go into a
//! table of the new task store.

use analysis::TimeSlots;
use events::{Key, Timestamp};
use storage::StorageError;
use storage::task_store::{TaskStore, TaskStoreWriter};

/// The number of thinned times that stay in memory. With the times that are not thinned yet, they
/// take at most 24 MiB. Ten years have 526,000 slots of ten minutes, with two times each.
const MOST_TIMES: usize = 3 << 19;
/// The number of keys that are read from the task store at a time.
const BATCH: usize = 1_024;

/// The keys that are being collected.
pub(crate) struct Keys<'w> {
    writer: &'w TaskStoreWriter,
    position: usize,
    slots: Option<TimeSlots>,
    most_times: usize,
    /// Whether times have been written to the task store.
    written: bool,
}

impl<'w> Keys<'w> {
    /// Collects the keys of the plugin at `position`.
    pub(crate) fn new(writer: &'w TaskStoreWriter, position: usize, time_slot: Option<i64>) -> Self {
        let slots = time_slot.map(TimeSlots::new);
        Self { writer, position, slots, most_times: MOST_TIMES, written: false }
    }

    /// Adds the keys of a map task.
    pub(crate) fn collect(&mut self, task: &TaskStore) -> Result<(), StorageError> {
        let Some(slots) = &mut self.slots else { return self.writer.collect_keys(task, self.position) };
        task.each_time(self.position, |time| slots.add(time))?;
        if slots.has_more_than(self.most_times) {
            self.writer.add_times(self.position, &slots.take())?;
            self.written = true;
        }
        Ok(())
    }

    /// Returns all keys in order, without duplicates.
    pub(crate) fn in_order(mut self) -> Result<KeysInOrder<'w>, StorageError> {
        if let Some(slots) = &mut self.slots {
            let times = slots.take();
            if !self.written {
                return Ok(KeysInOrder::Times(times.into_iter()));
            }
            self.writer.add_times(self.position, &times)?;
        }
        let Self { writer, position, .. } = self;
        Ok(KeysInOrder::Stored { writer, position, batch: Vec::new().into_iter(), last: None })
    }
}

/// The keys that were collected.
pub(crate) enum KeysInOrder<'w> {
    Times(std::vec::IntoIter<Timestamp>),
    Stored {
        writer: &'w TaskStoreWriter,
        position: usize,
        batch: std::vec::IntoIter<Key>,
        /// The last key of the batch.
        last: Option<Key>,
    },
}

impl KeysInOrder<'_> {
    /// Returns the next key.
    pub(crate) fn next(&mut self) -> Result<Option<Key>, StorageError> {
        match self {
            Self::Times(times) => Ok(times.next().map(Key::Time)),
            Self::Stored { writer, position, batch, last } => {
                if let Some(key) = batch.next() {
                    return Ok(Some(key));
                }
                let next = writer.keys_after(*position, last.as_ref(), BATCH)?;
                *last = next.last().cloned().or(last.take());
                *batch = next.into_iter();
                Ok(batch.next())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::{PluginFindings, TaskFindings};
    use storage::task_store::{Origin, TaskHeader, TaskStep};

    fn header(task: u32) -> TaskHeader {
        TaskHeader {
            origin: Origin::default(),
            task,
            plugins: vec!["p".into()],
            step: TaskStep::Reduce("p".into()),
        }
    }

    #[test]
    fn times_in_memory_and_in_the_task_store_come_in_the_same_order() {
        let folder = tempfile::tempdir().unwrap();
        let map_task = |number: u32| {
            let path = folder.path().join(format!("map-{number}"));
            let writer = TaskStoreWriter::create(&path, &header(number)).unwrap();
            // Each task has more times than are thinned at once, and between those of the others.
            let times =
                (0..100_000).map(|time| Key::Time(Timestamp(5 * (time - 50_000) + i64::from(number))));
            let found = PluginFindings { reduce_keys: times.collect(), ..PluginFindings::default() };
            writer.write_findings(&TaskFindings { plugins: vec![found], ..TaskFindings::default() }).unwrap();
            writer.finish().unwrap();
            TaskStore::open(&path, &Origin::default()).unwrap()
        };
        let tasks: Vec<_> = (0..3).map(map_task).collect();
        let collected = |most_times, time_slot| {
            let writer = TaskStoreWriter::create(&folder.path().join("reduce"), &header(9)).unwrap();
            let mut keys = Keys { most_times, ..Keys::new(&writer, 0, time_slot) };
            tasks.iter().for_each(|task| keys.collect(task).unwrap());
            let written = keys.written;
            let mut keys = keys.in_order().unwrap();
            let keys: Vec<Key> = std::iter::from_fn(|| keys.next().unwrap()).collect();
            (written, keys)
        };
        let (written, all) = collected(0, None);
        assert_eq!((written, all.len()), (false, 300_000));
        assert!(all.is_sorted());
        assert_eq!(collected(MOST_TIMES, Some(1)), (false, all.clone()));
        assert_eq!(collected(10_000, Some(1)), (true, all.clone()));
        let two_a_slot =
            all.iter().enumerate().filter(|(place, _)| place % 3 != 1).map(|(_, key)| key.clone());
        assert_eq!(collected(MOST_TIMES, Some(5)), (false, two_a_slot.collect()));
    }
}
