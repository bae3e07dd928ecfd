//! Records of cloud services, which are JSON.

use events::Value;
use events::json::{self, JsonError, Members};

/// How deep objects are looked into. The parts of a deeper object are not fields.
const DEPTH: usize = 16;

/// Calls `found` with the name and the value of each field: `userIdentity.type` for a member of an
/// object. An object and a list have themselves as their value, as they are written. The members of
/// a list have its name. `null` is no value.
pub(super) fn scan(record: &str, mut found: impl FnMut(&str, &str)) {
    let mut name = String::new();
    // What is no JSON has the fields before the error.
    let _ = members(record, &mut name, DEPTH, &mut found);
}

fn members(
    object: &str,
    name: &mut String,
    depth: usize,
    found: &mut impl FnMut(&str, &str),
) -> Result<(), JsonError> {
    let mut members = Members::of(object.as_bytes())?;
    let outer = name.len();
    while let Some((key, span)) = members.next_member()? {
        if outer > 0 {
            name.push('.');
        }
        name.push_str(&String::from_utf8_lossy(key));
        value(object.get(span).unwrap_or_default(), name, depth - 1, found)?;
        name.truncate(outer);
    }
    Ok(())
}

fn value(
    written: &str,
    name: &mut String,
    depth: usize,
    found: &mut impl FnMut(&str, &str),
) -> Result<(), JsonError> {
    match written.as_bytes().first() {
        Some(b'{') => {
            found(name, written);
            if depth > 0 {
                members(written, name, depth, found)?;
            }
        }
        Some(b'[') => {
            found(name, written);
            if depth > 0 {
                for span in json::elements(written.as_bytes())? {
                    value(written.get(span).unwrap_or_default(), name, depth - 1, found)?;
                }
            }
        }
        Some(b'"') => {
            if let Value::String(text) = json::member_value(written.as_bytes())? {
                found(name, &text);
            }
        }
        _ if written == "null" => {}
        _ => found(name, written),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(record: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        scan(record, |name, value| found.push((name.to_owned(), value.to_owned())));
        found
    }

    #[test]
    fn members_of_objects_and_lists() {
        let record =
            r#"{"a": "x\ny", "b": {"c": 1, "d": {"e": true}}, "f": [{"g": null}, {"g": "é"}, 2.5], "h": {}}"#;
        let found = fields(record);
        let found: Vec<_> = found.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(
            found,
            [
                ("a", "x\ny"),
                ("b", r#"{"c": 1, "d": {"e": true}}"#),
                ("b.c", "1"),
                ("b.d", r#"{"e": true}"#),
                ("b.d.e", "true"),
                ("f", r#"[{"g": null}, {"g": "é"}, 2.5]"#),
                ("f", r#"{"g": null}"#),
                ("f", r#"{"g": "é"}"#),
                ("f.g", "é"),
                ("f", "2.5"),
                ("h", "{}"),
            ]
        );
    }

    /// Programs for web pages and PHP escape more than Python does. Whoever names a tag must not
    /// hide what stands behind it.
    #[test]
    fn names_may_have_any_escapes() {
        for name in [r"x\u0026y", r"x\/y", r"\u0061"] {
            let found = fields(&format!(r#"{{"tags": {{"{name}": "1"}}, "eventName": "StopLogging"}}"#));
            assert!(found.contains(&("eventName".into(), "StopLogging".into())), "{name}: {found:?}");
        }
    }

    #[test]
    fn what_is_no_record_has_the_fields_before_the_error() {
        for (record, expected) in [
            ("", &[][..]),
            ("[]", &[]),
            ("{", &[]),
            (r#"{"a": 1, "b": }"#, &[("a", "1")]),
            (r#"{"a": 1, "b": "c}"#, &[("a", "1")]),
        ] {
            let found = fields(record);
            assert!(
                found.iter().map(|(name, value)| (&**name, &**value)).eq(expected.iter().copied()),
                "{record}"
            );
        }
        let deep = format!("{}1{}", r#"{"a": "#.repeat(100), "}".repeat(100));
        assert_eq!(fields(&deep).len(), DEPTH);
    }
}
