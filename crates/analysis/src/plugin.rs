//! The interface of analysis plugins.

use std::borrow::Cow;
use std::collections::BTreeSet;

use events::{Counter, EventView, Key, KeyLabel, Label, Reduced, UserAccount};
use filter::Reads;

/// An analysis plugin, prepared for a run.
pub trait AnalysisPlugin {
    /// What the plugin reads; it sees no event of another data type, and nothing of an event beyond this.
    fn needs(&self) -> &Needs;

    /// Checks that what the plugin will rely on is there, such as a server; asked once, before any work.
    ///
    /// # Errors
    ///
    /// If it is not.
    fn check_surroundings(&mut self) -> Result<(), PluginError> {
        Ok(())
    }

    /// Looks at one event and says what it finds.
    ///
    /// # Errors
    ///
    /// If the event makes it impossible to judge it; the event is then set aside for this plugin.
    fn examine(&mut self, event: &EventView<'_>, found: &mut EventFindings) -> Result<(), PluginError>;

    /// Whether the plugin has a reduce step.
    fn reduces(&self) -> bool {
        false
    }

    /// Returns the length of a time slot, in microseconds, if all keys are times and the reduce step
    /// needs only the first and the last time of each slot ([`TimeSlots`](crate::TimeSlots)).
    fn time_slot(&self) -> Option<i64> {
        None
    }

    /// The reduce step: sees the keys of all tasks and gives labels to ranges of them. Where only two
    /// times of a slot are needed, it may or may not see others.
    ///
    /// # Errors
    ///
    /// If the keys cannot be read, a label not be written, or the plugin cannot do its work.
    fn reduce(&mut self, _input: &mut dyn ReduceInput) -> Result<Reduced, PluginError> {
        Ok(Reduced::default())
    }

    /// What the plugin met on the way since it was last asked.
    fn take_notes(&mut self) -> Vec<events::Note> {
        Vec::new()
    }
}

/// What a plugin reads.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    /// The data types of the events it looks at.
    pub data_types: DataTypes,
    /// The parts of these events.
    pub reads: Reads,
}

/// The data types of the events that a plugin looks at.
#[derive(Debug, Clone, Default)]
pub enum DataTypes {
    /// All.
    #[default]
    Any,
    /// These.
    Only(BTreeSet<&'static str>),
}

/// Why a plugin cannot do its work.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// The plugin says so.
    #[error("{0}")]
    Failed(String),
    /// What the plugin was given is of no use, such as a file that is not one.
    #[error("{0}")]
    Input(String),
    /// The plugin panicked.
    #[error("the plugin panicked: {0}")]
    Panicked(String),
    /// What it works with failed.
    #[error(transparent)]
    RunContext(Box<dyn std::error::Error + Send + Sync>),
}

/// What the reduce step works on.
pub trait ReduceInput {
    /// The next key, in ascending order.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or the run was cancelled.
    fn next_key(&mut self) -> Result<Option<Key>, PluginError>;

    /// Gives a range of keys its label. Ranges come in ascending order and do not overlap.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    fn label(&mut self, label: KeyLabel) -> Result<(), PluginError>;

    /// What the plugin counted over all tasks.
    fn counter(&self) -> &Counter;

    /// Whether the run was cancelled; a reduce step that waits (for a server, for a rate limit) must ask several times a
    /// second, and end with an error if so.
    fn is_cancelled(&self) -> bool;
}

/// What a plugin may need to know of its run when it is set up.
#[derive(Debug, Clone, Default)]
pub struct RunContext {
    /// The users of the system that the timeline was made from.
    pub user_accounts: Vec<UserAccount>,
    /// Whether to do exactly what Plaso does, its omissions included.
    pub strict_compat: bool,
}

/// What a plugin finds in one event.
///
/// It is taken over only when the plugin has seen the whole of the event without an error, so that an event is set aside as
/// if it had not been there.
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

    /// Gives the event these labels, of which none comes twice and which are all that the plugin gives it. There may be a
    /// hundred thousand.
    pub fn tag_all<'l>(&mut self, labels: impl Iterator<Item = &'l Label>) {
        self.labels.extend(labels.cloned());
    }

    /// Leaves the label to the reduce step, which will decide it by this key.
    pub fn defer(&mut self, key: Key) {
        self.key = Some(key);
    }

    /// Counts one under each label that the event gets.
    pub fn count_labels(&mut self) {
        self.count_labels = true;
    }

    /// Counts one under this name in the plugin's report.
    pub fn count(&mut self, name: impl Into<Cow<'static, str>>) {
        self.counts.push(name.into());
    }

    /// Warns of something that could not be done.
    pub fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(message.into());
    }

    pub(crate) fn clear(&mut self) {
        self.labels.clear();
        self.key = None;
        self.count_labels = false;
        self.counts.clear();
        self.warnings.clear();
    }
}
