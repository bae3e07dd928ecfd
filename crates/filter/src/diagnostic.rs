//! A problem in a tagging file or an expression and its position, for people and for editors.

use std::fmt;
use std::ops::Range;

use crate::error::FilterError;
use crate::excerpt::{excerpt, line_of};

/// How serious the problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file or expression cannot be used.
    Error,
    /// It can be used, but surely does not do what its author meant.
    Warning,
    /// It can be used, but perhaps does not do what its author meant.
    Hint,
}

impl Severity {
    /// Returns the word for the severity in messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }
}

/// A position in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The columns, at least one. A column is the number of a character in the line, from 1.
    pub columns: Range<usize>,
}

/// A problem in a tagging file or an expression.
///
/// Its printed form is `LINE:COLUMN: SEVERITY: MESSAGE`, and below that the line with a mark under
/// these columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How serious the problem is.
    pub severity: Severity,
    /// The position, or `None` if the problem concerns the whole file.
    pub position: Option<Position>,
    /// The complete message. Contains no control characters.
    pub message: String,
    /// What was expected at this position, if it is known.
    pub expected: Option<String>,
    /// The correction to suggest, in the syntax of the source.
    pub suggestion: Option<String>,
    /// The line, and below it the mark.
    pub excerpt: Option<String>,
}

impl Diagnostic {
    /// Creates a diagnostic about these columns of a line.
    pub(crate) fn new(
        severity: Severity,
        line: usize,
        source: &str,
        columns: Range<usize>,
        message: String,
    ) -> Self {
        Self {
            severity,
            excerpt: Some(excerpt(source, &columns)),
            position: Some(Position { line, columns }),
            message,
            expected: None,
            suggestion: None,
        }
    }

    /// Creates an error about the whole file.
    pub(crate) fn whole(message: String) -> Self {
        let severity = Severity::Error;
        Self { severity, position: None, message, expected: None, suggestion: None, excerpt: None }
    }

    /// Creates a diagnostic for an error in the expression in this line.
    pub(crate) fn from_error(error: &FilterError, line: usize, source: &str) -> Self {
        let columns = error.column()..error.column() + error.length();
        Self {
            expected: Some(error.expected().to_owned()),
            suggestion: error.suggestion().map(str::to_owned),
            ..Self::new(Severity::Error, line, source, columns, error.without_column())
        }
    }

    pub(crate) fn suggesting(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    /// Converts the position: a column of `expression`, which may have several lines, becomes a
    /// line and a column.
    pub(crate) fn in_lines_of(mut self, expression: &str) -> Self {
        if let Some(position) = &mut self.position {
            let (line, source, before) = line_of(expression, position.columns.start);
            let length = position.columns.len();
            position.line = line;
            position.columns = before + 1..before + 1 + length;
            self.excerpt = Some(excerpt(source, &position.columns));
        }
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, position, message, excerpt, .. } = self;
        if let Some(Position { line, columns }) = position {
            write!(f, "{line}:{}:", columns.start)?;
        }
        write!(f, " {}: {message}", severity.as_str())?;
        excerpt.iter().try_for_each(|excerpt| write!(f, "\n{excerpt}"))
    }
}
