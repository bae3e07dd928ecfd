//! Keys and counts for the reduce step of a plugin, without a task store.

use events::{Counter, Key, KeyLabel};

/// What all tasks left for a reduce step, and the labels that the step gave.
///
/// The trait `analysis::plugin::ReduceInput` is implemented where it is needed: this crate does not
/// know `analysis`, so that the tests inside `analysis` can use it.
#[derive(Debug, Default)]
pub struct ReduceMemory {
    /// The keys still to be read.
    pub keys: std::vec::IntoIter<Key>,
    /// The labels given so far.
    pub labels: Vec<KeyLabel>,
    /// What the plugin counted over all tasks.
    pub counter: Counter,
    /// Whether the run was cancelled.
    pub cancelled: bool,
}

impl ReduceMemory {
    /// Holds these keys, as a task store would: in ascending order, each once.
    #[must_use]
    pub fn of_keys(keys: impl IntoIterator<Item = Key>) -> Self {
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.sort();
        keys.dedup();
        Self { keys: keys.into_iter(), ..Self::default() }
    }
}
