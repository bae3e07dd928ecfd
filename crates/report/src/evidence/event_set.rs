//! A set of events, as ranges to read.

use std::collections::BTreeMap;

use events::{EventId, EventRange};

/// How many events have one bit each in a part.
const PART: i64 = 64;
/// The maximum number of parts, which take about 24 bytes each.
const MAXIMUM_PARTS: usize = 1 << 21;
/// So many events between two events of the set are read with them, because to read them costs less
/// than to search.
const MAXIMUM_GAP: i64 = 32;
/// The maximum number of events that are read at once.
const MAXIMUM_LENGTH: i64 = 1 << 12;
/// The maximum number of ranges that are read at once.
const MAXIMUM_RANGES: usize = 1 << 9;

/// A set of events. Neighbours are stored together.
#[derive(Debug, Default)]
pub(super) struct EventSet {
    parts: BTreeMap<i64, u64>,
    /// How many events did not fit.
    left_out: u64,
}

impl EventSet {
    pub(super) fn add(&mut self, event: EventId) {
        let (part, bit) = place(event);
        if self.parts.len() < MAXIMUM_PARTS || self.parts.contains_key(&part) {
            *self.parts.entry(part).or_default() |= bit;
        } else {
            self.left_out += 1;
        }
    }

    pub(super) fn contains(&self, event: EventId) -> bool {
        let (part, bit) = place(event);
        self.parts.get(&part).is_some_and(|bits| bits & bit != 0)
    }

    /// Returns how many events were left out, because the set was full.
    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Returns ranges that have all events of the set, and few others, as parts to read at once.
    pub(super) fn parts(&self) -> impl Iterator<Item = Vec<EventRange>> + Clone {
        let mut ranges = self.ranges().peekable();
        std::iter::from_fn(move || {
            let mut part = vec![ranges.next()?];
            let mut length = length(part[0]);
            while let Some(next) = ranges.next_if(|next| {
                part.len() < MAXIMUM_RANGES && length + self::length(*next) <= MAXIMUM_LENGTH.unsigned_abs()
            }) {
                length += self::length(next);
                part.push(next);
            }
            Some(part)
        })
    }

    fn ranges(&self) -> impl Iterator<Item = EventRange> + Clone {
        let mut rows = self.rows().peekable();
        std::iter::from_fn(move || {
            let first = rows.next()?;
            let mut last = first;
            while let Some(next) = rows.next_if(|next| {
                next.abs_diff(last) <= MAXIMUM_GAP.unsigned_abs()
                    && next.abs_diff(first) < MAXIMUM_LENGTH.unsigned_abs()
            }) {
                last = next;
            }
            Some(EventRange { first, last })
        })
    }

    fn rows(&self) -> impl Iterator<Item = i64> + Clone {
        let of_part = |(part, bits): (&i64, &u64)| {
            let (part, bits) = (*part, *bits);
            (0..PART).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| part * PART + bit)
        };
        self.parts.iter().flat_map(of_part)
    }
}

fn length(range: EventRange) -> u64 {
    range.last.abs_diff(range.first) + 1
}

fn place(event: EventId) -> (i64, u64) {
    (event.rowid().div_euclid(PART), 1 << event.rowid().rem_euclid(PART))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_all_events() {
        let mut set = EventSet::default();
        for row in [5, 1, 37, 70, 1_000, 64, i64::MAX, i64::MIN, -1] {
            set.add(EventId::new(row));
        }
        let ranges: Vec<_> = set.ranges().map(|range| (range.first, range.last)).collect();
        assert_eq!(ranges, [(i64::MIN, i64::MIN), (-1, 70), (1_000, 1_000), (i64::MAX, i64::MAX)]);
        assert!(set.contains(EventId::new(37)) && !set.contains(EventId::new(38)));
        assert_eq!(set.parts().map(|part| part.len()).collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn parts_are_bounded() {
        let mut set = EventSet::default();
        (0..10_000).for_each(|row| set.add(EventId::new(row)));
        (0..1_000).for_each(|number| set.add(EventId::new(20_000 + 100 * number)));
        let parts: Vec<_> = set.parts().collect();
        let lengths = parts.iter().map(|part| part.iter().map(|range| length(*range)).sum::<u64>());
        assert_eq!(lengths.collect::<Vec<_>>(), [4_096, 4_096, 1_808 + 511, 489]);
        assert!(set.ranges().eq(parts.concat()));
    }
}
