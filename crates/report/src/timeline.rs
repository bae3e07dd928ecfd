//! Counts events over time in two passes and in bounded memory.
//!
//! The times in a store may span milliseconds or tens of thousands of years, because a damaged
//! record can have any time. So the first pass counts the times coarsely ([`Coarse`]). An [`Axis`]
//! is chosen that contains nearly all of them. The second pass counts the events in the bins of the
//! axis ([`Bins`]).

use events::Timestamp;
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::Time;

/// The maximum number of intervals of a coarse count.
const MAXIMUM_INTERVALS: usize = 1 << 16;
/// The maximum number of bins of an axis.
pub(crate) const MAXIMUM_BINS: usize = 120;
/// The axis may leave out this percentage of the events at each end, but only if it would otherwise
/// be more than [`MUCH_LONGER`] times as long.
const TAIL: u64 = 1;
/// See [`TAIL`].
const MUCH_LONGER: u128 = 3;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// The Monday before 1970-01-01.
const MONDAY: i64 = -3 * DAY;

/// The possible lengths of a bin.
const UNITS: [(&str, Unit); 27] = [
    ("1 second", Unit::Fixed(SECOND)),
    ("5 seconds", Unit::Fixed(5 * SECOND)),
    ("10 seconds", Unit::Fixed(10 * SECOND)),
    ("30 seconds", Unit::Fixed(30 * SECOND)),
    ("1 minute", Unit::Fixed(60 * SECOND)),
    ("2 minutes", Unit::Fixed(120 * SECOND)),
    ("5 minutes", Unit::Fixed(300 * SECOND)),
    ("10 minutes", Unit::Fixed(600 * SECOND)),
    ("30 minutes", Unit::Fixed(1_800 * SECOND)),
    ("1 hour", Unit::Fixed(3_600 * SECOND)),
    ("2 hours", Unit::Fixed(7_200 * SECOND)),
    ("6 hours", Unit::Fixed(21_600 * SECOND)),
    ("12 hours", Unit::Fixed(43_200 * SECOND)),
    ("1 day", Unit::Fixed(DAY)),
    ("2 days", Unit::Fixed(2 * DAY)),
    ("1 week", Unit::Fixed(7 * DAY)),
    ("2 weeks", Unit::Fixed(14 * DAY)),
    ("1 month", Unit::Months(1)),
    ("2 months", Unit::Months(2)),
    ("3 months", Unit::Months(3)),
    ("6 months", Unit::Months(6)),
    ("1 year", Unit::Months(12)),
    ("2 years", Unit::Months(24)),
    ("5 years", Unit::Months(60)),
    ("20 years", Unit::Months(240)),
    ("100 years", Unit::Months(1_200)),
    ("10,000 years", Unit::Months(120_000)),
];

#[derive(Debug, Clone, Copy)]
enum Unit {
    /// Microseconds.
    Fixed(i64),
    /// Months of the calendar.
    Months(i64),
}

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
        *self.counts.entry(time.0.0 >> self.shift).or_default() += 1;
        self.total += 1;
        while self.counts.len() > MAXIMUM_INTERVALS {
            let mut coarser = FxHashMap::default();
            for (interval, count) in self.counts.drain() {
                *coarser.entry(interval >> 1).or_default() += count;
            }
            self.counts = coarser;
            self.shift += 1;
        }
    }

    /// Returns the first and the last time that an axis must show.
    fn span(&self) -> Option<(i64, i64)> {
        let mut intervals: Vec<(i64, u64)> = self.counts.iter().map(|(&i, &count)| (i, count)).collect();
        intervals.sort_unstable();
        let (first, last) = (intervals.first()?.0, intervals.last()?.0);
        let tail = self.total * TAIL / 100;
        let inner_first = past(tail, intervals.iter())?;
        let inner_last = past(tail, intervals.iter().rev())?;
        let length = |first: i64, last: i64| u128::from(last.abs_diff(first)) + 1;
        let (first, last) = if length(first, last) > MUCH_LONGER * length(inner_first, inner_last) {
            (inner_first, inner_last)
        } else {
            (first, last)
        };
        Some((first << self.shift, (last << self.shift) | ((1 << self.shift) - 1)))
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

/// A time axis, divided into bins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Axis {
    /// The length of a bin.
    pub(crate) unit: &'static str,
    /// Where each bin begins, and at the end where the last bin ends.
    edges: Vec<i64>,
}

impl Axis {
    /// Returns an axis for these times, or `None` if there are none.
    pub(crate) fn of(times: &Coarse) -> Option<Self> {
        let (first, last) = times.span()?;
        UNITS.iter().find_map(|(name, unit)| Some(Self { unit: name, edges: unit.edges(first, last)? }))
    }

    pub(crate) fn bins(&self) -> usize {
        self.edges.len() - 1
    }

    pub(crate) fn end(&self) -> Time {
        Time(Timestamp(self.edges[self.bins()]))
    }

    /// Returns where each bin begins.
    pub(crate) fn starts(&self) -> impl Iterator<Item = Time> {
        self.edges[..self.bins()].iter().map(|edge| Time(Timestamp(*edge)))
    }

    /// Returns the bin that contains a time.
    fn bin(&self, time: Time) -> Place {
        match self.edges.partition_point(|edge| *edge <= time.0.0) {
            0 => Place::Before,
            past if past == self.edges.len() => Place::After,
            past => Place::Bin(past - 1),
        }
    }
}

