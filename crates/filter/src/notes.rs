//! Notes about comparisons that could not be decided while matching, and would otherwise go
//! unnoticed.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use events::Note;

use crate::ast::Operator;
use crate::error::visible;

/// Counts problems. The map is ordered, so that the notes come in the same order in every run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes {
    counts: RefCell<BTreeMap<Key, u64>>,
    /// The problems since [`Notes::remember`], if they are remembered. They are added again for
    /// events that share an event data.
    remembered: RefCell<Option<Vec<Key>>>,
}

/// A problem of one kind of comparison.
pub(crate) type Key = (Arc<str>, Operator, Problem);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Problem {
    /// A value of the first type cannot be compared with a literal of the second.
    Types(&'static str, &'static str),
    /// A pattern took too many steps, the text is too long for the pattern, or the patterns of the
    /// task have read too much. With `inset`, a value has too many members, or too much was
    /// searched for values before.
    GivenUp,
    /// Two fields have too many values, or too long ones, to compare them with each other.
    TooManyValues,
}

impl Notes {
    pub(crate) fn add(&self, attribute: &Arc<str>, operator: Operator, problem: Problem) {
        let key = (Arc::clone(attribute), operator, problem);
        if let Some(remembered) = &mut *self.remembered.borrow_mut() {
            remembered.push(key.clone());
        }
        *self.counts.borrow_mut().entry(key).or_default() += 1;
    }

    /// Remembers the problems from here on, until [`Notes::take_remembered`].
    pub(crate) fn remember(&self) {
        self.remembered.replace(Some(Vec::new()));
    }

    /// Returns the problems since [`Notes::remember`].
    pub(crate) fn take_remembered(&self) -> Vec<Key> {
        self.remembered.take().unwrap_or_default()
    }

    /// Adds problems again.
    pub(crate) fn add_again(&self, keys: &[Key]) {
        for key in keys {
            *self.counts.borrow_mut().entry(key.clone()).or_default() += 1;
        }
    }

    /// Adds the problems of another.
    pub(crate) fn merge(&self, other: &Self) {
        let mut counts = self.counts.borrow_mut();
        for (key, count) in other.counts.borrow().iter() {
            *counts.entry(key.clone()).or_default() += count;
        }
    }

    /// Returns the notes since the last call.
    pub(crate) fn take(&self) -> Vec<Note> {
        let counts = self.counts.take();
        let note = |(key, count): (&Key, &u64)| {
            let (attribute, operator, problem) = key;
            let comparison = format!("`{} {}`", visible(attribute), operator.as_str());
            let message = match problem {
                Problem::Types(value, literal) => {
                    format!(
                        "{comparison}: {value} cannot be compared with {literal} this way, so it does not match"
                    )
                }
                Problem::GivenUp if *operator == Operator::InSet => {
                    format!(
                        "{comparison}: there are too many values to look for in a long text, so it does not match"
                    )
                }
                Problem::GivenUp => {
                    format!(
                        "{comparison}: the regular expression takes too many steps on a text, so it does not match"
                    )
                }
                Problem::TooManyValues => {
                    format!(
                        "{comparison} another field: the values are too many or too long to compare, so it does not match"
                    )
                }
            };
            Note { message, count: *count }
        };
        counts.iter().map(note).collect()
    }
}
