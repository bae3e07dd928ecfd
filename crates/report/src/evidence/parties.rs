//! Counts the hosts, the users or the addresses of labelled events, for a bounded number of names.
//! Names that differ only in letter case are one: Windows writes an account in several ways.

use std::collections::{BTreeMap, BTreeSet};

use messages::Role;
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::table::{LeftOut, short};
use crate::{Count, Table, Time};

/// The maximum number of different names.
const MAXIMUM_NAMES: usize = 20_000;
/// The maximum number of names that are counted by label, over all labels.
const MAXIMUM_BY_LABEL: usize = 200_000;

/// A host or a user, and its labelled events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartyFacts {
    /// The name.
    pub name: String,
    /// How many labelled events it has.
    pub events: u64,
    /// How many different labels these events have, of the labels that the report shows.
    pub labels: u64,
    /// The position of the most serious of these labels in the report.
    pub most_serious: Option<usize>,
    /// The time of the earliest of these events, or `None` if no event has a usable time.
    pub first: Option<Time>,
    /// The time of the latest.
    pub last: Option<Time>,
    /// What an account has to do with these events.
    #[serde(skip)]
    pub roles: BTreeSet<Role>,
}

/// The hosts or the users of labelled events.
#[derive(Debug, Default)]
pub(super) struct Parties {
    /// The numbers of the names, in lower case.
    names: FxHashMap<Box<str>, usize>,
    found: Vec<OneParty>,
    /// Names beyond the maximum.
    left_out: LeftOut,
    /// The number of events by label and name.
    by_label: BTreeMap<(usize, usize), u64>,
    /// What each name has to do with the events of each label, if it is that of an account.
    roles: BTreeMap<(usize, usize), BTreeSet<Role>>,
    /// What an account has to do with the events of a label that name it beside their user.
    also: BTreeMap<(usize, usize), BTreeSet<Role>>,
    /// The events whose name is not counted, by label.
    rest: BTreeMap<usize, u64>,
}

#[derive(Debug, Default)]
struct OneParty {
    /// Of several ways to write it, the first in the order of characters.
    name: String,
    events: u64,
    times: Option<(Time, Time)>,
}

impl OneParty {
    fn add(&mut self, name: String, events: u64, times: Option<(Time, Time)>) {
        self.events += events;
        if name < self.name {
            self.name = name;
        }
        if let Some((first, last)) = times {
            let (earliest, latest) = self.times.unwrap_or((first, last));
            self.times = Some((earliest.min(first), latest.max(last)));
        }
    }
}

impl Parties {
    /// Adds an event with these labels, given as positions. Returns the number of the name, or
    /// `None` if there are too many names.
    pub(super) fn add(&mut self, name: &str, time: Option<Time>, labels: &[usize]) -> Option<usize> {
        let Some(position) = self.count(name, time) else {
            labels.iter().for_each(|label| *self.rest.entry(*label).or_default() += 1);
            return None;
        };
        for label in labels {
            if let Some(events) = self.by_label.get_mut(&(*label, position)) {
                *events += 1;
            } else if self.by_label.len() < MAXIMUM_BY_LABEL {
                self.by_label.insert((*label, position), 1);
            } else {
                *self.rest.entry(*label).or_default() += 1;
            }
        }
        Some(position)
    }

    /// Counts an event of a name. Returns its number, or `None` if there are too many names.
    fn count(&mut self, name: &str, time: Option<Time>) -> Option<usize> {
        let name = short(name);
        let key = name.to_lowercase();
        let known = self.names.len();
        if known == MAXIMUM_NAMES && !self.names.contains_key(key.as_str()) {
            self.left_out.add(&key.as_str(), 1);
            return None;
        }
        let position = *self.names.entry(key.into()).or_insert(known);
        if position == self.found.len() {
            self.found.push(OneParty { name: name.clone(), ..OneParty::default() });
        }
        self.found[position].add(name, 1, time.map(|time| (time, time)));
        Some(position)
    }

    /// Adds an account that an event with these labels names beside its user. The numbers of a
    /// label are those of its events, each of which counts there for one account only.
    pub(super) fn add_also(&mut self, name: &str, time: Option<Time>, role: Role, labels: &[usize]) {
        let Some(position) = self.count(name, time) else { return };
        for label in labels {
            let key = (*label, position);
            if self.also.len() < MAXIMUM_BY_LABEL || self.also.contains_key(&key) {
                self.also.entry(key).or_default().insert(role);
            }
        }
    }

