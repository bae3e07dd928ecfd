//! Finds the end of a value without decoding the value.

use super::error::{JsonError, MAXIMUM_DEPTH, expected};
use super::string_end::string_end;

pub(super) fn after_whitespace(json: &[u8], mut at: usize) -> usize {
    while matches!(json.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// Returns the offset after the value that begins at `start`. The value is checked only as far as
/// this needs.
pub(crate) fn value_end(json: &[u8], start: usize) -> Result<usize, JsonError> {
    match json.get(start) {
        Some(b'"') => string_end(json, start),
        Some(b'{' | b'[') => nested_end(json, start),
        Some(_) => match scalar_end(json, start) {
            end if end > start => Ok(end),
            _ => expected("a value", start),
        },
        None => expected("a value", start),
    }
}

/// Returns the offset after the list or the object that begins at `start`.
pub(super) fn nested_end(json: &[u8], start: usize) -> Result<usize, JsonError> {
    let (mut at, mut depth) = match after_type_of_time(json, start) {
        Some(at) => (at, 1_usize),
        None => (start, 0),
    };
    while let Some(&byte) = json.get(at) {
        match byte {
            b'"' => {
                at = string_end(json, at)?;
                continue;
            }
            b'{' | b'[' if depth == MAXIMUM_DEPTH => return Err(JsonError::TooDeep { offset: at }),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Ok(at + 1);
                }
            }
            _ => {
                at = run_end(&IS_PLAIN, json, at);
                continue;
            }
        }
        at += 1;
    }
    expected("the end of a list or an object", json.len())
}

/// If a point in time begins at `start` as Plaso writes it, returns an offset inside of it: after
/// its type, or before its number. Each event data has one or more points in time.
fn after_type_of_time(json: &[u8], start: usize) -> Option<usize> {
    const CLASS: &[u8] = br#"{"__class_name__": "#;
    const TYPE: &[u8] = br#", "__type__": "DateTimeValues""#;
    const NUMBER: &[u8] = br#", "timestamp": "#;
    if json.get(start + CLASS.len()) != Some(&b'"') || !json[start..].starts_with(CLASS) {
        return None;
    }
    let end = string_end(json, start + CLASS.len()).ok()?;
    let rest = json[end..].strip_prefix(TYPE)?;
    let rest = rest.strip_prefix(NUMBER).unwrap_or(rest);
    Some(json.len() - rest.len())
}

pub(super) fn scalar_end(json: &[u8], start: usize) -> usize {
    run_end(&IS_OF_SCALAR, json, start)
}

/// The bytes that a number or a word has.
const IS_OF_SCALAR: [bool; 256] = {
    let mut is_part = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        is_part[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
        byte += 1;
    }
    is_part
};

/// The bytes outside of strings that neither begin nor end anything.
const IS_PLAIN: [bool; 256] = {
    let mut is_plain = [true; 256];
    let others = b"\"{}[]";
    let mut at = 0;
    while at < others.len() {
        is_plain[others[at] as usize] = false;
        at += 1;
    }
    is_plain
};

/// Returns the offset of the first byte from `start` that is not one of these.
fn run_end(bytes: &[bool; 256], json: &[u8], start: usize) -> usize {
    let rest = json[start..].iter();
    start + rest.take_while(|byte| bytes[usize::from(**byte)]).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_end_where_other_objects_do() {
        for (json, length) in [
            (r#"{"__class_name__": "Filetime", "__type__": "DateTimeValues", "timestamp": 1}, "#, Some(76)),
            (r#"{"__class_name__": "A", "__type__": "DateTimeValues"}}"#, Some(53)),
            (r#"{"__class_name__": "A", "__type__": "DateTimeValues", "a": [1, "}"]}]"#, Some(68)),
            (r#"{"__class_name__": "A\"", "__type__": "DateTimeValues"}}"#, Some(55)),
            (r#"{"__class_name__": "A", "__type__": "DateTimeValues\""}}"#, Some(55)),
            (r#"{"__class_name__": "A", "__type__": "DateTimeValues", "#, None),
            (r#"{"__class_name__": "A"#, None),
        ] {
            assert_eq!(nested_end(json.as_bytes(), 0).ok(), length, "{json}");
            let list = format!("x[{json}");
            assert_eq!(value_end(list.as_bytes(), 2).ok(), length.map(|length| length + 2), "{json}");
        }
    }
}
