//! Times, thinned to the first and the last of each slot.
//!
//! A slot is a span of fixed length, and slots follow each other without a gap. To find the pauses
//! that are longer than a slot, the times between the first and the last of a slot are not needed.
//! No such pause is between two times of one slot. Each pause between two slots is between the last
//! time of one slot and the first time of the other. The result is the same whatever the order of
//! the times, and whether parts of them were thinned before.

use events::Timestamp;

/// The number of times that are first thinned. They are thinned again when their number is twice
/// what was left.
const FEWEST: usize = 1 << 16;

/// Collects times, and keeps the first and the last of each slot.
#[derive(Debug)]
pub struct TimeSlots {
    /// The length of a slot.
    length: i64,
    times: Vec<Timestamp>,
    /// The number of times that the last thinning left.
    left: usize,
}

impl TimeSlots {
    /// Starts with no times and slots of this length, in microseconds.
    ///
    /// # Panics
    ///
    /// If the length is not positive.
    #[must_use]
    pub fn new(length: i64) -> Self {
        assert!(length > 0, "a slot has a length");
        Self { length, times: Vec::new(), left: 0 }
    }

    /// Adds a time.
    pub fn add(&mut self, time: Timestamp) {
        if self.times.len() >= FEWEST.max(2 * self.left) {
            self.thin();
        }
        self.times.push(time);
    }

    /// Returns whether more than this many times are left, although they have been thinned. At most
    /// about twice as many are in memory.
    #[must_use]
    pub fn has_more_than(&self, most: usize) -> bool {
        self.left > most
    }

    /// Returns the times that are left, in their order and each once, and starts again.
    #[must_use]
    pub fn take(&mut self) -> Vec<Timestamp> {
        self.thin();
        self.left = 0;
        std::mem::take(&mut self.times)
    }

    fn thin(&mut self) {
        self.times.sort_unstable();
        self.times.dedup();
        let (mut left, mut left_of_slot, mut slot_end) = (0, 0, i64::MIN);
        for position in 0..self.times.len() {
            let time = self.times[position];
            if left == 0 || time.0 > slot_end {
                slot_end = time.0.saturating_add(self.length - 1 - time.0.rem_euclid(self.length));
                left_of_slot = 0;
            }
            // From the third time of a slot on, each replaces the one before.
            if left_of_slot == 2 {
                left -= 1;
            } else {
                left_of_slot += 1;
            }
            self.times[left] = time;
            left += 1;
        }
        self.times.truncate(left);
        self.left = left;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn thinned(length: i64, times: &[i64]) -> Vec<i64> {
        let mut slots = TimeSlots::new(length);
        times.iter().for_each(|&time| slots.add(Timestamp(time)));
        slots.take().into_iter().map(|time| time.0).collect()
    }

    #[test]
    fn the_first_and_the_last_of_each_slot_are_left() {
        assert_eq!(thinned(10, &[19, 3, 4, 9, 10, 3, 15, 30]), [3, 9, 10, 19, 30]);
        assert_eq!(thinned(10, &[-1, -10, -5, -11, 0]), [-11, -10, -1, 0]);
        assert_eq!(thinned(1, &[2, 1, 2, 3]), [1, 2, 3]);
        assert!(thinned(10, &[]).is_empty());
    }

    #[test]
    fn extreme_times() {
        let times = [i64::MIN, i64::MIN + 1, 0, i64::MAX - 1, i64::MAX];
        for length in [1, 2, 60, i64::MAX] {
            let left = thinned(length, &times);
            assert_eq!((left[0], left[left.len() - 1]), (i64::MIN, i64::MAX), "{length}");
        }
    }

    /// Two times a slot remain in memory, and not twice as many for long, however many times come.
    #[test]
    fn memory_grows_with_the_slots_only() {
        let mut slots = TimeSlots::new(10);
        let mut most = 0;
        let slot_count = 100_000;
        for number in 0..3_000_000_i64 {
            slots.add(Timestamp(number.wrapping_mul(7_919_777) % (10 * slot_count)));
            most = most.max(slots.times.len());
        }
        assert!(most <= 4 * 100_000, "{most}");
        assert!(slots.has_more_than(150_000) && !slots.has_more_than(200_000));
        assert_eq!(slots.take().len(), 200_000);
        assert!(slots.take().is_empty() && !slots.has_more_than(0));
    }

    proptest! {
        #[test]
        fn parts_may_be_thinned_before(times in prop::collection::vec(-500_i64..500, 0..300), cuts in prop::collection::vec(0_usize..300, 0..4), length in 1_i64..60) {
            let mut cuts: Vec<_> = cuts.iter().map(|&cut| cut.min(times.len())).collect();
            cuts.extend([0, times.len()]);
            cuts.sort_unstable();
            let parts = cuts.windows(2).rev().flat_map(|cut| thinned(length, &times[cut[0]..cut[1]]));
            prop_assert_eq!(thinned(length, &parts.collect::<Vec<_>>()), thinned(length, &times));
        }
    }
}
