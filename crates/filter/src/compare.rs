//! Compares values of event data with literals of expressions, as Python does.

use std::cmp::Ordering;

use events::Value;

use crate::ast::Literal;
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
                Number::of(value).and_then(|value| value.partial_cmp(number)) == Some(Ordering::Equal)
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
            (Self::Number(number), value) => Number::of(value).map(|value| value.partial_cmp(number)),
            _ => None,
        }
    }
}

/// An integer, a floating-point number or a truth value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Number {
    Integer(i128),
    Float(f64),
}

impl Number {
    pub(crate) fn of(value: &Value<'_>) -> Option<Self> {
        match value {
            Value::Integer(number) => Some(Self::Integer(*number)),
            Value::Boolean(truth) => Some(Self::Integer(i128::from(*truth))),
            Value::Float(number) => Some(Self::Float(*number)),
            _ => None,
        }
    }

    /// Returns the integer that equals the number, if there is one.
    pub(crate) fn as_integer(self) -> Option<i128> {
        match self {
            Self::Integer(number) => Some(number),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "what is out of range is found to be unequal"
            )]
            Self::Float(number) => {
                Some(number as i128).filter(|whole| compare_exactly(*whole, number) == Some(Ordering::Equal))
            }
        }
    }

    fn partial_cmp(self, other: &Self) -> Option<Ordering> {
        match (self, *other) {
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(&b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(&b),
            (Self::Integer(a), Self::Float(b)) => compare_exactly(a, b),
            (Self::Float(a), Self::Integer(b)) => compare_exactly(b, a).map(Ordering::reverse),
        }
    }
}

/// Compares without rounding, as Python does: 2^53 + 1 does not equal 2.0^53.
fn compare_exactly(integer: i128, float: f64) -> Option<Ordering> {
    const LIMIT: f64 = 170_141_183_460_469_231_731_687_303_715_884_105_728.0; // 2^127
    if float.is_nan() {
        return None;
    }
    if float >= LIMIT {
        return Some(Ordering::Less);
    }
    if float < -LIMIT {
        return Some(Ordering::Greater);
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and in range")]
    let whole = float.trunc() as i128;
    Some(integer.cmp(&whole).then_with(|| 0.0_f64.partial_cmp(&float.fract()).unwrap_or(Ordering::Equal)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_exactly() {
        const BIG: i128 = (1 << 53) + 1;
        for (integer, float, expected) in [
            (1, 1.0, Some(Ordering::Equal)),
            (1, 1.5, Some(Ordering::Less)),
            (-1, -1.5, Some(Ordering::Greater)),
            (0, -0.0, Some(Ordering::Equal)),
            (BIG, 9_007_199_254_740_992.0, Some(Ordering::Greater)),
            (i128::MAX, 1e39, Some(Ordering::Less)),
            (i128::MIN, -1e39, Some(Ordering::Greater)),
            (i128::MIN, f64::NEG_INFINITY, Some(Ordering::Greater)),
            (1, f64::NAN, None),
        ] {
            assert_eq!(compare_exactly(integer, float), expected, "{integer} {float}");
        }
    }
}
