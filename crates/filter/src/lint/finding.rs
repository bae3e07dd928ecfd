//! A problem that a check has found, and the kind of source that was checked.

use std::ops::Range;

use crate::diagnostic::Severity;

/// A problem of an expression that can be compiled.
pub(super) struct Finding {
    pub(super) severity: Severity,
    pub(super) columns: Range<usize>,
    pub(super) message: String,
    pub(super) suggestion: Option<String>,
}

impl Finding {
    pub(super) fn warning(columns: Range<usize>, message: String) -> Self {
        Self { severity: Severity::Warning, columns, message, suggestion: None }
    }
}

/// What the expression is: a rule or a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Rule,
    Filter,
}

impl Scope {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Filter => "filter",
        }
    }
}
