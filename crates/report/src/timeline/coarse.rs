//! A coarse count of times, from which an axis is chosen.

use rustc_hash::FxHashMap;

use crate::Time;

/// The maximum number of intervals of a coarse count.
const MAXIMUM_INTERVALS: usize = 1 << 16;
/// The axis may leave out this percentage of the events at each end, but only if it would otherwise
/// be more than [`MUCH_LONGER`] times as long.
const TAIL: u64 = 1;
/// See [`TAIL`].
const MUCH_LONGER: u128 = 3;
/// A gap without events is cut out if it is longer than this part of what is shown.
const GAP_PART: u128 = 5;
/// Shorter gaps are not cut out, in microseconds: an hour.
const SHORTEST_GAP: u128 = 3_600_000_000;
/// The maximum number of gaps that are cut out.
const MAXIMUM_GAPS: usize = 6;

/// Counts times by interval. The length of the intervals doubles whenever there are too many of
/// them.
#[derive(Debug)]
pub(crate) struct Coarse {
    counts: FxHashMap<i64, u64>,
    /// The length of an interval is 2 to the power of `shift`, in microseconds.
    shift: u32,
    total: u64,
}

impl Default for Coarse {
    fn default() -> Self {
        // About a second.
        Self { counts: FxHashMap::default(), shift: 20, total: 0 }
    }
}

impl Coarse {
    pub(crate) fn add(&mut self, time: Time) {
        self.add_many(time, 1);
    }

    /// Adds so many events at this time.
    pub(crate) fn add_many(&mut self, time: Time, events: u64) {
        *self.counts.entry(time.0.0 >> self.shift).or_default() += events;
        self.total += events;
        while self.counts.len() > MAXIMUM_INTERVALS {
            let mut coarser = FxHashMap::default();
            for (interval, count) in self.counts.drain() {
                *coarser.entry(interval >> 1).or_default() += count;
            }
            self.counts = coarser;
            self.shift += 1;
        }
    }

    /// Returns the stretches of time that an axis must show, in order. Between them is nothing.
    pub(super) fn stretches(&self) -> Vec<(i64, i64)> {
        let mut intervals: Vec<(i64, u64)> = self.counts.iter().map(|(&i, &count)| (i, count)).collect();
        intervals.sort_unstable();
        let Some((first, last)) = self.span(&intervals) else { return Vec::new() };
        let shown: Vec<i64> =
            intervals.iter().map(|(i, _)| *i).filter(|i| (first..=last).contains(i)).collect();
        let start = |interval: i64| interval << self.shift;
        let mut stretches = Vec::new();
        let mut from = first;
        for (end, next) in self.longest_gaps(&shown) {
            stretches.push((start(from), start(end) | ((1 << self.shift) - 1)));
            from = next;
        }
        stretches.push((start(from), start(last) | ((1 << self.shift) - 1)));
        stretches
    }

    /// Returns the gaps between these intervals that are to be cut out, each as the intervals
    /// before it and after it.
    fn longest_gaps(&self, intervals: &[i64]) -> Vec<(i64, i64)> {
        let (Some(first), Some(last)) = (intervals.first(), intervals.last()) else { return Vec::new() };
        let length = |from: i64, to: i64| u128::from(to.abs_diff(from));
        let mut gaps: Vec<(i64, i64)> = intervals.windows(2).map(|pair| (pair[0], pair[1])).collect();
        gaps.sort_by_key(|&(end, next)| (std::cmp::Reverse(length(end, next)), end));
        gaps.truncate(MAXIMUM_GAPS);
        let mut shown = length(*first, *last) + 1;
        let is_long = |&(end, next): &(i64, i64)| {
            let gap = length(end, next) - 1;
            let is_long = gap << self.shift >= SHORTEST_GAP && gap * GAP_PART > shown;
            if is_long {
                shown -= gap;
            }
            is_long
        };
        let mut gaps: Vec<_> = gaps.into_iter().take_while(is_long).collect();
        gaps.sort_unstable();
        gaps
    }

    /// Returns the first and the last interval that an axis must show.
    fn span(&self, intervals: &[(i64, u64)]) -> Option<(i64, i64)> {
        let (first, last) = (intervals.first()?.0, intervals.last()?.0);
        let tail = self.total * TAIL / 100;
        let inner_first = past(tail, intervals.iter())?;
        let inner_last = past(tail, intervals.iter().rev())?;
        let length = |first: i64, last: i64| u128::from(last.abs_diff(first)) + 1;
        if length(first, last) > MUCH_LONGER * length(inner_first, inner_last) {
            Some((inner_first, inner_last))
        } else {
            Some((first, last))
        }
    }
}

/// Returns the interval of the event that comes after the first `tail` events.
fn past<'i>(tail: u64, intervals: impl Iterator<Item = &'i (i64, u64)>) -> Option<i64> {
    let mut passed = 0;
    for (interval, count) in intervals {
        passed += count;
        if passed > tail {
            return Some(*interval);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use events::Timestamp;

    use super::*;

    #[test]
    fn memory_is_bounded() {
        let mut coarse = Coarse::default();
        for number in 0..300_000 {
            coarse.add(Time(Timestamp(number * 7_919_000_000)));
        }
        assert!(coarse.counts.len() <= MAXIMUM_INTERVALS);
        assert_eq!(coarse.counts.values().sum::<u64>(), 300_000);
    }
}
