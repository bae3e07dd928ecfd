//! Decodes values.

use memchr::{memchr, memchr_iter, memchr3};

use super::error::{JsonError, MAXIMUM_DEPTH, expected};
use super::members::object_or_tuple;
use super::span::{after_whitespace, scalar_end, value_end};
use super::string::unescaped;
use super::string_end::string_end;
use crate::Value;

/// Decodes the one value that `json` consists of.
///
/// # Errors
///
/// If `json` is not exactly one value, or nests too deep.
pub fn value(json: &[u8]) -> Result<Value<'_>, JsonError> {
    whole_value(json, &mut Room::unlimited())
}

/// Decodes the one value that `json` consists of, with as many members of lists as there is room.
pub(super) fn whole_value<'a>(json: &'a [u8], room: &mut Room) -> Result<Value<'a>, JsonError> {
    let (value, end) = decode(json, after_whitespace(json, 0), 0, room)?;
    let end = after_whitespace(json, end);
    if end == json.len() { Ok(value) } else { expected("the end of the value", end) }
}

/// Returns the value that a span of [`Members`](super::Members) holds, as [`value`] does. The end
/// of a string is known then, and is not searched for again.
///
/// # Errors
///
/// If it is not valid JSON.
pub fn member_value(json: &[u8]) -> Result<Value<'_>, JsonError> {
    match json {
        [b'"', inside @ .., b'"'] => Ok(Value::String(unescaped(inside, 1)?)),
        json => value(json),
    }
}

/// Returns the members of a list of strings, such as the labels of an event tag.
///
/// # Errors
///
/// If `json` is not a list of strings.
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

/// How many members of lists are decoded.
pub(super) struct Room {
    left: usize,
    /// Whether there were more members.
    pub(super) is_full: bool,
}

impl Room {
    pub(super) fn for_members(left: usize) -> Self {
        Self { left, is_full: false }
    }

    fn unlimited() -> Self {
        Self::for_members(usize::MAX)
    }

    fn take(&mut self) -> bool {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                true
            }
            None => {
                self.is_full = true;
                false
            }
        }
    }
}

fn decode<'a>(
    json: &'a [u8],
    at: usize,
    depth: usize,
    room: &mut Room,
) -> Result<(Value<'a>, usize), JsonError> {
    if depth > MAXIMUM_DEPTH {
        return Err(JsonError::TooDeep { offset: at });
    }
    match json.get(at) {
        Some(b'"') => {
            let end = string_end(json, at)?;
            Ok((Value::String(unescaped(&json[at + 1..end - 1], at + 1)?), end))
        }
        Some(b'[') => {
            let (members, end) = decode_list(json, at, depth, room)?;
            Ok((Value::List { members, tuple: false }, end))
        }
        Some(b'{') => decode_object(json, at, depth, room),
        Some(_) => {
            let end = scalar_end(json, at);
            Ok((scalar(&json[at..end], at)?, end))
        }
        None => expected("a value", at),
    }
}

fn decode_list<'a>(
    json: &'a [u8],
    start: usize,
    depth: usize,
    room: &mut Room,
) -> Result<(Vec<Value<'a>>, usize), JsonError> {
    let mut members = Vec::new();
    let mut at = after_whitespace(json, start + 1);
    if json.get(at) == Some(&b']') {
        return Ok((members, at + 1));
    }
    loop {
        if !room.take() {
            let (count, end) = pass_over(json, at)?;
            members.push(Value::String(cut_note(members.len(), count).into()));
            return Ok((members, end));
        }
        let (member, end) = decode(json, at, depth + 1, room)?;
        members.push(member);
        at = after_whitespace(json, end);
        match json.get(at) {
            Some(b',') => at = after_whitespace(json, at + 1),
            Some(b']') => return Ok((members, at + 1)),
            _ => return expected("a comma or a closing bracket", at),
        }
    }
}

/// Passes over the rest of a list, from a member on. Returns the number of its members, and the end
/// of the list. Looks only at what can end the list, since the rest is not used.
fn pass_over(json: &[u8], mut at: usize) -> Result<(usize, usize), JsonError> {
    let mut count = 1;
    let mut bracket = at;
    loop {
        // The next closing bracket, which may be inside a text. It is searched for once.
        if bracket <= at {
            let found = memchr(b']', &json[at..]);
            bracket = at + found.map_or_else(|| expected("a closing bracket", json.len()), Ok)?;
        }
        let plain = &json[at..bracket];
        let nested = memchr3(b'"', b'[', b'{', plain);
        count += memchr_iter(b',', &plain[..nested.unwrap_or(plain.len())]).count();
        match nested {
            None => return Ok((count, bracket + 1)),
            Some(start) => at = value_end(json, at + start)?,
        }
    }
}

/// The last member of a list of which not all members were decoded.
fn cut_note(decoded: usize, others: usize) -> String {
    let (all, decoded) = (with_commas(decoded + others), with_commas(decoded));
    format!("… (a list of {all} members, the first {decoded} shown)")
}

/// Formats `1234567` as `1,234,567`.
fn with_commas(number: usize) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

/// Decodes an object as [`Value::Object`], or as a list if it is one of Plaso's tuples:
/// `{"__type__": "tuple", "values": […]}`.
fn decode_object<'a>(
    json: &'a [u8],
    start: usize,
    depth: usize,
    room: &mut Room,
) -> Result<(Value<'a>, usize), JsonError> {
    let (end, list) = object_or_tuple(json, start)?;
    let value = match list {
        Some(list) => {
            let (members, _) = decode_list(json, list, depth, room)?;
            Value::List { members, tuple: true }
        }
        None => Value::Object,
    };
    Ok((value, end))
}

pub(super) fn scalar(text: &[u8], offset: usize) -> Result<Value<'static>, JsonError> {
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
    let Some(is_whole) = is_whole_number(text) else {
        let is_number = matches!(text, [b'-', b'0'..=b'9', ..] | [b'0'..=b'9', ..]);
        return expected(if is_number { "a number" } else { "a value" }, offset);
    };
    let text = std::str::from_utf8(text).unwrap_or_default();
    if is_whole && let Ok(integer) = text.parse() {
        return Ok(Value::Integer(integer));
    }
    match text.parse() {
        Ok(float) => Ok(Value::Float(float)),
        Err(_) => expected("a number", offset),
    }
}

/// Returns whether a number has neither a fraction nor an exponent, or `None` if it is no number of
/// JSON. Rust reads more: `04`, `1.`.
pub(super) fn is_whole_number(text: &[u8]) -> Option<bool> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let rest = match digits {
        [b'0', rest @ ..] => rest,
        digits => after_digits(digits)?,
    };
    if rest.is_empty() {
        return Some(true);
    }
    let rest = match rest {
        [b'.', fraction @ ..] => after_digits(fraction)?,
        rest => rest,
    };
    let rest = match rest {
        [b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..] => after_digits(exponent)?,
        rest => rest,
    };
    rest.is_empty().then_some(false)
}

/// Returns what stands behind at least one digit.
fn after_digits(text: &[u8]) -> Option<&[u8]> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (count > 0).then(|| &text[count..])
}
