//! Counts the events by label and by session of activity.

use events::{EventDataId, Timestamp};
use rustc_hash::FxHashMap;
use serde::Serialize;
use storage::StoredTag;

use super::tactics::{OfLabel, TacticFacts, Tactics};
use crate::findings::records::{RecordMemory, Records};
use crate::info::{LabelCounts, TagFacts};
use crate::labels::{SESSION, session_numbers};
use crate::meanings::{Meaning, Meanings, order};
use crate::table::LeftOut;
use crate::table::short;
use crate::timeline::{Axis, Bins};
use crate::words::counted;
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
    /// What it means.
    #[serde(flatten)]
    pub meaning: Meaning,
    /// How many events have it.
    pub events: u64,
    /// How many records these events come from, or `None` if there are too many to count. A record
    /// with two times is two events.
    pub records: Option<u64>,
    /// How many of the events have no usable time.
    pub without_time: u64,
    /// The time of the earliest event, or `None` if no event has a usable time.
    pub first: Option<Time>,
    /// The time of the latest event.
    pub last: Option<Time>,
    /// The number of its events in each bin of the timeline, or `None` if there are too many
    /// labels.
    pub histogram: Option<Bins>,
}

impl LabelFacts {
    /// Says how many events have the label. If these come from fewer records, says from how many.
    pub(crate) fn events_in_words(&self) -> String {
        let events = counted(self.events, "event");
        match self.fewer_records() {
            Some(records) => format!("{events}, {}", counted(records, "record")),
            None => events,
        }
    }

    /// Returns what a row of a list of the label's events is.
    pub(crate) fn thing(&self) -> &'static str {
        if self.fewer_records().is_some() { "record" } else { "event" }
    }

    /// Returns the number of records if it differs from that of events.
    pub(crate) fn fewer_records(&self) -> Option<u64> {
        self.records.filter(|records| *records > 0 && *records != self.events)
    }
}

/// A session of the sessionize plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionFacts {
    /// Its label.
    pub label: String,
    /// How many events it has.
    pub events: u64,
    /// The time of the earliest event, or `None` if no event has a usable time.
    pub first: Option<Time>,
    /// The time of the latest event.
    pub last: Option<Time>,
}

/// The counts of labels and sessions so far.
pub(super) struct Tags {
    axis: Option<Axis>,
    meanings: Meanings,
    labels: FxHashMap<Box<str>, OneLabel>,
    memory: RecordMemory,
    tactics: Tactics,
    sessions: FxHashMap<u64, Found>,
    more_labels: LeftOut,
    more_sessions: LeftOut,
    events: u64,
    labelled: u64,
    in_sessions: u64,
    unreadable: u64,
}

/// The counts of labels, tactics and sessions.
pub(super) struct Counted {
    pub(super) labels: Table<LabelFacts>,
    pub(super) tactics: Vec<TacticFacts>,
    pub(super) sessions: Table<SessionFacts>,
    pub(super) facts: TagFacts,
}

/// What is counted of a label.
struct OneLabel {
    found: Found,
    without_time: u64,
    records: Records,
    bins: Option<Bins>,
    tactics: OfLabel,
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
    pub(super) fn new(axis: Option<Axis>, meanings: Meanings) -> Self {
        Self {
            axis,
            meanings,
            labels: FxHashMap::default(),
            memory: RecordMemory::default(),
            tactics: Tactics::default(),
            sessions: FxHashMap::default(),
            more_labels: LeftOut::default(),
            more_sessions: LeftOut::default(),
            events: 0,
            labelled: 0,
            in_sessions: 0,
            unreadable: 0,
        }
    }

    pub(super) fn add(&mut self, tag: StoredTag) {
        let (Some(_), Some(mut labels)) = (tag.event, tag.labels) else {
            self.unreadable += 1;
            return;
        };
        self.events += 1;
        self.tactics.next_event();
        let time = Time::of_event(tag.timestamp);
        let sessions = session_numbers(&mut labels);
        self.labelled += u64::from(!labels.is_empty());
        self.in_sessions += u64::from(!sessions.is_empty());
        sessions.into_iter().for_each(|number| self.add_session(number, time));
        labels.iter().for_each(|label| self.add_label(label, time, tag.data));
    }

    fn add_label(&mut self, label: &str, time: Option<Time>, data: Option<EventDataId>) {
        let label: Box<str> = short(label).into();
        let known = self.labels.len();
        if known >= MAXIMUM_LABELS && !self.labels.contains_key(&label) {
            self.more_labels.add(&label, 1);
            return;
        }
        let axis = self.axis.as_ref();
        let of_label = self.labels.entry(label).or_insert_with_key(|label| OneLabel {
            found: Found::default(),
            without_time: 0,
            records: Records::default(),
            bins: axis.filter(|_| known < MAXIMUM_BINNED_LABELS).map(Bins::new),
            tactics: self.tactics.of(&self.meanings.of(label)),
        });
        of_label.found.add(time);
        of_label.without_time += u64::from(time.is_none());
        if let Some(data) = data {
            of_label.records.add(data, &mut self.memory);
        }
        self.tactics.add(&of_label.tactics);
        if let (Some(bins), Some(axis), Some(time)) = (&mut of_label.bins, axis, time) {
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

    pub(super) fn finish(self) -> Counted {
        let mut counts = LabelCounts::default();
        self.labels.iter().for_each(|(label, of_label)| counts.add(label, of_label.found.events));
        let mut labels: Vec<LabelFacts> = self
            .labels
            .into_iter()
            .map(|(label, OneLabel { found, without_time, records, bins, tactics: _ })| LabelFacts {
                meaning: self.meanings.of(&label),
                label: label.into(),
                events: found.events,
                records: records.number(),
                without_time,
                first: found.first(),
                last: found.last(),
                histogram: bins,
            })
            .collect();
        labels.sort_by(|a, b| a.order().cmp(&b.order()));
        let (more_labels, more_sessions) = (self.more_labels.rest(), self.more_sessions.rest());
        let all_sessions =
            Rest { rows: self.sessions.len() as u64 + more_sessions.rows, number: self.in_sessions };
        let mut counts = counts.finish(&self.meanings);
        counts.more.rows += more_labels.rows;
        counts.more.number += more_labels.number;
        let facts = TagFacts {
            events: self.events,
            labelled: self.labelled,
            labels: counts,
            sessions: all_sessions,
            unreadable: self.unreadable,
        };
        Counted {
            tactics: self.tactics.finish(labels.iter().map(|facts| (&*facts.label, &facts.meaning))),
            labels: Table { rows: labels, more: more_labels },
            sessions: named_sessions(self.sessions, more_sessions),
            facts,
        }
    }
}

impl LabelFacts {
    fn order(&self) -> impl Ord + use<'_> {
        order(self.meaning.severity, self.events, &self.label)
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
        let mut tags = Tags::new(None, Meanings::new([]));
        let labels: Vec<_> = (0..MAXIMUM_LABELS + 3).map(|number| format!("label_{number}_x")).collect();
        for event in 1..=4 {
            let event = Some(EventId::new(event));
            tags.add(StoredTag { event, labels: Some(labels.clone()), ..StoredTag::default() });
        }
        let Counted { labels: table, facts, .. } = tags.finish();
        assert_eq!(table.rows.len(), MAXIMUM_LABELS);
        assert_eq!(table.more, Rest { rows: 3, number: 12 });
        assert_eq!((facts.labels.rows.len() as u64 + facts.labels.more.rows, facts.events), (20_003, 4));
    }
}
