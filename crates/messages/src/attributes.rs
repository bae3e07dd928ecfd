//! All attributes of an event, by name.

use std::borrow::Cow;
use std::cell::OnceCell;

use events::{EventData, EventDataStream, EventView, OtherNames, StreamAttribute, Value, json};

use crate::lines::line_of;
use crate::process_number::process_number;
use crate::show::{push_line, shown, shown_whole};

/// The attributes of an event data and of its stream, by name.
///
/// It reads all attributes, whichever the reader of the store has registered. So the store need
/// only be read with [`Reads`](events::Reads) that has `event_data`, and `stream` for the file. A
/// value is decoded when it is asked for.
#[derive(Debug)]
pub struct Attributes<'a> {
    data_type: Cow<'a, str>,
    // An export asks this for each attribute that an event does not have.
    other_names: OtherNames,
    members: Vec<(&'a str, &'a [u8])>,
    /// The marks of all names of `members`.
    marks: u64,
    stream: Option<&'a EventDataStream>,
    /// The fields of the XML of an event record, if anybody has asked for one.
    xml: OnceCell<Vec<(String, String)>>,
}

/// The attribute that has the XML of a record of a Windows event log.
const XML: &str = "xml_string";

impl<'a> Attributes<'a> {
    /// Reads the names of all attributes of an event. They are none if the event data is not read.
    #[must_use]
    pub fn of(event: &EventView<'a>) -> Self {
        Self::new(event.data.map(members).unwrap_or_default(), event.stream)
    }

    /// Reads the names of all attributes of an event data, without its stream.
    #[must_use]
    pub fn of_data(data: &EventData<'a>) -> Self {
        Self::new(members(data), None)
    }

    fn new(members: Vec<(&'a str, &'a [u8])>, stream: Option<&'a EventDataStream>) -> Self {
        let data_type = members.iter().find(|(name, _)| *name == "data_type");
        let data_type = match data_type.map(|(_, stored)| json::value(stored)) {
            Some(Ok(Value::String(text))) => text,
            _ => Cow::Borrowed(""),
        };
        let other_names = OtherNames::of(&data_type);
        let marks = members.iter().fold(0, |marks, (name, _)| marks | mark(name));
        Self { data_type, other_names, members, marks, stream, xml: OnceCell::new() }
    }

    /// Returns the data type, such as `fs:stat`, or an empty text.
    #[must_use]
    pub fn data_type(&self) -> &str {
        &self.data_type
    }

