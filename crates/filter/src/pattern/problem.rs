//! Why a pattern cannot be used, or was not tried.

/// Why a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BadPattern {
    /// It would take too much memory. Finding this out takes some time, so the pattern counts
    /// towards the limit on memory.
    TooLarge(String),
    /// Anything else.
    Other(String),
}

/// The pattern was not tried, or was stopped, because it would take too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GivenUp;
