//! The types of columns.

use events::Value;
use events::json::is_large_whole_number;
use serde::{Deserialize, Serialize};

/// A float has all integers up to this one.
const EXACT: u64 = 1 << 53;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Boolean,
    /// 64 bits, with a sign.
    Integer,
    /// The same, if a float would lose digits of a value.
    LongInteger,
    Float,
    Text,
    /// A list of texts, some of which may be missing.
    Texts,
    /// Anything else, as JSON in a text: lists of other values, and objects.
    Json,
    /// Microseconds since 1970, in UTC. Only the time of the event has this type.
    Time,
}

impl Kind {
    /// Returns the type that fits a value, or `None` for a value that fits every type. `stored` is
    /// the value as it is stored.
    pub(crate) fn of(stored: &[u8], value: &Value<'_>) -> Option<Self> {
        match value {
            Value::Null => None,
            // A float would lose digits, or be infinite.
            value if is_large_whole_number(stored, value) => Some(Self::Text),
            Value::Boolean(_) => Some(Self::Boolean),
            Value::Integer(number) => Some(match i64::try_from(*number) {
                Ok(number) if number.unsigned_abs() <= EXACT => Self::Integer,
                Ok(_) => Self::LongInteger,
                Err(_) => Self::Text,
            }),
            Value::Float(_) => Some(Self::Float),
            Value::String(_) => Some(Self::Text),
            Value::List { members, .. } => {
                let is_text = |member: &Value<'_>| matches!(member, Value::String(_) | Value::Null);
                let are_texts = members.iter().all(is_text);
                Some(if are_texts { Self::Texts } else { Self::Json })
            }
            Value::Object => Some(Self::Json),
        }
    }

    /// Returns the type that fits the values of both types.
    pub(crate) fn with(self, other: Self) -> Self {
        use Kind::{Float, Integer, Json, LongInteger, Text, Texts};
        match (self, other) {
            (one, other) if one == other => one,
            (Integer, Float) | (Float, Integer) => Float,
            (Integer, LongInteger) | (LongInteger, Integer) => LongInteger,
            (Json | Texts, _) | (_, Json | Texts) => Json,
            _ => Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_fit_both() {
        use Kind::{Boolean, Float, Integer, Json, LongInteger, Text, Texts, Time};
        for (one, other, both) in [
            (Integer, Integer, Integer),
            (Integer, Float, Float),
            (Boolean, Integer, Text),
            (Text, Float, Text),
            (Texts, Texts, Texts),
            (Texts, Json, Json),
            (Text, Texts, Json),
        ] {
            assert_eq!((one.with(other), other.with(one)), (both, both));
        }
        // No digit is lost, and the order of the events does not matter.
        assert_eq!((LongInteger.with(Float), LongInteger.with(Integer)), (Text, LongInteger));
        let all = [Boolean, Integer, LongInteger, Float, Text, Texts, Json, Time];
        for one in all {
            for two in all {
                for three in all {
                    assert_eq!(
                        one.with(two).with(three),
                        one.with(two.with(three)),
                        "{one:?} {two:?} {three:?}"
                    );
                }
            }
        }
        for (number, kind) in [
            (1 << 53, Integer),
            (-1 << 53, Integer),
            ((1 << 53) + 1, LongInteger),
            (i128::from(i64::MIN), LongInteger),
            (1 << 63, Text),
        ] {
            assert_eq!(Kind::of(b"", &Value::Integer(number)), Some(kind), "{number}");
        }
        assert_eq!(Kind::of(b"", &Value::Integer(1 << 70)), Some(Text));
        assert_eq!(Kind::of(b"null", &Value::Null), None);
    }

    /// Whole numbers of more than 127 bits are read as floats, of which no digit may be lost.
    #[test]
    fn large_whole_numbers_are_texts() {
        let (large, largest) = (format!("1{}7", "0".repeat(40)), "9".repeat(400));
        for (stored, kind) in [
            (large.as_str(), Kind::Text),
            (&format!(" -{largest} "), Kind::Text),
            ("1e400", Kind::Float),
            ("1.5", Kind::Float),
            ("NaN", Kind::Float),
            ("-Infinity", Kind::Float),
        ] {
            let value = events::json::value(stored.as_bytes()).unwrap();
            assert_eq!(Kind::of(stored.as_bytes(), &value), Some(kind), "{stored}");
        }
    }
}
