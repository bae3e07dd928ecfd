//! Writes stored values again, as JSON that every program reads.
//!
//! Stored JSON is Python's: it can have `NaN`, halves of surrogate pairs and Plaso's tuples, and in
//! a hostile store anything between its quotes. What is written here is valid JSON in UTF-8, in one
//! line, and harmless on a terminal.

use super::decode::{is_whole_number, scalar};
use super::error::{JsonError, MAXIMUM_DEPTH, expected};
use super::members::{Members, object_or_tuple};
use super::span::{after_whitespace, scalar_end};
use super::string::unescaped;
use super::string_end::{WORD, string_end};
use crate::{Value, is_harmful};

/// Appends the value that `json` consists of. A tuple becomes a list, and a number that JSON does
/// not have (NaN, an infinity) becomes `null`. A whole number that is too large for the numbers of
/// most programs becomes a text.
///
/// # Errors
///
/// If `json` is not exactly one value, or nests too deep. A part of it may be in `out` then.
pub fn write_strict(json: &[u8], out: &mut Vec<u8>) -> Result<(), JsonError> {
    let end = write(json, after_whitespace(json, 0), 0, out)?;
    let end = after_whitespace(json, end);
    if end == json.len() { Ok(()) } else { expected("the end of the value", end) }
}

/// Appends the value that a span of [`Members`] holds, as [`write_strict`] does. Most are strings,
/// whose end is known then, and is not searched for again.
///
/// # Errors
///
/// If it is not valid JSON, or nests too deep.
pub fn write_strict_member(json: &[u8], out: &mut Vec<u8>) -> Result<(), JsonError> {
    match json {
        [b'"', inside @ .., b'"'] => write_string(inside, 1, out),
        json => write_strict(json, out),
    }
}

/// Appends a text with quotes. Characters that a terminal could take for a command are escaped.
pub fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text;
    // Most of a text is plain, and is copied in large pieces.
    loop {
        let (plain, other) = rest.split_at(plain_length(rest.as_bytes()));
        out.extend_from_slice(plain.as_bytes());
        let mut characters = other.chars();
        let Some(c) = characters.next() else { break };
        write_character(c, out);
        rest = characters.as_str();
    }
    out.push(b'"');
}

/// Returns how many bytes at the start of a text are printable ASCII that needs no escape.
fn plain_length(text: &[u8]) -> usize {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    let (words, _) = text.as_chunks();
    let whole = words.iter().take_while(|word| is_plain_word(**word)).count() * WORD;
    let rest = &text[whole..];
    whole + rest.iter().position(|byte| !is_plain(byte)).unwrap_or(rest.len())
}

/// Returns whether all bytes of a word are printable ASCII that needs no escape.
fn is_plain_word(word: [u8; WORD]) -> bool {
    const ONES: u64 = u64::MAX / 0xff;
    let word = u64::from_le_bytes(word);
    // In each of these, the highest bit of some byte is set if a byte is so. `~` and all below it
    // stay below 0x80 if one is added.
    let less = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word;
    let equal = |byte: u8| less(word ^ (ONES * u64::from(byte)), 1);
    let above = word.wrapping_add(ONES) | word;
    (less(word, 0x20) | above | equal(b'"') | equal(b'\\')) & (ONES << 7) == 0
}

fn write_character(c: char, out: &mut Vec<u8>) {
    match c {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        c if is_harmful(c) => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
            }
        }
        c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

fn write(json: &[u8], at: usize, depth: usize, out: &mut Vec<u8>) -> Result<usize, JsonError> {
    if depth > MAXIMUM_DEPTH {
        return Err(JsonError::TooDeep { offset: at });
    }
    match json.get(at) {
        Some(b'"') => {
            let end = string_end(json, at)?;
            write_string(&json[at + 1..end - 1], at + 1, out)?;
            Ok(end)
        }
        Some(b'[') => write_list(json, at, depth, out),
        Some(b'{') => {
            // Looked for first: what is nested must not be written twice.
            let (end, list) = object_or_tuple(json, at)?;
            match list {
                Some(list) => write_list(json, list, depth, out).map(drop)?,
                None => write_object(&json[at..end], depth, out)?,
            }
            Ok(end)
        }
        Some(_) => {
            let end = scalar_end(json, at);
            let written = &json[at..end];
            match scalar(written, at)? {
                Value::Float(number) if is_whole_number(written) == Some(true) => {
                    write_large(written, number, out)
                }
                value => write_scalar(&value, out),
            }
            Ok(end)
        }
        None => expected("a value", at),
    }
}

/// Appends a string from what is between its quotes. Most strings are copied as they are.
fn write_string(inside: &[u8], offset: usize, out: &mut Vec<u8>) -> Result<(), JsonError> {
    if is_strict(inside) {
        out.push(b'"');
        out.extend_from_slice(inside);
        out.push(b'"');
    } else {
        write_text(&unescaped(inside, offset)?, out);
    }
    Ok(())
}

