//! Rules, and the languages that they are read from ([`tagging_file`]).
//!
//! The parser of each rule language produces [`Rules`]. All other code (matching, explaining,
//! counting matches, checking) works on [`Rules`] and does not know the language.

pub(crate) mod built_in;
mod comments;
pub(crate) mod fitting;
pub(crate) mod meaning;
pub(crate) mod tagging_file;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use events::Label;

use crate::ast::Expression;
use crate::characters::is_space;
use crate::condition::Condition;
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
    /// Whether conditions also accept the other names of data types.
    pub(crate) accept_other_data_types: bool,
    /// The ATT&CK techniques of rules that have some of their own, by line.
    pub(crate) techniques: BTreeMap<usize, Vec<String>>,
    /// What is wrong with the lines that say what labels mean. The rules can be used all the same.
    pub(crate) doubts: Diagnostics,
}

/// The source of rules.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The name of the source in messages.
    name: String,
    /// As it was read: a copy of a long list would take much memory.
    text: Arc<String>,
}

/// A label that rules give, and its position in the source.
#[derive(Debug, Clone)]
pub(crate) struct RuleLabel {
    pub(crate) label: Label,
    pub(crate) meaning: LabelMeaning,
    pub(crate) place: Place,
}

/// A rule: an event that meets the condition gets the label. It is small, because a tagging file
/// may have a million of them.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    label: u32,
    body: Body,
    line: u32,
    start: u32,
    end: u32,
}

/// The condition of a rule.
#[derive(Debug, Clone)]
enum Body {
    /// It is written in Plaso's language in the line of the rule, and is read again whenever it is
    /// needed. In a large file, the trees would take six times the memory of the text.
    Written,
    /// It is written in the line of the rule, and this was read.
    Read(Box<Expression>),
    /// A front end has made it.
    Made(Box<Expression>),
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

    /// Returns the ATT&CK techniques of the rules that have some of their own, by line. They are
    /// also techniques of their labels.
    #[must_use]
    pub fn techniques_of_rules(&self) -> &BTreeMap<usize, Vec<String>> {
        &self.techniques
    }

    /// Returns rules that a front end has read from `text`. `name` is the name of the source in
    /// messages. Each label has the line where it stands, and each rule has the position of its
    /// label among the labels, its condition, and its line. Lines are counted from 1. The rules of
    /// a label must follow one another. The front end limits how deeply conditions are nested, as
    /// [`MAXIMUM_DEPTH`](crate::MAXIMUM_DEPTH) does for expressions.
    #[must_use]
    pub fn of_conditions(
        name: &str,
        text: &str,
        labels: impl IntoIterator<Item = (Label, usize)>,
        rules: impl IntoIterator<Item = (usize, Condition, usize)>,
    ) -> Self {
        let places = Place::of_lines(text);
        let place = |line: usize| {
            let last = Place { line, start: text.len(), end: text.len() };
            line.checked_sub(1).and_then(|line| places.get(line)).copied().unwrap_or(last)
        };
        let labels = labels.into_iter().map(|(label, line)| RuleLabel {
            label,
            meaning: LabelMeaning::default(),
            place: place(line),
        });
        let rules = rules.into_iter().map(|(label, condition, line)| {
            Rule::new(label, Body::Made(Box::new(condition.into())), place(line))
        });
        Self {
            source: Source::new(name, Arc::new(text.to_owned())),
            labels: labels.collect(),
            rules: rules.collect(),
            accept_other_data_types: false,
            techniques: BTreeMap::new(),
            doubts: Diagnostics::new(name),
        }
    }

    /// Says what the labels mean, in their order.
    #[must_use]
    pub fn with_meanings(mut self, meanings: impl IntoIterator<Item = LabelMeaning>) -> Self {
        for (label, meaning) in self.labels.iter_mut().zip(meanings) {
            label.meaning = meaning;
        }
        self
    }

