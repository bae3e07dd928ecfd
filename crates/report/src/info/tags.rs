//! Counts event tags by label.

use rustc_hash::FxHashSet;
use serde::Serialize;
use storage::{StorageError, Store};

use crate::collect::{Names, Steps};
use crate::labels::{SESSION, numbered};
use crate::{Count, Progress, Rest, Table};

/// The maximum number of different sessions of the sessionize plugin.
const MAXIMUM_SESSIONS: usize = 4_000_000;

/// Event tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TagFacts {
    /// How many events have a tag.
    pub events: u64,
    /// The numbers of events by label, without the labels of sessions.
    pub labels: Table<Count>,
    /// The number of sessions of the sessionize plugin, and of their events.
    pub sessions: Rest,
    /// How many tags cannot be read.
    pub unreadable: u64,
}

pub(super) fn tags(store: &Store, progress: &mut Progress<'_>) -> Result<TagFacts, StorageError> {
    let mut steps = Steps::new(progress, "event tags");
    let (mut counts, mut sessions) = (Names::default(), FxHashSet::default());
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
    Ok(TagFacts { events, labels: counts.finish(), sessions, unreadable })
}
