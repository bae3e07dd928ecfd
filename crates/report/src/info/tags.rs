//! Counts event tags by label.

use rustc_hash::FxHashMap;
use serde::Serialize;
use storage::{StorageError, Store};

use crate::collect::{Names, Steps};
use crate::labels::{RECOVERED, labels_in_words, session_numbers, sessions_in_words};
use crate::meaning::{Meaning, order};
use crate::meanings::Meanings;
use crate::session_runs::StoredSessions;
use crate::words::{counted, number};
use crate::{Count, Progress, Rest, Table};

/// The maximum number of different sessions of the sessionize plugin.
const MAXIMUM_SESSIONS: usize = 4_000_000;

/// Event tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TagFacts {
    /// How many events have a tag.
    pub events: u64,
    /// How many events have a label, if the labels of sessions do not count.
    pub labelled: u64,
    /// How many of these have only the label that Plaso gives to what it recovered.
    pub only_recovered: u64,
    /// The numbers of events by label, without the labels of sessions. The most serious labels
    /// come first, then those with the most events.
    pub labels: Table<LabelCount>,
    /// The number of sessions of the sessionize plugin, and of the events in them.
    pub sessions: Rest,
    /// Whether the labels of sessions are of several runs of the plugin with different pauses or
    /// filters, so that one label means several sessions.
    pub sessions_of_several_runs: bool,
    /// How many tags cannot be read.
    pub unreadable: u64,
}

impl TagFacts {
    pub(crate) fn labels_in_words(&self) -> String {
        let first = self.labels.rows.first().map(|label| &label.name);
        let words = labels_in_words(self.labelled, self.labels.total_rows(), first);
        match self.only_recovered {
            // With no other label, the words name this one already.
            0 => words,
            _ if self.labels.total_rows() == 1 => words,
            only => format!("{words} ({} of them only {RECOVERED}, a label of Plaso's own)", number(only)),
        }
    }

    pub(crate) fn sessions_in_words(&self) -> Option<String> {
        let Rest { rows, number } = self.sessions;
        if self.sessions_of_several_runs {
            let (labels, events) = (counted(rows, "label"), counted(number, "event"));
            return Some(format!("of several runs, so not known ({labels} session_… of {events})"));
        }
        sessions_in_words(rows, number)
    }
}

/// A label, and the number of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelCount {
    /// The label.
    pub name: String,
    /// How many events have it.
    pub number: u64,
    /// What it means.
    #[serde(flatten)]
    pub meaning: Meaning,
}

impl LabelCount {
    fn order(&self) -> impl Ord + use<'_> {
        order(self.meaning.severity, self.number, &self.name)
    }
}

/// Counts events by label, for a bounded number of labels.
#[derive(Debug, Default)]
pub(crate) struct LabelCounts(Names);

impl LabelCounts {
    pub(crate) fn add(&mut self, label: &str, events: u64) {
        self.0.add(label, events);
    }

    /// Returns the counts with the meaning of the labels, in the order of a list of labels.
    pub(crate) fn finish(self, meanings: &Meanings) -> Table<LabelCount> {
        let Table { rows, more } = self.0.finish();
        let mut rows: Vec<_> = rows
            .into_iter()
            .map(|Count { name, number }| LabelCount { meaning: meanings.of(&name), name, number })
            .collect();
        rows.sort_by(|a, b| a.order().cmp(&b.order()));
        Table { rows, more }
    }
}

pub(super) fn tags(
    store: &Store,
    meanings: &Meanings,
    progress: &mut Progress<'_>,
) -> Result<TagFacts, StorageError> {
    let mut steps = Steps::new(progress, "event tags");
    let (mut counts, mut sessions) = (LabelCounts::default(), FxHashMap::default());
    let (mut in_two, mut complete) = (false, true);
    let (mut events, mut labelled, mut only_recovered, mut in_sessions, mut unreadable) = (0, 0, 0, 0, 0);
    store.visit_tags(
        |_| false,
        |tag| {
            steps.row();
            let (Some(_), Some(mut labels)) = (tag.event, tag.labels) else {
                unreadable += 1;
                return;
            };
            events += 1;
            let of_sessions = session_numbers(&mut labels);
            labelled += u64::from(!labels.is_empty());
            only_recovered += u64::from(labels == [RECOVERED]);
            in_sessions += u64::from(!of_sessions.is_empty());
            in_two |= of_sessions.len() > 1;
            for number in of_sessions {
                if sessions.len() < MAXIMUM_SESSIONS || sessions.contains_key(&number) {
                    *sessions.entry(number).or_default() += 1;
                } else {
                    complete = false;
                }
            }
            labels.iter().for_each(|label| counts.add(label, 1));
        },
    )?;
    let number_of_sessions = Rest { rows: sessions.len() as u64, number: in_sessions };
    complete &= unreadable == 0 && store.interval().is_none();
    let sessions = StoredSessions { events: sessions, in_two, complete };
    Ok(TagFacts {
        events,
        labelled,
        only_recovered,
        labels: counts.finish(meanings),
        sessions: number_of_sessions,
        sessions_of_several_runs: sessions.are_of_several_runs(store)?,
        unreadable,
    })
}