    /// Returns the value of an attribute of the event data. Returns `None` if there is no such
    /// attribute, its value is `null`, or it cannot be read. Very long lists are cut.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        let stored = self.stored(name)?;
        // The end of a string is known, and most values are strings.
        let value = match stored.first() {
            Some(b'"') => json::member_value(stored).ok()?,
            _ => json::bounded_value(stored).ok()?.value,
        };
        Some(value).filter(|value| *value != Value::Null)
    }

    /// Returns the value of an attribute of the event data as it is stored, which is JSON. If the
    /// data type has the attribute under another name in another version of Plaso, either name
    /// finds it.
    #[must_use]
    pub fn stored(&self, name: &str) -> Option<&'a [u8]> {
        self.member(name).or_else(|| self.member(self.other_names.find(name)?))
    }

    /// Returns the values of a field inside an attribute, such as `xml_string.TargetUserName`, that
    /// are not empty.
    #[must_use]
    pub fn field_values(&self, name: &str) -> Vec<String> {
        let mut values = Vec::new();
        if let Some((attribute, field)) = name.split_once('.')
            && let Some(value) = self.get(attribute)
        {
            filter::visit_fields(attribute, &value, |name, value| {
                if name == field && !value.is_empty() && values.len() < MAXIMUM_FIELDS {
                    values.push(value.to_owned());
                }
            });
        }
        values
    }

    /// Returns the attribute of the stream, if the store was read with it.
    #[must_use]
    pub fn of_stream(&self, attribute: StreamAttribute) -> Option<&'a str> {
        self.stream.and_then(|stream| stream.attribute(attribute))
    }

    /// Returns the value of an attribute, or of a field such as `xml_string.TargetUserName` or
    /// `strings.0`, as text. If a field holds XML itself, its elements are fields too, such as
    /// `xml_string.TaskContent.Command`, and so are lines of the form `name = value`, such as
    /// `xml_string.ContextInfo.User`. Returns `None` if there is none, or the text is empty or only
    /// `-`.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        // Most names have no dot, and `split_once` takes longer to find that.
        let dot = name.bytes().position(|byte| byte == b'.');
        let text = match dot.map(|dot| (&name[..dot], &name[dot + 1..])) {
            None => shown_whole(self.get(name)?)?,
            Some((XML, field)) => match field.split_once('.') {
                None => Cow::Borrowed(self.xml_field(field)?),
                Some((outer, inner)) => self.field_of_field(outer, inner)?.into(),
            },
            Some((attribute, field)) => self.field(attribute, field)?.into(),
        };
        let trimmed = text.trim();
        (!trimmed.is_empty() && trimmed != "-").then_some(text)
    }

    /// Returns names and values of all members of the event data as they are stored, in their
    /// order.
    #[must_use]
    pub fn members(&self) -> &[(&'a str, &'a [u8])] {
        &self.members
    }

    /// Returns names and values of the event data's attributes as they are stored, in their order.
    /// Leaves out Plaso's internal ones, whose names begin with `_`, and the data type.
    pub fn stored_values(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let of_event = |(name, _): &(&str, &[u8])| !name.starts_with('_') && *name != "data_type";
        self.members.iter().copied().filter(of_event)
    }

    /// Returns all attributes in words: `name: value; name: value`. Returns the data type if there
    /// is no attribute to show.
    pub(crate) fn in_words(&self) -> String {
        let mut out = String::new();
        for (name, stored) in self.stored_values() {
            let value = json::bounded_value(stored).ok().map(|bounded| bounded.value);
            let Some(text) = value.as_ref().and_then(shown).filter(|text| !text.is_empty()) else {
                continue;
            };
            // Plaso's plugins for databases store their statement with each event.
            if name == "query" && text.starts_with("SELECT ") {
                continue;
            }
            push_named(&mut out, name, &text);
        }
        if out.is_empty() {
            out.push_str(&self.data_type);
        }
        out
    }

    /// Writes the fields that an event record has of its own, outside of `System`, without those
    /// that say nothing to people. Returns `false` if there are none.
    pub(crate) fn write_record_fields(&self, out: &mut String) -> bool {
        let mut words = String::new();
        for (name, value) in self.xml_fields() {
            if matches!(value.trim(), "" | "-") || is_of_system(name) || is_technical(name) {
                continue;
            }
            match name.as_str() {
                // Values without a name, and the name of what the values are about.
                "Data" | "EventData_Name" => push_value(&mut words, value),
                name => push_named(&mut words, name, value),
            }
        }
        out.push_str(&words);
        !words.is_empty()
    }

    fn member(&self, name: &str) -> Option<&'a [u8]> {
        if self.marks & mark(name) == 0 {
            return None;
        }
        self.members.iter().find(|(known, _)| *known == name).map(|(_, stored)| *stored)
    }

    /// Returns the first value of a field of the XML that is not empty.
    fn xml_field(&self, field: &str) -> Option<&str> {
        let mut values = self.xml_fields().iter().filter(|(name, _)| name == field);
        values.find(|(_, value)| !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Returns an element or a line of the first field of this name that has one.
    fn field_of_field(&self, outer: &str, inner: &str) -> Option<String> {
        let mut values = self.xml_fields().iter().filter(|(name, _)| name == outer);
        values.find_map(|(_, value)| {
            field_of_xml(value, inner).or_else(|| line_of(value, inner).map(str::to_owned))
        })
    }

    fn xml_fields(&self) -> &[(String, String)] {
        self.xml.get_or_init(|| {
            let mut fields = Vec::new();
            if let Some(value @ Value::String(_)) = self.get(XML) {
                filter::visit_fields(XML, &value, |name, value| {
                    if fields.len() < MAXIMUM_FIELDS {
                        fields.push((name.to_owned(), value.to_owned()));
                    }
                });
            }
            fields
        })
    }

    /// Returns a member of a list by its number, or a field of another attribute.
    fn field(&self, attribute: &str, field: &str) -> Option<String> {
        let value = self.get(attribute)?;
        if let (Value::List { members, .. }, Ok(number)) = (&value, field.parse::<usize>()) {
            return members.get(number).and_then(shown).map(Cow::into_owned);
        }
        self.field_values(&format!("{attribute}.{field}")).into_iter().next()
    }
}

/// Returns one of 64 bits for a name. Most attributes that are asked for are not there, and their
/// bit says so.
fn mark(name: &str) -> u64 {
    let of = |byte: Option<&u8>| byte.copied().map_or(0, usize::from);
    let (first, last) = (of(name.as_bytes().first()), of(name.as_bytes().last()));
    1 << ((name.len() + 7 * first + 13 * last) % 64)
}

/// The largest real record has some hundred fields.
const MAXIMUM_FIELDS: usize = 1 << 14;

/// Returns the first value of a field of an XML text that is not empty.
fn field_of_xml(xml: &str, field: &str) -> Option<String> {
    let mut found = None;
    filter::visit_fields(XML, &Value::String(xml.into()), |name, value| {
        if found.is_none() && name == field && !value.is_empty() {
            found = Some(value.to_owned());
        }
    });
    found
}

fn push_named(out: &mut String, name: &str, value: &str) {
    push_separator(out);
    out.push_str(name);
    out.push_str(": ");
    push_line(process_number(name, value).as_deref().unwrap_or(value), out);
}

fn push_value(out: &mut String, value: &str) {
    push_separator(out);
    push_line(value, out);
}

fn push_separator(out: &mut String) {
    if !out.is_empty() {
        out.push_str("; ");
    }
}

/// Returns whether a field of a record is for programs: bytes, or the name of a schema.
fn is_technical(field: &str) -> bool {
    field == "Binary" || field.ends_with("_xmlns") || field.contains("_xmlns:")
}

/// Returns whether a field belongs to what all event records have.
fn is_of_system(field: &str) -> bool {
    const ELEMENTS: [&str; 9] =
        ["EventID", "Version", "Level", "Task", "Opcode", "Keywords", "EventRecordID", "Channel", "Computer"];
    const WITH_ATTRIBUTES: [&str; 7] =
        ["Event_", "EventID_", "Provider_", "TimeCreated_", "Correlation_", "Execution_", "Security_"];
    ELEMENTS.contains(&field) || WITH_ATTRIBUTES.iter().any(|element| field.starts_with(element))
}

/// Nearly no event data has more members, so that the list of them need not grow.
const USUAL_MEMBERS: usize = 32;

fn members<'a>(data: &EventData<'a>) -> Vec<(&'a str, &'a [u8])> {
    let text = |(name, value)| Some((std::str::from_utf8(name).ok()?, value));
    let mut members = Vec::with_capacity(USUAL_MEMBERS);
    members.extend(data.members().filter_map(text));
    members
}
