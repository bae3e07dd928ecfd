//! The flags of a pattern.

/// The flags of a pattern. The default ones are those with which Plaso compiles patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Flags {
    pub(crate) ignore_case: bool,
    pub(crate) multi_line: bool,
    pub(crate) dot_matches_line_end: bool,
    /// Whether a set such as `[[:alpha:]]` has the meaning of PCRE. In Python, it is the set
    /// `[[:alph]`, and a `]` after it.
    pub(crate) posix_classes: bool,
}

impl Default for Flags {
    fn default() -> Self {
        Self { ignore_case: false, multi_line: false, dot_matches_line_end: true, posix_classes: false }
    }
}
