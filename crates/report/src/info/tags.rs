//! Counts event tags by label.

use rustc_hash::FxHashSet;
use serde::Serialize;
use storage::{StorageError, Store};

use crate::collect::{Names, Steps};
use crate::labels::{SESSION, numbered};
use crate::meanings::{Meaning, Meanings, order};
use crate::{Count, Progress, Rest, Table};

/// The maximum number of different sessions of the sessionize plugin.
const MAXIMUM_SESSIONS: usize = 4_000_000;

/// Event tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TagFacts {
    /// How many events have a tag.
    pub events: u64,
    /// The numbers of events by label, without the labels of sessions. The most serious labels
    /// come first, then those with the most events.
    pub labels: Table<LabelCount>,
    /// The number of sessions of the sessionize plugin, and of their events.
    pub sessions: Rest,
    /// How many tags cannot be read.
    pub unreadable: u64,
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
    let (mut counts, mut sessions) = (LabelCounts::default(), FxHashSet::default());
    let (mut events, mut in_sessions, mut unreadable) = (0, 0, 0);
    store.visit_tags(
        |_| false,
        |tag| {
            steps.row();
            let (Some(_), Some(tag_labels)) = (tag.event, tag.labels) else {
                unreadable += 1;
                return;
            };
            events += 1;
            for label in &tag_labels {
                match numbered(label) {
                    Some((SESSION, number)) => {
                        in_sessions += 1;
                        if sessions.len() < MAXIMUM_SESSIONS {
                            sessions.insert(number);
                        }
                    }
                    _ => counts.add(label, 1),
                }
            }
        },
    )?;
    let sessions = Rest { rows: sessions.len() as u64, number: in_sessions };
    Ok(TagFacts { events, labels: counts.finish(meanings), sessions, unreadable })
}
