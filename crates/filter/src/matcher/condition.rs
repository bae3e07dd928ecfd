//! One comparison, compiled.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use events::Value;
use memchr::memmem::Finder;

use crate::ast::Operator;
use crate::compare::Operand;
use crate::matcher::context::MatchContext;
use crate::matcher::in_text::InText;
use crate::matcher::scratch::Scratch;
use crate::notes::Problem;
use crate::number;
use crate::path::Segments;
use crate::pattern::{GivenUp, Pattern};
use crate::subject::Subject;

/// A comparison of anything but `timestamp`.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) attribute: Arc<str>,
    pub(crate) subject: Subject,
    pub(crate) negated: bool,
    pub(crate) operator: Operator,
    pub(crate) test: Test,
    /// The literal's type, for notes.
    pub(crate) literal_type: &'static str,
}

#[derive(Debug, Clone)]
pub(crate) enum Test {
    Equals(Operand),
    Differs(Operand),
    Order(fn(Ordering) -> bool, Operand),
    Contains(Box<Needle>),
    ContainsPath(Segments),
    /// Whether the operand equals a member of a list.
    HasMember(Operand),
    /// Whether the value is a part of this text; of another operand nothing can be a part.
    InSet(Option<Box<str>>),
    Regexp(Box<Pattern>),
}

/// The literal of a `contains`.
#[derive(Debug, Clone)]
pub(crate) struct Needle {
    pub(crate) exact: Box<str>,
    pub(crate) lower: Box<str>,
    /// Made when it is first used, which is never if the rule is matched together with others.
    finder: OnceLock<Finder<'static>>,
}

impl Needle {
    pub(crate) fn new(text: &str) -> Self {
        Self { exact: text.into(), lower: text.to_lowercase().into(), finder: OnceLock::new() }
    }

    fn is_in(&self, lowered: &str) -> bool {
        let finder = self.finder.get_or_init(|| Finder::new(self.lower.as_bytes()).into_owned());
        finder.find(lowered.as_bytes()).is_some()
    }
}

impl Test {
    /// How many bytes of texts the matcher searches for, if at most this many of each are.
    pub(crate) fn searched(&self, longest: usize) -> usize {
        match self {
            Self::Contains(needle) => needle.lower.len().min(longest),
            Self::Regexp(pattern) => pattern.searched(longest),
            _ => 0,
        }
    }
}

impl Condition {
    /// Whether the event meets the condition.
    pub(crate) fn holds(&self, context: &MatchContext<'_, '_>) -> bool {
        if let Test::Equals(Operand::Text(text)) = &self.test
            && let Some(value) = self.subject.plain_text(context.event)
        {
            return (!value.is_empty() && value == text.as_bytes()) != self.negated;
        }
        if let Subject::Field(field) = self.subject {
            let is_met =
                context.with_split(field, |split| self.is_met_by_any(split.values(field), context.scratch));
            return is_met != self.negated;
        }
        context.with_value(self.subject, |value| match (&self.test, value) {
            (Test::Contains(needle), Some(Value::String(text))) if !text.is_empty() => {
                needle.is_in(&context.lowered(self.subject, text)) != self.negated
            }
            _ => self.holds_for(value, context.scratch),
        })
    }

    /// Whether an event of which the attribute has this value meets the condition.
    pub(crate) fn holds_for(&self, value: Option<&Value<'_>>, scratch: &Scratch) -> bool {
        match value.filter(|value| value.is_truthy()) {
            None => self.negated,
            // What cannot be compared does not match, negated or not: psort fails on such an event.
            Some(value) => {
                self.is_satisfied_by(value, scratch).is_some_and(|satisfied| satisfied != self.negated)
            }
        }
    }

