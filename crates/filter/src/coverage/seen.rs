//! Collects the data types and attributes of events, to suggest the right names for misspelt ones.

use std::cell::Cell;
use std::collections::BTreeSet;

use events::EventView;
use rustc_hash::FxHashMap;

use crate::aliases::Alias;
use crate::error::visible;
use crate::renamed::other_names;
use crate::spelling::nearest;
use crate::subject::data_type;

/// The maximum number of data types, and of attributes of a data type. Only an artificial store has
/// more.
const MAXIMUM_NAMES: usize = 10_000;

/// The maximum number of attributes of all data types together.
const MAXIMUM_ATTRIBUTES: usize = 1 << 16;

/// The maximum length of a name that is kept, in bytes. Longer ones are taken to be there.
const LONGEST_NAME: usize = 256;

/// How many events of a data type are examined for their attributes in each range of events.
const SAMPLED: usize = 8;

/// The minimum length of a name that gets a suggestion.
const SHORTEST: usize = 3;

/// The events that were shown so far, with their data types and attributes.
#[derive(Debug, Clone, Default)]
pub struct SeenEvents {
    events: u64,
    unreadable: u64,
    /// The number of attributes of all data types together.
    attributes: usize,
    data_types: FxHashMap<Box<str>, Seen>,
}

/// The events of one data type.
#[derive(Debug, Clone, Default)]
struct Seen {
    events: u64,
    /// The number of events in this range whose attributes were examined.
    sampled: usize,
    attributes: BTreeSet<Box<str>>,
}

/// Returns what was seen of a data type, which is added if it is new and there is room for it.
fn seen_of<'s>(data_types: &'s mut FxHashMap<Box<str>, Seen>, data_type: &str) -> Option<&'s mut Seen> {
    let has_room = data_types.len() < MAXIMUM_NAMES && data_type.len() <= LONGEST_NAME;
    if has_room && !data_types.contains_key(data_type) {
        data_types.insert(data_type.into(), Seen::default());
    }
    data_types.get_mut(data_type)
}

impl Seen {
    /// Adds an attribute if it is new and there is room for it. `all` is the number of attributes
    /// of all data types.
    fn add(&mut self, name: &str, all: &mut usize) {
        let has_room = self.attributes.len() < MAXIMUM_NAMES && *all < MAXIMUM_ATTRIBUTES;
        if has_room && name.len() <= LONGEST_NAME && !self.attributes.contains(name) {
            self.attributes.insert(name.into());
            *all += 1;
        }
    }
}

impl SeenEvents {
    /// Starts a new range of events. Only the first events of a range are examined closely. So the
    /// ranges must be the same in every run, or the results would differ.
    pub fn begin_range(&mut self) {
        self.data_types.values_mut().for_each(|seen| seen.sampled = 0);
    }

    /// Adds an event that the rules have seen and that can be read.
    pub fn see(&mut self, event: &EventView<'_>) {
        let Some(data) = event.data else { return self.see_unreadable() };
        self.events += 1;
        let data_type = data_type(data);
        let Some(seen) = seen_of(&mut self.data_types, &data_type) else { return };
        seen.events += 1;
        if seen.sampled < SAMPLED {
            seen.sampled += 1;
            for name in data.sample_names().filter(|name| !name.starts_with(b"__")) {
                seen.add(&String::from_utf8_lossy(name), &mut self.attributes);
            }
        }
    }

    /// Adds an event that cannot be read.
    pub fn see_unreadable(&mut self) {
        self.events += 1;
        self.unreadable += 1;
    }

    /// Adds the events of another thread.
    pub fn merge(&mut self, other: Self) {
        self.events += other.events;
        self.unreadable += other.unreadable;
        for (data_type, more) in other.data_types {
            let Some(seen) = seen_of(&mut self.data_types, &data_type) else { continue };
            seen.events += more.events;
            more.attributes.iter().for_each(|name| seen.add(name, &mut self.attributes));
        }
    }

    /// Returns the number of events.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Returns the number of events that cannot be read.
    #[must_use]
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// Returns whether there are events of this data type.
    #[must_use]
    pub fn has_data_type(&self, data_type: &str) -> bool {
        data_type.len() > LONGEST_NAME || self.data_types.contains_key(data_type)
    }

    /// Returns whether the examined events of this data type have this attribute.
    #[must_use]
    pub fn has_attribute(&self, data_type: &str, name: &str) -> bool {
        let is_too_long = data_type.len().max(name.len()) > LONGEST_NAME;
        is_too_long || self.data_types.get(data_type).is_some_and(|seen| seen.attributes.contains(name))
    }

