//! One test of a condition, compiled.

use std::cmp::Ordering;
use std::sync::Arc;

use events::Value;

use crate::ast::Operator;
use crate::condition::{Case, Literals, Network, Order, Part};
use crate::matcher::context::MatchContext;
use crate::matcher::other_values::OtherValues;
use crate::matcher::text_form::TextForm;
use crate::matcher::values::One;
use crate::notes::Problem;
use crate::number::Number;
use crate::pattern::Pattern;
use crate::subject::Subject;

/// A compiled test.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    pub(crate) attribute: Arc<str>,
    pub(crate) subject: Subject,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Text(TextForm),
    Regex(Box<Pattern>),
    Number(Order, Number),
    Network(Network),
    Exists,
    /// A part of the value is a value of the other subject.
    Other(Part, Subject, Case),
    OneOf(Arc<Literals>),
}

impl Check {
    /// Whether the event passes the test.
    pub(crate) fn holds(&self, context: &MatchContext<'_, '_>) -> bool {
        match &self.kind {
            Kind::Exists => context.has(self.subject),
            Kind::Text(form) if let Some(is_of) = self.has_whole_form(form, context) => is_of,
            _ => self.finds(context, &mut |_| {}),
        }
    }

    /// Whether a value passes the test; calls `found` with the first one that does.
    pub(crate) fn finds(&self, context: &MatchContext<'_, '_>, found: &mut dyn FnMut(One<'_>)) -> bool {
        if let Kind::Other(part, other, case) = self.kind {
            return self.finds_other(&OtherValues::of(part, other, case, context), context, found);
        }
        // The limit of a pattern is for an event, which may have many values.
        let mut left = match &self.kind {
            Kind::Regex(pattern) => Some(pattern.longest_text()),
            _ => None,
        };
        context.has_value(self.subject, &mut |value| {
            let passes = self.passes(value, &mut left, context);
            if passes {
                found(value);
            }
            passes
        })
    }

    /// Whether a part of a value is one of the others; calls `found` with the first one.
    fn finds_other(
        &self,
        others: &OtherValues,
        context: &MatchContext<'_, '_>,
        found: &mut dyn FnMut(One<'_>),
    ) -> bool {
        let finds = context.has_value(self.subject, &mut |value| {
            let passes = others.are_part_of(value, context.scratch);
            if passes {
                found(value);
            }
            passes || others.are_too_many()
        });
        if others.are_too_many() {
            context.scratch.notes.add(&self.attribute, Operator::Contains, Problem::TooManyValues);
        }
        finds && !others.are_too_many()
    }

    /// Whether a value passes the test. `left` is how long the texts may be that a pattern is still
    /// tried on.
    fn passes(&self, value: One<'_>, left: &mut Option<usize>, context: &MatchContext<'_, '_>) -> bool {
        match &self.kind {
            Kind::Text(form) => {
                let is_of = value.with_text_in(form.case, context.scratch, |text| form.is_of(text));
                is_of.unwrap_or(false)
            }
            Kind::Regex(pattern) => {
                value.with_text(|text| self.matches(pattern, text, left, context)).unwrap_or(false)
            }
            Kind::Number(order, number) => value
                .number()
                .and_then(|value| value.compare(number))
                .is_some_and(|found| order.is_met(found)),
            Kind::Network(network) => match value {
                One::Text(address) | One::Lowered(address, _) | One::Kept(address, _) => {
                    network.contains(address)
                }
                _ => false,
            },
            Kind::Exists => true,
            Kind::OneOf(literals) => value.with_text(|text| literals.find(text, |_| true)).unwrap_or(false),
            // See `finds`.
            Kind::Other(..) => false,
        }
    }

    /// Whether the text has the form that is an attribute's only value; nothing if its value is
    /// something else. A long text is put into lower case once, however many tests look at it.
    fn has_whole_form(&self, form: &TextForm, context: &MatchContext<'_, '_>) -> Option<bool> {
        if form.case == Case::Exact || !matches!(self.subject, Subject::Data(_)) {
            return None;
        }
        context.with_value(self.subject, |value| match value {
            Some(Value::String(text)) if text.is_ascii() => {
                Some(form.is_of(&context.lowered(self.subject, text)))
            }
            Some(Value::String(text)) => Some(form.is_of(&context.folded(self.subject, text))),
            _ => None,
        })
    }

    fn matches(
        &self,
        pattern: &Pattern,
        text: &str,
        left: &mut Option<usize>,
        context: &MatchContext<'_, '_>,
    ) -> bool {
        *left = left.and_then(|left| left.checked_sub(text.len()));
        match left.map(|_| pattern.is_found_in(text)) {
            Some(Ok(is_found)) => is_found,
            Some(Err(_)) | None => {
                context.scratch.notes.add(&self.attribute, Operator::Regexp, Problem::GivenUp);
                false
            }
        }
    }

    /// How many bytes of texts the matcher searches for, if at most this many of each are.
    pub(crate) fn searched(&self, longest: usize) -> usize {
        match &self.kind {
            Kind::Text(form) if form.only_text().is_none() => form.longest_text().len().min(longest),
            Kind::Regex(pattern) => pattern.searched(longest),
            _ => 0,
        }
    }

    /// Whether it depends on the event itself.
    pub(crate) fn reads_event(&self) -> bool {
        let other = match self.kind {
            Kind::Other(_, other, _) => other.is_of_event(),
            _ => false,
        };
        other || self.subject.is_of_event()
    }
}

impl Order {
    fn is_met(self, found: Ordering) -> bool {
        match self {
            Self::Equal => found.is_eq(),
            Self::Less => found.is_lt(),
            Self::LessOrEqual => found.is_le(),
            Self::Greater => found.is_gt(),
            Self::GreaterOrEqual => found.is_ge(),
        }
    }
}
