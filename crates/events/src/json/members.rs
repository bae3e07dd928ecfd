//! Iterates over the members of an object. Their values are not decoded.

use std::ops::Range;

use super::error::{JsonError, expected};
use super::span::{after_whitespace, nested_end, value_end};
use super::string_end::{has_byte, string_end};

/// The members of an object, one after the other.
///
/// Keys are returned as they are written. A key in another alphabet, which Plaso escapes, therefore
/// never equals an attribute's name. In what Plaso wrote, what it never escapes must not be
/// escaped: a key that is written in two ways would hide an attribute from all rules.
#[derive(Debug, Clone)]
pub struct Members<'a> {
    json: &'a [u8],
    place: Place,
    is_of_plaso: bool,
}

/// How far the members of an object have been read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    position: usize,
    first: bool,
}

impl Place {
    /// Returns where the next member begins, or the comma before it.
    pub(crate) fn position(self) -> usize {
        self.position
    }
}

/// A member's key as written (without its quotes), and the position of its value.
pub type Member<'a> = (&'a [u8], Range<usize>);

impl<'a> Members<'a> {
    /// Starts with the first member of the object `json`.
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
        Ok(Self { json, place: Place { position: position + 1, first: true }, is_of_plaso: false })
    }

    /// The same of an object that Plaso wrote.
    ///
    /// # Errors
    ///
    /// As [`of`](Self::of).
    pub(crate) fn of_plaso(json: &'a [u8]) -> Result<Self, JsonError> {
        Ok(Self { is_of_plaso: true, ..Self::of(json)? })
    }

    /// Resumes reading the same `json`, which Plaso wrote, at `place`.
    pub(crate) fn resume(json: &'a [u8], place: Place) -> Self {
        Self { json, place, is_of_plaso: true }
    }

    pub(crate) fn place(&self) -> Place {
        self.place
    }

    /// Returns the next member, or `None` after the last.
    ///
    /// # Errors
    ///
    /// If there is something else than a member. No more members can be read after that.
    pub fn next_member(&mut self) -> Result<Option<Member<'a>>, JsonError> {
        let Some((key, start)) = self.next_key()? else { return Ok(None) };
        let end = value_end(self.json, start)?;
        self.resume_at(end);
        Ok(Some((key, start..end)))
    }

    /// Reads the value of the next member, which is known to begin at `start`, and returns its
    /// position.
    ///
    /// # Errors
    ///
    /// If no value begins there.
    pub(crate) fn value_at(&mut self, start: usize) -> Result<Range<usize>, JsonError> {
        let end = value_end(self.json, start)?;
        self.place = Place { position: end, first: false };
        Ok(start..end)
    }

    /// Resumes reading at the end of a value.
    pub(crate) fn resume_at(&mut self, end: usize) {
        self.place.position = end;
    }

    /// Returns the key of the next member as it is written, and where its value begins. Before the
    /// next call, [`resume_at`](Self::resume_at) must be called with the end of the value.
    pub(crate) fn next_key(&mut self) -> Result<Option<(&'a [u8], usize)>, JsonError> {
        let json = self.json;
        let mut at = self.place.position;
        // Plaso writes one blank here.
        if json[at..].starts_with(b", \"") && !self.place.first {
            return self.key_at(at + 2).map(Some);
        }
        at = after_whitespace(json, at);
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
        self.key_at(at).map(Some)
    }

    /// Returns the key whose quote is at `at`, and where its value begins.
    fn key_at(&self, at: usize) -> Result<(&'a [u8], usize), JsonError> {
        let json = self.json;
        let key_end = string_end(json, at)?;
        let key = &json[at + 1..key_end - 1];
        if self.is_of_plaso && has_needless_escape(key) {
            return expected("a name as Plaso writes it, without needless escapes,", at);
        }
        let colon = after_whitespace(json, key_end);
        if json.get(colon) != Some(&b':') {
            return expected("a colon", colon);
        }
        Ok((key, after_whitespace(json, colon + 1)))
    }
}

