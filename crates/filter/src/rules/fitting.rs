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

/// The data types that built-in sets name, each with the positions of these sets.
static SETS: LazyLock<BTreeMap<String, BTreeSet<usize>>> = LazyLock::new(|| {
    let mut sets: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (set, name) in BUILT_IN.into_iter().enumerate() {
        for data_type in built_in(name).iter().flat_map(named_data_types) {
            sets.entry(data_type).or_default().insert(set);
        }
    }
    sets
});

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

fn named_data_types(rules: &Rules) -> BTreeSet<String> {
    let mut rules = rules.clone();
    rules.accept_other_data_types();
    let mut names = BTreeSet::new();
    for rule in &rules.rules {
        let mut comparisons = Vec::new();
        let condition = rules.condition(rule);
        condition.root.comparisons(&mut comparisons);
        let named = comparisons.iter().filter(|comparison| !comparison.negated);
        names.extend(named.filter_map(|comparison| compared_with(comparison)).map(str::to_owned));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

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
