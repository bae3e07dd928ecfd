//! Event data as a view over its stored JSON.

mod layout;
pub(crate) mod walk;

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use memchr::memmem::Finder;

use crate::json::{self, JsonError, Members, Place};
use crate::{AttributeId, AttributeNames, BadReference, EventDataStreamId, Value};
use layout::{Layout, Name};

/// Why event data cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventDataError {
    /// It is not JSON as Plaso writes it.
    #[error("its data is not valid JSON: {0}")]
    Json(#[from] JsonError),
    /// It has no `data_type`, or its `data_type` is not a string.
    #[error("it has no data type")]
    NoDataType,
    /// Its reference to an event data stream is not valid.
    #[error("its reference to an event data stream is not valid: {0}")]
    Stream(#[from] BadReference),
}

/// Where a value begins and ends.
type Span = (u32, u32);

/// The number of event data that this process has opened.
static OPENED: AtomicU64 = AtomicU64::new(0);

/// Opens event data, one after the other. It reuses its memory for the positions of attributes.
#[derive(Debug)]
pub struct AttributeReader {
    names: Arc<AttributeNames>,
    spans: Box<[Cell<Option<Span>>]>,
    layout: RefCell<Layout>,
    /// The data type of the event data that was opened last. The next event data mostly has the
    /// same one.
    data_type: Vec<u8>,
    /// The attributes that have another name in this data type.
    other_names: Box<[(AttributeId, AttributeId)]>,
}

impl AttributeReader {
    /// Makes a reader for the attributes in `names`.
    #[must_use]
    pub fn new(names: Arc<AttributeNames>) -> Self {
        let spans = vec![Cell::new(None); names.count()].into();
        Self { names, spans, layout: RefCell::default(), data_type: Vec::new(), other_names: Box::default() }
    }

    /// Opens the event data stored as `json`.
    ///
    /// # Errors
    ///
    /// If the text does not begin and end as a JSON object, has no data type, is larger than 4 GiB,
    /// is not UTF-8, or has control characters in strings. The rest is checked when it is read; see
    /// [`EventData::error`].
    pub fn open<'a>(&'a mut self, json: &'a [u8]) -> Result<EventData<'a>, EventDataError> {
        if u32::try_from(json.len()).is_err() {
            return Err(JsonError::Expected { expected: "at most 4 GiB of data", offset: json.len() }.into());
        }
        json::check_characters(json)?;
        for span in &self.spans {
            span.set(None);
        }
        let start = Members::of_plaso(json)?.place();
        let data = EventData {
            number: OPENED.fetch_add(1, Ordering::Relaxed),
            json,
            data_type: &[],
            names: &self.names,
            spans: &self.spans,
            other_names: &[],
            first: start,
            rest: Cell::new(Some(start)),
            layout: &self.layout,
            members_read: Cell::new(0),
            has_passed_attributes: Cell::new(false),
            error: RefCell::new(None),
        };
        let Some(quoted @ [b'"', written @ .., b'"']) = data.raw(AttributeId::DATA_TYPE) else {
            return Err(data.error().unwrap_or(EventDataError::NoDataType));
        };
        let without_escapes = without_needless_escapes(quoted);
        let data_type = without_escapes.as_deref().map_or(written, str::as_bytes);
        if *data_type != *self.data_type {
            self.data_type.clear();
            self.data_type.extend_from_slice(data_type);
            self.other_names = self.names.other_names_of(data_type).into();
        }
        let first = if data.has_passed_attributes.get() { start } else { data.rest.get().unwrap_or(start) };
        Ok(EventData { data_type: &self.data_type, first, other_names: &self.other_names, ..data })
    }
}

/// Returns a data type that is written with escapes that Plaso does not write: it must not hide an
/// event. What must be escaped stays as it is written.
fn without_needless_escapes(quoted: &[u8]) -> Option<String> {
    let value = json::has_needless_escape(quoted).then(|| json::value(quoted).ok())??;
    let Value::String(data_type) = value else { return None };
    let is_plain = |byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    data_type.bytes().all(is_plain).then(|| data_type.into_owned())
}

/// The data of an event: a view that returns only the attributes asked for.
///
/// The JSON is read only as far as the last attribute asked for, and never twice. Only registered
/// attributes ([`AttributeNames::register`]) can be asked for. If the JSON has an attribute twice,
/// the first one counts.
#[derive(Debug)]
pub struct EventData<'a> {
    number: u64,
    json: &'a [u8],
    data_type: &'a [u8],
    names: &'a AttributeNames,
    spans: &'a [Cell<Option<Span>>],
    /// The attributes that have another name in this data type, each with that name.
    other_names: &'a [(AttributeId, AttributeId)],
    /// Where the attributes of the event begin: behind the data type, as Plaso writes it, if only
    /// names of the container come before that.
    first: Place,
    /// Whether a name that is not one of the container was passed over.
    has_passed_attributes: Cell<bool>,
    /// Where the unread members begin, or `None` after the last member or an error.
    rest: Cell<Option<Place>>,
    /// What was written between the values of earlier event data.
    layout: &'a RefCell<Layout>,
    /// The number of members before `rest`.
    members_read: Cell<usize>,
    error: RefCell<Option<EventDataError>>,
}

