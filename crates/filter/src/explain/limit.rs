//! How much explanations may look at.
//!
//! Matching searches an event for the texts of all rules together, but an explanation looks at the
//! event again for each comparison. So the time for a few thousand rules and an event of many
//! megabytes would be their product.

use events::EventView;

/// The size that [`ExplanationLimit::default`] allows, in bytes. It is enough for the comparisons
/// of three thousand rules and an event of the usual size, and takes about a second.
const MAXIMUM: usize = 256 << 20;

/// The number of bytes that explanations may still look at together. A comparison counts with the
/// size of the event.
#[derive(Debug, Clone)]
pub struct ExplanationLimit {
    left: usize,
}

impl Default for ExplanationLimit {
    fn default() -> Self {
        Self::new(MAXIMUM)
    }
}

impl ExplanationLimit {
    /// Allows explanations to look at so many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self { left: bytes }
    }

    /// Takes what `times` looks at the event cost. Returns `false`, and takes nothing, if that is
    /// more than is left.
    pub fn take(&mut self, event: &EventView<'_>, times: usize) -> bool {
        let size = event.data.map_or(0, |data| data.size());
        let left = size.checked_mul(times).and_then(|cost| self.left.checked_sub(cost));
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }

    /// Returns how many bytes are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.left
    }
}
