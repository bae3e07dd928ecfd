//! How often large event data, and large event data streams, are looked at.
//!
//! Events that share event data cost a few bytes each, so a small store can have thousands of them
//! on data that inflates to 64 MiB, and filters and plugins would look at all of it for each, or an
//! export would write it for each. The same holds for a stream. What is read again is therefore
//! limited to so much for an event on average: time and exports grow with the number of events,
//! whatever they share.

use std::collections::BTreeMap;

use crate::unreadable::Shared;

/// What is smaller is not counted: an event may look at so much anyway. The largest event data
/// seen in real stores has 170 KB, most has less than one.
const LARGE: usize = ALLOWANCE_PER_EVENT;
/// How many bytes of what is large may be looked at again, and how many more for each event.
const FIRST_ALLOWANCE: usize = 64 << 20;
const ALLOWANCE_PER_EVENT: usize = 64 << 10;

/// The large event data and streams seen by a reader, and how much of them may be looked at again.
#[derive(Debug)]
pub(crate) struct SharedData {
    sizes: BTreeMap<Shared, usize>,
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

    /// The size of what is known and must not be looked at again.
    pub(crate) fn exhausted(&self, shared: Shared) -> Option<usize> {
        self.sizes.get(&shared).copied().filter(|size| *size > self.left)
    }

    /// Returns for how many of these events what they share, which has this size, may be looked at.
    /// The first time is free.
    pub(crate) fn take(&mut self, shared: Shared, size: usize, events: usize) -> usize {
        if size < LARGE {
            return events;
        }
        let free = usize::from(self.sizes.insert(shared, size).is_none());
        let paid = events.saturating_sub(free).min(self.left / size);
        self.left -= paid * size;
        free.min(events) + paid
    }
}

#[cfg(test)]
mod tests {
    use events::{EventDataId, EventDataStreamId};

    use super::*;

    /// How many bytes are looked at if all of these events share data of this size.
    fn looked_at(events: usize, size: usize) -> usize {
        let mut shared = SharedData::default();
        shared.add_events(events);
        shared.take(Shared::Data(EventDataId::new(1)), size, events) * size
    }

    #[test]
    fn what_is_read_grows_with_the_number_of_events() {
        let size = 60 << 20;
        let (one, two) = (looked_at(5_000, size), looked_at(10_000, size));
        assert!(two <= 2 * one, "{one} {two}");
        assert!(one < 5_000 * ALLOWANCE_PER_EVENT + FIRST_ALLOWANCE + size);
        assert_eq!(looked_at(5_000, 1 << 15), 5_000 << 15, "what is small is not counted");
        assert_eq!(looked_at(4, 16 << 20), 64 << 20, "the times of a file");
    }

    #[test]
    fn other_data_is_free_once() {
        let mut shared = SharedData::default();
        let [one, two] = [1, 2].map(|id| Shared::Data(EventDataId::new(id)));
        assert_eq!(shared.take(one, 64 << 20, 100), 2);
        assert_eq!(shared.exhausted(one), Some(64 << 20));
        assert_eq!(shared.take(one, 64 << 20, 1), 0);
        for other in [two, Shared::Stream(EventDataStreamId::new(1))] {
            assert_eq!(shared.exhausted(other), None);
            assert_eq!(shared.take(other, 64 << 20, 3), 1);
        }
    }
}
