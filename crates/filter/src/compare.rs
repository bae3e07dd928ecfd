//! Compares values of event data with literals of expressions, as Python does.

use std::cmp::Ordering;

use events::Value;

use crate::ast::Literal;
use crate::number::Number;
use crate::path::Segments;

/// A literal that is prepared for comparisons.
#[derive(Debug, Clone)]
pub(crate) enum Operand {
    Text(Box<str>),
    Number(Number),
    /// Only `timestamp` is compared with a date-time, and not by this type.
    DateTime,
    Path(Segments),
}

impl Operand {
    pub(crate) fn of(literal: &Literal) -> Self {
        match literal {
            Literal::Text(text) => Self::Text(text.as_str().into()),
            Literal::Integer(number) => Self::Number(Number::Integer(*number)),
            Literal::Float(number) => Self::Number(Number::Float(*number)),
            Literal::DateTime(..) => Self::DateTime,
            Literal::Path(path) => Self::Path(Segments::of(path)),
        }
    }

    /// Python's `value == operand`.
    pub(crate) fn equals(&self, value: &Value<'_>) -> bool {
        match (self, value) {
            (Self::Text(text), Value::String(value)) => **text == **value,
            (Self::Path(path), Value::String(value)) => path.compare_to(value).is_eq(),
            (Self::Number(number), value) => {
                Number::of(value).and_then(|value| value.compare(number)) == Some(Ordering::Equal)
            }
            _ => false,
        }
    }

    /// Python's `value != operand`. For a path and a value that is not a text, both `!=` and `==`
    /// are false.
    pub(crate) fn differs_from(&self, value: &Value<'_>) -> bool {
        match (self, value) {
            (Self::Path(_), Value::String(_) | Value::Object)
            | (Self::Text(_) | Self::Number(_) | Self::DateTime, _) => !self.equals(value),
            (Self::Path(_), _) => false,
        }
    }

    /// Returns how the value is ordered relative to the operand. Returns `None` if Python refuses
    /// to order the two, and `Some(None)` if one of them is NaN.
    #[expect(clippy::option_option, reason = "refused and unordered are two things")]
    pub(crate) fn order(&self, value: &Value<'_>) -> Option<Option<Ordering>> {
        match (self, value) {
            (Self::Text(text), Value::String(value)) => Some(Some((**value).cmp(text))),
            (Self::Path(path), Value::String(value)) => Some(Some(path.compare_to(value))),
            (Self::Number(number), value) => Number::of(value).map(|value| value.compare(number)),
            _ => None,
        }
    }
}
