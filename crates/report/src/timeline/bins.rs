//! The numbers of times in the bins of an axis.

use serde::Serialize;

use super::axis::{Axis, Place};
use crate::Time;

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
        self.add_many(axis, time, 1);
    }

    /// Adds so many events at this time.
    pub(crate) fn add_many(&mut self, axis: &Axis, time: Time, events: u64) {
        match axis.bin(time) {
            Place::Before => self.before += events,
            Place::Bin(bin) => self.counts[bin] += events,
            Place::After => self.after += events,
        }
    }
}

#[cfg(test)]
mod tests {
    use events::Timestamp;

    use super::*;
    use crate::timeline::Coarse;

    const SECOND: i64 = 1_000_000;
    const DAY: i64 = 86_400 * SECOND;

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
            // Without a gap that would be cut out.
            let axis = axis((0..=50).map(|part| noon + length / 50 * part)).unwrap();
            assert_eq!(axis.unit, unit, "{length}");
            assert!(axis.bins() <= bins && axis.bins() + 2 >= bins, "{length}: {} bins", axis.bins());
        }
    }

    #[test]
    fn bins_begin_where_the_calendar_does() {
        let year = axis((0..=60).map(|month| month * 365 * DAY / 12)).unwrap();
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
    fn a_year_without_events_is_cut_out() {
        let incident = |start: i64| (0..240).map(move |hour| (start + hour * 3_600) * SECOND);
        let (first, second) = (1_700_006_400, 1_740_009_600);
        let axis = axis(incident(first).chain(incident(second))).unwrap();
        assert_eq!((axis.unit, axis.gaps().len()), ("6 hours", 1));
        let gap = axis.gaps()[0];
        let starts: Vec<_> = axis.starts().collect();
        assert!(starts[gap + 1].abs_diff(starts[gap]) > 400 * 86_400_000_000);
        let mut bins = Bins::new(&axis);
        incident(first).chain(incident(second)).for_each(|time| bins.add(&axis, Time(Timestamp(time))));
        assert_eq!((bins.counts.iter().sum::<u64>(), bins.counts[gap]), (480, 0));
        let empty = bins.counts.iter().filter(|count| **count == 0).count();
        assert!(empty <= 3, "{:?}", bins.counts);
    }

    #[test]
    fn few_gaps_are_cut_out() {
        let axis = axis((0..100).map(|burst| burst * burst * burst * DAY)).unwrap();
        assert!(axis.gaps().len() <= 6 && axis.bins() <= 120, "{axis:?}");
        assert!(axis.starts().is_sorted());
    }
}
