//! The detection of a rule: what its selections ask for, joined by its condition.

use std::collections::BTreeSet;

use filter::condition::{Check, Piece};

use crate::budget::TEST;
use crate::problem::Place;

/// How many tests a rule may have, with those that its condition repeats. Sigma's own rules have at
/// most some hundred.
const MAXIMUM_TESTS: usize = 1 << 16;

/// What an event must meet, in terms of Sigma's fields.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Detection {
    All(Vec<Detection>),
    Any(Vec<Detection>),
    Not(Box<Detection>),
    Test(Test),
}

/// A test of a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Test {
    /// The name of the field, or `None` for keywords, which may stand in any value.
    pub(crate) field: Option<String>,
    /// The check. A field that it names is one of Sigma's, too.
    pub(crate) check: Check,
    /// The place of the value.
    pub(crate) place: Place,
    /// Whether the value is so short that nearly every text has it.
    pub(crate) is_vague: bool,
}

impl Test {
    fn weight(&self) -> usize {
        let piece =
            |piece: &Piece| size_of::<Piece>() + if let Piece::Text(text) = piece { text.len() } else { 0 };
        let check = match &self.check {
            Check::Text(_, text, _) | Check::Attribute(_, text, _) => text.len(),
            Check::Wildcard(pieces, _) => pieces.iter().map(piece).sum(),
            Check::Regex(regex) => regex.pattern.len(),
            _ => 0,
        };
        TEST + self.field.as_ref().map_or(0, String::len) + check
    }
}

impl Detection {
    /// Joins conditions that must all hold.
    pub(crate) fn all(mut conditions: Vec<Self>) -> Self {
        if conditions.len() == 1 { conditions.remove(0) } else { Self::All(conditions) }
    }

    /// Joins conditions of which one must hold.
    pub(crate) fn any(mut conditions: Vec<Self>) -> Self {
        if conditions.len() == 1 { conditions.remove(0) } else { Self::Any(conditions) }
    }

    pub(crate) fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// Calls `found` with each test.
    pub(crate) fn tests<'d>(&'d self, found: &mut dyn FnMut(&'d Test)) {
        match self {
            Self::All(all) | Self::Any(all) => all.iter().for_each(|one| one.tests(found)),
            Self::Not(one) => one.tests(found),
            Self::Test(test) => found(test),
        }
    }

    /// Returns a sentence for each value that is so short that nearly every text has it.
    pub(crate) fn hints(&self) -> Vec<String> {
        let mut places = BTreeSet::new();
        self.tests(&mut |test| {
            if test.is_vague {
                places.insert(test.place);
            }
        });
        let hint = |Place { line, column }: Place| {
            format!(
                "line {line}, column {column}: a value of fewer than three bytes is in nearly every text that is \
                 encoded in Base64"
            )
        };
        places.into_iter().map(hint).collect()
    }

    /// Returns the number of tests.
    pub(crate) fn size(&self) -> usize {
        let mut size = 0;
        self.tests(&mut |_| size += 1);
        size
    }

    /// Returns about how many bytes of memory the tests take.
    pub(crate) fn weight(&self) -> usize {
        let mut weight = 0;
        self.tests(&mut |test| weight += test.weight());
        weight
    }

    /// Refuses a detection with too many tests.
    pub(crate) fn check_size(size: usize) -> Result<(), String> {
        if size <= MAXIMUM_TESTS {
            return Ok(());
        }
        Err(format!("the condition repeats selections to more than {MAXIMUM_TESTS} tests"))
    }
}
