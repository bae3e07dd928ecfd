//! All correlations of a run, over the records in the order of time.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use events::Timestamp;
use sigma::{Correlation, MAXIMUM_CORRELATIONS, Source};

use super::firings::Firings;
use super::group::Group;
use super::matched::Matched;
use super::record::FieldValue;
use super::tally::Item;

/// How many bytes the records in all windows may take together. Each correlation has the same
/// share, which is at least 64 KiB.
const MOST_BYTES: usize = 64 << 20;

const _: () = assert!(MOST_BYTES / MAXIMUM_CORRELATIONS >= 64 << 10);

/// The windows of all correlations.
pub(crate) struct Correlations<'c> {
    correlations: &'c [Correlation],
    /// The correlations that refer to a rule or a correlation, with its position in their lists.
    parents: BTreeMap<Source, Vec<(usize, usize)>>,
    states: Vec<State>,
    /// How many bytes the windows of one correlation may take.
    share: usize,
    /// How many records have no time.
    without_time: u64,
}

/// What reaches a correlation: a record of a rule, or a firing of another correlation.
struct Arrival {
    /// The position in the list of the correlation.
    input: usize,
    /// The values that the correlation needs.
    values: Vec<FieldValue>,
    keys: Vec<Rc<str>>,
}

/// The values of the fields that a correlation groups by.
type GroupKey = Rc<[Box<str>]>;

/// The windows of one correlation.
#[derive(Default)]
struct State {
    groups: BTreeMap<GroupKey, Group>,
    /// The times and groups of all records in windows, the first one first.
    queue: VecDeque<(i64, GroupKey)>,
    bytes: usize,
    firings: Firings,
}

impl<'c> Correlations<'c> {
    pub(crate) fn new(correlations: &'c [Correlation]) -> Self {
        Self::with_memory(correlations, MOST_BYTES)
    }

    pub(super) fn with_memory(correlations: &'c [Correlation], bytes: usize) -> Self {
        let mut parents = BTreeMap::<_, Vec<_>>::new();
        for (position, correlation) in correlations.iter().enumerate() {
            for (input, of_input) in correlation.inputs.iter().enumerate() {
                parents.entry(of_input.source).or_default().push((position, input));
            }
        }
        let states = correlations.iter().map(|_| State::default()).collect();
        let share = bytes / correlations.len().max(1);
        Self { correlations, parents, states, share, without_time: 0 }
    }

    /// Adds a record, which must not be earlier than the one before. Returns the keys that get the
    /// label of a correlation, each with the correlation's position. A record without a time is in
    /// no window.
    pub(crate) fn add(&mut self, record: &Matched) -> Vec<(usize, Rc<str>)> {
        let Some(Timestamp(time)) = record.time else {
            let is_needed = record.rules.keys().any(|rule| self.parents.contains_key(&Source::Rule(*rule)));
            self.without_time += u64::from(is_needed);
            return Vec::new();
        };
        let mut arrivals = BTreeMap::new();
        for (rule, (values, keys)) in &record.rules {
            self.send(Source::Rule(*rule), values, keys, &mut arrivals);
        }
        let mut labels = Vec::new();
        // Correlations that others refer to come first.
        while let Some((position, arrivals_here)) = arrivals.pop_first() {
            for Arrival { input: _, values, keys } in self.fire(position, time, arrivals_here) {
                self.send(Source::Correlation(position), &values, &keys, &mut arrivals);
                if self.correlations[position].gives_label {
                    labels.extend(keys.into_iter().map(|key| (position, key)));
                }
            }
        }
        labels
    }

    /// Passes values and keys to all correlations that refer to their source.
    fn send(
        &self,
        source: Source,
        values: &[FieldValue],
        keys: &[Rc<str>],
        arrivals: &mut BTreeMap<usize, Vec<Arrival>>,
    ) {
        for &(parent, input) in self.parents.get(&source).into_iter().flatten() {
            let needed = &self.correlations[parent].inputs[input].values;
            let values = needed.iter().map(|position| values.get(*position).cloned().flatten()).collect();
            arrivals.entry(parent).or_default().push(Arrival { input, values, keys: keys.to_vec() });
        }
    }

