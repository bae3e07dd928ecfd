//! What every rule language is read into, and the languages ([`tagging_file`]).
//!
//! A front end reads its files into [`Rules`]. Everything else (matching, explaining, counting what
//! rules match, finding odd ones) works on these and does not know which language they came from.

pub(crate) mod built_in;
pub(crate) mod tagging_file;

use std::sync::Arc;

use events::Label;

use crate::ast::Expression;
use crate::diagnostic::{Diagnostic, Severity};
use crate::diagnostics::Diagnostics;
use crate::error::FilterError;

/// Rules that give events labels, as they were read from one source without an error.
#[derive(Debug, Clone)]
pub struct Rules {
    pub(crate) source: Source,
    /// In the order of the source.
    pub(crate) labels: Vec<RuleLabel>,
    /// In the order of the source; the rules of a label stand together.
    pub(crate) rules: Vec<Rule>,
}

/// What rules were read from.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// What messages call it.
    name: String,
    text: Arc<str>,
}

/// A label that rules give, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct RuleLabel {
    pub(crate) label: Label,
    pub(crate) place: Place,
}

/// A rule: an event that meets the condition gets the label.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// A position in [`Rules::labels`].
    pub(crate) label: usize,
    pub(crate) condition: Expression,
    pub(crate) place: Place,
}

/// A line of a source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// Its number, from 1.
    pub(crate) line: usize,
    /// Where it begins and ends in the text, in bytes.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Rules {
    /// What messages call the source, such as the name of a file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.source.name
    }

    /// The labels in the order of the source.
    pub fn labels(&self) -> impl Iterator<Item = &Label> {
        self.labels.iter().map(|label| &label.label)
    }

    /// Compiles every rule by `compile`.
    ///
    /// # Errors
    ///
    /// The errors of all rules together.
    pub(crate) fn compile_each<T>(
        &self,
        mut compile: impl FnMut(&Rule) -> Result<T, FilterError>,
    ) -> Result<Vec<T>, Diagnostics> {
        let mut errors = Diagnostics::new(&self.source.name);
        let mut compiled = Vec::with_capacity(self.rules.len());
        for rule in &self.rules {
            match compile(rule) {
                Ok(rule) => compiled.push(rule),
                Err(error) => errors.push(self.source.error_at(rule.place, &error)),
            }
        }
        if errors.is_empty() { Ok(compiled) } else { Err(errors) }
    }
}

impl Source {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    fn line(&self, place: Place) -> &str {
        &self.text[place.start..place.end]
    }

    /// Something about these columns of a line.
    pub(crate) fn diagnostic(
        &self,
        severity: Severity,
        place: Place,
        columns: std::ops::Range<usize>,
        message: String,
    ) -> Diagnostic {
        Diagnostic::new(severity, place.line, self.line(place), columns, message)
    }

    /// What is wrong with an expression that stands in this line.
    pub(crate) fn error_at(&self, place: Place, error: &FilterError) -> Diagnostic {
        Diagnostic::from_error(error, place.line, self.line(place))
    }
}
