//! All that is wrong or odd in one file or expression.

use std::fmt;

use crate::diagnostic::{Diagnostic, Severity};

/// How many are kept; of the others only the number is.
const MAXIMUM: usize = 1_000;

/// What is wrong or odd in one tagging file or filter, in the order in which it stands there.
///
/// It prints as `NAME:LINE:COLUMN: SEVERITY: MESSAGE`, each with its line and a mark below it.
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
        if self.list.len() < MAXIMUM {
            self.list.push(diagnostic);
        } else {
            self.left_out += 1;
        }
    }

    /// Puts them in the order of the file; of what stands in the same place, the worst first.
    pub(crate) fn sort(&mut self) {
        self.list.sort_by_key(|diagnostic| {
            let position = diagnostic.position.as_ref();
            (position.map(|position| (position.line, position.columns.start)), diagnostic.severity)
        });
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// What messages call the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All of them, at most a thousand.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// How many more than a thousand there are.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// How many are of this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.list.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }

    /// Only those that `keep` keeps.
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