/// Returns whether a string has only printable ASCII and the escape sequences of one letter.
fn is_strict(inside: &[u8]) -> bool {
    let mut rest = inside;
    loop {
        match &rest[plain_length(rest)..] {
            [] => return true,
            [b'\\', b'"' | b'\\' | b'/' | b'n' | b'r' | b't', after @ ..] => rest = after,
            _ => return false,
        }
    }
}

fn write_list(json: &[u8], start: usize, depth: usize, out: &mut Vec<u8>) -> Result<usize, JsonError> {
    out.push(b'[');
    let mut at = after_whitespace(json, start + 1);
    if json.get(at) == Some(&b']') {
        out.push(b']');
        return Ok(at + 1);
    }
    loop {
        at = after_whitespace(json, write(json, at, depth + 1, out)?);
        match json.get(at) {
            Some(b',') => {
                out.push(b',');
                at = after_whitespace(json, at + 1);
            }
            Some(b']') => {
                out.push(b']');
                return Ok(at + 1);
            }
            _ => return expected("a comma or a closing bracket", at),
        }
    }
}

fn write_object(object: &[u8], depth: usize, out: &mut Vec<u8>) -> Result<(), JsonError> {
    let mut members = Members::of(object)?;
    out.push(b'{');
    while let Some((key, span)) = members.next_member()? {
        if out.last() != Some(&b'{') {
            out.push(b',');
        }
        write_string(key, 0, out)?;
        out.push(b':');
        write(object, span.start, depth + 1, out)?;
    }
    out.push(b'}');
    Ok(())
}

/// Returns whether the JSON is a whole number that is too large for a [`Value::Integer`], so that
/// its value is a float that has lost digits.
#[must_use]
pub fn is_large_whole_number(json: &[u8], value: &Value<'_>) -> bool {
    matches!(value, Value::Float(_)) && is_whole_number(json.trim_ascii()) == Some(true)
}

/// Appends a whole number that is too large for a [`Value::Integer`], digit by digit.
fn write_large(written: &[u8], number: f64, out: &mut Vec<u8>) {
    let digits = written.strip_prefix(b"-").unwrap_or(written);
    // Some programs refuse the whole line if a number is not finite for them.
    let quote: &[u8] = if number.is_finite() { b"" } else { b"\"" };
    let sign: &[u8] = if number.is_sign_negative() { b"-" } else { b"" };
    for part in [quote, sign, digits, quote] {
        out.extend_from_slice(part);
    }
}

fn write_scalar(value: &Value<'_>, out: &mut Vec<u8>) {
    let text = match value {
        Value::Boolean(truth) => truth.to_string(),
        Value::Integer(number) => number.to_string(),
        // The shortest text that reads as the same number, always with a point or an exponent.
        Value::Float(number) if number.is_finite() => format!("{number:?}"),
        _ => "null".to_owned(),
    };
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict(json: &str) -> Result<String, JsonError> {
        let mut out = Vec::new();
        write_strict(json.as_bytes(), &mut out)?;
        let out = String::from_utf8(out).unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(&out).is_ok(), "{out}");
        Ok(out)
    }

    #[test]
    fn values_are_strict_json() {
        for (stored, written) in [
            (r#""a\n\"b\"""#, r#""a\n\"b\"""#),
            (r#""\u00e9 \ud83d\ude00 \ud800 \u0007 \u202e""#, "\"é 😀 \u{fffd} \\u0007 \\u202e\""),
            ("\"raw \u{1b}[31m\n\"", r#""raw \u001b[31m\n""#),
            (r#"[1, -2.50, NaN, -Infinity, null, true, 1e3, 7]"#, "[1,-2.5,null,null,null,true,1000.0,7]"),
            (r#"{"__type__": "tuple", "values": ["a", [2, {}]]}"#, r#"["a",[2,{}]]"#),
            (r#"{"a": {"b": []}, "values": 7}"#, r#"{"a":{"b":[]},"values":7}"#),
        ] {
            assert_eq!(strict(stored).as_deref(), Ok(written), "{stored}");
        }
    }

    #[test]
    fn no_digit_of_a_large_number_is_lost() {
        for (length, quote) in [(39, ""), (60, ""), (308, ""), (400, "\"")] {
            let digits = "9".repeat(length);
            for sign in ["", "-"] {
                let expected = format!("[{quote}{sign}{digits}{quote}]");
                assert_eq!(strict(&format!("[{sign}{digits}]")).as_deref(), Ok(&*expected));
            }
        }
    }

    #[test]
    fn only_what_is_plain_is_copied() {
        for byte in 0..=u8::MAX {
            let is_plain = matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
            for length in 1..20 {
                for at in 0..length {
                    // Beside bytes that a carry could reach.
                    for other in [b' ', b'~', b'a', b'!', b'#', b'[', b']'] {
                        let mut text = vec![other; length];
                        text[at] = byte;
                        assert_eq!(plain_length(&text), if is_plain { length } else { at }, "{text:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for stored in
            ["", "[04]", "1.", "[1,", "[1,,2]", "tru", "{\"a\" 1}", "1 2", r#""\x""#, &"[".repeat(10_000)]
        {
            assert!(strict(stored).is_err(), "{stored}");
        }
    }
}
