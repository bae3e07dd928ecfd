//! Fields inside attributes: what a rule asks for as `xml_string.TargetUserName`.
//!
//! Some attributes hold texts with a structure of their own: the record of a Windows event log, the
//! pairs of an audit line, the parts of an HTTP request, the values of a registry key. A rule names
//! a field of one by the attribute's name, a dot and the field's name. An attribute is taken apart
//! when the first rule asks for one of its fields, once for an event data, and only fields that
//! some rule asks for are kept.

mod pairs;
mod registry_values;
mod request_line;
mod split;
mod xml;

use events::{AttributeId, Value};
use rustc_hash::FxHashMap;

pub(crate) use split::Split;

/// Takes texts apart that anybody may have written; for fuzzing. Returns the number of fields.
#[must_use]
pub fn count_fields(text: &str) -> usize {
    let mut count = 0;
    let mut decoded = String::new();
    xml::scan(text, |_, value| {
        decoded.clear();
        xml::decode(value, &mut decoded);
        count += 1;
    });
    pairs::scan(text, |_, _| count += 1);
    request_line::scan(text, |_, _| count += 1);
    count
}

/// Calls `found` with the name and the value of each field of an attribute's value, in the order of
/// the text. A value without fields has none.
pub fn visit_fields(attribute: &str, value: &Value<'_>, mut found: impl FnMut(&str, &str)) {
    match (Structure::of(attribute), value) {
        (Structure::EventXml, Value::String(xml)) => {
            let mut decoded = String::new();
            xml::scan(xml, |name, value| {
                decoded.clear();
                xml::decode(value, &mut decoded);
                found(name, &decoded);
            });
        }
        (Structure::RequestLine, Value::String(line)) => request_line::scan(line, found),
        (Structure::Pairs, Value::String(line)) => pairs::scan(line, found),
        (Structure::RegistryValues, value) => registry_values::scan(value, found),
        _ => {}
    }
}

/// Returns the texts that stand in the place of an attribute whose own text is mostly markup: the
/// values of all fields of the record of an event log.
pub(crate) fn texts(attribute: &[u8], value: &Value<'_>) -> Option<Vec<String>> {
    let (b"xml_string", Value::String(_)) = (attribute, value) else { return None };
    let mut texts = Vec::new();
    visit_fields("xml_string", value, |_, text| texts.push(text.to_owned()));
    Some(texts)
}

/// A field inside an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Field {
    pub(crate) attribute: AttributeId,
    structure: Structure,
    number: u32,
}

/// How an attribute's text is taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Structure {
    /// The XML of a record of a Windows event log.
    EventXml,
    /// `GET /path?query HTTP/1.1`.
    RequestLine,
    /// Names, types and data of the values of a registry key.
    RegistryValues,
    /// `name=value` in any other text.
    Pairs,
}

impl Structure {
    fn of(attribute: &str) -> Self {
        match attribute {
            "xml_string" => Self::EventXml,
            "http_request" => Self::RequestLine,
            "values" => Self::RegistryValues,
            _ => Self::Pairs,
        }
    }
}

/// The fields that rules ask for, numbered.
#[derive(Debug, Clone, Default)]
pub(crate) struct FieldNames {
    by_attribute: Vec<(AttributeId, FxHashMap<Box<str>, u32>)>,
    count: u32,
}

impl FieldNames {
    /// The attribute's name and the field's, if the name is that of a field.
    pub(crate) fn split(name: &str) -> Option<(&str, &str)> {
        name.split_once('.').filter(|(attribute, field)| !attribute.is_empty() && !field.is_empty())
    }

    /// The field of this name, which is added if it is new.
    pub(crate) fn register(&mut self, id: AttributeId, attribute: &str, field: &str) -> Field {
        let known = self.by_attribute.iter().position(|(known, _)| *known == id);
        let at = known.unwrap_or_else(|| {
            self.by_attribute.push((id, FxHashMap::default()));
            self.by_attribute.len() - 1
        });
        let number = *self.by_attribute[at].1.entry(field.into()).or_insert_with(|| {
            self.count += 1;
            self.count
        });
        Field { attribute: id, structure: Structure::of(attribute), number }
    }

    /// The numbers of the fields of an attribute, by name.
    fn of_attribute(&self, attribute: AttributeId) -> Option<&FxHashMap<Box<str>, u32>> {
        self.by_attribute.iter().find(|(known, _)| *known == attribute).map(|(_, names)| names)
    }
}
