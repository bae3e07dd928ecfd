//! Rules, and the languages that they are read from ([`tagging_file`]).
//!
//! The parser of each rule language produces [`Rules`]. All other code (matching, explaining,
//! counting matches, checking) works on [`Rules`] and does not know the language.

pub(crate) mod built_in;
mod comments;
pub(crate) mod fitting;
pub(crate) mod meaning;
pub(crate) mod tagging_file;

use std::sync::Arc;

use events::Label;

use crate::ast::Expression;
use crate::diagnostic::{Diagnostic, Severity};
use crate::diagnostics::Diagnostics;
use crate::error::FilterError;
use meaning::LabelMeaning;

/// Rules that give labels to events, read from one source.
#[derive(Debug, Clone)]
pub struct Rules {
    pub(crate) source: Source,
    /// In the order of the source.
    pub(crate) labels: Vec<RuleLabel>,
    /// In the order of the source, so that the rules of a label follow one another.
    pub(crate) rules: Vec<Rule>,
    /// What is wrong with the lines that say what labels mean. The rules can be used all the same.
    pub(crate) doubts: Diagnostics,
}

/// The source of rules.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The name of the source in messages.
    name: String,
    text: Arc<str>,
}

/// A label that rules give, and its position in the source.
#[derive(Debug, Clone)]
pub(crate) struct RuleLabel {
    pub(crate) label: Label,
    pub(crate) meaning: LabelMeaning,
    pub(crate) place: Place,
}

/// A rule: an event that meets the condition gets the label.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// The index of the label in [`Rules::labels`].
    pub(crate) label: usize,
    pub(crate) condition: Expression,
    pub(crate) place: Place,
}

/// A line of a source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// The number of the line, from 1.
    pub(crate) line: usize,
    /// The start and the end of the line in the text, in bytes.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Rules {
    /// Returns the name of the source in messages, such as the name of a file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.source.name
    }

    /// Returns the labels in the order of the source.
    pub fn labels(&self) -> impl Iterator<Item = &Label> {
        self.labels.iter().map(|label| &label.label)
    }

    /// Returns the labels in the order of the source, each with what it means.
    pub fn meanings(&self) -> impl Iterator<Item = (&Label, &LabelMeaning)> {
        self.labels.iter().map(|label| (&label.label, &label.meaning))
    }

    /// Compiles every rule with `compile`.
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

    /// Returns the text of a line.
    pub(crate) fn line(&self, place: Place) -> &str {
        &self.text[place.start..place.end]
    }

    /// Creates a diagnostic about these columns of a line.
    pub(crate) fn diagnostic(
        &self,
        severity: Severity,
        place: Place,
        columns: std::ops::Range<usize>,
        message: String,
    ) -> Diagnostic {
        Diagnostic::new(severity, place.line, self.line(place), columns, message)
    }

    /// Creates a diagnostic for an error in the expression in this line.
    pub(crate) fn error_at(&self, place: Place, error: &FilterError) -> Diagnostic {
        Diagnostic::from_error(error, place.line, self.line(place))
    }
}
