//! Counts the events by label and by session of activity.

use events::Timestamp;
use rustc_hash::FxHashMap;
use serde::Serialize;
use storage::StoredTag;

use crate::collect::Names;
use crate::info::TagFacts;
use crate::labels::{SESSION, numbered};
use crate::table::LeftOut;
use crate::table::short;
use crate::timeline::{Axis, Bins};
use crate::{Rest, Table, Time};

/// The maximum number of different labels, without those of sessions.
const MAXIMUM_LABELS: usize = 20_000;
/// The maximum number of labels whose events are counted over time.
const MAXIMUM_BINNED_LABELS: usize = 4_096;
/// The maximum number of different sessions.
const MAXIMUM_SESSIONS: usize = 1 << 20;
/// The maximum number of sessions in a report. Those with the most events are kept.
const MAXIMUM_NAMED_SESSIONS: usize = 20_000;

/// A label and its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelFacts {
    /// The label.
    pub label: String,
    /// How many events have it.
    pub events: u64,
    /// The time of the earliest event, or `None` if no event has a time.
    pub first: Option<Time>,
    /// The time of the latest event.
    pub last: Option<Time>,
    /// The number of its events in each bin of the timeline, or `None` if there are too many
    /// labels.
    pub histogram: Option<Bins>,
}

/// A session of the sessionize plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionFacts {
    /// Its label.
    pub label: String,
    /// How many events it has.
    pub events: u64,
    /// The time of the earliest event, or `None` if no event has a time.
    pub first: Option<Time>,
    /// The time of the latest event.
    pub last: Option<Time>,
}

/// The counts of labels and sessions so far.
pub(super) struct Tags {
    axis: Option<Axis>,
    labels: FxHashMap<Box<str>, (Found, Option<Bins>)>,
    sessions: FxHashMap<u64, Found>,
    more_labels: LeftOut,
    more_sessions: LeftOut,
    events: u64,
    unreadable: u64,
}

/// How many events a label or session has, and the times of the first and the last. This type is
/// small, because there can be a million sessions.
#[derive(Debug, Clone, Copy)]
struct Found {
    events: u64,
    first: Time,
    last: Time,
}

impl Default for Found {
    fn default() -> Self {
        // `first` is after `last` until there is an event with a time.
        Self { events: 0, first: Time(Timestamp(i64::MAX)), last: Time(Timestamp(i64::MIN)) }
    }
}

impl Found {
    fn add(&mut self, time: Option<Time>) {
        self.events += 1;
        if let Some(time) = time {
            self.first = self.first.min(time);
            self.last = self.last.max(time);
        }
    }

    fn first(&self) -> Option<Time> {
        (self.first <= self.last).then_some(self.first)
    }

    fn last(&self) -> Option<Time> {
        (self.first <= self.last).then_some(self.last)
    }
}

impl Tags {
    pub(super) fn new(axis: Option<Axis>) -> Self {
        Self {
            axis,
            labels: FxHashMap::default(),
            sessions: FxHashMap::default(),
            more_labels: LeftOut::default(),
            more_sessions: LeftOut::default(),
            events: 0,
            unreadable: 0,
        }
    }

    pub(super) fn add(&mut self, tag: &StoredTag) {
        let (Some(_), Some(labels)) = (tag.event, &tag.labels) else {
            self.unreadable += 1;
            return;
        };
        self.events += 1;
        let time = tag.timestamp.map(Time);
        for label in labels {
            match numbered(label) {
                Some((SESSION, number)) => self.add_session(number, time),
                _ => self.add_label(label, time),
            }
        }
    }

    fn add_label(&mut self, label: &str, time: Option<Time>) {
        let label = short(label);
        let known = self.labels.len();
        if known >= MAXIMUM_LABELS && !self.labels.contains_key(label.as_str()) {
            self.more_labels.add(&label.as_str(), 1);
            return;
        }
        let axis = self.axis.as_ref();
        let (found, bins) = self.labels.entry(label.into()).or_insert_with(|| {
            (Found::default(), axis.filter(|_| known < MAXIMUM_BINNED_LABELS).map(Bins::new))
        });
        found.add(time);
        if let (Some(bins), Some(axis), Some(time)) = (bins, axis, time) {
            bins.add(axis, time);
        }
    }

    fn add_session(&mut self, number: u64, time: Option<Time>) {
        if self.sessions.len() < MAXIMUM_SESSIONS || self.sessions.contains_key(&number) {
            self.sessions.entry(number).or_default().add(time);
        } else {
            self.more_sessions.add(&number, 1);
        }
    }

    pub(super) fn finish(self) -> (Table<LabelFacts>, Table<SessionFacts>, TagFacts) {
        let mut counts = Names::default();
        self.labels.iter().for_each(|(label, (found, _))| counts.add(label, found.events));
        let mut labels: Vec<LabelFacts> = self
            .labels
            .into_iter()
            .map(|(label, (found, bins))| LabelFacts {
                label: label.into(),
                events: found.events,
                first: found.first(),
                last: found.last(),
                histogram: bins,
            })
            .collect();
        labels.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.label.cmp(&b.label)));
        let (more_labels, more_sessions) = (self.more_labels.rest(), self.more_sessions.rest());
        let in_sessions =
            self.sessions.values().map(|found| found.events).sum::<u64>() + more_sessions.number;
        let all_sessions =
            Rest { rows: self.sessions.len() as u64 + more_sessions.rows, number: in_sessions };
        let mut counts = counts.finish();
        counts.more.rows += more_labels.rows;
        counts.more.number += more_labels.number;
        let facts = TagFacts {
            events: self.events,
            labels: counts,
            sessions: all_sessions,
            unreadable: self.unreadable,
        };
        let sessions = named_sessions(self.sessions, more_sessions);
        (Table { rows: labels, more: more_labels }, sessions, facts)
    }
}

fn named_sessions(found: FxHashMap<u64, Found>, mut more: Rest) -> Table<SessionFacts> {
    let mut sessions: Vec<(u64, Found)> = found.into_iter().collect();
    sessions.sort_by_key(|(number, found)| (std::cmp::Reverse(found.events), *number));
    for (_, found) in sessions.drain(sessions.len().min(MAXIMUM_NAMED_SESSIONS)..) {
        more.rows += 1;
        more.number += found.events;
    }
    sessions.sort_by_key(|(number, _)| *number);
    let facts = |(number, found): (u64, Found)| SessionFacts {
        label: format!("{SESSION}{number}"),
        events: found.events,
        first: found.first(),
        last: found.last(),
    };
    Table { rows: sessions.into_iter().map(facts).collect(), more }
}

#[cfg(test)]
mod tests {
    use events::EventId;

    use super::*;

    #[test]
    fn a_label_beyond_the_limit_counts_once() {
        let mut tags = Tags::new(None);
        let labels: Vec<_> = (0..MAXIMUM_LABELS + 3).map(|number| format!("label_{number}_x")).collect();
        for event in 1..=4 {
            let event = Some(EventId::new(event));
            tags.add(&StoredTag { event, timestamp: None, data: None, labels: Some(labels.clone()) });
        }
        let (table, _, facts) = tags.finish();
        assert_eq!(table.rows.len(), MAXIMUM_LABELS);
        assert_eq!(table.more, Rest { rows: 3, number: 12 });
        assert_eq!((facts.labels.rows.len() as u64 + facts.labels.more.rows, facts.events), (20_003, 4));
    }
}
