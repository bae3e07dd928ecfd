//! Reading the JSON that Plaso stores, without building a tree.
//!
//! Why not a library: Plaso writes the dialect of Python's `json` module (`NaN`, `Infinity`, lone
//! surrogates, integers of any size), which serde_json and sonic-rs refuse, and an event data is read for one
//! or two attributes of dozens. So there is one reader that steps over what nobody asked for and decodes the
//! rest; it is compared with serde_json by property tests. Depth is bounded, so that a hostile store
//! cannot exhaust the stack.

use std::borrow::Cow;
use std::ops::Range;

use crate::Value;

/// How deep lists and objects may nest. Plaso's own event data stays below 8.
pub const MAXIMUM_DEPTH: usize = 128;

/// Why a text is not the JSON that Plaso writes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Something else stands where the named thing should.
    #[error("expected {expected} at byte {offset}")]
    Expected {
        /// What should stand there.
        expected: &'static str,
        /// Where, in bytes from the text's start.
        offset: usize,
    },
    /// Lists and objects nest deeper than [`MAXIMUM_DEPTH`].
    #[error("lists and objects nest deeper than {MAXIMUM_DEPTH} at byte {offset}")]
    TooDeep {
        /// Where, in bytes from the text's start.
        offset: usize,
    },
}

fn expected<T>(expected: &'static str, offset: usize) -> Result<T, JsonError> {
    Err(JsonError::Expected { expected, offset })
}

/// The members of an object, one after the other.
///
/// Keys come as they are written; one with an escape in it therefore never equals an attribute's name.
#[derive(Debug, Clone)]
pub struct Members<'a> {
    json: &'a [u8],
    place: Place,
}

/// How far the members of an object have been read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    position: usize,
    first: bool,
}

/// A member's key as written (without its quotes), and where its value stands.
pub type Member<'a> = (&'a [u8], Range<usize>);

impl<'a> Members<'a> {
    /// Reads the object that is `json`.
    ///
    /// # Errors
    ///
    /// If the text does not begin and end as an object does.
    pub fn of(json: &'a [u8]) -> Result<Self, JsonError> {
        let position = after_whitespace(json, 0);
        if json.get(position) != Some(&b'{') {
            return expected("an object", position);
        }
        if json.trim_ascii_end().last() != Some(&b'}') {
            return expected("the object's closing brace", json.len());
        }
        Ok(Self { json, place: Place { position: position + 1, first: true } })
    }

    /// Goes on where the reading of the same `json` had come to.
    pub(crate) fn resume(json: &'a [u8], place: Place) -> Self {
        Self { json, place }
    }

    pub(crate) fn place(&self) -> Place {
        self.place
    }

    /// The next member, or nothing after the last.
    ///
    /// # Errors
    ///
    /// If what follows is not a member; reading cannot go on after that.
    pub fn next_member(&mut self) -> Result<Option<Member<'a>>, JsonError> {
        let json = self.json;
        let mut at = after_whitespace(json, self.place.position);
        match json.get(at) {
            Some(b'}') => {
                self.place.position = at;
                return Ok(None);
            }
            Some(b',') if !self.place.first => at = after_whitespace(json, at + 1),
            _ if self.place.first => {}
            _ => return expected("a comma or a closing brace", at),
        }
        self.place.first = false;
        if json.get(at) != Some(&b'"') {
            return expected("a member's name", at);
        }
        let key_end = string_end(json, at)?;
        let key = &json[at + 1..key_end - 1];
        at = after_whitespace(json, key_end);
        if json.get(at) != Some(&b':') {
            return expected("a colon", at);
        }
        let start = after_whitespace(json, at + 1);
        let end = value_end(json, start)?;
        self.place.position = end;
        Ok(Some((key, start..end)))
    }
}

/// Decodes one value that fills the whole of `json`.
///
/// # Errors
///
/// If it is not one value, or nests too deep.
pub fn value(json: &[u8]) -> Result<Value<'_>, JsonError> {
    let (value, end) = decode(json, after_whitespace(json, 0), 0)?;
    let end = after_whitespace(json, end);
    if end == json.len() { Ok(value) } else { expected("the end of the value", end) }
}

/// The members of a list of strings, such as the labels of an event tag.
///
/// # Errors
///
/// If it is not a list of strings.
pub fn strings(json: &[u8]) -> Result<Vec<String>, JsonError> {
    let Value::List { members, .. } = value(json)? else {
        return expected("a list of strings", 0);
    };
    members
        .into_iter()
        .map(|member| match member {
            Value::String(text) => Ok(text.into_owned()),
            _ => expected("a list of strings", 0),
        })
        .collect()
}

/// Writes `text` as Python's `json.dumps` would, quotes included: everything but printable ASCII is escaped.
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

