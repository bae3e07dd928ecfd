//! How often large event data is looked at.
//!
//! Events that share event data cost a few bytes each, so a small store can have thousands of them
//! on data that inflates to 64 MiB, and filters and plugins would look at all of it for each. What
//! is read again is therefore limited to so much for an event on average: the time grows with the
//! number of events, whatever they share.

use std::collections::BTreeMap;

use events::EventDataId;

/// Smaller event data is not counted: an event may look at so much anyway. The largest seen in real
/// stores has 170 KB, most have less than one.
const LARGE: usize = ALLOWANCE_PER_EVENT;
/// How many bytes of large event data may be looked at again, and how many more for each event.
const FIRST_ALLOWANCE: usize = 256 << 20;
const ALLOWANCE_PER_EVENT: usize = 64 << 10;

/// The large event data seen by a reader, and how much of it may be looked at again.
#[derive(Debug)]
pub(crate) struct SharedData {
    sizes: BTreeMap<EventDataId, usize>,
    left: usize,
}

impl Default for SharedData {
    fn default() -> Self {
        Self { sizes: BTreeMap::new(), left: FIRST_ALLOWANCE }
    }
}

impl SharedData {
    /// Allows for more events.
    pub(crate) fn add_events(&mut self, events: usize) {
        self.left = self.left.saturating_add(events.saturating_mul(ALLOWANCE_PER_EVENT));
    }

    /// The size of event data that is known and must not be looked at again.
    pub(crate) fn exhausted(&self, data: EventDataId) -> Option<usize> {
        self.sizes.get(&data).copied().filter(|size| *size > self.left)
    }

    /// Returns for how many of these events the data, which has this size, may be looked at. The
    /// first time is free.
    pub(crate) fn take(&mut self, data: EventDataId, size: usize, events: usize) -> usize {
        if size < LARGE {
            return events;
        }
        let free = usize::from(self.sizes.insert(data, size).is_none());
        let paid = events.saturating_sub(free).min(self.left / size);
        self.left -= paid * size;
        free.min(events) + paid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many bytes are looked at if all of these events share data of this size.
    fn looked_at(events: usize, size: usize) -> usize {
        let mut shared = SharedData::default();
        shared.add_events(events);
        shared.take(EventDataId::new(1), size, events) * size
    }

    #[test]
    fn what_is_read_grows_with_the_number_of_events() {
        let size = 60 << 20;
        let (one, two) = (looked_at(5_000, size), looked_at(10_000, size));
        assert!(two <= 2 * one, "{one} {two}");
        assert!(one < 5_000 * ALLOWANCE_PER_EVENT + FIRST_ALLOWANCE + size);
        assert_eq!(looked_at(5_000, 1 << 15), 5_000 << 15, "what is small is not counted");
        assert_eq!(looked_at(4, size), 4 * size, "the times of a file");
    }

    #[test]
    fn other_data_is_free_once() {
        let mut shared = SharedData::default();
        assert_eq!(shared.take(EventDataId::new(1), 64 << 20, 100), 5);
        assert_eq!(shared.exhausted(EventDataId::new(1)), Some(64 << 20));
        assert_eq!(shared.take(EventDataId::new(1), 64 << 20, 1), 0);
        assert_eq!(shared.exhausted(EventDataId::new(2)), None);
        assert_eq!(shared.take(EventDataId::new(2), 64 << 20, 3), 1);
    }
}
