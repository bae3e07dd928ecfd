//! What is exported of an event data, whatever the format.

use std::borrow::Cow;

use events::json::{self, Bounded, JsonError, Members};
use events::{EventDataStream, EventView, LastResult, StreamAttribute, Value};
use messages::{Attributes, Formats, Parties};

/// Names of attributes, and their values as they are stored.
type Stored<'a> = Vec<(Cow<'a, [u8]>, &'a [u8])>;

/// What is exported of an event data and its stream. All events of the event data share it.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    /// The data type, as text.
    pub(crate) data_type: String,
    pub(crate) message: String,
    pub(crate) parties: Parties,
    pub(crate) display_name: Option<String>,
    pub(crate) stream: Option<&'a EventDataStream>,
    /// Names of the other attributes, and their values as they are stored, sorted by name. Each
    /// name is there once.
    pub(crate) attributes: Stored<'a>,
}

/// The names that an export gives to what it writes beside attributes. An attribute that has one of
/// them in a store gets a prefix, so that nothing is lost, and so does an attribute that would have
/// the name of another one with the prefix.
const OWN_NAMES: [&[u8]; 13] = [
    b"data_type",
    b"datetime",
    b"display_name",
    b"event",
    b"host",
    b"message",
    b"other_attributes",
    b"parser",
    b"pathspec",
    b"tag",
    b"timestamp",
    b"timestamp_desc",
    b"user",
];

/// The prefix of an attribute that has the name of something else.
pub(crate) const PREFIX: &[u8] = b"attribute_";

impl<'a> Row<'a> {
    /// Collects what is exported of an event.
    ///
    /// # Errors
    ///
    /// If a value cannot be read. Whether all of the event data can be read says
    /// [`EventData::error`](events::EventData::error) afterwards.
    pub(crate) fn of(event: &EventView<'a>, formats: &Formats) -> Result<Self, JsonError> {
        let attributes = Attributes::of(event);
        let stored = stored(attributes.members())?;
        let own = stored.iter().find(|(name, _)| **name == *b"display_name");
        let display_name = match own.map(|(_, value)| json::bounded_value(value)).transpose()? {
            Some(Bounded { value: Value::String(name), .. }) => Some(name.into_owned()),
            _ => event.stream_attribute(StreamAttribute::PathSpec).and_then(display_name),
        };
        Ok(Self {
            data_type: attributes.data_type().to_owned(),
            message: formats.message(&attributes),
            parties: Parties::of(&attributes),
            display_name,
            stream: event.stream,
            attributes: stored,
        })
    }

    /// Returns the attributes that are written under their own name or with a prefix: the name, and
    /// whether it gets the prefix.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&[u8], bool, &'a [u8])> {
        let is_written = |(name, _): &(&[u8], &[u8])| !matches!(*name, b"data_type" | b"display_name");
        let attributes = self.attributes.iter().map(|(name, value)| (&**name, *value));
        attributes.filter(is_written).map(|(name, value)| match name {
            b"_parser_chain" => (&b"parser"[..], false, value),
            _ => (name, gets_prefix(name), value),
        })
    }

    /// Returns the parser, such as `winreg/winreg_default`.
    pub(crate) fn parser(&self) -> Option<String> {
        let (_, value) = self.attributes.iter().find(|(name, _)| **name == *b"_parser_chain")?;
        json::bounded_value(value).ok()?.value.as_str().map(str::to_owned)
    }
}

/// Whether an attribute is written with the prefix. No two names become the same by that.
fn gets_prefix(name: &[u8]) -> bool {
    let mut rest = name;
    while let Some(after) = rest.strip_prefix(PREFIX) {
        rest = after;
    }
    // Most readers of tables do not distinguish names by case.
    OWN_NAMES.iter().any(|own| own.eq_ignore_ascii_case(rest)) || is_of_stream(rest)
}

fn is_of_stream(name: &[u8]) -> bool {
    StreamAttribute::ALL.iter().any(|attribute| attribute.name().as_bytes().eq_ignore_ascii_case(name))
}

/// Returns the attributes of an event data that Plaso exports: not those for its own use, and no
/// dates and times, which are events of their own.
fn stored<'a>(members: &[(&'a str, &'a [u8])]) -> Result<Stored<'a>, JsonError> {
    let mut stored = Vec::with_capacity(members.len());
    for (name, value) in members {
        let is_internal = name.starts_with('_') && *name != "_parser_chain";
        if !is_internal && !is_date_time(value)? {
            stored.push((decoded(name.as_bytes()), *value));
        }
    }
    // If a name is there twice, the first one counts, as everywhere.
    stored.sort_by(|(one, _), (other, _)| one.cmp(other));
    stored.dedup_by(|(one, _), (other, _)| one == other);
    Ok(stored)
}

