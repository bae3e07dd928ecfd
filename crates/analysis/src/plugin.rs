//! The interface of analysis plugins.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};

use events::{Counter, EventView, Key, KeyLabel, Label, Reduced, UserAccount};
use filter::{LabelMeaning, Reads};

use crate::rules_read::RulesRead;

/// An analysis plugin, prepared for a run.
pub trait AnalysisPlugin {
    /// Returns what the plugin reads. It gets only events of these data types, with only these
    /// parts.
    fn needs(&self) -> &Needs;

    /// Checks that what the plugin depends on is available, such as a server. It is called once,
    /// before any work.
    ///
    /// # Errors
    ///
    /// If something is not available.
    fn check_surroundings(&mut self) -> Result<(), PluginError> {
        Ok(())
    }

    /// Returns a line about the plugin's rules to show before the run.
    fn introduction(&self) -> Option<String> {
        None
    }

    /// Returns what the labels of the plugin's rules mean, if the rules are not tagging files.
    fn label_meanings(&self) -> Vec<(String, LabelMeaning)> {
        Vec::new()
    }

    /// Writes what the plugin has made of the collection that an option names, for workers that
    /// read it in place of the collection. Returns `None` if they read the collection as it is.
    fn keep(&self, _option: &str, _to: &mut dyn Write) -> Option<io::Result<()>> {
        None
    }

    /// Examines one event and returns the findings.
    ///
    /// # Errors
    ///
    /// If the plugin cannot decide about this event. The event is then skipped for this plugin.
    fn examine(&mut self, event: &EventView<'_>, found: &mut EventFindings) -> Result<(), PluginError>;

    /// Returns whether the plugin has a reduce step.
    fn reduces(&self) -> bool {
        false
    }

    /// Returns the length of a time slot, in microseconds, if all keys are times and the reduce
    /// step needs only the first and the last time of each slot ([`TimeSlots`](crate::TimeSlots)).
    fn time_slot(&self) -> Option<i64> {
        None
    }

    /// Runs the reduce step, which gets the keys of all tasks and gives labels to ranges of keys.
    /// If only two times of a slot are needed, it may or may not get others.
    ///
    /// # Errors
    ///
    /// If the keys cannot be read, a label cannot be written, or the plugin fails.
    fn reduce(&mut self, _input: &mut dyn ReduceInput) -> Result<Reduced, PluginError> {
        Ok(Reduced::default())
    }

    /// Returns the notes that the plugin collected since the last call.
    fn take_notes(&mut self) -> Vec<events::Note> {
        Vec::new()
    }
}

/// What a plugin reads.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    /// The data types of the events that the plugin examines.
    pub data_types: DataTypes,
    /// The parts of these events that the plugin reads.
    pub reads: Reads,
}

/// The data types of the events that a plugin examines.
#[derive(Debug, Clone, Default)]
pub enum DataTypes {
    /// All data types.
    #[default]
    Any,
    /// Only these data types.
    Only(BTreeSet<&'static str>),
}

/// Why a plugin has failed.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// The plugin returned an error.
    #[error("{0}")]
    Failed(String),
    /// The plugin's input is not valid, such as a file of a wrong kind.
    #[error("{0}")]
    Input(String),
    /// The plugin panicked.
    #[error("the plugin panicked: {0}")]
    Panicked(String),
    /// Something that the plugin depends on failed.
    #[error(transparent)]
    RunContext(Box<dyn std::error::Error + Send + Sync>),
}

/// The input and output of a reduce step.
pub trait ReduceInput {
    /// Returns the next key, in ascending order, or `None` after the last.
    ///
    /// # Errors
    ///
    /// If the key cannot be read, or the run was cancelled.
    fn next_key(&mut self) -> Result<Option<Key>, PluginError>;

    /// Gives a label to a range of keys. A range may get several labels, in any order. Two ranges
    /// are the same or do not overlap.
    ///
    /// # Errors
    ///
    /// If the label cannot be written.
    fn label(&mut self, label: KeyLabel) -> Result<(), PluginError>;

    /// Returns the plugin's counts of all tasks.
    fn counter(&self) -> &Counter;

    /// Returns whether the run was cancelled. A reduce step that waits (for a server, for a rate
    /// limit) must ask several times a second, and end with an error if the run was cancelled.
    fn is_cancelled(&self) -> bool;

    /// Shows that the step makes progress, as [`next_key`](Self::next_key) does for each key. A
    /// worker without progress is killed after some time. So a reduce step that waits must call
    /// this for each answer, and while it waits, but only up to a time limit.
    fn show_progress(&self);
}

/// What a plugin may need to know about its run when it is set up.
#[derive(Debug, Default)]
pub struct RunContext {
    /// The users of the system that the timeline was made from.
    pub user_accounts: Vec<UserAccount>,
    /// Whether plugins and rules do without what foreman adds to Plaso's.
    pub strict_compat: bool,
    /// The digests of the rules that plugins have read.
    pub rules_read: RulesRead,
}

/// The findings of a plugin in one event.
///
/// They are stored only if the plugin has examined the whole event without an error. So a skipped
/// event leaves no partial results.
#[derive(Debug, Default)]
pub struct EventFindings {
    pub(crate) labels: Vec<Label>,
    pub(crate) key: Option<Key>,
    pub(crate) count_labels: bool,
    pub(crate) counts: Vec<Cow<'static, str>>,
    pub(crate) warnings: Vec<String>,
}

impl EventFindings {
    /// Gives the event a label.
    pub fn tag(&mut self, label: &Label) {
        if !self.labels.contains(label) {
            self.labels.push(label.clone());
        }
    }

    /// Gives the event these labels, without duplicates. They must be all labels that the plugin
    /// gives the event. There may be a hundred thousand.
    pub fn tag_all<'l>(&mut self, labels: impl Iterator<Item = &'l Label>) {
        self.labels.extend(labels.cloned());
    }

    /// Defers the label to the reduce step, which decides it by this key.
    pub fn defer(&mut self, key: Key) {
        self.key = Some(key);
    }

    /// Adds one to the plugin's count of each label that the event gets.
    pub fn count_labels(&mut self) {
        self.count_labels = true;
    }

    /// Adds one to this count in the plugin's report.
    pub fn count(&mut self, name: impl Into<Cow<'static, str>>) {
        self.counts.push(name.into());
    }

    /// Adds a warning about something that the plugin could not do.
    pub fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(message.into());
    }

    pub(crate) fn is_empty(&self) -> bool {
        let Self { labels, key, count_labels, counts, warnings } = self;
        labels.is_empty() && key.is_none() && !count_labels && counts.is_empty() && warnings.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.labels.clear();
        self.key = None;
        self.count_labels = false;
        self.counts.clear();
        self.warnings.clear();
    }
}
