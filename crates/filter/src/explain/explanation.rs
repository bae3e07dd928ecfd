//! The outcome of an expression for one event, part by part.

use std::ops::Range;
use std::sync::Arc;

use crate::matched_text::MatchedText;

/// The outcome of a part of an expression for one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Whether the part holds.
    pub holds: bool,
    /// The columns from the start of its first comparison to the end of its last one (exclusive).
    pub columns: Range<usize>,
    /// The part itself, with the outcomes of its own parts.
    pub part: Part,
}

/// A part of an expression, with the outcomes of its own parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// All of these must hold.
    And(Vec<Explanation>),
    /// One of these must hold.
    Or(Vec<Explanation>),
    /// This must not hold.
    Not(Box<Explanation>),
    /// A comparison.
    Comparison {
        /// The comparison as text, such as `filename contains 'evil'`.
        text: Arc<str>,
        /// The attribute that is compared.
        attribute: Arc<str>,
        /// The attribute's value in the syntax of expressions, or `None` if the event does not have
        /// it. A long value is cut. Contains no control characters. If any value of the event
        /// counts, it is the first one that meets the comparison.
        value: Option<String>,
        /// The part of a text that the comparison found, or `None` if the comparison looks at the
        /// whole value. Contains the text as it is in the store.
        matched: Option<MatchedText>,
    },
}

impl Explanation {
    /// Returns all comparisons, from left to right.
    #[must_use]
    pub fn comparisons(&self) -> Vec<&Self> {
        let mut found = Vec::new();
        self.collect(false, &mut found);
        found
    }

    /// Returns the comparisons that decided the outcome, from left to right. If an `and` fails,
    /// these are in its first part that fails. If an `or` holds, these are in its first part that
    /// holds.
    #[must_use]
    pub fn decisive(&self) -> Vec<&Self> {
        let mut found = Vec::new();
        self.collect(true, &mut found);
        found
    }

    fn collect<'e>(&'e self, decisive: bool, found: &mut Vec<&'e Self>) {
        match &self.part {
            Part::Comparison { .. } => found.push(self),
            Part::Not(part) => part.collect(decisive, found),
            Part::And(parts) | Part::Or(parts) => {
                let decides_alone = matches!(self.part, Part::Or(_));
                match parts.iter().find(|part| part.holds == decides_alone) {
                    Some(first) if decisive => first.collect(decisive, found),
                    _ => parts.iter().for_each(|part| part.collect(decisive, found)),
                }
            }
        }
    }
}