/// Returns whether a string escapes what needs no escape, or in another way than Python does:
/// <https://docs.python.org/3/library/json.html#json.dumps>.
#[inline]
pub(crate) fn has_needless_escape(string: &[u8]) -> bool {
    // Nearly no name has an escape.
    has_byte(string, b'\\') && escapes_needlessly(string)
}

fn escapes_needlessly(string: &[u8]) -> bool {
    let mut rest = string;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let escape = &rest[at + 1..];
        let is_needless = match escape {
            [b'/', ..] => true,
            [b'u', b'0', b'0', digits @ ..] => {
                matches!(digits, [b'2'..=b'7', ..]) && !digits.starts_with(b"7f")
            }
            _ => false,
        };
        if is_needless {
            return true;
        }
        // The character behind a backslash may be one, too.
        rest = escape.get(1..).unwrap_or_default();
    }
    false
}

/// Returns the value of a member of the object `json` as it is written, or `None` if it has no such
/// member before the place where it is broken. `name` is compared with names as they are written.
#[must_use]
pub fn member<'j>(json: &'j [u8], name: &[u8]) -> Option<&'j [u8]> {
    let mut members = Members::of(json).ok()?;
    while let Ok(Some((key, span))) = members.next_member() {
        if key == name {
            return Some(&json[span]);
        }
    }
    None
}

/// Returns the positions of the elements of the list `json`, which are not decoded.
///
/// # Errors
///
/// If `json` is not a list.
pub fn elements(json: &[u8]) -> Result<Vec<Range<usize>>, JsonError> {
    let mut at = after_whitespace(json, 0);
    if json.get(at) != Some(&b'[') {
        return expected("a list", at);
    }
    let mut elements = Vec::new();
    at = after_whitespace(json, at + 1);
    while json.get(at) != Some(&b']') {
        let end = value_end(json, at)?;
        elements.push(at..end);
        at = after_whitespace(json, end);
        match json.get(at) {
            Some(b',') => at = after_whitespace(json, at + 1),
            Some(b']') => {}
            _ => return expected("a comma or a closing bracket", at),
        }
    }
    Ok(elements)
}

/// How Plaso writes a tuple, up to its list.
pub(super) const TUPLE: &[u8] = br#"{"__type__": "tuple", "values": "#;

/// Returns the offset after the object that begins at `start`, and where its list begins if it is
/// one of Plaso's tuples.
pub(super) fn object_or_tuple(json: &[u8], start: usize) -> Result<(usize, Option<usize>), JsonError> {
    // The values of a key of the registry are many tuples. What Plaso wrote need not be walked
    // through to find that it is one.
    let list = start + TUPLE.len();
    if json.get(list) == Some(&b'[') && json[start..].starts_with(TUPLE) {
        let end = nested_end(json, list)?;
        if json.get(end) == Some(&b'}') {
            return Ok((end + 1, Some(list)));
        }
    }
    let end = nested_end(json, start)?;
    let list = values_of_tuple(&json[start..end])?;
    Ok((end, list.map(|list| start + list)))
}

/// Returns where the list of a tuple begins, if the object is one of Plaso's tuples.
pub(super) fn values_of_tuple(object: &[u8]) -> Result<Option<usize>, JsonError> {
    let mut members = Members::of_plaso(object)?;
    let mut is_tuple = false;
    let mut values = None;
    while let Some((key, span)) = members.next_member()? {
        match key {
            b"__type__" if has_needless_escape(&object[span.clone()]) => {
                return expected("a type as Plaso writes it, without needless escapes,", span.start);
            }
            b"__type__" => is_tuple = &object[span] == b"\"tuple\"",
            b"values" => values = Some(span.start),
            _ => {}
        }
    }
    Ok(values.filter(|&start| is_tuple && object[start] == b'['))
}
