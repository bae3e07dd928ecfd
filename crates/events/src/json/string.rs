//! Strings and their escape sequences, in both directions.

use std::borrow::Cow;
use std::ops::Range;

use super::error::JsonError;
use super::span::quote_or_backslash;

/// Writes `text` as Python's `json.dumps` does, with quotes: everything except printable ASCII is
/// escaped.
#[must_use]
pub fn quoted(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
    out
}

/// Decodes the text between a string's quotes. `offset` is the position of that text, for errors.
pub(super) fn unescaped(inside: &[u8], offset: usize) -> Result<Cow<'_, str>, JsonError> {
    // Looked at as a whole, which is faster than piece by piece.
    let valid = std::str::from_utf8(inside).ok();
    let Some(first) = quote_or_backslash(inside) else {
        return Ok(valid.map_or_else(|| String::from_utf8_lossy(inside), Cow::Borrowed));
    };
    let mut out = String::with_capacity(inside.len());
    let push = |out: &mut String, range: Range<usize>| match valid {
        Some(valid) => out.push_str(&valid[range]),
        None => out.push_str(&String::from_utf8_lossy(&inside[range])),
    };
    let mut at = 0;
    let mut next = Some(first);
    while let Some(length) = next {
        let backslash = at + length;
        push(&mut out, at..backslash);
        let escape = if inside[backslash] == b'"' { Some(('"', 1)) } else { escape(&inside[backslash..]) };
        let (c, length) = escape
            .ok_or(JsonError::Expected { expected: "an escape sequence", offset: offset + backslash })?;
        out.push(c);
        at = backslash + length;
        next = quote_or_backslash(&inside[at..]);
    }
    push(&mut out, at..inside.len());
    Ok(Cow::Owned(out))
}

/// Returns the character for the escape sequence at the start of `text`, and the length of the
/// sequence.
fn escape(text: &[u8]) -> Option<(char, usize)> {
    let c = match text.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return Some(unicode_escape(text, code_unit(text)?)),
        _ => return None,
    };
    Some((c, 2))
}

fn unicode_escape(text: &[u8], unit: u16) -> (char, usize) {
    let low = match unit {
        0xD800..=0xDBFF => {
            code_unit(text.get(6..).unwrap_or_default()).filter(|low| (0xDC00..=0xDFFF).contains(low))
        }
        _ => None,
    };
    let decoded = char::decode_utf16([Some(unit), low].into_iter().flatten()).next();
    let c = decoded.and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER);
    (c, if low.is_some() { 12 } else { 6 })
}

/// Returns the value of a `\uXXXX` at the start of `text`.
fn code_unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0_u16, |unit, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(unit << 4 | u16::try_from(digit).ok()?)
    })
}