    /// Notes what an account, given by its number, has to do with an event of these labels.
    pub(super) fn add_role(&mut self, position: usize, role: Role, labels: &[usize]) {
        for label in labels {
            let key = (*label, position);
            if self.roles.len() < MAXIMUM_BY_LABEL || self.roles.contains_key(&key) {
                self.roles.entry(key).or_default().insert(role);
            }
        }
    }

    /// Joins names that mean the same. `one_name` returns another name of the same account, which
    /// is the same for all of its names.
    pub(super) fn join(&mut self, one_name: impl Fn(&str) -> Option<String>) {
        let mut places: Vec<usize> = (0..self.found.len()).collect();
        for position in 0..self.found.len() {
            let Some(name) = one_name(&self.found[position].name) else { continue };
            let known = self.found.len();
            let place = *self.names.entry(name.to_lowercase().into()).or_insert(known);
            if place == known {
                self.found.push(OneParty { name, ..OneParty::default() });
                places.push(known);
            }
            places[position] = place;
        }
        for (position, place) in places.iter().copied().enumerate() {
            if place != position {
                let OneParty { events, times, .. } = std::mem::take(&mut self.found[position]);
                let name = self.found[place].name.clone();
                self.found[place].add(name, events, times);
            }
        }
        let by_label = std::mem::take(&mut self.by_label);
        for ((label, position), events) in by_label {
            *self.by_label.entry((label, places[position])).or_default() += events;
        }
        for map in [&mut self.roles, &mut self.also] {
            for ((label, position), roles) in std::mem::take(map) {
                map.entry((label, places[position])).or_default().extend(roles);
            }
        }
    }

    /// Returns the names with their events, those with the most serious labels first, and for each
    /// of `labels` labels the names with the most events.
    pub(super) fn finish(self, labels: usize) -> (Table<PartyFacts>, Vec<Table<Count>>) {
        let mut of_party: Vec<(u64, Option<usize>)> = vec![(0, None); self.found.len()];
        let mut of_label: Vec<Table<Count>> = (0..labels).map(|_| Table::default()).collect();
        let mut roles_of: Vec<BTreeSet<Role>> = vec![BTreeSet::new(); self.found.len()];
        let mut roles_in: Vec<BTreeSet<Role>> = vec![BTreeSet::new(); labels];
        for ((label, position), roles) in &self.roles {
            roles_of[*position].extend(roles);
            roles_in[*label].extend(roles);
        }
        for ((_, position), roles) in &self.also {
            roles_of[*position].extend(roles);
        }
        let labels_of: BTreeSet<_> = self.by_label.keys().chain(self.also.keys()).collect();
        for (label, position) in labels_of {
            let (count, most_serious) = &mut of_party[*position];
            *count += 1;
            // The labels come in the order of their severity.
            most_serious.get_or_insert(*label);
        }
        for ((label, position), events) in self.by_label {
            let mut name = self.found[position].name.clone();
            // If all have the same, the heading says it.
            if let Some(roles) = self.roles.get(&(label, position)).filter(|_| roles_in[label].len() > 1) {
                name += &format!(" ({})", roles_in_words(roles));
            }
            of_label[label].rows.push(Count { name, number: events });
        }
        for (label, table) in of_label.iter_mut().enumerate() {
            table.rows.sort_by(|a, b| b.number.cmp(&a.number).then_with(|| a.name.cmp(&b.name)));
            table.more.number = self.rest.get(&label).copied().unwrap_or_default();
        }
        // Those that were joined with others have no events left.
        let facts = self.found.into_iter().zip(of_party).zip(roles_of);
        let mut rows: Vec<_> = facts
            .filter(|((party, _), _)| party.events > 0)
            .map(|((party, (labels, most_serious)), roles)| PartyFacts {
                name: party.name,
                events: party.events,
                labels,
                most_serious,
                first: party.times.map(|(first, _)| first),
                last: party.times.map(|(_, last)| last),
                roles,
            })
            .collect();
        rows.sort_by(|a, b| {
            let key = |facts: &PartyFacts| {
                (facts.most_serious.unwrap_or(usize::MAX), std::cmp::Reverse(facts.events))
            };
            key(a).cmp(&key(b)).then_with(|| a.name.cmp(&b.name))
        });
        (Table { rows, more: self.left_out.rest() }, of_label)
    }
}

