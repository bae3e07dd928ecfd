//! What is wrong or odd in a tagging file or an expression, and where, for people and for editors.

use std::fmt;
use std::ops::Range;

use crate::error::FilterError;
use crate::excerpt::{excerpt, line_of};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It cannot be used.
    Error,
    /// It can be used, but certainly does not do what was meant.
    Warning,
    /// It is perhaps not what was meant.
    Hint,
}

impl Severity {
    /// The word for it in messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The columns: numbers of characters in the line, the first of which is 1; at least one.
    pub columns: Range<usize>,
}

/// Something that is wrong or odd.
///
/// It prints as `LINE:COLUMN: SEVERITY: MESSAGE`, and below that the line with a mark under what is
/// meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands; nothing if it is the whole file.
    pub position: Option<Position>,
    /// What is wrong, all of it in words. Contains no control characters.
    pub message: String,
    /// What should stand there instead, if it is told by its kind.
    pub expected: Option<String>,
    /// What was perhaps meant, as it would be written.
    pub suggestion: Option<String>,
    /// The line and the mark below it.
    pub excerpt: Option<String>,
}

impl Diagnostic {
    /// Something about these columns of a line.
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

    /// Something about the whole file.
    pub(crate) fn whole(message: String) -> Self {
        let severity = Severity::Error;
        Self { severity, position: None, message, expected: None, suggestion: None, excerpt: None }
    }

    /// What is wrong with an expression that stands in this line.
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

    /// What is about an expression of its own becomes one about the line of it that it stands in.
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