enum Place {
    Before,
    Bin(usize),
    After,
}

impl Unit {
    /// Returns the edges of bins from `first` to `last`, or `None` if there would be too many bins
    /// or the edges are out of range.
    fn edges(self, first: i64, last: i64) -> Option<Vec<i64>> {
        let (index, edge): (i64, Box<dyn Fn(i64) -> Option<i64>>) = match self {
            Self::Fixed(length) => (
                first.checked_sub(MONDAY)?.div_euclid(length),
                Box::new(move |index| index.checked_mul(length)?.checked_add(MONDAY)),
            ),
            Self::Months(months) => {
                let (year, month, _) = Time(Timestamp(first)).date();
                let edge = move |index: i64| {
                    let month = index.checked_mul(months)?;
                    let of_year = u32::try_from(month.rem_euclid(12)).ok()? + 1;
                    Some(Time::of_date(month.div_euclid(12), of_year, 1)?.0.0)
                };
                ((year * 12 + i64::from(month) - 1).div_euclid(months), Box::new(edge))
            }
        };
        // An edge out of range becomes the last possible time.
        let first_edge = edge(index).unwrap_or(i64::MIN);
        let mut edges = vec![first_edge];
        let mut next = index;
        while edges.last().is_some_and(|edge| *edge <= last && *edge < i64::MAX) {
            if edges.len() > MAXIMUM_BINS {
                return None;
            }
            next += 1;
            edges.push(edge(next).unwrap_or(i64::MAX));
        }
        Some(edges)
    }
}

/// The numbers of times in the bins of an axis.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Bins {
    /// The counts.
    pub counts: Vec<u64>,
    /// The number of times before the axis.
    pub before: u64,
    /// The number of times after the axis.
    pub after: u64,
}

impl Bins {
    pub(crate) fn new(axis: &Axis) -> Self {
        Self { counts: vec![0; axis.bins()], before: 0, after: 0 }
    }

    pub(crate) fn add(&mut self, axis: &Axis, time: Time) {
        match axis.bin(time) {
            Place::Before => self.before += 1,
            Place::Bin(bin) => self.counts[bin] += 1,
            Place::After => self.after += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(times: impl IntoIterator<Item = i64>) -> Option<Axis> {
        let mut coarse = Coarse::default();
        times.into_iter().for_each(|time| coarse.add(Time(Timestamp(time))));
        Axis::of(&coarse)
    }

    fn edge(axis: &Axis) -> (String, String) {
        (axis.starts().next().unwrap().to_string(), axis.end().to_string())
    }

    #[test]
    fn axes_suit_their_times() {
        assert_eq!(axis([]), None);
        let noon = 1_788_264_000 * SECOND;
        for (length, unit, bins) in [
            (0, "1 second", 3),
            (60 * SECOND, "1 second", 63),
            (3 * 3_600 * SECOND, "2 minutes", 92),
            (30 * DAY, "12 hours", 62),
            (100 * DAY, "1 day", 102),
            (1_000 * DAY, "2 weeks", 73),
            (10_000 * DAY, "3 months", 111),
        ] {
            let axis = axis([noon, noon + length]).unwrap();
            assert_eq!(axis.unit, unit, "{length}");
            assert!(axis.bins() <= bins && axis.bins() + 2 >= bins, "{length}: {} bins", axis.bins());
        }
    }

    #[test]
    fn bins_begin_where_the_calendar_does() {
        let year = axis([0, 5 * 365 * DAY]).unwrap();
        assert_eq!(edge(&year), ("1970-01-01T00:00:00Z".into(), "1975-01-01T00:00:00Z".into()));
        let weeks = axis((0..500).map(|day| day * DAY)).unwrap();
        assert_eq!((weeks.unit, edge(&weeks).0.as_str()), ("1 week", "1969-12-29T00:00:00Z"));
    }

    #[test]
    fn a_few_far_away_are_left_out() {
        let near = (0..1_000).map(|hour| hour * 3_600 * SECOND);
        let axis = axis(near.clone().chain([i64::MIN, i64::MAX])).unwrap();
        assert_eq!(axis.unit, "12 hours");
        let mut bins = Bins::new(&axis);
        near.chain([i64::MIN, i64::MAX]).for_each(|time| bins.add(&axis, Time(Timestamp(time))));
        assert_eq!(bins.counts.iter().sum::<u64>() + bins.before + bins.after, 1_002);
        assert!(bins.before > 0 && bins.after > 0 && bins.before + bins.after < 40);
    }

    #[test]
    fn the_whole_range_of_numbers_fits() {
        let axis = axis([i64::MIN, 0, i64::MAX]).unwrap();
        let mut bins = Bins::new(&axis);
        [i64::MIN, 0, i64::MAX - 1].into_iter().for_each(|time| bins.add(&axis, Time(Timestamp(time))));
        assert_eq!((bins.counts.iter().sum::<u64>(), bins.before, bins.after), (3, 0, 0));
    }

    #[test]
    fn memory_is_bounded() {
        let mut coarse = Coarse::default();
        for number in 0..300_000 {
            coarse.add(Time(Timestamp(number * 7_919 * SECOND)));
        }
        assert!(coarse.counts.len() <= MAXIMUM_INTERVALS);
        assert_eq!(coarse.counts.values().sum::<u64>(), 300_000);
    }
}