/// Returns what an account has to do with events, such as `acted, account changed`.
pub(crate) fn roles_in_words(roles: &BTreeSet<Role>) -> String {
    let word = |role: &Role| match role {
        Role::Acted => "acted",
        role => role.as_str(),
    };
    roles.iter().map(word).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use events::Timestamp;

    use super::*;

    #[test]
    fn names_are_counted_by_label() {
        let mut parties = Parties::default();
        let time = |second: i64| Some(Time(Timestamp(second * 1_000_000)));
        parties.add("b", time(5), &[1]);
        parties.add("a", None, &[1]);
        parties.add("B", time(3), &[0, 1]);
        parties.add("c", None, &[]);
        let (table, by_label) = parties.finish(2);
        let rows: Vec<_> = table.rows.iter().map(|row| (&*row.name, row.events, row.labels)).collect();
        assert_eq!(rows, [("B", 2, 2), ("a", 1, 1), ("c", 1, 0)]);
        assert_eq!((table.rows[0].first, table.rows[0].last), (time(3), time(5)));
        let of_label = |label: usize| -> Vec<_> {
            by_label[label].rows.iter().map(|count| (count.name.clone(), count.number)).collect()
        };
        assert_eq!(of_label(0), [("B".to_owned(), 1)]);
        assert_eq!(of_label(1), [("B".to_owned(), 2), ("a".to_owned(), 1)]);
    }

    #[test]
    fn names_of_the_same_are_joined() {
        let mut parties = Parties::default();
        for name in ["b.c", "B", "b", "a", "d"] {
            parties.add(name, None, &[0]);
        }
        parties.join(|name| match name {
            "b.c" => Some("B".to_owned()),
            "d" => Some("new".to_owned()),
            _ => None,
        });
        let (table, by_label) = parties.finish(1);
        let rows: Vec<_> = table.rows.iter().map(|row| (&*row.name, row.events)).collect();
        assert_eq!(rows, [("B", 3), ("a", 1), ("new", 1)]);
        let of_label: Vec<_> = by_label[0].rows.iter().map(|count| (&*count.name, count.number)).collect();
        assert_eq!(of_label, [("B", 3), ("a", 1), ("new", 1)]);
    }

    #[test]
    fn who_is_who_is_said_where_it_differs() {
        let mut parties = Parties::default();
        for (name, role, labels) in [
            ("eve", Role::Acted, &[0, 1][..]),
            ("svc", Role::Changed, &[0][..]),
            ("S-1-5-21-7", Role::Acted, &[0][..]),
        ] {
            let position = parties.add(name, None, labels).unwrap();
            parties.add_role(position, role, labels);
        }
        parties.join(|name| (name == "S-1-5-21-7").then(|| "svc".to_owned()));
        let (table, by_label) = parties.finish(2);
        let names = |label: usize| -> Vec<_> {
            by_label[label].rows.iter().map(|count| count.name.as_str()).collect()
        };
        assert_eq!(names(0), ["svc (acted, account changed)", "eve (acted)"]);
        assert_eq!(names(1), ["eve"]);
        let eve = table.rows.iter().find(|row| row.name == "eve").unwrap();
        assert_eq!(roles_in_words(&eve.roles), "acted");
    }

    #[test]
    fn an_event_counts_for_each_account_that_it_names() {
        let mut parties = Parties::default();
        let position = parties.add("bob", None, &[1]).unwrap();
        parties.add_role(position, Role::Acted, &[1]);
        parties.add_also("Root", None, Role::RunsAs, &[1]);
        parties.add_also("sid", None, Role::Changed, &[0]);
        parties.join(|name| (name == "sid").then(|| "bob".to_owned()));
        let (table, by_label) = parties.finish(2);
        let rows: Vec<_> = table
            .rows
            .iter()
            .map(|row| (&*row.name, row.events, row.labels, row.most_serious, roles_in_words(&row.roles)))
            .collect();
        let expected = [
            ("bob", 2, 2, Some(0), "acted, account changed".to_owned()),
            ("Root", 1, 1, Some(1), "runs as".to_owned()),
        ];
        assert_eq!(rows, expected);
        // A label counts each of its events once.
        let of_label: Vec<_> = by_label[1].rows.iter().map(|count| (&*count.name, count.number)).collect();
        assert_eq!((of_label, by_label[0].rows.len()), (vec![("bob", 1)], 0));
    }

    #[test]
    fn names_are_bounded() {
        let mut parties = Parties::default();
        for number in 0..MAXIMUM_NAMES + 2 {
            parties.add(&number.to_string(), None, &[0]);
        }
        let (table, by_label) = parties.finish(1);
        assert_eq!((table.rows.len(), table.more.rows), (MAXIMUM_NAMES, 2));
        assert_eq!(by_label[0].more.number, 2);
    }
}