fn after_whitespace(json: &[u8], mut at: usize) -> usize {
    while matches!(json.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// The offset behind the closing quote of the string that opens at `start`.
fn string_end(json: &[u8], start: usize) -> Result<usize, JsonError> {
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

/// The offset behind the value that begins at `start`, which is only looked at as far as finding its end needs.
fn value_end(json: &[u8], start: usize) -> Result<usize, JsonError> {
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

fn nested_end(json: &[u8], start: usize) -> Result<usize, JsonError> {
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

fn scalar_end(json: &[u8], start: usize) -> usize {
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.');
    start + json[start..].iter().take_while(|b| is_part(b)).count()
}

fn decode(json: &[u8], at: usize, depth: usize) -> Result<(Value<'_>, usize), JsonError> {
    if depth > MAXIMUM_DEPTH {
        return Err(JsonError::TooDeep { offset: at });
    }
    match json.get(at) {
        Some(b'"') => {
            let end = string_end(json, at)?;
            Ok((Value::String(unescaped(&json[at + 1..end - 1], at + 1)?), end))
        }
        Some(b'[') => {
            let (members, end) = decode_list(json, at, depth)?;
            Ok((Value::List { members, tuple: false }, end))
        }
        Some(b'{') => decode_object(json, at, depth),
        Some(_) => {
            let end = scalar_end(json, at);
            Ok((scalar(&json[at..end], at)?, end))
        }
        None => expected("a value", at),
    }
}

fn decode_list(json: &[u8], start: usize, depth: usize) -> Result<(Vec<Value<'_>>, usize), JsonError> {
    let mut members = Vec::new();
    let mut at = after_whitespace(json, start + 1);
    if json.get(at) == Some(&b']') {
        return Ok((members, at + 1));
    }
    loop {
        let (member, end) = decode(json, at, depth + 1)?;
        members.push(member);
        at = after_whitespace(json, end);
        match json.get(at) {
            Some(b',') => at = after_whitespace(json, at + 1),
            Some(b']') => return Ok((members, at + 1)),
            _ => return expected("a comma or a closing bracket", at),
        }
    }
}

/// An object is opaque, but for Plaso's tuples: `{"__type__": "tuple", "values": […]}`.
fn decode_object(json: &[u8], start: usize, depth: usize) -> Result<(Value<'_>, usize), JsonError> {
    let end = nested_end(json, start)?;
    let object = &json[start..end];
    let mut members = Members::of(object)?;
    let mut is_tuple = false;
    let mut values = None;
    while let Some((key, span)) = members.next_member()? {
        match key {
            b"__type__" => is_tuple = &object[span] == b"\"tuple\"",
            b"values" => values = Some(span),
            _ => {}
        }
    }
    let value = match values {
        Some(span) if is_tuple && object[span.start] == b'[' => {
            let (members, _) = decode_list(json, start + span.start, depth)?;
            Value::List { members, tuple: true }
        }
        _ => Value::Object,
    };
    Ok((value, end))
}

fn scalar(text: &[u8], offset: usize) -> Result<Value<'static>, JsonError> {
    Ok(match text {
        b"null" => Value::Null,
        b"true" => Value::Boolean(true),
        b"false" => Value::Boolean(false),
        b"NaN" => Value::Float(f64::NAN),
        b"Infinity" => Value::Float(f64::INFINITY),
        b"-Infinity" => Value::Float(f64::NEG_INFINITY),
        _ => return number(text, offset),
    })
}

fn number(text: &[u8], offset: usize) -> Result<Value<'static>, JsonError> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let text = match std::str::from_utf8(text) {
        Ok(text) if digits.first().is_some_and(u8::is_ascii_digit) => text,
        _ => return expected("a value", offset),
    };
    if digits.iter().all(u8::is_ascii_digit)
        && let Ok(integer) = text.parse()
    {
        return Ok(Value::Integer(integer));
    }
    // Rust reads more than JSON allows ("1.", "1e"), but refuses everything that begins otherwise.
    match text.parse() {
        Ok(float) => Ok(Value::Float(float)),
        Err(_) => expected("a number", offset),
    }
}

/// The text of a string's inside; `offset` is where it begins, for errors.
fn unescaped(inside: &[u8], offset: usize) -> Result<Cow<'_, str>, JsonError> {
    let Some(first) = memchr::memchr(b'\\', inside) else {
        return Ok(String::from_utf8_lossy(inside));
    };
    let mut out = String::with_capacity(inside.len());
    let mut rest = inside;
    let mut next = Some(first);
    while let Some(backslash) = next {
        out.push_str(&String::from_utf8_lossy(&rest[..backslash]));
        let (c, length) = escape(&rest[backslash..]).ok_or(JsonError::Expected {
            expected: "an escape sequence",
            offset: offset + inside.len() - rest.len() + backslash,
        })?;
        out.push(c);
        rest = &rest[backslash + length..];
        next = memchr::memchr(b'\\', rest);
    }
    out.push_str(&String::from_utf8_lossy(rest));
    Ok(Cow::Owned(out))
}

/// The character that the escape sequence at the start of `text` stands for, and the sequence's length.
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

/// The value of a `\uXXXX` at the start of `text`.
fn code_unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0_u16, |unit, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(unit << 4 | u16::try_from(digit).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn python_dialect() {
        assert!(matches!(value(b"NaN"), Ok(Value::Float(f)) if f.is_nan()));
        assert_eq!(value(b"-Infinity"), Ok(Value::Float(f64::NEG_INFINITY)));
        assert_eq!(value(b"18446744073709551616"), Ok(Value::Integer(1 << 64)));
        assert_eq!(value(br#""a\ud800b""#), Ok(Value::String("a\u{fffd}b".into())));
        assert_eq!(value(br#""\ud83d\ude00""#), Ok(Value::String("😀".into())));
        assert_eq!(value(br#""\ud83dx""#), Ok(Value::String("\u{fffd}x".into())));
    }

    #[test]
    fn tuples_are_lists_that_know_it() {
        let tuple = value(br#"{"__type__": "tuple", "values": ["a", 1]}"#).unwrap();
        assert_eq!(
            tuple,
            Value::List { members: vec![Value::String("a".into()), Value::Integer(1)], tuple: true }
        );
        assert_eq!(value(br#"{"values": [1]}"#), Ok(Value::Object));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            "{",
            "[1,]",
            "[1 2]",
            "tru",
            "-",
            "01x",
            "\"",
            "\"\\q\"",
            "\"\\u12\"",
            "1 2",
            "{]",
            "{\"a\" 1}",
            "{\"a\":1,}",
            "+1",
        ] {
            assert!(value(text.as_bytes()).is_err(), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(matches!(value(deep.as_bytes()), Err(JsonError::TooDeep { .. })));
        let deep = format!("{{\"a\": {deep}}}");
        assert!(matches!(
            Members::of(deep.as_bytes()).unwrap().next_member(),
            Err(JsonError::TooDeep { .. })
        ));
    }

    fn tree() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            "\\PC{0,12}".prop_map(Into::into),
            "[\"\\\\\n\u{1}é😀a]{0,6}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::hash_map("[a-z\"é]{1,4}", inner, 0..5)
                    .prop_map(|m| serde_json::Value::Object(m.into_iter().collect())),
            ]
        })
    }

    fn like(ours: &Value<'_>, theirs: &serde_json::Value) -> bool {
        match (ours, theirs) {
            (Value::Null, serde_json::Value::Null) | (Value::Object, serde_json::Value::Object(_)) => true,
            (Value::Boolean(a), serde_json::Value::Bool(b)) => a == b,
            (Value::Integer(a), serde_json::Value::Number(b)) => b.as_i64().map(i128::from) == Some(*a),
            (Value::String(a), serde_json::Value::String(b)) => a == b,
            (Value::List { members, .. }, serde_json::Value::Array(b)) => {
                members.len() == b.len() && members.iter().zip(b).all(|(a, b)| like(a, b))
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn reads_what_serde_json_reads(tree in tree(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&tree) } else { serde_json::to_string(&tree) }.unwrap();
            prop_assert!(like(&value(text.as_bytes()).unwrap(), &tree), "{text}");
            if let serde_json::Value::Object(members) = &tree {
                let mut ours = Members::of(text.as_bytes()).unwrap();
                let mut count = 0;
                while let Some((_, span)) = ours.next_member().unwrap() {
                    value(&text.as_bytes()[span]).unwrap();
                    count += 1;
                }
                prop_assert_eq!(count, members.len());
            }
        }

        #[test]
        fn quoted_texts_come_back(text in any::<String>()) {
            let quoted = quoted(&text);
            prop_assert!(quoted.is_ascii());
            prop_assert_eq!(&serde_json::from_str::<String>(&quoted).unwrap(), &text);
            prop_assert_eq!(value(quoted.as_bytes()).unwrap(), Value::String(text.into()));
        }

        #[test]
        fn no_input_panics(bytes in prop::collection::vec(prop_oneof![Just(b'{'), Just(b'"'), Just(b'\\'), Just(b':'), Just(b'['), Just(b','), Just(b'}'), Just(b'1'), Just(b'u'), any::<u8>()], 0..60)) {
            let _ = value(&bytes);
            if let Ok(mut members) = Members::of(&bytes) {
                while let Ok(Some(_)) = members.next_member() {}
            }
        }
    }
}
