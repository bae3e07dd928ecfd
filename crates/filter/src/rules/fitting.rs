//! Finds the built-in rules that fit a store, by the data types of its events.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::data_types::compared_with;
use crate::rules::Rules;
use crate::rules::tagging_file::{BUILT_IN, built_in};

/// How well a built-in set of rules fits the events of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fit {
    /// The name of the set.
    pub name: &'static str,
    /// How many events have a data type that only this set names.
    pub own: u64,
    /// How many events have a data type that this set names.
    pub any: u64,
}

/// The data types that rules name, by label.
type DataTypes = BTreeMap<String, BTreeSet<String>>;

/// The data types that the built-in sets name, in the order of the sets.
static NAMED: LazyLock<[DataTypes; BUILT_IN.len()]> =
    LazyLock::new(|| BUILT_IN.map(|name| built_in(name).as_ref().map(named_data_types).unwrap_or_default()));

/// The data types that built-in sets name, each with the positions of these sets.
static SETS: LazyLock<BTreeMap<&str, BTreeSet<usize>>> = LazyLock::new(|| {
    let mut sets: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (set, labels) in NAMED.iter().enumerate() {
        for data_type in labels.values().flatten() {
            sets.entry(data_type).or_default().insert(set);
        }
    }
    sets
});

/// Returns whether the rules of a built-in set for this label name one of these data types.
pub fn label_fits<'d>(set: &str, label: &str, data_types: impl IntoIterator<Item = &'d str>) -> bool {
    let position = BUILT_IN.iter().position(|known| *known == set);
    let named = position.and_then(|set| NAMED[set].get(label));
    named.is_some_and(|named| data_types.into_iter().any(|data_type| named.contains(data_type)))
}

/// Returns the built-in sets, the one that fits best first. `data_types` has the numbers of events
/// by data type.
#[must_use]
pub fn fits(data_types: &[(&str, u64)]) -> Vec<Fit> {
    let mut fits = BUILT_IN.map(|name| Fit { name, own: 0, any: 0 });
    for (data_type, events) in data_types {
        let Some(sets) = SETS.get(*data_type) else { continue };
        for &set in sets {
            let fit = &mut fits[set];
            fit.any = fit.any.saturating_add(*events);
            if sets.len() == 1 {
                fit.own = fit.own.saturating_add(*events);
            }
        }
    }
    fits.sort_by_key(|fit| Reverse((fit.own, fit.any)));
    fits.into()
}

/// Returns the built-in sets to use for a store, the one that fits best first: those that name a
/// data type of the store that no other set names, or if there is none, those that name any data
/// type of the store.
#[must_use]
pub fn fitting(data_types: &[(&str, u64)]) -> Vec<&'static str> {
    let fits = fits(data_types);
    let chosen = |fit: fn(&Fit) -> u64| fits.iter().filter(move |set| fit(set) > 0).map(|set| set.name);
    let own: Vec<_> = chosen(|fit| fit.own).collect();
    if own.is_empty() { chosen(|fit| fit.any).collect() } else { own }
}

fn named_data_types(rules: &Rules) -> DataTypes {
    let mut rules = rules.clone();
    rules.accept_other_data_types();
    let mut by_label = DataTypes::new();
    for rule in &rules.rules {
        let label = rules.labels[rule.label()].label.as_str();
        let names = by_label.entry(label.to_owned()).or_default();
        let mut comparisons = Vec::new();
        let condition = rules.condition(rule);
        condition.root.comparisons(&mut comparisons);
        let named = comparisons.iter().filter(|comparison| !comparison.negated);
        names.extend(named.filter_map(|comparison| compared_with(comparison)).map(str::to_owned));
    }
    by_label
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_chooses_what_a_label_means() {
        let fits = |set, data_type| label_fits(set, "logon_failed", [data_type]);
        assert!(fits("windows", "windows:evtx:record") && !fits("macos", "windows:evtx:record"));
        assert!(fits("macos", "bsm:entry") && !fits("linux", "syslog:line"));
    }

    /// The Amcache says of a program that it was seen, and the description of a label is read as
    /// what happened.
    #[test]
    fn a_program_that_was_only_seen_is_not_said_to_have_run() {
        let rules = crate::tagging_file::built_in_labels("windows").unwrap();
        let of = |name: &str| {
            let mut meanings = rules.meanings().filter(|(label, _)| label.as_str() == name);
            meanings.next().unwrap().1.description.clone()
        };
        assert!(of("program_from_unusual_path").starts_with("A program was run from, or seen in, a folder"));
        assert!(of("program_seen").contains("Whether it ran, this does not say"));
    }

    #[test]
    fn the_store_chooses_the_rules() {
        for (data_types, chosen) in [
            (&[("windows:evtx:record", 10), ("fs:stat", 5_000)][..], &["windows"][..]),
            (&[("linux:utmp:event", 3), ("windows:evtx:record", 1)], &["linux", "windows"]),
            (&[("macos:unified_logging:event", 3), ("syslog:line", 90)], &["macos"]),
            (&[("syslog:line", 9)], &["linux", "macos"]),
            (&[("fs:stat", 9)], &["linux", "windows", "macos"]),
            (&[("unknown:type", 9)], &[]),
            (&[], &[]),
        ] {
            assert_eq!(fitting(data_types), chosen, "{data_types:?}");
        }
    }
}
