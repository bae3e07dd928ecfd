//! Values of attributes for people and for programs.

use events::{Value, json};
use serde::{Serialize, Serializer};
use serde_json::Value as Json;

use crate::words::cut;

/// The maximum number of characters of a value that is not shown whole.
const MAXIMUM_SHOWN: usize = 400;
/// The maximum number of characters of a literal that is not shown whole.
const MAXIMUM_LITERAL: usize = 122;
/// The maximum number of characters of a text that is kept.
const MAXIMUM_KEPT: usize = 1 << 20;

/// The value of an attribute: a number, a text, a list and so on.
///
/// In JSON it is what it is in the store. A text is cut after 1,048,576 characters, and a list with
/// more than 100,000 members after the first 1,000.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredValue(Json, IsCut);

/// Whether parts of a value were not kept.
type IsCut = bool;

impl Serialize for StoredValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl StoredValue {
    /// Reads a value as it is stored.
    #[must_use]
    pub fn of_stored(stored: &[u8]) -> Self {
        let bounded = json::bounded_value(stored).ok();
        let is_cut = bounded.as_ref().is_some_and(|bounded| bounded.is_cut);
        let kept = bounded.and_then(|bounded| converted(&bounded.value));
        // Objects, and lists with objects in them, which have no value in the event model. One with
        // very many parts is shown as its text is stored.
        let tree = || if json::has_many_parts(stored) { None } else { serde_json::from_slice(stored).ok() };
        let whole = kept.or_else(tree);
        // A character has at most four bytes.
        let beginning = &stored[..stored.len().min(4 * (MAXIMUM_KEPT + 1))];
        let value = whole.unwrap_or_else(|| text(&String::from_utf8_lossy(beginning)));
        let is_cut = is_cut || has_cut_text(&value);
        Self(value, is_cut)
    }

    /// Makes a value of a text.
    #[must_use]
    pub fn of_text(shown: &str) -> Self {
        let value = text(shown);
        let is_cut = has_cut_text(&value);
        Self(value, is_cut)
    }

    /// Makes a value of texts: the text, if it is only one, otherwise a list.
    #[must_use]
    pub fn of_texts(texts: &[String]) -> Self {
        match texts {
            [only] => Self::of_text(only),
            several => {
                let value = several.iter().map(|shown| text(shown)).collect();
                let is_cut = has_cut_text(&value);
                Self(value, is_cut)
            }
        }
    }

    /// Returns whether parts of the value were not kept, because it is too long.
    pub(crate) fn is_cut(&self) -> bool {
        self.1
    }

    /// Returns whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Json::Null => true,
            Json::String(text) => text.is_empty(),
            Json::Array(members) => members.is_empty(),
            Json::Object(members) => members.is_empty(),
            Json::Bool(_) | Json::Number(_) => false,
        }
    }

    /// Returns the value as text for people. If it need not be whole, a long value is cut to its
    /// beginning.
    #[must_use]
    pub fn shown(&self, whole: bool) -> String {
        if whole { shown(&self.0) } else { cut(&shown(&self.0), MAXIMUM_SHOWN) }
    }

    /// Returns the value in the form that an expression uses. If it need not be whole, a long value
    /// is cut.
    #[must_use]
    pub fn literal(&self, whole: bool) -> String {
        let text = literal(&self.0);
        if whole { text } else { cut(&text, MAXIMUM_LITERAL) }
    }

    /// Returns the texts of a list that one of these conditions of rules names, and the number of
    /// all members, or `None` if it is no list or no condition names one.
    pub(crate) fn named_members(&self, conditions: &[&str]) -> Option<(Vec<&str>, usize)> {
        let Json::Array(members) = &self.0 else { return None };
        let texts = members.iter().filter_map(|member| Some((member.as_str()?, literal(member))));
        let is_named = |literal: &str| conditions.iter().any(|condition| condition.contains(literal));
        let named: Vec<_> = texts.filter(|(_, literal)| is_named(literal)).map(|(text, _)| text).collect();
        (!named.is_empty()).then_some((named, members.len()))
    }

    /// Returns roughly how many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        fn size(value: &Json) -> usize {
            size_of::<Json>()
                + match value {
                    Json::String(text) => text.len(),
                    Json::Array(members) => members.iter().map(size).sum(),
                    Json::Object(members) => {
                        members.iter().map(|(name, value)| name.len() + size(value)).sum()
                    }
                    Json::Null | Json::Bool(_) | Json::Number(_) => 0,
                }
        }
        size(&self.0)
    }
}

