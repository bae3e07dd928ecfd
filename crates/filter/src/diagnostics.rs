//! All problems of one tagging file or filter.

use std::fmt;

use crate::diagnostic::{Diagnostic, Severity};

/// The maximum number of problems that are kept. More are only counted.
const MAXIMUM: usize = 1_000;

/// The problems of one tagging file or filter, in the order of the source.
///
/// The printed form of each problem is `NAME:LINE:COLUMN: SEVERITY: MESSAGE`, and below that its
/// line with a mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostics {
    name: String,
    list: Vec<Diagnostic>,
    left_out: usize,
}

impl Diagnostics {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.into(), list: Vec::new(), left_out: 0 }
    }

    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.push_with(|| diagnostic);
    }

    /// Adds a problem, which is only made if it is kept: it takes as long as its line is.
    pub(crate) fn push_with(&mut self, diagnostic: impl FnOnce() -> Diagnostic) {
        if self.list.len() < MAXIMUM {
            self.list.push(diagnostic());
        } else {
            self.left_out += 1;
        }
    }

    /// Sorts the problems by position. At the same position, the most serious comes first.
    pub(crate) fn sort(&mut self) {
        self.list.sort_by_key(|diagnostic| {
            let position = diagnostic.position.as_ref();
            (position.map(|position| (position.line, position.columns.start)), diagnostic.severity)
        });
    }

    /// Returns whether there are no problems.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns the name of the source in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the problems, at most a thousand.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// Returns how many problems beyond a thousand were left out.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Returns the number of problems of this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.list.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }

    /// Keeps only the problems for which `keep` returns `true`.
    #[must_use]
    pub fn filtered(mut self, keep: impl FnMut(&Diagnostic) -> bool) -> Self {
        self.list.retain(keep);
        self
    }
}

impl std::error::Error for Diagnostics {}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, diagnostic) in self.list.iter().enumerate() {
            let separator = if number > 0 { "\n" } else { "" };
            write!(f, "{separator}{}:{diagnostic}", self.name)?;
        }
        if self.left_out > 0 {
            write!(f, "\n{}: {} more problems", self.name, self.left_out)?;
        }
        Ok(())
    }
}
