//! What the analysis plugins find over the events of one task.
//!
//! A plugin that can judge an event by itself tags it at once. One that cannot (the session of an event is known
//! only when all events have been seen, a hash should be looked up only once a run) *defers*: it leaves
//! a key with the event. The distinct keys of all tasks go to the plugin's reduce step, which gives labels to
//! ranges of keys; the event gets the label of its key when the results are merged.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::{Counter, EventId, Label, ResultRow, Timestamp};

/// What a deferred label depends on. Keys of one plugin are of one kind; they are ordered as SQLite orders
/// them.
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

/// What one plugin found over the events of a task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PluginFindings {
    /// Labels, for the events that got any.
    pub tags: Vec<(EventId, Vec<Label>)>,
    /// The keys that decide the labels of events later.
    pub deferred: Vec<(EventId, Key)>,
    /// The keys that the reduce step needs to see: sorted, each once.
    pub reduce_keys: Vec<Key>,
    /// Its counts.
    pub counter: Counter,
    /// What could not be done, and for which event.
    pub warnings: Vec<(EventId, String)>,
}

/// Something that the run goes on without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetAside {
    /// The event; nothing if it is a plugin's whole reduce step.
    pub event: Option<EventId>,
    /// The plugin that could not cope with it; nothing if the event itself is at fault.
    pub plugin: Option<String>,
    /// Why.
    pub reason: String,
}

impl fmt::Display for SetAside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.event {
            Some(event) => write!(f, "{event} was set aside: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

/// Something about the whole run, said once with how often it was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What was met.
    pub message: String,
    /// How often.
    pub count: u64,
}

/// Notes in the order they were first added, with the counts of the same message added up.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    notes: Vec<Note>,
    /// Where each message is. Ordered, since they contain names from a store or a tagging file.
    positions: BTreeMap<String, usize>,
}

impl Notes {
    /// Adds a note, or its count to the note that says the same.
    pub fn add(&mut self, note: Note) {
        match self.positions.get(&note.message) {
            Some(&position) => self.notes[position].count += note.count,
            None => {
                self.positions.insert(note.message.clone(), self.notes.len());
                self.notes.push(note);
            }
        }
    }

    /// The notes.
    #[must_use]
    pub fn into_vec(self) -> Vec<Note> {
        self.notes
    }
}

/// What all plugins of a run found over the events of a task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFindings {
    /// Events read.
    pub events: u64,
    /// Of these, events that the filter kept from the plugins.
    pub filtered: u64,
    /// What each plugin found, in the order of the run's plugins.
    pub plugins: Vec<PluginFindings>,
    /// Events set aside, in the order of their identifiers.
    pub set_aside: Vec<SetAside>,
    /// What the filter and the rules met on the way.
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
    /// Rows for the plugin's results table.
    pub results: Vec<ResultRow>,
    /// Counts to add to those of the tasks.
    pub counter: Counter,
    /// Analysis warnings.
    pub warnings: Vec<String>,
    /// What the run goes on without, such as hashes that could not be looked up; makes the run an incomplete one.
    pub set_aside: Vec<String>,
}
