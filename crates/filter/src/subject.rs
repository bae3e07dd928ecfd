//! Finds the value of an attribute of an event by the attribute's name.

use std::borrow::Cow;

use crate::fields::Field;
use events::{AttributeId, EventData, EventView, StreamAttribute, Value, json};

/// Where an attribute's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Subject {
    /// `timestamp_desc` of the event.
    Description,
    /// `tag`: the labels that were stored before the run.
    Labels,
    /// An attribute of the event data stream, or of the event data if the event has no stream.
    Stream(StreamAttribute, AttributeId),
    /// An attribute of the event data.
    Data(AttributeId),
    /// A field inside an attribute of the event data, which may have several values.
    Field(Field),
    /// Every attribute of the event data; only tests of conditions look at it.
    AnyValue,
}

/// The names of the event's time.
pub(crate) const TIMESTAMP: [&str; 4] = ["timestamp", "date", "datetime", "time"];

/// Names of attributes of old versions of Plaso, each with what to use instead.
pub(crate) const DEPRECATED: [(&str, &str); 6] = [
    (
        "message",
        "compare the attributes that the message is made from: `message_body` of a syslog or journal, `xml_string` or \
         `strings` of a Windows event, `filename` of a file, `url` of a visited page, `command` of a shell \
         (`foreman check --event N STORE` shows the attributes of an event)",
    ),
    ("parser", "`_parser_chain` has the parsers, as in `_parser_chain contains 'filestat'`"),
    ("source", SOURCE),
    ("source_long", SOURCE),
    ("source_short", SOURCE),
    ("sourcetype", SOURCE),
];

const SOURCE: &str = "`data_type` says where an event is from, as in `data_type is 'fs:stat'`";

impl Subject {
    /// Returns whether the value belongs to the event itself. Then it may differ between events
    /// that share an event data.
    pub(crate) fn is_of_event(self) -> bool {
        matches!(self, Self::Description | Self::Labels)
    }

    /// Returns whether an event has at most one value.
    pub(crate) fn is_single(self) -> bool {
        !matches!(self, Self::Field(_) | Self::AnyValue)
    }

    /// Returns the attribute's value, or `None` if the event does not have the attribute.
    pub(crate) fn value<'v>(self, event: &EventView<'v>) -> Option<Value<'v>> {
        match self {
            Self::Description => Some(Value::String(Cow::Borrowed(&event.event.timestamp_description))),
            Self::Labels => Some(Value::List {
                members: event.labels.iter().map(|label| Value::String(label.into())).collect(),
                tuple: false,
            }),
            Self::Stream(attribute, in_data) => match event.stream {
                Some(stream) => stream.attribute(attribute).and_then(|text| stream_value(attribute, text)),
                None => event.data?.get(in_data),
            },
            Self::Data(attribute) => event.data?.get(attribute),
            // See `MatchContext::with_split` and `MatchContext::has_value`.
            Self::Field(_) | Self::AnyValue => None,
        }
    }

    /// Returns the attribute's value as it is written in the event data, if it must be decoded: a
    /// list, an object, or a text with escapes.
    pub(crate) fn written<'v>(self, event: &EventView<'v>) -> Option<&'v [u8]> {
        let Self::Data(attribute) = self else { return None };
        let written = event.data?.raw(attribute)?;
        let is_decoded = match written.first()? {
            b'[' | b'{' => true,
            b'"' => memchr::memchr(b'\\', written).is_some(),
            _ => false,
        };
        is_decoded.then_some(written)
    }

    /// Returns the attribute's value if it is a text that needs no decoding: a text of the event
    /// itself or of the stream, or a JSON string without escapes.
    pub(crate) fn plain_text<'v>(self, event: &EventView<'v>) -> Option<&'v [u8]> {
        match self {
            Self::Description => Some(event.event.timestamp_description.as_bytes()),
            Self::Field(_)
            | Self::AnyValue
            | Self::Labels
            | Self::Stream(StreamAttribute::PathSpec | StreamAttribute::YaraMatch, _) => None,
            Self::Stream(attribute, in_data) => match event.stream {
                Some(stream) => stream.attribute(attribute).map(str::as_bytes),
                None => unescaped(event.data?.raw(in_data)?),
            },
            Self::Data(attribute) => unescaped(event.data?.raw(attribute)?),
        }
    }
}

fn stream_value(attribute: StreamAttribute, text: &str) -> Option<Value<'_>> {
    match attribute {
        StreamAttribute::PathSpec => Some(Value::Object),
        // Invalid JSON counts as a missing value, as in event data.
        StreamAttribute::YaraMatch => json::value(text.as_bytes()).ok(),
        _ => Some(Value::String(text.into())),
    }
}

fn unescaped(json: &[u8]) -> Option<&[u8]> {
    match json {
        [b'"', inside @ .., b'"'] if memchr::memchr(b'\\', inside).is_none() => Some(inside),
        _ => None,
    }
}

/// Returns the data type as a text. It needs decoding only if a program other than Plaso wrote it
/// with escapes.
pub(crate) fn data_type<'a>(data: &EventData<'a>) -> Cow<'a, str> {
    let written = data.data_type();
    match std::str::from_utf8(written) {
        Ok(text) if !text.contains('\\') => Cow::Borrowed(text),
        _ => match data.get(AttributeId::DATA_TYPE) {
            Some(Value::String(text)) => text,
            _ => Cow::Borrowed(""),
        },
    }
}