    /// Adds what a record brings to a correlation. Returns an arrival for each group that fires,
    /// with the keys of all records that have not contributed before.
    fn fire(&mut self, position: usize, time: i64, arrivals: Vec<Arrival>) -> Vec<Arrival> {
        let correlation = &self.correlations[position];
        let state = &mut self.states[position];
        state.expire(time.saturating_sub(correlation.timespan));
        let mut fired = Vec::new();
        for (group, (rules, values, keys)) in by_group(correlation, arrivals) {
            let Some(item) = Item::of(correlation, rules, &values) else { continue };
            let contributed = state.add(correlation, &group, time, item, keys);
            if let Some(contributed) = contributed {
                fired.push(Arrival { input: 0, values, keys: contributed });
            }
            while state.bytes > self.share && state.queue.len() > 1 {
                state.remove_first();
                state.firings.left_early += 1;
            }
        }
        fired
    }

    /// Ends all firings. Returns those of each correlation, and how many records are in no window
    /// because they have no time.
    pub(crate) fn finish(self) -> (Vec<Firings>, u64) {
        let finished = |mut state: State| {
            while state.remove_first() {}
            state.firings.kept.sort();
            state.firings
        };
        (self.states.into_iter().map(finished).collect(), self.without_time)
    }
}

/// The positions of rules in the list of a correlation, the values of the first one, and the keys
/// of all.
type Together = (Vec<usize>, Vec<FieldValue>, Vec<Rc<str>>);

/// Joins what one record brings to each group: a record counts once in a group. What has not all
/// values to group by is in no group.
fn by_group(correlation: &Correlation, mut arrivals: Vec<Arrival>) -> BTreeMap<GroupKey, Together> {
    arrivals.sort_by_key(|arrival| arrival.input);
    let mut groups = BTreeMap::<GroupKey, Together>::new();
    for Arrival { input, values, keys } in arrivals {
        let group = values.iter().take(correlation.group_by.len()).cloned().collect::<Option<_>>();
        let Some(group) = group else { continue };
        let (rules, _, all_keys) = groups.entry(group).or_insert_with(|| (Vec::new(), values, Vec::new()));
        if rules.last() != Some(&input) {
            rules.push(input);
        }
        all_keys.extend(keys);
    }
    for (_, _, keys) in groups.values_mut() {
        keys.sort_unstable();
        keys.dedup();
    }
    groups
}

impl State {
    /// Adds a record. If the condition holds, returns the keys of all records that have not
    /// contributed before.
    fn add(
        &mut self,
        correlation: &Correlation,
        key: &GroupKey,
        time: i64,
        item: Item,
        keys: Vec<Rc<str>>,
    ) -> Option<Vec<Rc<str>>> {
        let before = self.groups.get(key).map_or(0, Group::bytes);
        let new = || Group::new(correlation, key.to_vec());
        let group = self.groups.entry(key.clone()).or_insert_with(new);
        let outcome = group.add(correlation, time, item, keys);
        self.bytes = self.bytes + group.bytes() - before;
        self.queue.push_back((time, key.clone()));
        outcome.ended.into_iter().for_each(|firing| self.firings.add(firing));
        let contributed = outcome.contributed?;
        self.firings.records += contributed.len() as u64;
        Some(contributed.concat())
    }

    /// Removes all records before `start`.
    fn expire(&mut self, start: i64) {
        while self.queue.front().is_some_and(|(time, _)| *time < start) {
            self.remove_first();
        }
    }

    /// Removes the first record of all. Returns whether there was one.
    fn remove_first(&mut self) -> bool {
        let Some((_, key)) = self.queue.pop_front() else { return false };
        if let Some(group) = self.groups.get_mut(&key) {
            let before = group.bytes();
            let has_more = group.remove_first();
            self.bytes -= before;
            if has_more {
                self.bytes += group.bytes();
            } else {
                let firing = self.groups.remove(&key).and_then(Group::into_firing);
                firing.into_iter().for_each(|firing| self.firings.add(firing));
            }
        }
        true
    }
}
