//! The values of an event, one by one, as the tests of conditions see them.
//!
//! [`condition`](crate::condition) says what counts as a value.

use std::cell::OnceCell;
use std::fmt::Write as _;

use events::Value;

use crate::condition::Case;
use crate::fields::SplitText;
use crate::folded::folded;
use crate::matcher::any_value::{AnyValue, any_values};
use crate::matcher::context::MatchContext;
use crate::matcher::scratch::Scratch;
use crate::number::Number;
use crate::subject::Subject;

/// One value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum One<'a> {
    Text(&'a str),
    /// A text of ASCII characters, and the same in lower case.
    Lowered(&'a str, &'a str),
    /// A text of other characters, and where the same is kept, folded.
    Kept(&'a str, &'a OnceCell<Box<str>>),
    Number(Number),
    Truth(bool),
    /// Something that no test looks into.
    Object,
}

impl One<'_> {
    /// Calls `with` with the text of the value, if it has one.
    pub(crate) fn with_text<R>(self, with: impl FnOnce(&str) -> R) -> Option<R> {
        let mut written = String::new();
        // Writing to a string cannot fail.
        let _ = match self {
            Self::Text(text) | Self::Lowered(text, _) | Self::Kept(text, _) => return Some(with(text)),
            Self::Truth(truth) => return Some(with(if truth { "true" } else { "false" })),
            Self::Object => return None,
            Self::Number(Number::Integer(number)) => write!(written, "{number}"),
            // As Python writes it: `5.0`.
            Self::Number(Number::Float(number)) => write!(written, "{number:?}"),
        };
        Some(with(&written))
    }

    /// Calls `with` with the text of the value, if it has one, in lower case, in which a final
    /// sigma is a sigma.
    pub(crate) fn with_folded<R>(self, scratch: &Scratch, with: impl FnOnce(&str) -> R) -> Option<R> {
        match self {
            Self::Lowered(_, lower) => Some(with(lower)),
            Self::Kept(text, kept) => Some(with(kept.get_or_init(|| folded(text).into()))),
            other => other.with_text(|text| scratch.folded(text, with)),
        }
    }

    /// Calls `with` with the text of the value, if it has one, in the form in which this case
    /// compares texts.
    pub(crate) fn with_text_in<R>(
        self,
        case: Case,
        scratch: &Scratch,
        with: impl FnOnce(&str) -> R,
    ) -> Option<R> {
        match case {
            Case::Exact => self.with_text(with),
            Case::Folded => self.with_folded(scratch, with),
        }
    }

    /// Returns the number that the value is or that its text writes.
    pub(crate) fn number(self) -> Option<Number> {
        match self {
            Self::Number(number) => Some(number),
            Self::Text(text) | Self::Lowered(text, _) | Self::Kept(text, _) => Number::of_text(text),
            Self::Truth(_) | Self::Object => None,
        }
    }
}

impl MatchContext<'_, '_> {
    /// Returns whether `is_met` holds for one of the subject's values.
    pub(crate) fn has_value(&self, subject: Subject, is_met: &mut dyn FnMut(One<'_>) -> bool) -> bool {
        match subject {
            Subject::Field(field) => self.with_split(field, |split| {
                let one = |text| match text {
                    SplitText::Ascii(text, lower) => One::Lowered(text, lower),
                    SplitText::Other(text, kept) => One::Kept(text, kept),
                };
                split.texts(field, self.member.get()).map(one).any(&mut *is_met)
            }),
            Subject::AnyValue => self.is_in_event(is_met),
            _ => self.with_value(subject, |value| value.is_some_and(|value| is_in(value, is_met))),
        }
    }

    /// Returns whether the event has the subject, even with an empty value.
    pub(crate) fn has(&self, subject: Subject) -> bool {
        match subject {
            Subject::Field(_) | Subject::AnyValue => self.has_value(subject, &mut |_| true),
            _ => self.with_value(subject, |value| value.is_some_and(|value| *value != Value::Null)),
        }
    }
}

fn is_in(value: &Value<'_>, is_met: &mut dyn FnMut(One<'_>) -> bool) -> bool {
    match value {
        Value::Null => false,
        Value::Boolean(truth) => is_met(One::Truth(*truth)),
        Value::Integer(number) => is_met(One::Number(Number::Integer(*number))),
        Value::Float(number) => is_met(One::Number(Number::Float(*number))),
        Value::String(text) => is_met(One::Text(text)),
        Value::List { members, .. } => members.iter().any(|member| is_in(member, is_met)),
        Value::Object => is_met(One::Object),
    }
}

impl AnyValue<'_> {
    fn is_met(&self, is_met: &mut dyn FnMut(One<'_>) -> bool) -> bool {
        match self {
            Self::Value(value) => is_in(value, is_met),
            Self::Texts(texts) => texts.iter().any(|text| is_met(One::Text(text))),
        }
    }
}

impl MatchContext<'_, '_> {
    /// Whether `is_met` holds for a value of any attribute. The second question decodes them all,
    /// for the others.
    fn is_in_event(&self, is_met: &mut dyn FnMut(One<'_>) -> bool) -> bool {
        let Some(data) = self.event.data else { return false };
        if self.asked_any_value.replace(true) {
            let all = self.any_values.get_or_init(|| any_values(data).collect());
            return all.iter().any(|value| value.is_met(is_met));
        }
        any_values(data).any(|value| value.is_met(is_met))
    }
}
