//! The events of each indicator.

use std::collections::{BTreeMap, BTreeSet};

use events::{Label, ResultRow, Timestamp};
use indicators::List;
use indicators::matching::{Finding, FindingId};

/// How many events of an indicator are named.
const MOST_EVENTS: usize = 100;

/// How many hosts of an indicator are named.
const MOST_HOSTS: usize = 50;

/// An indicator that is in more than one event of so many is a suspect.
const SUSPICIOUS: u64 = 100;

/// An indicator that is in no more events is no suspect, even in a small store.
const FEW_EVENTS: u64 = 20;

/// The longest text of a list in a row, in characters.
const LONGEST: usize = 1_000;

/// The events of all indicators.
#[derive(Debug, Default)]
pub(super) struct Tallies(BTreeMap<FindingId, Tally>);

/// The events of an indicator.
#[derive(Debug, Default)]
pub(super) struct Tally {
    events: u64,
    /// The first events. Those without a usable time come last.
    first: BTreeSet<(bool, i64, i64)>,
    last_time: Option<i64>,
    hosts: BTreeSet<String>,
    more_hosts: bool,
}

impl Tallies {
    /// Adds an event by its key. A key that another program has made counts for nothing.
    pub(super) fn add(&mut self, key: &str) {
        let mut parts = key.split('\t');
        let [Some(event), Some(time), Some(host), Some(findings)] = [(); 4].map(|()| parts.next()) else {
            return;
        };
        let Ok(event) = event.parse() else { return };
        let time = time.parse().ok().filter(|time| Timestamp(*time).is_usable());
        for finding in findings.split(',').filter_map(|finding| finding.parse().ok()) {
            self.0.entry(FindingId(finding)).or_default().add(event, time, host);
        }
    }

    /// Returns the tallies in the order of the findings.
    pub(super) fn into_iter(self) -> impl Iterator<Item = (FindingId, Tally)> {
        self.0.into_iter()
    }
}

impl Tally {
    fn add(&mut self, event: i64, time: Option<i64>, host: &str) {
        self.events += 1;
        self.first.insert((time.is_none(), time.unwrap_or_default(), event));
        if self.first.len() > MOST_EVENTS {
            self.first.pop_last();
        }
        self.last_time = self.last_time.max(time);
        if !host.is_empty() && !self.hosts.contains(host) {
            if self.hosts.len() < MOST_HOSTS {
                self.hosts.insert(host.to_owned());
            } else {
                self.more_hosts = true;
            }
        }
    }

    /// Returns a warning if so many events have the indicator that it is hardly one.
    pub(super) fn suspicion(
        &self,
        kind: &str,
        finding: &Finding<'_>,
        list: &List,
        compared: u64,
    ) -> Option<String> {
        (self.events > FEW_EVENTS && self.events * SUSPICIOUS > compared).then(|| {
            format!(
                "{} `{}` of {}, line {}, is in {} of {compared} events; a value that is so common says little",
                kind,
                cut(&finding.value),
                list.file,
                finding.line,
                self.events
            )
        })
    }

    /// Returns the row for the store.
    pub(super) fn row(
        &self,
        kind: &str,
        finding: &Finding<'_>,
        list: &List,
        label: &Label,
        known: &[String],
    ) -> ResultRow {
        let details = &finding.details;
        let first_time =
            self.first.first().filter(|(has_no_time, ..)| !has_no_time).map(|(_, time, _)| *time);
        let expired = details.valid_until.or(details.last_seen);
        let expired = expired.filter(|end| first_time.is_none_or(|first| end.0 < first));
        let events: Vec<_> = self.first.iter().map(|(_, _, event)| event.to_string()).collect();
        let mut hosts = self.hosts.iter().cloned().collect::<Vec<_>>().join(", ");
        if self.more_hosts {
            hosts.push_str(", …");
        }
        let seen = match (details.first_seen, details.last_seen) {
            (None, None) => String::new(),
            (first, last) => format!("{} – {}", shown(first), shown(last)).trim().to_owned(),
        };
        ResultRow(vec![
            cut(details.comment).into(),
            events.join(", ").into(),
            shown(expired).into(),
            shown(first_time.map(Timestamp)).into(),
            hosts.into(),
            cut(&finding.value).into(),
            kind.into(),
            known.join(", ").into(),
            label.as_str().into(),
            shown(self.last_time.map(Timestamp)).into(),
            cut(&list.file).into(),
            u64::from(finding.line).into(),
            cut(list.title.as_deref().unwrap_or_default()).into(),
            self.events.into(),
            details.score.map(|score| score.to_string()).unwrap_or_default().into(),
            seen.into(),
            cut(details.tags).into(),
            details.threat_level.map_or("", |level| level.as_str()).into(),
        ])
    }
}

/// Returns a time as `2026-11-27T10:00:00Z`, or an empty text.
fn shown(time: Option<Timestamp>) -> String {
    let time = time.and_then(|Timestamp(time)| jiff::Timestamp::from_microsecond(time).ok());
    time.map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}

fn cut(text: &str) -> String {
    let mut cut: String = text.chars().take(LONGEST).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}