    /// Returns the data type of some event that has this name in another version of Plaso, or whose
    /// name is similar.
    pub(super) fn nearest_data_type(&self, name: &str, suggestions: &Suggestions) -> Option<String> {
        if let Some(other) = other_names(name).find(|other| self.data_types.contains_key(*other)) {
            return Some(other.into());
        }
        suggestions.nearest(name, self.data_types.keys().map(|name| &**name))
    }

    /// Returns an attribute with a similar name that events of these data types have. `None` means
    /// all data types.
    pub(super) fn nearest_attribute<'t>(
        &self,
        name: &str,
        data_types: Option<impl IntoIterator<Item = &'t str>>,
        suggestions: &Suggestions,
    ) -> Option<String> {
        let mut types: Vec<&str> = match data_types {
            Some(types) => types.into_iter().filter(|name| self.data_types.contains_key(*name)).collect(),
            None => self.data_types.keys().map(|name| &**name).collect(),
        };
        types.sort_unstable();
        if let Some(alias) = self.alias(name, &types) {
            return Some(alias.into());
        }
        let seen: Vec<_> = types.into_iter().filter_map(|name| self.data_types.get(name)).collect();
        suggestions.nearest(name, seen.iter().flat_map(|seen| &seen.attributes).map(|name| &**name))
    }

    /// Returns the attribute of events of these data types that other tools call `name`.
    fn alias(&self, name: &str, data_types: &[&str]) -> Option<&'static str> {
        let base = |attribute: &'static str| attribute.split('.').next().unwrap_or(attribute);
        let is_there = |alias: &&Alias| {
            data_types.iter().any(|data_type| {
                alias.is_about(data_type) && self.has_attribute(data_type, base(alias.attribute))
            })
        };
        Alias::of(name).find(is_there).map(|alias| alias.attribute)
    }
}

/// What may still be compared to suggest similar names. Rules can name as many names as a store
/// has, and each would be compared with all of them.
#[derive(Debug)]
pub struct Suggestions {
    left: Cell<usize>,
}

/// How much is compared at most: for two names, their lengths in bytes multiplied. It takes some
/// seconds, and is enough for a thousand rules and a store with five thousand names.
const MAXIMUM_COMPARED: usize = 2 << 30;
/// What a name costs without its length.
const NAME: usize = 64;

impl Default for Suggestions {
    fn default() -> Self {
        Self { left: Cell::new(MAXIMUM_COMPARED) }
    }
}

impl Suggestions {
    fn nearest<'n>(&self, name: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
        let mut names: Vec<_> = names.collect();
        let cost: usize = names.iter().map(|other| NAME + name.len() * other.len()).sum();
        self.left.set(self.left.get().checked_sub(cost)?);
        names.sort_unstable();
        names.dedup();
        nearest(name, SHORTEST, names).map(visible)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_up_to_a_limit() {
        let names: Vec<_> = (0..10_000).map(|number| format!("{}{number:05}", "n".repeat(95))).collect();
        let suggestions = Suggestions::default();
        let found =
            |name: &String| suggestions.nearest(&format!("{name}x"), names.iter().map(String::as_str));
        let compared = names.iter().take_while(|name| found(name).is_some()).count();
        assert_eq!(compared, MAXIMUM_COMPARED / (names.len() * (NAME + 101 * 100)));
    }

    #[test]
    fn names_are_kept_up_to_a_number_and_a_length() {
        let mut seen = SeenEvents::default();
        let long = "n".repeat(LONGEST_NAME + 1);
        for data_type in 0..MAXIMUM_ATTRIBUTES / 1_000 + 1 {
            let of_type = seen_of(&mut seen.data_types, &format!("t{data_type}")).unwrap();
            of_type.add(&long, &mut seen.attributes);
            (0..1_000).for_each(|name| of_type.add(&format!("n{name}"), &mut seen.attributes));
        }
        assert!(seen_of(&mut seen.data_types, &long).is_none());
        let mut merged = SeenEvents::default();
        merged.merge(seen.clone());
        merged.merge(seen);
        let kept: usize = merged.data_types.values().map(|seen| seen.attributes.len()).sum();
        assert_eq!((kept, merged.attributes), (MAXIMUM_ATTRIBUTES, MAXIMUM_ATTRIBUTES));
        assert!(merged.has_attribute("t0", "n0") && !merged.has_attribute("t0", "n1000"));
        // What is not kept is not said to be missing.
        assert!(merged.has_attribute("t0", &long) && merged.has_data_type(&long));
    }
}
