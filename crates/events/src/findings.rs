//! What the analysis plugins find in the events of one task.
//!
//! A plugin that can decide about an event from that event alone tags the event at once. Other
//! plugins cannot: the session of an event is known only when all events have been read, and a hash
//! should be looked up only once in a run. Such a plugin *defers* the event: it stores a key for
//! the event. The distinct keys of all tasks go to the plugin's reduce step, which gives labels to
//! ranges of keys. When the results are merged, each event gets the label of its key.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::{Counter, EventId, Label, ResultRow, Timestamp};

/// What a deferred label depends on. All keys of a plugin have the same kind. They are
/// ordered as SQLite orders them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A time.
    Time(Timestamp),
    /// A text, such as a hash.
    Text(Box<str>),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(Timestamp(time)) => time.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// What one plugin found in the events of a task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PluginFindings {
    /// Labels, for the events that got any.
    pub tags: Vec<(EventId, Vec<Label>)>,
    /// Events that get their label later, each with the key that decides the label.
    pub deferred: Vec<(EventId, Key)>,
    /// The keys that the reduce step needs to see, sorted and without duplicates.
    pub reduce_keys: Vec<Key>,
    /// The plugin's counts.
    pub counter: Counter,
    /// Warnings, each with its event.
    pub warnings: Vec<(EventId, String)>,
}

/// Something that the run skips: an event, or a part of a plugin's reduce step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetAside {
    /// The event, or `None` for a part of a plugin's reduce step.
    pub event: Option<EventId>,
    /// The plugin that failed, or `None` if the event itself cannot be read.
    pub plugin: Option<String>,
    /// The reason.
    pub reason: String,
}

impl fmt::Display for SetAside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.event {
            Some(event) => write!(f, "{event} was skipped: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

/// A note about the whole run. It is shown once, with the number of its occurrences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The text of the note.
    pub message: String,
    /// The number of occurrences.
    pub count: u64,
}

/// Notes in the order in which they were first added. The counts of equal messages are added up.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    notes: Vec<Note>,
    /// The position of each message. The map is ordered, because its order must not depend on names
    /// in a store or a tagging file.
    positions: BTreeMap<String, usize>,
}

impl Notes {
    /// Adds a note. If there is a note with the same message, only its count grows.
    pub fn add(&mut self, note: Note) {
        match self.positions.get(&note.message) {
            Some(&position) => self.notes[position].count += note.count,
            None => {
                self.positions.insert(note.message.clone(), self.notes.len());
                self.notes.push(note);
            }
        }
    }

    /// Returns the notes.
    #[must_use]
    pub fn into_vec(self) -> Vec<Note> {
        self.notes
    }
}

/// What all plugins of a run found in the events of a task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFindings {
    /// The number of events read.
    pub events: u64,
    /// The number of events among them that did not match the filter.
    pub filtered: u64,
    /// What each plugin found, in the order of the run's plugins.
    pub plugins: Vec<PluginFindings>,
    /// The skipped events, in the order of their identifiers.
    pub set_aside: Vec<SetAside>,
    /// Notes of the filter and the rules.
    pub notes: Vec<Note>,
}

/// A label for all keys from `first` to `last`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLabel {
    /// The first key with the label.
    pub first: Key,
    /// The last key with the label.
    pub last: Key,
    /// The label.
    pub label: Label,
}

/// What the reduce step of one plugin found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reduced {
    /// Rows for the plugin's result table.
    pub results: Vec<ResultRow>,
    /// Counts to add to those of the tasks.
    pub counter: Counter,
    /// Analysis warnings.
    pub warnings: Vec<String>,
    /// Notes for the summary of the run.
    pub notes: Vec<Note>,
    /// What the step skipped, such as hashes that could not be looked up. It makes the run
    /// incomplete.
    pub set_aside: Vec<String>,
}
