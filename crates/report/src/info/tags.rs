//! Counts event tags by label.

use rustc_hash::FxHashSet;
use serde::Serialize;
use storage::{StorageError, Store};

use crate::collect::{Names, Steps};
use crate::labels::session_numbers;
use crate::words::counted;
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
    /// The numbers of events by label, without the labels of sessions.
    pub labels: Table<Count>,
    /// The number of sessions of the sessionize plugin, and of the events in them.
    pub sessions: Rest,
    /// How many tags cannot be read.
    pub unreadable: u64,
}

impl TagFacts {
    pub(crate) fn labels_in_words(&self) -> String {
        let first = self.labels.rows.first().map(|label| &label.name);
        labels_in_words(self.labelled, self.labels.total_rows(), first)
    }

    pub(crate) fn sessions_in_words(&self) -> Option<String> {
        sessions_in_words(self.sessions.rows, self.sessions.number)
    }
}

/// Says how many events have a label. `first` is one of the labels.
#[must_use]
pub fn labels_in_words(events: u64, labels: u64, first: Option<&String>) -> String {
    let have = if events == 1 { "has" } else { "have" };
    let events = counted(events, "event");
    match (labels, first) {
        (0, _) => "no event has a label".into(),
        (1, Some(only)) => format!("{events} {have} the label {only}"),
        _ => format!("{events} {have} one of {}", counted(labels, "label")),
    }
}

/// Says how many sessions there are and how many events they have, or returns `None` if there are
/// none.
#[must_use]
pub fn sessions_in_words(sessions: u64, events: u64) -> Option<String> {
    (sessions > 0).then(|| format!("{} of {}", counted(sessions, "session"), counted(events, "event")))
}

pub(super) fn tags(store: &Store, progress: &mut Progress<'_>) -> Result<TagFacts, StorageError> {
    let mut steps = Steps::new(progress, "event tags");
    let (mut counts, mut sessions) = (Names::default(), FxHashSet::default());
    let (mut events, mut labelled, mut in_sessions, mut unreadable) = (0, 0, 0, 0);
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
            in_sessions += u64::from(!of_sessions.is_empty());
            for number in of_sessions {
                if sessions.len() < MAXIMUM_SESSIONS {
                    sessions.insert(number);
                }
            }
            labels.iter().for_each(|label| counts.add(label, 1));
        },
    )?;
    let sessions = Rest { rows: sessions.len() as u64, number: in_sessions };
    Ok(TagFacts { events, labelled, labels: counts.finish(), sessions, unreadable })
}
