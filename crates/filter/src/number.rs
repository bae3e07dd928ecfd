//! Numbers, and how they compare.

use std::cmp::Ordering;

use events::Value;

/// An integer or a floating-point number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// An integer.
    Integer(i128),
    /// A floating-point number.
    Float(f64),
}

impl Number {
    /// Returns the number that a value is. As in Python, a truth value is 0 or 1.
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

    /// Returns the number that a text is: decimal with or without a fraction, or hexadecimal after
    /// `0x`.
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        let integer = integer(text).map(Self::Integer);
        // Rust also reads `inf` and `nan`.
        integer.or_else(|| {
            let digits = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
            digits
                .then(|| text.parse().ok())
                .flatten()
                .filter(|number: &f64| number.is_finite())
                .map(Self::Float)
        })
    }

    /// Returns how the number is ordered relative to another, without rounding.
    pub(crate) fn compare(self, other: &Self) -> Option<Ordering> {
        match (self, *other) {
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(&b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(&b),
            (Self::Integer(a), Self::Float(b)) => compare_exactly(a, b),
            (Self::Float(a), Self::Integer(b)) => compare_exactly(b, a).map(Ordering::reverse),
        }
    }
}

/// Returns the integer that a text is, decimal or hexadecimal.
pub(crate) fn integer(text: &str) -> Option<i128> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) if !digits.starts_with(['+', '-']) => i128::from_str_radix(digits, 16).ok(),
        Some(_) => None,
        None => text.parse().ok(),
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

    /// As the list of differences says.
    #[test]
    fn whole_numbers_of_more_than_127_bits_are_floats() {
        for stored in ["1000000000000000000000000000000000000000", "1000000000000000000000000000000000000007"]
        {
            let value = events::json::value(stored.as_bytes()).unwrap();
            assert_eq!(Number::of(&value), Some(Number::Float(1e39)));
        }
    }

    #[test]
    fn numbers_written_as_texts() {
        for (text, expected) in [
            ("10", Some(Number::Integer(10))),
            ("-1", Some(Number::Integer(-1))),
            ("0x1F", Some(Number::Integer(31))),
            ("0X1f", Some(Number::Integer(31))),
            ("1.5", Some(Number::Float(1.5))),
            ("-.5e1", Some(Number::Float(-5.0))),
            ("0x", None),
            ("0x-1", None),
            ("0x+1", None),
            ("inf", None),
            ("-inf", None),
            ("nan", None),
            ("1e999", None),
            ("", None),
            ("1 ", None),
        ] {
            assert_eq!(Number::of_text(text), expected, "{text}");
        }
    }
}
