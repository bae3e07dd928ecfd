//! What is counted or computed of the records in a window, kept up to date as records come and go.

use std::collections::BTreeMap;

use sigma::{Condition, Correlation, Kind, MILLIONTHS, millionths};

use super::record::FieldValue;

/// The number 1 for percentages.
const HUNDRED: i128 = 100;

/// What one record adds to the tally of its window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// A record that is only counted.
    Record,
    /// A value that is counted once.
    Value(Box<str>),
    /// A number, in millionths.
    Number(i128),
    /// The positions of rules in the list of the correlation.
    Rules(Vec<usize>),
}

/// What is counted or computed of the records in a window.
#[derive(Debug, Clone)]
pub(super) enum Tally {
    Records,
    /// How many records have each value.
    Values(BTreeMap<Box<str>, usize>),
    Sum(i128),
    /// In ascending order.
    Sorted(Vec<i128>),
    /// How many records each rule has.
    Rules(BTreeMap<usize, usize>),
    /// The rules must have records in the order of the list.
    Ordered(Chains),
}

impl Item {
    /// Returns what a record adds with these values of the correlation's fields, or `None` if it
    /// does not have them.
    pub(super) fn of(correlation: &Correlation, rules: Vec<usize>, values: &[FieldValue]) -> Option<Self> {
        let start = correlation.group_by.len();
        let values = values.get(start..start + correlation.fields.len())?;
        Some(match correlation.kind {
            Kind::EventCount => Self::Record,
            Kind::Temporal | Kind::TemporalOrdered => Self::Rules(rules),
            Kind::ValueCount => {
                let values = values.iter().map(Option::as_deref).collect::<Option<Vec<_>>>()?;
                Self::Value(values.join("\u{1f}").into())
            }
            Kind::ValueSum | Kind::ValueAvg | Kind::ValueMedian | Kind::ValuePercentile(_) => {
                Self::Number(millionths(values.first()?.as_deref()?)?)
            }
        })
    }

    /// Returns roughly how many bytes it takes, in the window and in the tally.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Record => 0,
            Self::Value(value) => 2 * value.len() + 64,
            Self::Number(_) => 32,
            Self::Rules(rules) => rules.len() * 24,
        }
    }
}

impl Tally {
    pub(super) fn new(correlation: &Correlation) -> Self {
        match correlation.kind {
            Kind::EventCount => Self::Records,
            Kind::ValueCount => Self::Values(BTreeMap::new()),
            Kind::ValueSum | Kind::ValueAvg => Self::Sum(0),
            Kind::ValueMedian | Kind::ValuePercentile(_) => Self::Sorted(Vec::new()),
            Kind::Temporal => Self::Rules(BTreeMap::new()),
            Kind::TemporalOrdered => Self::Ordered(Chains::new(correlation.inputs.len())),
        }
    }

    /// Returns how many bytes it takes without any records.
    pub(super) fn bytes(&self) -> usize {
        if let Self::Ordered(chains) = self { chains.last.len() * 32 } else { 0 }
    }

    pub(super) fn add(&mut self, item: &Item, time: i64) {
        match (self, item) {
            (Self::Values(values), Item::Value(value)) => match values.get_mut(value) {
                Some(count) => *count += 1,
                None => drop(values.insert(value.clone(), 1)),
            },
            (Self::Sum(sum), Item::Number(number)) => *sum = sum.saturating_add(*number),
            (Self::Sorted(numbers), Item::Number(number)) => {
                numbers.insert(numbers.partition_point(|known| known < number), *number);
            }
            (Self::Rules(counts), Item::Rules(rules)) => {
                rules.iter().for_each(|rule| *counts.entry(*rule).or_default() += 1);
            }
            (Self::Ordered(chains), Item::Rules(rules)) => chains.add(rules, time),
            _ => {}
        }
    }

    pub(super) fn remove(&mut self, item: &Item) {
        match (self, item) {
            (Self::Values(counts), Item::Value(value)) => forget(counts, value),
            (Self::Sum(sum), Item::Number(number)) => *sum = sum.saturating_sub(*number),
            (Self::Sorted(numbers), Item::Number(number)) => {
                if let Ok(position) = numbers.binary_search(number) {
                    numbers.remove(position);
                }
            }
            (Self::Rules(counts), Item::Rules(rules)) => rules.iter().for_each(|rule| forget(counts, rule)),
            _ => {}
        }
    }

