//! What was met while matching and would otherwise go unnoticed.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use events::Note;

use crate::ast::Operator;
use crate::error::visible;

/// Counts what is met; ordered, so that the notes come in the same order in every run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes(RefCell<BTreeMap<Key, u64>>);

type Key = (Arc<str>, Operator, Problem);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Problem {
    /// A value of the first type cannot be compared with a literal of the second.
    Types(&'static str, &'static str),
    /// A pattern took too many steps, or the text is too long for it.
    GivenUp,
}

impl Notes {
    pub(crate) fn add(&self, attribute: &Arc<str>, operator: Operator, problem: Problem) {
        let mut counts = self.0.borrow_mut();
        *counts.entry((Arc::clone(attribute), operator, problem)).or_default() += 1;
    }

    /// Adds what another has met.
    pub(crate) fn merge(&self, other: &Self) {
        let mut counts = self.0.borrow_mut();
        for (key, count) in other.0.borrow().iter() {
            *counts.entry(key.clone()).or_default() += count;
        }
    }

    /// What was met since the last call.
    pub(crate) fn take(&self) -> Vec<Note> {
        let counts = self.0.take();
        let note = |(key, count): (&Key, &u64)| {
            let (attribute, operator, problem) = key;
            let comparison = format!("`{} {}`", visible(attribute), operator.as_str());
            let message = match problem {
                Problem::Types(value, literal) => {
                    format!(
                        "{comparison}: {value} cannot be compared with {literal} this way, so it is no match"
                    )
                }
                Problem::GivenUp => {
                    format!(
                        "{comparison}: the regular expression takes too many steps on a text, so it is no match"
                    )
                }
            };
            Note { message, count: *count }
        };
        counts.iter().map(note).collect()
    }
}
