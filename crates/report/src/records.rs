//! Counts records: event data, of which several events can be different times.

use events::EventDataId;
use rustc_hash::FxHashSet;

/// The maximum number of event data that are told apart.
const MAXIMUM: usize = 1 << 20;

/// The number of different event data of some events. Beyond a million it is a little too large if
/// the events of a record do not follow each other.
#[derive(Debug, Default)]
pub(crate) struct Records {
    seen: FxHashSet<EventDataId>,
    last: Option<EventDataId>,
    count: u64,
}

impl Records {
    /// Adds an event with this event data. An event whose data is not known is a record.
    pub(crate) fn add(&mut self, data: Option<EventDataId>) {
        let is_new = match data {
            None => true,
            Some(_) if data == self.last => false,
            Some(data) if self.seen.len() < MAXIMUM => self.seen.insert(data),
            Some(data) => !self.seen.contains(&data),
        };
        self.last = data;
        self.count += u64::from(is_new);
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_one_data_are_one_record() {
        let mut records = Records::default();
        for data in [Some(1), Some(1), Some(2), Some(1), None, None] {
            records.add(data.map(EventDataId::new));
        }
        assert_eq!(records.count(), 4);
    }
}
