//! The types of columns.

use events::Value;
use serde::{Deserialize, Serialize};

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Boolean,
    /// 64 bits, with a sign.
    Integer,
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
    /// Returns the type that fits a value, or `None` for a value that fits every type.
    pub(crate) fn of(value: &Value<'_>) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Boolean(_) => Some(Self::Boolean),
            // A larger integer would lose digits as a float.
            Value::Integer(number) => {
                Some(if i64::try_from(*number).is_ok() { Self::Integer } else { Self::Text })
            }
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
        use Kind::{Float, Integer, Json, Text, Texts};
        match (self, other) {
            (one, other) if one == other => one,
            (Integer, Float) | (Float, Integer) => Float,
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
        use Kind::{Boolean, Float, Integer, Json, Text, Texts};
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
        assert_eq!(Kind::of(&Value::Integer(1 << 70)), Some(Text));
        assert_eq!(Kind::of(&Value::Null), None);
    }
}
