//! Why a rule cannot be used.

use std::fmt;

use serde::Serialize;

/// A position in a file. Both numbers begin at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// The reason why a rule is refused, and where in its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The line, from 1, or `None` if the problem concerns the whole file.
    pub line: Option<usize>,
    /// The column, from 1.
    pub column: Option<usize>,
    /// The reason.
    pub reason: String,
    /// Whether the file is broken, or is no rule by Sigma's own specification. Otherwise the rule
    /// only needs what is not supported.
    pub is_error: bool,
}

/// Why a rule is not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum WhyNot {
    /// The options leave it out.
    LeftOut {
        /// By what.
        reason: String,
    },
    /// Plaso has no events of its log source.
    NoSource {
        /// The log source.
        reason: String,
    },
    /// It is wrong, or needs what is not supported.
    Refused(Problem),
}

impl Problem {
    pub(crate) fn at(place: Place, reason: String) -> Self {
        Self { line: Some(place.line), column: Some(place.column), reason, is_error: false }
    }

    /// Makes a problem of a rule that is wrong by Sigma's own specification.
    pub(crate) fn wrong(place: Place, reason: String) -> Self {
        Self::at(place, reason).into_error()
    }

    /// Says that the file itself is wrong.
    pub(crate) fn into_error(self) -> Self {
        Self { is_error: true, ..self }
    }

    pub(crate) fn whole(reason: String) -> Self {
        Self { line: None, column: None, reason, is_error: false }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, "line {line}, column {column}: ")?;
        }
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Problem {}
