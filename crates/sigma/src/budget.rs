//! How much rules may unfold to.
//!
//! A few bytes of a rule can stand for many: a selection that a condition repeats, the forms of an
//! encoded text, the values of a placeholder, a filter that is added to all rules. So what a rule
//! becomes is counted in bytes before it is made, for the rule and for all rules together.

use std::cell::Cell;

/// What one rule may unfold to, in bytes. Sigma's own rules take some 100 KB.
const OF_RULE: usize = 32 << 20;

/// What all rules of a run may unfold to, in bytes. `check` takes up to two and a half
/// times as much memory.
const OF_COLLECTION: usize = 256 << 20;

/// What a test counts without its texts, in bytes.
pub(crate) const TEST: usize = 256;

/// How many bytes are left.
#[derive(Debug)]
pub(crate) struct Budget {
    left: Cell<usize>,
    whole: usize,
    /// What unfolds.
    of: &'static str,
}

impl Budget {
    /// The budget of one rule.
    pub(crate) fn of_rule() -> Self {
        Self::new(OF_RULE, "the rule unfolds")
    }

    /// The budget of all rules of a run.
    pub(crate) fn of_collection() -> Self {
        Self::new(OF_COLLECTION, "with this one, the rules together unfold")
    }

    fn new(whole: usize, of: &'static str) -> Self {
        Self { left: Cell::new(whole), whole, of }
    }

    /// Counts what will be made. Returns an error, and counts nothing, if it is too much.
    pub(crate) fn take(&self, bytes: usize) -> Result<(), String> {
        let too_much = || format!("{} to more than {} MiB of tests and texts", self.of, self.whole >> 20);
        self.left.set(self.left.get().checked_sub(bytes).ok_or_else(too_much)?);
        Ok(())
    }
}