    /// Whether one of the values of a field satisfies the operator.
    fn is_met_by_any<'t>(&self, values: impl Iterator<Item = &'t str>, scratch: &Scratch) -> bool {
        if let Test::InSet(Some(text)) = &self.test {
            return self.is_any_in(text, values, scratch);
        }
        // The limit of a pattern is for an event, which may have many values.
        let mut left = match &self.test {
            Test::Regexp(pattern) => pattern.longest_text(),
            _ => usize::MAX,
        };
        for value in values {
            let Some(less) = left.checked_sub(value.len()) else {
                self.give_up(scratch);
                return false;
            };
            left = less;
            if self.is_satisfied_by_field(value, scratch) {
                return true;
            }
        }
        false
    }

    fn is_satisfied_by_field(&self, text: &str, scratch: &Scratch) -> bool {
        let value = match &self.test {
            Test::Equals(Operand::Number(_))
            | Test::Differs(Operand::Number(_))
            | Test::Order(_, Operand::Number(_)) => number::integer(text).map(Value::Integer),
            _ => None,
        };
        match (value, &self.test) {
            (Some(number), _) => self.is_satisfied_by(&number, scratch).unwrap_or(false),
            // A text that is no number is before and after none.
            (None, Test::Order(_, Operand::Number(_))) => false,
            (None, _) => self.is_satisfied_by(&Value::String(text.into()), scratch).unwrap_or(false),
        }
    }

    /// Returns whether the value satisfies the operator, or `None` if the two cannot be compared.
    fn is_satisfied_by(&self, value: &Value<'_>, scratch: &Scratch) -> Option<bool> {
        Some(match &self.test {
            Test::Equals(operand) => operand.equals(value),
            Test::Differs(operand) => operand.differs_from(value),
            Test::Order(is_met, operand) => match operand.order(value) {
                Some(order) => order.is_some_and(is_met),
                None => return self.cannot_be_compared(value, scratch),
            },
            Test::Contains(needle) => match value {
                Value::String(text) => scratch.lowered(text, |lowered| needle.is_in(lowered)),
                Value::List { members, .. } => {
                    members.iter().any(|member| member.as_str() == Some(&*needle.exact))
                }
                _ => false,
            },
            Test::ContainsPath(segments) => value.as_str().is_some_and(|path| segments.are_in(path)),
            Test::HasMember(operand) => match value {
                Value::List { members, .. } => members.iter().any(|member| operand.equals(member)),
                _ => false,
            },
            Test::InSet(Some(set)) => match value {
                Value::String(text) => set.contains(&**text),
                Value::List { members, .. } => return self.are_all_in(set, members, scratch),
                _ => return self.cannot_be_compared(value, scratch),
            },
            Test::InSet(None) => return self.cannot_be_compared(value, scratch),
            Test::Regexp(pattern) => joined(value).is_some_and(|text| {
                pattern.is_found_in(&text).unwrap_or_else(|_| {
                    self.give_up(scratch);
                    false
                })
            }),
        })
    }

    fn are_all_in(&self, set: &str, members: &[Value<'_>], scratch: &Scratch) -> Option<bool> {
        let mut set = InText::new(set);
        for member in members {
            let Value::String(text) = member else { return self.cannot_be_compared(member, scratch) };
            match set.contains(text) {
                Ok(true) => {}
                Ok(false) => return Some(false),
                Err(GivenUp) => {
                    self.give_up(scratch);
                    return None;
                }
            }
        }
        Some(true)
    }

    /// Whether one of the values of a field is a part of the text.
    fn is_any_in<'t>(&self, text: &str, values: impl Iterator<Item = &'t str>, scratch: &Scratch) -> bool {
        let mut text = InText::new(text);
        for value in values {
            match text.contains(value) {
                Ok(true) => return true,
                Ok(false) => {}
                Err(GivenUp) => {
                    self.give_up(scratch);
                    return false;
                }
            }
        }
        false
    }

    fn give_up(&self, scratch: &Scratch) {
        scratch.notes.add(&self.attribute, self.operator, Problem::GivenUp);
    }

    fn cannot_be_compared(&self, value: &Value<'_>, scratch: &Scratch) -> Option<bool> {
        let problem = Problem::Types(value.type_name(), self.literal_type);
        scratch.notes.add(&self.attribute, self.operator, problem);
        None
    }
}

/// The text that a regular expression sees of a value: integers are formatted and lists joined, at
/// any depth. Tuples, floating-point numbers and objects, alone or in a list, have none.
fn joined<'v>(value: &'v Value<'_>) -> Option<Cow<'v, str>> {
    fn push(value: &Value<'_>, out: &mut String) -> Option<()> {
        match value {
            Value::String(text) => out.push_str(text),
            Value::Integer(number) => write!(out, "{number}").ok()?,
            Value::Boolean(truth) => out.push(if *truth { '1' } else { '0' }),
            Value::List { members, tuple: false } => {
                for member in members {
                    push(member, out)?;
                }
            }
            _ => return None,
        }
        Some(())
    }
    if let Value::String(text) = value {
        return Some(Cow::Borrowed(text));
    }
    let mut out = String::new();
    push(value, &mut out)?;
    Some(Cow::Owned(out))
}
