//! How a text is compared with another.

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The whole text.
    Whole,
    /// Its start.
    Start,
    /// Its end.
    End,
    /// Any part.
    Any,
}

/// Whether the case of letters counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Case {
    /// It counts.
    Exact,
    /// It does not.
    Folded,
}