    /// Returns the condition of one of these rules.
    pub(crate) fn condition<'r>(&'r self, rule: &'r Rule) -> Cow<'r, Expression> {
        match &rule.body {
            Body::Read(condition) | Body::Made(condition) => Cow::Borrowed(condition),
            Body::Written => {
                let mut condition = self.source.expression(rule.place());
                if self.accept_other_data_types {
                    condition.accept_other_data_types();
                }
                Cow::Owned(condition)
            }
        }
    }

    /// Returns whether the condition of a rule must be read when it is needed, and has this text in
    /// it.
    pub(crate) fn is_written_with(&self, rule: &Rule, text: &str) -> bool {
        matches!(rule.body, Body::Written) && self.source.line(rule.place()).contains(text)
    }

    /// Compiles every rule with `compile`, and drops its condition.
    ///
    /// # Errors
    ///
    /// The errors of all rules together.
    pub(crate) fn compile_all(
        &mut self,
        mut compile: impl FnMut(usize, &Expression) -> Result<(), FilterError>,
    ) -> Result<(), Diagnostics> {
        let mut errors = Diagnostics::new(&self.source.name);
        for rule in std::mem::take(&mut self.rules) {
            if let Err(error) = compile(rule.label(), &self.condition(&rule)) {
                errors.push(self.source.error_at(rule.place(), &error));
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Changes the conditions that were read and kept.
    pub(crate) fn change_kept(&mut self, mut change: impl FnMut(&mut Expression)) {
        for rule in &mut self.rules {
            if let Body::Read(condition) = &mut rule.body {
                change(condition);
            }
        }
    }

    /// Compiles every rule with `compile`.
    ///
    /// # Errors
    ///
    /// The errors of all rules together.
    pub(crate) fn compile_each<T>(
        &self,
        mut compile: impl FnMut(&Rule, &Expression) -> Result<T, FilterError>,
    ) -> Result<Vec<T>, Diagnostics> {
        let mut errors = Diagnostics::new(&self.source.name);
        let mut compiled = Vec::with_capacity(self.rules.len());
        for rule in &self.rules {
            match compile(rule, &self.condition(rule)) {
                Ok(rule) => compiled.push(rule),
                Err(error) => errors.push(self.source.error_at(rule.place(), &error)),
            }
        }
        if errors.is_empty() { Ok(compiled) } else { Err(errors) }
    }
}

impl Rule {
    /// Returns a rule whose condition is written in this line, and is kept if it is given.
    pub(crate) fn written(label: usize, place: Place, kept: Option<Expression>) -> Self {
        let body = kept.map_or(Body::Written, |condition| Body::Read(Box::new(condition)));
        Self::new(label, body, place)
    }

    fn new(label: usize, body: Body, place: Place) -> Self {
        let number = |number| u32::try_from(number).expect("rules take less than 4 GiB");
        let (label, line) = (number(label), number(place.line));
        Self { label, body, line, start: number(place.start), end: number(place.end) }
    }

    /// Returns the index of the label in [`Rules::labels`].
    pub(crate) fn label(&self) -> usize {
        self.label as usize
    }

    pub(crate) fn place(&self) -> Place {
        Place { line: self.line as usize, start: self.start as usize, end: self.end as usize }
    }
}

impl Place {
    /// Returns the lines of a text, in order.
    fn of_lines(text: &str) -> Vec<Self> {
        let mut start = 0;
        let lines = text.split_inclusive('\n').enumerate().map(|(number, line)| {
            let place =
                Self { line: number + 1, start, end: start + line.trim_end_matches(['\r', '\n']).len() };
            start += line.len();
            place
        });
        lines.collect()
    }
}

impl Source {
    pub(crate) fn new(name: &str, text: Arc<String>) -> Self {
        Self { name: name.into(), text }
    }

    /// Returns the text of a line.
    pub(crate) fn line(&self, place: Place) -> &str {
        &self.text[place.start..place.end]
    }

    /// Returns the expression in a line from which one was read before.
    fn expression(&self, place: Place) -> Expression {
        let line = self.line(place);
        let text = line.trim_start_matches(is_space);
        let indentation = line[..line.len() - text.len()].chars().count();
        let parsed = Expression::parse_in_line(text, 1 + indentation);
        parsed.ok().flatten().expect("it was read before, when the rule was made")
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
