//! Fields inside attributes: what a rule asks for as `xml_string.TargetUserName`.
//!
//! Some attributes hold texts with a structure of their own: the record of a Windows event log, the
//! pairs of an audit line, the parts of an HTTP request, the values of a registry key. A rule names
//! a field of one by the attribute's name, a dot and the field's name. An attribute is taken apart
//! when the first rule asks for one of its fields, once for an event data, and only fields that
//! some rule asks for are kept.

mod audit;
mod json_record;
mod location;
mod pairs;
mod registry_key;
mod registry_values;
mod request_line;
mod split;
mod structure;
mod xml;
mod xml_names;
mod xml_sections;
mod xml_value;

use events::{AttributeId, Value};
use rustc_hash::FxHashMap;

pub(crate) use registry_key::ATTRIBUTES as REGISTRY_ATTRIBUTES;
pub use registry_key::REGISTRY_VALUE;
pub(crate) use split::{Split, SplitText};
use structure::{Structure, Written};

/// Takes texts apart that anybody may have written; for fuzzing. Returns the number of fields.
#[must_use]
pub fn count_fields(text: &str) -> usize {
    let mut count = 0;
    let mut decoded = String::new();
    for structure in Structure::OF_TEXTS {
        structure.scan(
            &Value::String(text.into()),
            |_| true,
            |_, value| {
                decoded.clear();
                value.append_to(&mut decoded);
                count += 1;
            },
        );
    }
    count
}

/// Returns the first value of a field of an attribute's value.
#[must_use]
pub fn first_of_field(attribute: &str, field: &str, value: &Value<'_>) -> Option<String> {
    let mut first = None;
    Structure::of(attribute).scan(
        value,
        |name| name == field,
        |name, value| {
            if name == field && first.is_none() {
                let mut text = String::new();
                value.append_to(&mut text);
                first = Some(text);
            }
        },
    );
    first
}

/// Calls `found` with the name and the value of each field of an attribute's value, in the order of
/// the text. A value without fields has none. Fields that only repeat others in another form are
/// left out.
pub fn visit_fields(attribute: &str, value: &Value<'_>, mut found: impl FnMut(&str, &str)) {
    let mut decoded = String::new();
    Structure::of(attribute).scan(
        value,
        |name| !registry_key::OF_RECORD.contains(&name),
        |name, value| match value {
            Written::Plain(text) => found(name, text),
            Written::Xml(_) => {
                decoded.clear();
                value.append_to(&mut decoded);
                found(name, &decoded);
            }
        },
    );
}

/// Does what [`visit_fields`] does, but only for the fields that `asks` names. Other values are not
/// brought into the form in which they are compared.
pub fn visit_asked_fields(
    attribute: &str,
    value: &Value<'_>,
    asks: &AskedFields<'_>,
    mut found: impl FnMut(&str, &str),
) {
    let (Structure::EventXml, Value::String(xml)) = (Structure::of(attribute), value) else {
        return visit_fields(attribute, value, |name, text| {
            if (asks.is_asked)(name) {
                found(name, text);
            }
        });
    };
    let mut decoded = String::new();
    xml::scan(xml, asks.has_attributes, |name, written| {
        if (asks.is_asked)(name) {
            decoded.clear();
            xml_value::decode(written, &mut decoded);
            found(name, &decoded);
        }
    });
}

/// Returns whether a value may have a field that `asks` names. The value is JSON, as it is written.
/// If there is no such field, the value need not be decoded.
#[must_use]
pub fn may_have_fields(attribute: &str, written: &[u8], asks: &AskedFields<'_>) -> bool {
    let is_told = Structure::of(attribute) == Structure::EventXml && !asks.has_attributes;
    !is_told || xml_names::may_have(written, asks.is_asked)
}

/// The fields that [`visit_asked_fields`] is asked for.
pub struct AskedFields<'f> {
    /// Returns whether a field is asked for.
    pub is_asked: &'f dyn Fn(&str) -> bool,
    /// Whether a field with a `_` in its name is asked for. Attributes of XML have such names.
    pub has_attributes: bool,
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
    /// Of a field of a registry key, the attribute with the path of the key.
    pub(crate) attribute: AttributeId,
    structure: Structure,
    number: u32,
}

/// The numbers of fields, by name.
type Numbers = FxHashMap<Box<str>, u32>;

/// The attributes of which a registry key is read.
pub(crate) type RegistryAttributes = [AttributeId; REGISTRY_ATTRIBUTES.len()];

/// The fields that rules ask for, numbered.
#[derive(Debug, Clone, Default)]
pub(crate) struct FieldNames {
    by_source: Vec<((AttributeId, Structure), Numbers)>,
    count: u32,
    registry: Option<RegistryAttributes>,
}

impl FieldNames {
    /// The attribute's name and the field's, if the name is that of a field.
    pub(crate) fn split(name: &str) -> Option<(&str, &str)> {
        name.split_once('.').filter(|(attribute, field)| !attribute.is_empty() && !field.is_empty())
    }

    /// The field of this name, which is added if it is new.
    pub(crate) fn register(&mut self, id: AttributeId, attribute: &str, field: &str) -> Field {
        self.add(id, Structure::of(attribute), field)
    }

    /// The field of this name of registry keys and their values, which is added if it is new.
    pub(crate) fn register_of_registry(&mut self, attributes: RegistryAttributes, field: &str) -> Field {
        self.registry = Some(attributes);
        self.add(attributes[0], Structure::RegistryKey, field)
    }

    /// The attributes to read if this is a field of a registry key.
    pub(crate) fn registry_attributes(&self, field: Field) -> Option<&RegistryAttributes> {
        self.registry.as_ref().filter(|_| field.structure == Structure::RegistryKey)
    }

    fn add(&mut self, attribute: AttributeId, structure: Structure, field: &str) -> Field {
        let known = self.by_source.iter().position(|(known, _)| *known == (attribute, structure));
        let at = known.unwrap_or_else(|| {
            self.by_source.push(((attribute, structure), Numbers::default()));
            self.by_source.len() - 1
        });
        let number = *self.by_source[at].1.entry(field.into()).or_insert_with(|| {
            self.count += 1;
            self.count
        });
        Field { attribute, structure, number }
    }

    /// The numbers of the fields that are found together with a field, by name.
    fn beside(&self, field: Field) -> Option<&Numbers> {
        let source = (field.attribute, field.structure);
        self.by_source.iter().find(|(known, _)| *known == source).map(|(_, names)| names)
    }
}
