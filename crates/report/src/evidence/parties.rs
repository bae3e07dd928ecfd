//! Counts the hosts, the users or the addresses of labelled events, for a bounded number of names.
//! Names that differ only in letter case are one: Windows writes an account in several ways.

use std::collections::{BTreeMap, BTreeSet};

use messages::Role;
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::accounts::Accounts;
use super::described::ShownEvent;
use crate::table::{LeftOut, short};
use crate::{Count, Table, Time};

/// The maximum number of different names.
const MAXIMUM_NAMES: usize = 20_000;
/// The maximum number of other names of one account.
const MAXIMUM_ALSO: usize = 8;
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
    /// Other names of the same account, as events write them.
    #[serde(skip)]
    pub also: BTreeSet<String>,
    /// Whether an event that the page shows names it.
    #[serde(skip)]
    pub is_shown: bool,
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
    /// The names that events have together, and how many such events there are: if they turn out to
    /// be of one account, each of these events counts once for it.
    together: BTreeMap<Box<[usize]>, u64>,
    /// The events whose name is not counted, by label.
    rest: BTreeMap<usize, u64>,
}

#[derive(Debug, Default)]
struct OneParty {
    /// Of several ways to write it, the first in the order of characters.
    name: String,
    events: u64,
    times: Option<(Time, Time)>,
    /// Other names of the same.
    also: BTreeSet<String>,
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

    /// Adds the accounts that an event with these labels names, each once, with what they have to
    /// do with it. `user` is the number of its user, who is counted already. The numbers of a label
    /// are those of its events, each of which counts there for its user only.
    pub(super) fn add_accounts(
        &mut self,
        user: Option<usize>,
        accounts: &[(String, Role)],
        time: Option<Time>,
        labels: &[usize],
    ) {
        let mut known: Vec<usize> = user.into_iter().collect();
        for (at, (name, role)) in accounts.iter().enumerate() {
            let number = self.names.get(short(name).to_lowercase().as_str()).copied();
            let counted = number.filter(|number| known.contains(number));
            let Some(position) = counted.or_else(|| self.count(name, time)) else { continue };
            if counted.is_none() {
                known.push(position);
            }
            let is_of_user = at == 0 && user == Some(position);
            let of_role = if is_of_user { &mut self.roles } else { &mut self.also };
            for label in labels {
                let key = (*label, position);
                if of_role.len() < MAXIMUM_BY_LABEL || of_role.contains_key(&key) {
                    of_role.entry(key).or_default().insert(*role);
                }
            }
        }
        known.sort_unstable();
        let together = known.into_boxed_slice();
        if together.len() > 1
            && (self.together.len() < MAXIMUM_BY_LABEL || self.together.contains_key(&together))
        {
            *self.together.entry(together).or_default() += 1;
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
                let OneParty { name, events, times, also } = std::mem::take(&mut self.found[position]);
                let one = &mut self.found[place];
                one.add(one.name.clone(), events, times);
                let room = MAXIMUM_ALSO.saturating_sub(one.also.len());
                one.also.extend([name].into_iter().chain(also).take(room));
            }
        }
        for (together, events) in std::mem::take(&mut self.together) {
            let mut places: Vec<usize> = together.iter().map(|position| places[*position]).collect();
            places.sort_unstable();
            for (one, next) in places.iter().zip(places.iter().skip(1)) {
                if one == next {
                    self.found[*one].events -= events;
                }
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
                also: party.also,
                is_shown: false,
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

/// Notes which accounts the shown events name.
pub(super) fn mark_shown(users: &mut Table<PartyFacts>, events: &[ShownEvent], accounts: &Accounts) {
    let names = events.iter().flat_map(|shown| &shown.event.accounts);
    let shown: BTreeSet<String> =
        names.map(|name| accounts.one_name(name).unwrap_or_else(|| name.clone()).to_lowercase()).collect();
    for facts in &mut users.rows {
        facts.is_shown = shown.contains(&facts.name.to_lowercase());
    }
}

/// Returns what an account has to do with events, such as `by, account changed`: the words that
/// stand before it in findings.
pub(crate) fn roles_in_words(roles: &BTreeSet<Role>) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ")
}

/// Returns the other names of an account.
pub(crate) fn names_in_words(facts: &PartyFacts) -> String {
    facts.also.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
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
            let position = parties.add(name, None, labels);
            parties.add_accounts(position, &[(name.to_owned(), role)], None, labels);
        }
        parties.join(|name| (name == "S-1-5-21-7").then(|| "svc".to_owned()));
        let (table, by_label) = parties.finish(2);
        let names = |label: usize| -> Vec<_> {
            by_label[label].rows.iter().map(|count| count.name.as_str()).collect()
        };
        assert_eq!(names(0), ["svc (by, account changed)", "eve (by)"]);
        assert_eq!(names(1), ["eve"]);
        let eve = table.rows.iter().find(|row| row.name == "eve").unwrap();
        assert_eq!(roles_in_words(&eve.roles), "by");
        let svc = table.rows.iter().find(|row| row.name == "svc").unwrap();
        assert_eq!(names_in_words(svc), "S-1-5-21-7");
    }

    #[test]
    fn an_event_counts_for_each_account_that_it_names() {
        let mut parties = Parties::default();
        let named = |name: &str, role| (name.to_owned(), role);
        let user = parties.add("bob", None, &[1]);
        let of_one = [named("bob", Role::Acted), named("Root", Role::RunsAs), named("BOB", Role::Used)];
        parties.add_accounts(user, &of_one, None, &[1]);
        parties.add_accounts(None, &[named("sid", Role::Changed)], None, &[0]);
        // Both names are those of one account, which counts once.
        parties.add_accounts(None, &[named("sid", Role::Changed), named("bob", Role::Acted)], None, &[0]);
        parties.join(|name| (name == "sid").then(|| "bob".to_owned()));
        let (table, by_label) = parties.finish(2);
        let rows: Vec<_> = table
            .rows
            .iter()
            .map(|row| (&*row.name, row.events, row.labels, row.most_serious, roles_in_words(&row.roles)))
            .collect();
        let expected = [
            ("bob", 3, 2, Some(0), "by, account used, account changed".to_owned()),
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
