//! Values as text for people.

use std::borrow::Cow;

use events::Value;

/// The maximum size of a message, in bytes.
pub(crate) const MAXIMUM_MESSAGE: usize = 1 << 20;

/// Returns a value as text, or `None` if it has nothing to show: an object, such as a date and
/// time, or a list without members.
pub(crate) fn shown<'v>(value: &Value<'v>) -> Option<Cow<'v, str>> {
    joined(value, ", ")
}

/// Returns the same of a value that is not needed any more, without a copy of its text.
pub(crate) fn shown_whole(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text),
        other => shown(&other).map(|text| Cow::Owned(text.into_owned())),
    }
}

/// `separator` stands between the members of a list. Those of a list in a list are separated by
/// spaces, as in `Start REG_DWORD 4, Type REG_DWORD 1`.
fn joined<'v>(value: &Value<'v>, separator: &str) -> Option<Cow<'v, str>> {
    Some(match value {
        Value::Null | Value::Object => return None,
        Value::String(text) => text.clone(),
        Value::Boolean(truth) => Cow::Borrowed(if *truth { "yes" } else { "no" }),
        Value::Integer(number) => number.to_string().into(),
        Value::Float(number) => number.to_string().into(),
        Value::List { members, .. } => {
            let texts: Vec<_> = members.iter().filter_map(|member| joined(member, " ")).collect();
            if texts.is_empty() {
                return None;
            }
            texts.join(separator).into()
        }
    })
}

/// Writes a text in one line: the end of a line or a tab, with all white space beside it, becomes a
/// space.
pub(crate) fn push_line(text: &str, out: &mut String) {
    let mut rest = text.trim();
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'\n' | b'\r' | b'\t')) {
        out.push_str(rest[..at].trim_end());
        out.push(' ');
        rest = rest[at..].trim_start();
    }
    out.push_str(rest);
}

/// Returns a text with a capital letter at its start.
#[must_use]
pub fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use events::json;

    use super::*;

    #[test]
    fn values() {
        let mut line = String::new();
        push_line(" a \r\n\t b  c\t", &mut line);
        assert_eq!(line, "a b  c");
        for (stored, expected) in [
            (&br#""a\nb""#[..], Some("a\nb")),
            (b"[\"a\", null, [1, true], {\"x\": 1}, 2.5]", Some("a, 1 yes, 2.5")),
            (b"[null]", None),
            (b"{}", None),
            (b"-7", Some("-7")),
        ] {
            assert_eq!(shown(&json::value(stored).unwrap()).as_deref(), expected);
        }
    }
}
