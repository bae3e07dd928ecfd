//! Counts the events by label and by session of activity.

use events::{EventDataId, Timestamp};
use rustc_hash::FxHashMap;
use storage::{StorageError, Store, StoredTag};

use super::facts::{LabelFacts, SessionFacts, SeverityFacts};
use super::tactics::{OfLabel, TacticFacts, Tactics};
use crate::findings::records::{RecordMemory, Records};
use crate::info::{LabelCounts, TagFacts};
use crate::labels::{RECOVERED, SESSION, session_numbers};
use crate::meaning::Severity;
use crate::meanings::Meanings;
use crate::session_runs::StoredSessions;
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

/// The counts of labels and sessions so far.
pub(super) struct Tags {
    axis: Option<Axis>,
    meanings: Meanings,
    labels: FxHashMap<Box<str>, OneLabel>,
    memory: RecordMemory,
    tactics: Tactics,
    /// The events by their most serious label, at the positions of [`rank`].
    severities: [OneSeverity; RANKS],
    sessions: FxHashMap<u64, Found>,
    more_labels: LeftOut,
    more_sessions: LeftOut,
    events: u64,
    labelled: u64,
    only_recovered: u64,
    in_sessions: u64,
    in_two_sessions: bool,
    unreadable: u64,
}

/// The counts of labels, tactics and sessions.
pub(super) struct Counted {
    pub(super) labels: Table<LabelFacts>,
    pub(super) tactics: Vec<TacticFacts>,
    pub(super) severities: Vec<SeverityFacts>,
    pub(super) sessions: Table<SessionFacts>,
    pub(super) facts: TagFacts,
}

/// What is counted of a label.
struct OneLabel {
    found: Found,
    records: Records,
    bins: Option<Bins>,
    tactics: OfLabel,
    severity: Option<Severity>,
}

/// What is counted of a severity.
#[derive(Default)]
struct OneSeverity {
    found: Found,
    bins: Option<Bins>,
}

/// How many severities there are, with none.
const RANKS: usize = Severity::ALL.len() + 1;

/// Returns the position of a severity: from the most serious, and at the end that of none.
fn rank(severity: Option<Severity>) -> usize {
    Severity::ALL.iter().position(|known| Some(*known) == severity).unwrap_or(RANKS - 1)
}

/// How many events a label or session has, and the times of the first and the last. This type is
/// small, because there can be a million sessions.
#[derive(Debug, Clone, Copy)]
struct Found {
    events: u64,
    first: Time,
    last: Time,
    /// How many events have no usable time.
    without_time: u64,
}

impl Default for Found {
    fn default() -> Self {
        // `first` is after `last` until there is an event with a time.
        Self { events: 0, first: Time(Timestamp(i64::MAX)), last: Time(Timestamp(i64::MIN)), without_time: 0 }
    }
}

impl Found {
    fn add(&mut self, time: Option<Time>) {
        self.events += 1;
        if let Some(time) = time {
            self.first = self.first.min(time);
            self.last = self.last.max(time);
        } else {
            self.without_time += 1;
        }
    }

    fn forget_times(&mut self) {
        *self = Self { events: self.events, without_time: self.without_time, ..Self::default() };
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
            severities: Default::default(),
            sessions: FxHashMap::default(),
            more_labels: LeftOut::default(),
            more_sessions: LeftOut::default(),
            events: 0,
            labelled: 0,
            only_recovered: 0,
            in_sessions: 0,
            in_two_sessions: false,
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
        self.only_recovered += u64::from(labels == [RECOVERED]);
        self.in_sessions += u64::from(!sessions.is_empty());
        self.in_two_sessions |= sessions.len() > 1;
        sessions.into_iter().for_each(|number| self.add_session(number, time));
        let most_serious = labels.iter().map(|label| rank(self.add_label(label, time, tag.data))).min();
        if let Some(rank) = most_serious {
            self.add_severity(rank, time);
        }
    }

