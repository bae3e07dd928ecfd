//! Chooses the first events of each label, and counts which labels share events.

use std::collections::{BTreeMap, BinaryHeap};

use events::{EventDataId, EventId};

use crate::Time;

/// How many events are kept for each record that is described. Most files have four times.
const EVENTS_OF_RECORD: usize = 4;
/// The maximum number of events that are kept, over all labels.
const MAXIMUM_EVENTS: usize = 200_000;
/// The maximum number of pairs of labels that share events.
const MAXIMUM_PAIRS: usize = 1 << 16;
/// The maximum number of labels of an event whose pairs are counted.
const MAXIMUM_LABELS: usize = 32;

/// An event in the order of a list: earliest first, events without a usable time last. The event
/// data comes before the event, so that the events of a record are beside each other if they have
/// the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate {
    pub(super) has_no_time: bool,
    pub(super) time: Option<Time>,
    pub(super) data: Option<EventDataId>,
    pub(super) event: EventId,
}

/// The position of a label with which another label shares events, and how many.
pub(super) type Shared = (usize, u64);

/// The events that are chosen so far.
pub(super) struct Chosen {
    maximum: usize,
    earliest: Vec<BinaryHeap<Candidate>>,
    pairs: BTreeMap<(usize, usize), u64>,
}

impl Chosen {
    pub(super) fn new(labels: usize, records: usize) -> Self {
        let maximum = records.saturating_mul(EVENTS_OF_RECORD).min(MAXIMUM_EVENTS / labels.max(1));
        Self { maximum, earliest: vec![BinaryHeap::new(); labels], pairs: BTreeMap::new() }
    }

    pub(super) fn add(
        &mut self,
        event: EventId,
        data: Option<EventDataId>,
        time: Option<Time>,
        labels: &[usize],
    ) {
        let candidate = Candidate { has_no_time: time.is_none(), time, data, event };
        for label in labels {
            let earliest = &mut self.earliest[*label];
            if earliest.len() < self.maximum {
                earliest.push(candidate);
            } else if let Some(mut last) = earliest.peek_mut()
                && candidate < *last
            {
                *last = candidate;
            }
        }
        let labels = &labels[..labels.len().min(MAXIMUM_LABELS)];
        for (position, one) in labels.iter().enumerate() {
            for other in &labels[position + 1..] {
                if let Some(events) = self.pairs.get_mut(&(*one, *other)) {
                    *events += 1;
                } else if self.pairs.len() < MAXIMUM_PAIRS {
                    self.pairs.insert((*one, *other), 1);
                }
            }
        }
    }

    /// Returns for each label its first events, earliest first, and the labels with which it shares
    /// events, those with the most events first.
    pub(super) fn finish(self) -> (Vec<Vec<Candidate>>, Vec<Vec<Shared>>) {
        let events: Vec<_> = self.earliest.into_iter().map(BinaryHeap::into_sorted_vec).collect();
        let mut shared = vec![Vec::new(); events.len()];
        for ((one, other), number) in self.pairs {
            shared[one].push((other, number));
            shared[other].push((one, number));
        }
        shared.iter_mut().for_each(|labels: &mut Vec<Shared>| {
            labels.sort_by_key(|(label, number)| (std::cmp::Reverse(*number), *label));
        });
        (events, shared)
    }
}

#[cfg(test)]
mod tests {
    use events::Timestamp;

    use super::*;

    #[test]
    fn the_first_events_are_chosen() {
        let mut chosen = Chosen::new(2, 1);
        for second in (1..=9).rev() {
            let time = (second != 5).then_some(Time(Timestamp(second)));
            chosen.add(EventId::new(second), None, time, if second % 2 == 0 { &[0, 1] } else { &[1] });
        }
        let (events, shared) = chosen.finish();
        let rows = |label: usize| -> Vec<_> {
            events[label].iter().map(|candidate| candidate.event.rowid()).collect()
        };
        assert_eq!((rows(0), rows(1)), (vec![2, 4, 6, 8], vec![1, 2, 3, 4]));
        assert_eq!(shared, [[(1, 4)], [(0, 4)]]);
    }
}
