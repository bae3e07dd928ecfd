//! Counts the records that the events of a label come from.
//!
//! Plaso makes several events from one record, one for each time in it: an entry of a Windows event
//! log has the time when it was logged and the time when it was written. These events share their
//! event data, so the number of records is the number of different event data.

use std::collections::BTreeMap;

use events::EventDataId;

/// How many event data have one bit each in a part.
const PART: i64 = 64;
/// The maximum number of parts of all labels together, which take about 24 bytes each.
const MAXIMUM_PARTS: usize = 1 << 21;

/// The memory that the records of all labels share.
#[derive(Debug)]
pub(crate) struct RecordMemory {
    parts: usize,
}

impl Default for RecordMemory {
    fn default() -> Self {
        Self { parts: MAXIMUM_PARTS }
    }
}

/// A set of event data. Neighbours are stored together, because the events of a label often are
/// neighbours.
#[derive(Debug, Default)]
pub(crate) struct Records {
    parts: BTreeMap<i64, u64>,
    number: u64,
    is_incomplete: bool,
}

impl Records {
    pub(crate) fn add(&mut self, data: EventDataId, memory: &mut RecordMemory) {
        let (part, bit) = (data.rowid().div_euclid(PART), 1 << data.rowid().rem_euclid(PART));
        if let Some(bits) = self.parts.get_mut(&part) {
            self.number += u64::from(*bits & bit == 0);
            *bits |= bit;
        } else if memory.parts > 0 {
            memory.parts -= 1;
            self.parts.insert(part, bit);
            self.number += 1;
        } else {
            self.is_incomplete = true;
        }
    }

    /// Returns the number of records, or `None` if there were too many to tell them apart.
    pub(crate) fn number(&self) -> Option<u64> {
        (!self.is_incomplete).then_some(self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_once() {
        let (mut records, mut memory) = (Records::default(), RecordMemory::default());
        for row in [1, 2, 2, 700, 1, -5, -5, i64::MIN, i64::MAX, i64::MAX] {
            records.add(EventDataId::new(row), &mut memory);
        }
        assert_eq!(records.number(), Some(6));
    }

    #[test]
    fn memory_is_bounded() {
        let (mut records, mut other, mut memory) =
            (Records::default(), Records::default(), RecordMemory { parts: 2 });
        for row in [0, 64, 65] {
            records.add(EventDataId::new(row), &mut memory);
        }
        assert_eq!(records.number(), Some(3));
        other.add(EventDataId::new(0), &mut memory);
        assert_eq!((other.number(), records.parts.len()), (None, 2));
    }
}