impl<'a> EventData<'a> {
    /// Returns a number that no other event data has in this process. A result about this event
    /// data can be kept under the number for the other events that share the event data.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Returns all of it as it is written, also what was not read yet.
    #[must_use]
    pub fn written(&self) -> &'a [u8] {
        self.json
    }

    /// Returns the size of the JSON in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.json.len()
    }

    /// Returns the attribute's value as it is written. Returns `None` if the event data has it
    /// neither under this name nor under an accepted other one
    /// ([`AttributeNames::accept_other_names`]).
    #[must_use]
    pub fn raw(&self, attribute: AttributeId) -> Option<&'a [u8]> {
        let span = self.span(attribute).or_else(|| self.span_of_other_name(attribute));
        span.map(|(start, end)| &self.json[start as usize..end as usize])
    }

    fn span(&self, attribute: AttributeId) -> Option<Span> {
        self.spans[attribute.index()].get().or_else(|| self.look_for(attribute))
    }

    fn span_of_other_name(&self, attribute: AttributeId) -> Option<Span> {
        let (_, other) = self.other_names.iter().find(|(asked, _)| *asked == attribute)?;
        self.span(*other)
    }

    /// Returns the attribute's value, or `None` if it is missing or cannot be read.
    #[must_use]
    pub fn get(&self, attribute: AttributeId) -> Option<Value<'a>> {
        self.decoded(json::member_value(self.raw(attribute)?))
    }

    /// Returns what was decoded of a value that [`walk`](Self::walk) or [`members`](Self::members)
    /// returned. If it could not be decoded, [`error`](Self::error)
    /// returns why, as for a value that [`get`](Self::get) cannot read.
    pub fn decoded<T>(&self, result: Result<T, JsonError>) -> Option<T> {
        result.map_err(|error| self.error.replace(Some(error.into()))).ok()
    }

    /// Returns the data type, such as `fs:stat`.
    ///
    /// Plaso's data types have no character that JSON escapes. In one of others, such characters
    /// are as they are written between the quotes.
    #[must_use]
    pub fn data_type(&self) -> &'a [u8] {
        self.data_type
    }

    /// Returns the event data stream in which this data was found.
    ///
    /// # Errors
    ///
    /// If the reference is not a reference to an event data stream.
    pub fn stream(&self) -> Result<Option<EventDataStreamId>, EventDataError> {
        if self.has_no_stream() {
            return Ok(None);
        }
        if let Some([b'"', reference @ .., b'"']) = self.raw(AttributeId::STREAM)
            && let Ok(reference) = str::from_utf8(reference)
            && let Ok(stream) = EventDataStreamId::parse(reference)
        {
            return Ok(Some(stream));
        }
        match self.get(AttributeId::STREAM) {
            Some(Value::String(reference)) => Ok(Some(EventDataStreamId::parse(&reference)?)),
            Some(Value::Null) | None => Ok(None),
            Some(_) => Err(BadReference {
                table: EventDataStreamId::TABLE,
                found: "something that is not a string".into(),
            }
            .into()),
        }
    }

    /// Returns the reference to the event data stream as it is written, if it was read already. The
    /// next event data mostly has the same one, and need not be taken apart then.
    #[must_use]
    pub fn written_stream(&self) -> Option<&'a [u8]> {
        let (start, end) = self.spans[AttributeId::STREAM.index()].get()?;
        Some(&self.json[start as usize..end as usize])
    }

    /// Returns whether the reference was not read yet and is not in the rest either. Files have
    /// none if nobody has asked for their hashes, and a search is faster than to read all members.
    fn has_no_stream(&self) -> bool {
        static NAME: LazyLock<Finder<'static>> =
            LazyLock::new(|| Finder::new("_event_data_stream_identifier"));
        static ESCAPE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\\u00"));
        let is_read = self.spans[AttributeId::STREAM.index()].get().is_some();
        let rest = self.rest.get().filter(|_| !is_read);
        rest.is_some_and(|rest| {
            let rest = &self.json[rest.position()..];
            // A name with escapes is refused when it is read.
            NAME.find(rest).is_none() && ESCAPE.find(rest).is_none()
        })
    }

    /// Returns the names and values of all attributes as they are written, in their order,
    /// registered or not. Names that begin with `__` belong to the container, not to the event. The
    /// iterator ends where the JSON is broken; [`error`](Self::error) returns the error then.
    pub fn members(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let mut members = Members::of_plaso(self.json).ok();
        let json = self.json;
        std::iter::from_fn(move || {
            let next = members.as_mut()?.next_member();
            let (name, span) = next.unwrap_or_else(|error| {
                self.error.replace(Some(error.into()));
                None
            })?;
            Some((name, &json[span]))
        })
    }

    /// The names of [`members`](Self::members), for samples: that the JSON is broken further on
    /// than anybody has asked is no reason to treat a sampled event differently from others, so
    /// [`error`](Self::error) does not return it.
    pub fn sample_names(&self) -> impl Iterator<Item = &'a [u8]> {
        let mut members = Members::of_plaso(self.json).ok();
        std::iter::from_fn(move || Some(members.as_mut()?.next_member().ok()??.0))
    }

    /// Returns the error that was found in the part of the JSON that was read so far.
    ///
    /// [`raw`](Self::raw) and [`get`](Self::get) treat a value that they cannot read as missing, so
    /// that a filter needs no error handling for each comparison. The caller of the filter and the
    /// plugins asks for the error afterwards.
    #[must_use]
    pub fn error(&self) -> Option<EventDataError> {
        self.error.borrow().clone()
    }

    /// Reads on until the attribute is found, and records the positions of all other attributes.
    fn look_for(&self, attribute: AttributeId) -> Option<Span> {
        let mut members = Members::resume(self.json, self.rest.take()?);
        loop {
            let (name, span) = match self.next_member(&mut members) {
                Ok(next) => next?,
                Err(error) => {
                    self.error.replace(Some(error.into()));
                    return None;
                }
            };
            if let Some(found) = name.number {
                let cell = &self.spans[found.index()];
                if cell.get().is_none() {
                    cell.set(Some(span));
                }
                if found == attribute {
                    self.rest.set(Some(members.place()));
                    return cell.get();
                }
            }
            if !name.is_of_container {
                self.has_passed_attributes.set(true);
            }
        }
    }

    /// Reads the next member. Returns its name and the position of its value.
    #[expect(clippy::cast_possible_truncation, reason = "more than 4 GiB was refused when opened")]
    fn next_member(&self, members: &mut Members<'a>) -> Result<Option<(Name, Span)>, JsonError> {
        let (member, begin) = (self.members_read.get(), members.place().position());
        let guess = self.layout.borrow().guess(member, &self.json[begin..]);
        let (name, span) = match guess {
            Some((name, length)) => (name, members.value_at(begin + length)?),
            None => {
                let Some((key, span)) = members.next_member()? else { return Ok(None) };
                let name = Name { number: self.names.number_of(key), is_of_container: key.starts_with(b"_") };
                self.layout.borrow_mut().learn(member, &self.json[begin..span.start], name);
                (name, span)
            }
        };
        self.members_read.set(member + 1);
        Ok(Some((name, (span.start as u32, span.end as u32))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &[u8] = br#"{"__type__": "AttributeContainer", "_event_data_stream_identifier": "event_data_stream.7", "data_type": "fs:stat", "deep": {"a": [1, "]"]}, "filename": "/a\\b", "size": 12}"#;

    fn reader(names: &[&str]) -> (AttributeReader, Vec<AttributeId>) {
        let mut registered = AttributeNames::default();
        let ids = names.iter().map(|name| registered.register(name)).collect();
        (AttributeReader::new(Arc::new(registered)), ids)
    }

    #[test]
    fn yields_what_was_registered_in_any_order() {
        let (mut reader, ids) = reader(&["size", "filename", "nothing"]);
        for _ in 0..2 {
            let data = reader.open(JSON).unwrap();
            assert_eq!(data.data_type(), b"fs:stat");
            assert_eq!(data.get(ids[2]), None);
            assert_eq!(data.get(ids[0]), Some(Value::Integer(12)));
            assert_eq!(data.get(ids[1]), Some(Value::String(r"/a\b".into())));
            assert_eq!(data.stream(), Ok(Some(EventDataStreamId::new(7))));
            assert_eq!(data.error(), None);
        }
    }

    #[test]
    fn a_data_type_is_read_however_it_is_written() {
        let (mut reader, _) = reader(&[]);
        for (written, expected) in [
            (r"fs\u003astat", "fs:stat"),
            (r"\u0066s:stat", "fs:stat"),
            (r"a\/b", "a/b"),
            // What must be escaped stays so.
            (r"a\n", r"a\n"),
            (r"\u0061\n", r"\u0061\n"),
            (r"\u0022", r"\u0022"),
            (r"caf\u00e9", r"caf\u00e9"),
        ] {
            let json = format!("{{\"data_type\": \"{written}\"}}");
            let data = reader.open(json.as_bytes()).unwrap();
            assert_eq!(str::from_utf8(data.data_type()), Ok(expected));
        }
    }

    #[test]
    fn either_name_of_a_renamed_attribute_is_read() {
        let old = br#"{"data_type": "syslog:line", "body": "old", "pid": 5}"#;
        let new = br#"{"data_type": "syslog:line", "message_body": "new"}"#;
        let other = br#"{"data_type": "fs:stat", "body": "other"}"#;
        let both = br#"{"data_type": "syslog:line", "body": "old", "message_body": "new"}"#;
        let mut names = AttributeNames::default();
        let [body, message_body] = ["body", "message_body"].map(|name| names.register(name));
        let found = |names: &AttributeNames| {
            let mut reader = AttributeReader::new(Arc::new(names.clone()));
            [&old[..], new, other, both, old].map(|json| {
                let data = reader.open(json).unwrap();
                [body, message_body].map(|name| match data.get(name) {
                    Some(Value::String(text)) => text.into_owned(),
                    _ => String::new(),
                })
            })
        };
        assert_eq!(found(&names), [["old", ""], ["", "new"], ["other", ""], ["old", "new"], ["old", ""]]);
        names.accept_other_names();
        let accepted = [["old", "old"], ["new", "new"], ["other", ""], ["old", "new"], ["old", "old"]];
        assert_eq!(found(&names), accepted);
        assert_eq!(
            names.other_names().iter().filter(|(data_type, ..)| *data_type == "syslog:line").count(),
            2
        );
    }

    #[test]
    fn the_stream_is_found_wherever_it_is() {
        let (mut reader, _) = reader(&["size"]);
        let stream = r#""_event_data_stream_identifier": "event_data_stream.7""#;
        let escaped = stream.replace("stream.7", "\\u0073tream.7");
        for (json, expected) in [
            (format!(r#"{{{stream}, "data_type": "a", "size": 1}}"#), Some(7)),
            (format!(r#"{{"data_type": "a", "size": 1, {stream}}}"#), Some(7)),
            (format!(r#"{{"data_type": "a", "size": 1, {escaped}}}"#), Some(7)),
            (r#"{"data_type": "a", "size": "_event_data_stream_identifier"}"#.into(), None),
            (r#"{"data_type": "a", "_event_data_stream_identifier": null}"#.into(), None),
            (r#"{"data_type": "a", "size": 1}"#.into(), None),
        ] {
            let data = reader.open(json.as_bytes()).unwrap();
            assert_eq!(data.stream(), Ok(expected.map(EventDataStreamId::new)), "{json}");
            assert!(expected.is_none() || data.written_stream().is_some(), "{json}");
        }
    }

    /// Nobody asks for the other name itself.
    #[test]
    fn the_other_name_need_not_be_registered() {
        let mut names = AttributeNames::default();
        let hostname = names.register("hostname");
        names.accept_other_names();
        let mut reader = AttributeReader::new(Arc::new(names));
        let data = reader.open(br#"{"data_type": "windows:evtx:record", "computer_name": "a"}"#).unwrap();
        assert_eq!(data.get(hostname), Some(Value::String("a".into())));
    }

    #[test]
    fn members_are_all_there_is() {
        let (mut reader, ids) = reader(&["size"]);
        let data = reader.open(JSON).unwrap();
        assert_eq!(data.get(ids[0]), Some(Value::Integer(12)));
        let members: Vec<_> = data.members().collect();
        assert_eq!((members.len(), members[5]), (6, (&b"size"[..], &b"12"[..])));
        let mut walk = data.walk();
        let attributes: Vec<_> = std::iter::from_fn(|| walk.next_name()).collect();
        assert_eq!(attributes, [&b"deep"[..], b"filename", b"size"]);
        let broken = reader.open(br#"{"data_type": "a", "filename": "x", broken}"#).unwrap();
        assert_eq!(broken.sample_names().count(), 2);
        assert_eq!(broken.error(), None, "names are only a sample");
        assert_eq!(broken.members().count(), 2);
        assert!(broken.error().is_some());
    }

    /// Plaso writes the members of the container and the data type first. Others need not.
    #[test]
    fn attributes_are_found_wherever_they_are() {
        for names in [&[][..], &["size", "filename"]] {
            let (mut reader, ids) = reader(names);
            for json in [
                &br#"{"_a": 1, "data_type": "a", "size": 1, "filename": 2}"#[..],
                br#"{"size": 1, "_a": 1, "data_type": "a", "filename": 2}"#,
                br#"{"_a": 1, "size": 1, "filename": 2, "data_type": "a"}"#,
            ] {
                let data = reader.open(json).unwrap();
                ids.iter().for_each(|id| assert!(data.get(*id).is_some()));
                let mut walk = data.walk();
                let names: Vec<_> = std::iter::from_fn(|| walk.next_name()).collect();
                assert!(names.contains(&&b"size"[..]) && names.contains(&&b"filename"[..]), "{names:?}");
            }
        }
    }

    #[test]
    fn reads_no_further_than_asked_and_reports_what_is_broken() {
        let (mut reader, ids) = reader(&["filename", "size"]);
        let data = reader.open(br#"{"data_type": "a", "filename": "x", broken}"#).unwrap();
        assert_eq!(data.get(ids[0]), Some(Value::String("x".into())));
        assert_eq!(data.error(), None);
        assert_eq!(data.get(ids[1]), None);
        assert!(matches!(data.error(), Some(EventDataError::Json(_))));
    }

    #[test]
    fn what_is_no_event_data_is_refused() {
        let (mut reader, _) = reader(&[]);
        for text in ["", "[]", "{\"data_type\": \"a\"", "{}", "{\"data_type\": 1}"] {
            assert!(reader.open(text.as_bytes()).is_err(), "{text}");
        }
        for text in
            [&b"{\"data_type\": \"a\", \"x\": \"\t\"}"[..], b"{\"data_type\": \"a\", \"x\": \"\xff\"}"]
        {
            assert!(matches!(reader.open(text), Err(EventDataError::Json(_))), "{text:?}");
        }
        let data = reader.open(br#"{"data_type": "a", "_event_data_stream_identifier": "event.1"}"#).unwrap();
        assert!(data.stream().is_err());
    }
}
