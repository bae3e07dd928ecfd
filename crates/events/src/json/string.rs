//! Strings and their escape sequences, in both directions.

use std::borrow::Cow;

use super::error::JsonError;
use super::string_end::{WORD, first_in_word};

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
    let Some(first) = memchr::memchr(b'\\', inside) else {
        // Looked at as a whole, which is faster than piece by piece.
        let valid = std::str::from_utf8(inside);
        return Ok(valid.map_or_else(|_| String::from_utf8_lossy(inside), Cow::Borrowed));
    };
    // A text is never longer than it is written. A whole word may be written at its end.
    let mut out = vec![0; inside.len() + WORD];
    out[..first].copy_from_slice(&inside[..first]);
    let (mut at, mut length) = (first, first);
    while at < inside.len() {
        if let Some(byte) = inside.get(at + 1).and_then(|byte| short_escape(*byte)) {
            out[length] = byte;
            (length, at) = (length + 1, at + 2);
        } else {
            let (c, written) = unicode_escape(&inside[at..])
                .ok_or(JsonError::Expected { expected: "an escape sequence", offset: offset + at })?;
            length += c.encode_utf8(&mut out[length..]).len();
            at += written;
        }
        let copied = copy_to_backslash(&inside[at..], &mut out[length..]);
        length += copied;
        at += copied;
    }
    out.truncate(length);
    // What was escaped is whole characters, so it changes nothing in what is not UTF-8 beside it.
    Ok(match String::from_utf8(out) {
        Ok(text) => Cow::Owned(text),
        Err(error) => Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned()),
    })
}

/// Copies what stands before the first backslash, and returns its length. `out` is a word longer
/// than `text`. Windows paths and XML have a backslash after every few bytes, so whole words are
/// copied, of which the next copy overwrites what is too much.
fn copy_to_backslash(text: &[u8], out: &mut [u8]) -> usize {
    let (words, rest) = text.as_chunks::<WORD>();
    let mut at = 0;
    for (word, out) in words.iter().zip(out.as_chunks_mut::<WORD>().0) {
        *out = *word;
        let length = first_in_word(*word, b'\\');
        at += length;
        if length < WORD {
            return at;
        }
    }
    let length = rest.iter().position(|byte| *byte == b'\\').unwrap_or(rest.len());
    out[at..at + length].copy_from_slice(&rest[..length]);
    at + length
}

/// Returns the character that is written as a backslash and this byte.
#[inline]
fn short_escape(byte: u8) -> Option<u8> {
    Some(match byte {
        b'"' | b'\\' | b'/' => byte,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'f' => 12,
        _ => return None,
    })
}

/// Returns the character of a `\uXXXX`, or of two for one character, at the start of `text`, and
/// their length.
fn unicode_escape(text: &[u8]) -> Option<(char, usize)> {
    let unit = code_unit(text)?;
    let low = match unit {
        0xD800..=0xDBFF => {
            code_unit(text.get(6..).unwrap_or_default()).filter(|low| (0xDC00..=0xDFFF).contains(low))
        }
        _ => None,
    };
    let decoded = char::decode_utf16([Some(unit), low].into_iter().flatten()).next();
    let c = decoded.and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER);
    Some((c, if low.is_some() { 12 } else { 6 }))
}

/// Returns the value of a `\uXXXX` at the start of `text`.
fn code_unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0_u16, |unit, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(unit << 4 | u16::try_from(digit).ok()?)
    })
}
