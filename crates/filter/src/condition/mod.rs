//! Conditions on events as data, for rule languages other than Plaso's.
//!
//! A front end reads a language, makes a [`Condition`] of each rule, and gives them to
//! [`Rules::of_conditions`](crate::Rules::of_conditions). From there on, these rules are matched,
//! explained and counted as the rules of tagging files are.
//!
//! # What a test sees
//!
//! A test looks at the values of an attribute, of a field inside an attribute
//! (`xml_string.TargetUserName`), or of the whole event. It holds if it holds for one of them.
//!
//! - The members of a list are values of their own, at any depth. A number is also the text that
//!   writes it, and a truth value is the text `true` or `false`. `null` is no value.
//! - Absent, empty and 0 are three things. No test holds for an attribute that the event does not
//!   have; [`Check::Exists`] tells whether it has it. The empty text equals the empty text, and 0
//!   equals 0. This is where conditions differ from expressions of Plaso, which take every value
//!   that is false in Python for missing.
//! - [`Case::Folded`] compares texts in lower case, character by character. A final sigma is a
//!   sigma.

mod literals;
mod malformed;
mod network;
mod part;
mod patterns;
mod wildcards;
mod words;

use std::sync::Arc;

use crate::number::Number;
use crate::pattern::Flags;
use malformed::is_malformed;

pub(crate) use literals::MAXIMUM_SEARCHED;
pub use literals::{Literals, TooManyTexts};
pub use network::{Network, NotANetwork};
pub use part::{Case, Part};
pub use patterns::{Patterns, UnusablePattern};
pub use wildcards::Wildcards;

/// A condition on an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All of these hold.
    All(Vec<Condition>),
    /// One of these holds.
    Any(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
    /// A test holds.
    Test(Test),
}

/// A test of values. It holds if the check holds for one of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// The values that are looked at.
    pub values: Values,
    /// The check.
    pub check: Check,
}

/// The values that a test looks at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Values {
    /// Those of an attribute, or of a field inside an attribute, such as
    /// `xml_string.TargetUserName`.
    Of(String),
    /// Those of all attributes of the event data that hold evidence: all but its data type, the
    /// chain of parsers and the like. Of the record of a Windows event log, these are the values of
    /// all its fields.
    OfEvent,
}

/// What must be true of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// This part of the value is this text.
    Text(Part, String, Case),
    /// The whole value is of this form.
    Wildcard(Vec<Piece>, Case),
    /// The pattern matches somewhere in the value.
    Regex(Regex),
    /// The value is a number, or a text that is one (also hexadecimal, such as `0x1f`), and stands
    /// in this order to this number.
    Number(Order, Number),
    /// The value is an address of this network.
    Network(Network),
    /// There is a value, even an empty one.
    Exists,
    /// This part of the value is a value of another attribute.
    Attribute(Part, String, Case),
    /// The value, or a part of it, is one of these texts. Rules may share a list.
    OneOf(Arc<Literals>),
    /// The attribute is [`REGISTRY_VALUE`](crate::REGISTRY_VALUE), and one registry key or one
    /// value of it alone meets this condition, which tests fields of it.
    Member(Box<Condition>),
}

/// A piece of a wildcard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// This text.
    Text(String),
    /// Any text, even an empty one: `*`.
    AnyText,
    /// Any one character, even the end of a line: `?`.
    AnyCharacter,
}

/// A regular expression in Python's syntax. Those of a language that has the syntax of PCRE may
/// also have the classes of POSIX.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Regex {
    /// The pattern.
    pub pattern: String,
    /// The flag `i`: the case of letters does not count.
    pub ignore_case: bool,
    /// The flag `m`: `^` and `$` also match at the start and the end of each line.
    pub multi_line: bool,
    /// The flag `s`: `.` also matches the end of a line.
    pub dot_matches_line_end: bool,
    /// Whether a set such as `[[:alpha:]]` has the meaning of PCRE.
    pub posix_classes: bool,
}

impl Regex {
    /// Returns whether the pattern is no regular expression in any syntax: a group or a set is not
    /// closed, a group is not opened, a range ends before it begins, or there is nothing to repeat.
    /// Other patterns that are refused only need something that is not supported.
    #[must_use]
    pub fn is_malformed(&self) -> bool {
        is_malformed(&self.pattern)
    }

    pub(crate) fn flags(&self) -> Flags {
        Flags {
            ignore_case: self.ignore_case,
            multi_line: self.multi_line,
            dot_matches_line_end: self.dot_matches_line_end,
            posix_classes: self.posix_classes,
        }
    }
}

/// How a value stands to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// It is the same.
    Equal,
    /// It is less.
    Less,
    /// It is less or the same.
    LessOrEqual,
    /// It is greater.
    Greater,
    /// It is greater or the same.
    GreaterOrEqual,
}

impl Condition {
    /// Returns a condition that holds if the check holds for a value of an attribute.
    #[must_use]
    pub fn of(attribute: impl Into<String>, check: Check) -> Self {
        Self::Test(Test { values: Values::Of(attribute.into()), check })
    }

    /// Returns a condition that holds if the check holds for any value of the event.
    #[must_use]
    pub fn of_event(check: Check) -> Self {
        Self::Test(Test { values: Values::OfEvent, check })
    }

    /// Returns the opposite condition.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }
}
