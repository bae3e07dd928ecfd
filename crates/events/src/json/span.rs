//! Finds the end of a value without decoding the value.

use super::error::{JsonError, MAXIMUM_DEPTH, expected};

pub(super) fn after_whitespace(json: &[u8], mut at: usize) -> usize {
    while matches!(json.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// Returns the offset after the closing quote of the string that opens at `start`.
pub(super) fn string_end(json: &[u8], start: usize) -> Result<usize, JsonError> {
    let mut at = start + 1;
    while let Some(found) = memchr::memchr2(b'"', b'\\', json.get(at..).unwrap_or_default()) {
        at += found;
        if json[at] == b'"' {
            return Ok(at + 1);
        }
        at += 2;
    }
    expected("the end of a string", json.len())
}

/// Returns the offset after the value that begins at `start`. The value is checked only as far as
/// this needs.
pub(super) fn value_end(json: &[u8], start: usize) -> Result<usize, JsonError> {
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

pub(super) fn nested_end(json: &[u8], start: usize) -> Result<usize, JsonError> {
    let mut depth = 0_usize;
    let mut at = start;
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
            _ => {}
        }
        at += 1;
    }
    expected("the end of a list or an object", json.len())
}

pub(super) fn scalar_end(json: &[u8], start: usize) -> usize {
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.');
    start + json[start..].iter().take_while(|b| is_part(b)).count()
}
