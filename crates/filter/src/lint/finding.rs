//! What is odd about an expression, and what the expression is part of.

use std::ops::Range;

use crate::diagnostic::Severity;

/// What is odd about an expression.
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

/// What an expression is part of.
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
