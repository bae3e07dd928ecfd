//! Logons after many failed ones from the same address: somebody may have found a password.

use std::collections::{BTreeMap, BTreeSet};

use messages::Role;

use super::chosen::Candidate;
use crate::Time;

/// So many failed logons are many. People who forgot their password give up earlier.
const MANY: u64 = 10;
/// The time before the logon in which the failed ones count, in microseconds.
const BEFORE: i64 = 24 * 60 * 60 * 1_000_000;
/// The maximum number of seconds with failed logons, over all addresses.
const MAXIMUM_SECONDS: usize = 200_000;
/// The maximum number of logons.
const MAXIMUM_LOGONS: usize = 100_000;
const SECOND: i64 = 1_000_000;

/// A logon after many failed ones from the same address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuessedLogon {
    /// The row of the event in the store.
    pub event: i64,
    /// The time of the logon.
    pub time: Time,
    /// The position of the label of the logon in the report.
    pub label: usize,
    /// The address.
    pub address: String,
    /// The account that logged on.
    pub user: Option<String>,
    /// The host at which it logged on.
    pub host: Option<String>,
    /// How many logons from this address had failed in the day before.
    pub failures: u64,
}

/// The failed logons and the logons so far.
#[derive(Debug, Default)]
pub(super) struct Guesses {
    /// The number of failed logons by address and second.
    failures: BTreeMap<(Box<str>, i64), u64>,
    logons: Vec<(Candidate, GuessedLogon)>,
}

/// What the labels of an event say of logons, as positions of labels.
#[derive(Debug, Default)]
pub(super) struct LogonLabels {
    failed: BTreeSet<usize>,
    logon: BTreeSet<usize>,
}

impl LogonLabels {
    /// Reads the names of labels, such as `ssh_login_failed` and `logon_network`.
    pub(super) fn of(labels: &[&str]) -> Self {
        let mut found = Self::default();
        for (position, label) in labels.iter().enumerate() {
            let label = label.to_ascii_lowercase();
            if !label.contains("login") && !label.contains("logon") {
                continue;
            }
            let set = if label.contains("fail") { &mut found.failed } else { &mut found.logon };
            set.insert(position);
        }
        found
    }
}

impl Guesses {
    /// Adds a labelled event with its user, host and address.
    pub(super) fn add(
        &mut self,
        candidate: Candidate,
        labels: (&[usize], &LogonLabels),
        parties: &[Option<String>; 3],
        role: Role,
    ) {
        let ([user, host, Some(address)], Some(time)) = (parties, candidate.time) else { return };
        let (labels, known) = labels;
        let is_failed = labels.iter().any(|label| known.failed.contains(label));
        if is_failed && role == Role::Tried {
            let key = (address.as_str().into(), time.0.0.div_euclid(SECOND));
            if self.failures.len() < MAXIMUM_SECONDS || self.failures.contains_key(&key) {
                *self.failures.entry(key).or_default() += 1;
            }
            return;
        }
        let label = labels.iter().copied().find(|label| known.logon.contains(label));
        let may_be_guessed = !is_failed && role == Role::Account && self.logons.len() < MAXIMUM_LOGONS;
        let Some(label) = label.filter(|_| may_be_guessed) else { return };
        let (user, host, address) = (user.clone(), host.clone(), address.clone());
        let event = candidate.event.rowid();
        let logon = GuessedLogon { event, time, label, address, user, host, failures: 0 };
        self.logons.push((candidate, logon));
    }

    /// Returns for each address and account the first logon after many failed ones, earliest first.
    pub(super) fn finish(self) -> Vec<(Candidate, GuessedLogon)> {
        let Self { failures, mut logons } = self;
        logons.sort_by_key(|(candidate, _)| *candidate);
        let mut seen = BTreeSet::new();
        let keys: Vec<_> = failures.keys().map(|(address, second)| (&**address, *second)).collect();
        // How many failures there are before each key, and after the last: to add up a day of them
        // for each logon would take long.
        let mut sums = vec![0];
        sums.extend(failures.values().scan(0, |sum, number| {
            *sum += number;
            Some(*sum)
        }));
        for (_, logon) in &mut logons {
            let before = |second: i64| {
                let key = (logon.address.as_str(), second);
                sums[keys.partition_point(|known| *known < key)]
            };
            let second = |time: i64| time.div_euclid(SECOND);
            let from = before(second(logon.time.0.0.saturating_sub(BEFORE)));
            logon.failures = before(second(logon.time.0.0) + 1) - from;
        }
        logons.retain(|(_, logon)| {
            logon.failures >= MANY && seen.insert((logon.address.clone(), logon.user.clone()))
        });
        logons
    }
}

#[cfg(test)]
mod tests {
    use events::{EventId, Timestamp};

    use super::*;

    #[test]
    fn a_logon_after_many_failures() {
        let labels = ["ssh_login_failed", "ssh_login", "other"];
        let known = LogonLabels::of(&labels);
        let mut guesses = Guesses::default();
        let mut add = |second: i64, label: usize, address: &str, role| {
            let time = Some(Time(Timestamp(second * SECOND)));
            let event = EventId::new(second);
            let candidate = Candidate { has_no_time: false, time, data: None, event };
            let parties = [Some("root".to_owned()), None, Some(address.to_owned())];
            guesses.add(candidate, (&[label], &known), &parties, role);
        };
        // The order of rows is not that of time.
        add(1_000, 1, "a", Role::Account);
        add(1_001, 1, "a", Role::Account);
        add(50, 1, "a", Role::Account);
        add(1_000, 1, "b", Role::Account);
        add(1_000 + 2 * BEFORE / SECOND, 1, "c", Role::Account);
        for second in 100..100 + MANY as i64 {
            add(second, 0, "a", Role::Tried);
            add(second, 0, "c", Role::Tried);
            add(second, 2, "b", Role::Tried);
        }
        let found = guesses.finish();
        let found: Vec<_> = found.iter().map(|(_, logon)| (logon.event, logon.failures)).collect();
        assert_eq!(found, [(1_000, MANY)]);
    }
}