fn text(text: &str) -> Json {
    Json::String(cut(text, MAXIMUM_KEPT))
}

/// Returns whether a text in the value is as long as a text that was cut.
fn has_cut_text(value: &Json) -> bool {
    match value {
        Json::String(text) => text.len() >= MAXIMUM_KEPT && text.ends_with('…'),
        Json::Array(members) => members.iter().any(has_cut_text),
        Json::Object(members) => members.values().any(has_cut_text),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

/// Returns `None` for what the event model has no value for.
fn converted(value: &Value<'_>) -> Option<Json> {
    Some(match value {
        Value::Null => Json::Null,
        Value::Boolean(truth) => Json::Bool(*truth),
        Value::Integer(number) => match (i64::try_from(*number), u64::try_from(*number)) {
            (Ok(number), _) => number.into(),
            (_, Ok(number)) => number.into(),
            // JSON's readers would round it.
            _ => Json::String(number.to_string()),
        },
        Value::Float(number) => {
            serde_json::Number::from_f64(*number).map_or_else(|| text(&number.to_string()), Json::Number)
        }
        Value::String(stored) => text(stored),
        Value::List { members, .. } => Json::Array(members.iter().map(converted).collect::<Option<_>>()?),
        Value::Object => return None,
    })
}

fn literal(value: &Json) -> String {
    match value {
        Json::String(text) => {
            let escaped = text.replace('\\', "\\\\").replace('\'', "\\'");
            let escaped = escaped.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t");
            format!("'{escaped}'")
        }
        Json::Array(members) => {
            format!("[{}]", members.iter().map(literal).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(members) => members.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_members_of_a_list_that_a_rule_names() {
        let value = StoredValue::of_stored(br#"["a\\C$", "b", "C$", 7]"#);
        assert_eq!(value.named_members(&["strings contains 'a\\\\C$'"]), Some((vec!["a\\C$"], 4)));
        assert_eq!(value.named_members(&["strings contains 'x'"]), None);
        assert_eq!(StoredValue::of_text("b").named_members(&["x is 'b'"]), None);
    }

    #[test]
    fn values_stay_what_they_are() {
        for (stored, json, text) in [
            (&b"17"[..], "17", "17"),
            (b"[\"a\", 1, null]", r#"["a",1,null]"#, "a, 1, null"),
            (br#"{"__type__": "tuple", "values": [1, "b"]}"#, r#"[1,"b"]"#, "1, b"),
            (br#"{"a": [1]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (b"NaN", r#""NaN""#, "NaN"),
            (b"340282366920938463463", r#""340282366920938463463""#, "340282366920938463463"),
            (br#""\ud800x""#, "\"\u{fffd}x\"", "\u{fffd}x"),
        ] {
            let value = StoredValue::of_stored(stored);
            assert_eq!(serde_json::to_string(&value).unwrap(), json);
            assert_eq!(value.shown(false), text);
        }
    }

    #[test]
    fn a_long_text_is_cut_unless_it_must_be_whole() {
        let value = StoredValue::of_text(&"x".repeat(5_000));
        assert_eq!((value.shown(false).chars().count(), value.shown(true).len()), (400, 5_000));
        assert!(!value.is_cut());
        assert!(!StoredValue::of_text(&"x".repeat(MAXIMUM_KEPT)).is_cut());
        let too_long = "é".repeat(MAXIMUM_KEPT + 1);
        assert!(StoredValue::of_text(&too_long).is_cut());
        assert!(StoredValue::of_stored(format!("[1, \"{too_long}\"]").as_bytes()).is_cut());
        assert!(StoredValue::of_stored(format!("[0{}]", ",0".repeat(200_000)).as_bytes()).is_cut());
    }
}