    /// Returns whether a window of so many records, which begins at this time, meets the condition.
    pub(super) fn meets(&self, correlation: &Correlation, records: usize, start: i64) -> bool {
        let records = i128::try_from(records).unwrap_or(i128::MAX);
        let number = |number: i128, times: i128| match &correlation.condition {
            Condition::Number(thresholds) => {
                thresholds.iter().all(|threshold| threshold.holds(number, times))
            }
            Condition::Rules(_) => false,
        };
        let count = |count: usize| number(i128::try_from(count).unwrap_or(i128::MAX) * MILLIONTHS, 1);
        match (self, correlation.kind) {
            (Self::Records, _) => number(records * MILLIONTHS, 1),
            (Self::Values(values), _) => count(values.len()),
            (Self::Sum(sum), Kind::ValueAvg) => number(*sum, records),
            (Self::Sum(sum), _) => number(*sum, 1),
            (Self::Sorted(numbers), kind) => {
                let percentage = if let Kind::ValuePercentile(percentage) = kind { percentage } else { 50 };
                number(percentile(numbers, percentage), HUNDRED)
            }
            (Self::Rules(counts), _) => match &correlation.condition {
                Condition::Rules(presence) => presence.holds(&|rule| counts.contains_key(&rule)),
                Condition::Number(_) => count(counts.len()),
            },
            (Self::Ordered(chains), _) => chains.latest_start().is_some_and(|latest| latest >= start),
        }
    }
}

fn forget<K: Ord>(counts: &mut BTreeMap<K, usize>, key: &K) {
    match counts.get_mut(key) {
        Some(count) if *count > 1 => *count -= 1,
        _ => drop(counts.remove(key)),
    }
}

/// Returns a hundred times the number below which this percentage of the numbers is. Between two
/// numbers it is interpolated.
fn percentile(numbers: &[i128], percentage: u8) -> i128 {
    let last = numbers.len().saturating_sub(1);
    let place = last * usize::from(percentage);
    let (below, between) = (place / 100, place % 100);
    let number = |position: usize| numbers.get(position.min(last)).copied().unwrap_or_default();
    let between = i128::try_from(between).unwrap_or_default();
    number(below) * (HUNDRED - between) + number(below + 1) * between
}

/// Records of all rules in the order of the list.
///
/// A chain has a record of the first rule, then one of the second rule, and so on. For each rule,
/// the latest start of a chain that ends with it is all that must be known: a later start is within
/// every window within which an earlier one is. Records of the same time follow each other in any
/// order.
#[derive(Debug, Clone)]
pub(super) struct Chains {
    /// When each rule had its last record.
    last: Vec<Option<i64>>,
    /// For each rule, when the latest chain starts that ends with it.
    starts: Vec<Option<i64>>,
}

impl Chains {
    fn new(rules: usize) -> Self {
        Self { last: vec![None; rules], starts: vec![None; rules] }
    }

    fn add(&mut self, rules: &[usize], time: i64) {
        for rule in rules {
            self.last[*rule] = Some(time);
        }
        for rule in 0..self.last.len() {
            if self.last[rule] == Some(time) {
                let start = if rule == 0 { Some(time) } else { self.starts[rule - 1] };
                self.starts[rule] = self.starts[rule].max(start);
            }
        }
    }

    fn latest_start(&self) -> Option<i64> {
        self.starts.last().copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_interpolated() {
        for (numbers, percentage, expected) in [
            (&[7][..], 0, 700),
            (&[7], 99, 700),
            (&[1, 2], 50, 150),
            (&[1, 2, 10], 50, 200),
            (&[1, 2, 10], 75, 600),
            (&[0, 10, 20, 30, 40], 90, 3_600),
            (&[1, 5], 100, 500),
        ] {
            assert_eq!(percentile(numbers, percentage), expected, "{numbers:?} {percentage}");
        }
    }

    #[test]
    fn chains_start_as_late_as_they_can() {
        let start = |records: &[(usize, i64)]| {
            let mut chains = Chains::new(3);
            records.iter().for_each(|(rule, time)| chains.add(&[*rule], *time));
            chains.latest_start()
        };
        assert_eq!(start(&[(0, 1), (1, 2)]), None);
        assert_eq!(start(&[(0, 1), (1, 2), (2, 3)]), Some(1));
        assert_eq!(start(&[(0, 1), (1, 2), (0, 3), (2, 4)]), Some(1));
        assert_eq!(start(&[(0, 1), (1, 2), (0, 3), (1, 3), (2, 4)]), Some(3));
        assert_eq!(start(&[(2, 1), (1, 2), (0, 3)]), None);
        // Records of the same time.
        assert_eq!(start(&[(2, 5), (1, 5), (0, 5)]), Some(5));
        assert_eq!(start(&[(0, 1), (2, 5), (1, 5)]), Some(1));
    }
}
