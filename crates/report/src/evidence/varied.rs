//! Chooses events of a label so that each host, user and address of the label is seen in one of
//! them: the first events of a label may all be about the same account.

use std::collections::BTreeMap;

use super::chosen::Candidate;

/// The maximum number of names of a label, of each kind.
const MAXIMUM_NAMES: usize = 64;
/// The maximum number of names, over all labels.
const MAXIMUM: usize = 200_000;

/// A name: what it is the name of, and its number there.
pub(super) type Name = (u8, usize);

/// The earliest event of each name, by label.
#[derive(Debug, Default)]
pub(super) struct Varied {
    earliest: BTreeMap<(usize, Name), Candidate>,
    /// The number of names by label and kind.
    names: BTreeMap<(usize, u8), usize>,
}

impl Varied {
    /// Adds an event of these labels that has these names.
    pub(super) fn add(&mut self, candidate: Candidate, labels: &[usize], names: &[Name]) {
        for label in labels {
            for name in names {
                if let Some(known) = self.earliest.get_mut(&(*label, *name)) {
                    *known = candidate.min(*known);
                    continue;
                }
                let of_kind = self.names.entry((*label, name.0)).or_default();
                if *of_kind < MAXIMUM_NAMES && self.earliest.len() < MAXIMUM {
                    *of_kind += 1;
                    self.earliest.insert((*label, *name), candidate);
                }
            }
        }
    }

    /// Returns for each label its events in the order in which they should be chosen: the first
    /// event, then the first one of each kind of name, then the second ones, and at last the
    /// others. `first` has the first events of each label in the order of time.
    pub(super) fn before(self, first: Vec<Vec<Candidate>>) -> Vec<Vec<Candidate>> {
        let mut by_kind: BTreeMap<(usize, u8), Vec<Candidate>> = BTreeMap::new();
        for ((label, (kind, _)), candidate) in self.earliest {
            by_kind.entry((label, kind)).or_default().push(candidate);
        }
        let mut ranked: Vec<Vec<(usize, u8, Candidate)>> = vec![Vec::new(); first.len()];
        for ((label, kind), mut candidates) in by_kind {
            candidates.sort_unstable();
            candidates.dedup();
            let ranks = candidates.into_iter().enumerate();
            ranked[label].extend(ranks.map(|(rank, candidate)| (rank, kind, candidate)));
        }
        let in_order = |(mut ranked, first): (Vec<(usize, u8, Candidate)>, Vec<Candidate>)| {
            ranked.sort_unstable();
            let ranked = ranked.into_iter().map(|(_, _, candidate)| candidate);
            first.first().copied().into_iter().chain(ranked).chain(first).collect()
        };
        ranked.into_iter().zip(first).map(in_order).collect()
    }
}

#[cfg(test)]
mod tests {
    use events::{EventId, Timestamp};

    use super::*;
    use crate::Time;

    fn event(second: i64) -> Candidate {
        let time = Some(Time(Timestamp(second * 1_000_000)));
        Candidate { has_no_time: false, time, data: None, event: EventId::new(second) }
    }

    #[test]
    fn each_name_comes_before_any_comes_twice() {
        let (root, deploy, host) = ((0, 0), (0, 1), (1, 0));
        let mut varied = Varied::default();
        for second in 1..20 {
            varied.add(event(second), &[1], &[root, host]);
        }
        varied.add(event(21), &[1], &[deploy, host]);
        varied.add(event(20), &[1], &[deploy]);
        let chosen = varied.before(vec![vec![], (1..5).map(event).collect()]);
        let rows: Vec<_> = chosen[1].iter().map(|candidate| candidate.event.rowid()).collect();
        assert_eq!((chosen[0].len(), rows), (0, vec![1, 1, 1, 20, 1, 2, 3, 4]));
        // An event without names comes first if it is the first.
        let mut varied = Varied::default();
        (2..5).for_each(|second| varied.add(event(second), &[0], &[(0, second as usize)]));
        let chosen = varied.before(vec![(1..3).map(event).collect()]);
        let rows: Vec<_> = chosen[0].iter().map(|candidate| candidate.event.rowid()).collect();
        assert_eq!(rows, [1, 2, 3, 4, 1, 2]);
    }
}
