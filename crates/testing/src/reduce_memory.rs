//! Keys and counts for the reduce step of a plugin, without a task store.

use std::cell::Cell;

use events::{Counter, Key, KeyLabel};

/// The keys and counts of all tasks for a reduce step, and the labels that the step gave.
///
/// Tests implement the trait `analysis::plugin::ReduceInput` for it where they need it. This crate
/// does not depend on `analysis`, so that the tests inside `analysis` can use it.
#[derive(Debug, Default)]
pub struct ReduceMemory {
    /// The keys that were not read yet.
    pub keys: std::vec::IntoIter<Key>,
    /// The labels given so far.
    pub labels: Vec<KeyLabel>,
    /// What the plugin counted over all tasks.
    pub counter: Counter,
    /// Whether the run was cancelled.
    pub cancelled: bool,
    /// How often the step showed progress, apart from taking keys.
    pub progress: Cell<u32>,
}

impl ReduceMemory {
    /// Returns an input with these keys, as a task store has them: in ascending order and without
    /// duplicates.
    #[must_use]
    pub fn of_keys(keys: impl IntoIterator<Item = Key>) -> Self {
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.sort();
        keys.dedup();
        Self { keys: keys.into_iter(), ..Self::default() }
    }
}