/// Returns the name that is stored in this way. With escape sequences, a made-up name could be that
/// of a field: `m\u0065ssage`.
fn decoded(stored: &[u8]) -> Cow<'_, [u8]> {
    if !stored.contains(&b'\\') {
        return Cow::Borrowed(stored);
    }
    match json::value(&[b"\"", stored, b"\""].concat()) {
        Ok(Value::String(name)) => Cow::Owned(name.into_owned().into_bytes()),
        _ => Cow::Borrowed(stored),
    }
}

/// Returns whether the value is a date and time, or a list that begins with one.
fn is_date_time(value: &[u8]) -> Result<bool, JsonError> {
    let object = match value.first() {
        Some(b'{') => value,
        Some(b'[') => match value[1..].trim_ascii_start() {
            list @ [b'{', ..] => list[..list.len() - 1].trim_ascii_end(),
            _ => return Ok(false),
        },
        _ => return Ok(false),
    };
    // What comes after the object begins in a list of objects is not looked at.
    let Ok(mut members) = Members::of(object) else { return Ok(false) };
    while let Some((name, span)) = members.next_member()? {
        if name == b"__type__" {
            return Ok(&object[span] == b"\"DateTimeValues\"");
        }
    }
    Ok(false)
}

/// A made-up path specification has no more levels than this. Real ones have about six.
const MAXIMUM_LEVELS: usize = 16;

/// Returns the name that Plaso shows for a path specification, such as `GZIP:/var/log/syslog.gz`:
/// the type of the outermost level, and the location of the first level that has one.
fn display_name(specification: &str) -> Option<String> {
    thread_local! { static LAST: LastResult<Option<String>> = const { LastResult::new() } }
    LAST.with(|last| last.of(specification, find_display_name))
}

fn find_display_name(specification: &str) -> Option<String> {
    let mut kind: Option<String> = None;
    let mut json = specification.as_bytes();
    for _ in 0..MAXIMUM_LEVELS {
        let (mut location, mut indicator, mut method, mut parent) = (None, None, None, None);
        let mut members = Members::of(json).ok()?;
        while let Some((name, span)) = members.next_member().ok()? {
            let text = || match json::value(&json[span.clone()]) {
                Ok(Value::String(text)) => Some(text.into_owned()),
                _ => None,
            };
            match name {
                b"location" => location = text(),
                b"type_indicator" => indicator = text(),
                b"compression_method" => method = text().map(|method| method.to_uppercase()),
                b"parent" => parent = Some(&json[span]),
                _ => {}
            }
        }
        kind = kind.or(method).or(indicator);
        if let Some(location) = location {
            return Some(format!("{}:{location}", kind.unwrap_or_default()));
        }
        json = parent?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_places() {
        for (specification, expected) in [
            (r#"{"location": "/a", "type_indicator": "OS"}"#, Some("OS:/a")),
            (
                r#"{"parent": {"location": "/b.gz", "type_indicator": "OS"}, "type_indicator": "GZIP"}"#,
                Some("GZIP:/b.gz"),
            ),
            (
                r#"{"compression_method": "xz", "parent": {"location": "/c"}, "type_indicator": "COMPRESSED_STREAM"}"#,
                Some("XZ:/c"),
            ),
            (r#"{"type_indicator": "OS"}"#, None),
            ("[]", None),
        ] {
            assert_eq!(display_name(specification).as_deref(), expected, "{specification}");
        }
    }

    #[test]
    fn names_that_get_a_prefix() {
        for (name, expected) in [
            ("tag", true),
            ("attribute_tag", true),
            ("attribute_attribute_tag", true),
            ("TAG", true),
            ("other_attributes", true),
            ("SHA256_hash", true),
            ("attribute_", false),
            ("attribute_other", false),
            ("other", false),
        ] {
            assert_eq!(gets_prefix(name.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn dates_and_times() {
        for (value, expected) in [
            (&br#"{"__class_name__": "Filetime", "__type__": "DateTimeValues", "timestamp": 1}"#[..], true),
            (br#"[{"__type__": "DateTimeValues"}, {"a": 1}]"#, true),
            (br#"{"__type__": "PathSpec"}"#, false),
            (br#"["DateTimeValues"]"#, false),
            (br#""DateTimeValues""#, false),
            (b"[]", false),
        ] {
            assert_eq!(is_date_time(value), Ok(expected), "{}", String::from_utf8_lossy(value));
        }
    }
}