    fn add_label(&mut self, label: &str, time: Option<Time>, data: Option<EventDataId>) -> Option<Severity> {
        let label: Box<str> = short(label).into();
        let known = self.labels.len();
        if known >= MAXIMUM_LABELS && !self.labels.contains_key(&label) {
            self.more_labels.add(&label, 1);
            return self.meanings.of(&label).severity;
        }
        let axis = self.axis.as_ref();
        let of_label = self.labels.entry(label).or_insert_with_key(|label| OneLabel {
            found: Found::default(),
            records: Records::default(),
            bins: axis.filter(|_| known < MAXIMUM_BINNED_LABELS).map(Bins::new),
            tactics: self.tactics.of(&self.meanings.of(label)),
            severity: self.meanings.of(label).severity,
        });
        of_label.found.add(time);
        if let Some(data) = data {
            of_label.records.add(data, &mut self.memory);
        }
        self.tactics.add(&of_label.tactics);
        if let (Some(bins), Some(axis), Some(time)) = (&mut of_label.bins, axis, time) {
            bins.add(axis, time);
        }
        of_label.severity
    }

    fn add_severity(&mut self, rank: usize, time: Option<Time>) {
        let OneSeverity { found, bins } = &mut self.severities[rank];
        found.add(time);
        if let Some(axis) = &self.axis {
            let bins = bins.get_or_insert_with(|| Bins::new(axis));
            time.iter().for_each(|time| bins.add(axis, *time));
        }
    }

    fn add_session(&mut self, number: u64, time: Option<Time>) {
        if self.sessions.len() < MAXIMUM_SESSIONS || self.sessions.contains_key(&number) {
            self.sessions.entry(number).or_default().add(time);
        } else {
            self.more_sessions.add(&number, 1);
        }
    }

    /// Returns whether the sessions are of several runs.
    fn has_sessions_of_several_runs(&self, store: &Store) -> Result<bool, StorageError> {
        let has_rest = self.more_sessions.rest().rows > 0;
        let sessions = StoredSessions {
            events: self.sessions.iter().map(|(number, found)| (*number, found.events)).collect(),
            in_two: self.in_two_sessions,
            complete: !has_rest && self.unreadable == 0 && store.interval().is_none(),
        };
        sessions.are_of_several_runs(store)
    }

    /// Returns the counts of the tags in this store.
    pub(super) fn finish(mut self, store: &Store) -> Result<Counted, StorageError> {
        let several = self.has_sessions_of_several_runs(store)?;
        if several {
            // No run has found a session from the first to the last event of such a label.
            self.sessions.values_mut().for_each(Found::forget_times);
        }
        Ok(self.counted(several))
    }

    fn counted(self, sessions_of_several_runs: bool) -> Counted {
        let mut counts = LabelCounts::default();
        self.labels.iter().for_each(|(label, of_label)| counts.add(label, of_label.found.events));
        let mut labels: Vec<LabelFacts> = self
            .labels
            .into_iter()
            .map(|(label, OneLabel { found, records, bins, .. })| LabelFacts {
                meaning: self.meanings.of(&label),
                label: label.into(),
                events: found.events,
                records: records.number(),
                without_time: found.without_time,
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
            only_recovered: self.only_recovered,
            labels: counts,
            sessions: all_sessions,
            sessions_of_several_runs,
            unreadable: self.unreadable,
        };
        Counted {
            severities: severities(self.severities, &labels),
            tactics: self.tactics.finish(labels.iter().map(|facts| (&*facts.label, &facts.meaning))),
            labels: Table { rows: labels, more: more_labels },
            sessions: named_sessions(self.sessions, more_sessions),
            facts,
        }
    }
}

/// Returns the severities that labels have, the most serious first.
fn severities(found: [OneSeverity; RANKS], labels: &[LabelFacts]) -> Vec<SeverityFacts> {
    let all = Severity::ALL.into_iter().map(Some).chain([None]);
    let facts = all.zip(found).map(|(severity, OneSeverity { found, bins })| SeverityFacts {
        severity,
        labels: labels.iter().filter(|label| label.meaning.severity == severity).count() as u64,
        events: found.events,
        first: found.first(),
        last: found.last(),
        histogram: bins,
    });
    facts.filter(|facts| facts.labels > 0).collect()
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
        without_time: found.without_time,
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
        let Counted { labels: table, facts, .. } = tags.counted(false);
        assert_eq!(table.rows.len(), MAXIMUM_LABELS);
        assert_eq!(table.more, Rest { rows: 3, number: 12 });
        assert_eq!((facts.labels.rows.len() as u64 + facts.labels.more.rows, facts.events), (20_003, 4));
    }
}
