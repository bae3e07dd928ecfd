//! How the text of an attribute is taken apart: the one place that knows all ways.

use events::Value;

use super::{json_record, location, pairs, registry_key, registry_values, request_line, xml, xml_value};

/// How an attribute's text is taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Structure {
    /// The XML of a record of a Windows event log.
    EventXml,
    /// `GET /path?query HTTP/1.1`.
    RequestLine,
    /// Names, types and data of the values of a registry key.
    RegistryValues,
    /// A registry key and its values, which are in several attributes.
    RegistryKey,
    /// The record of a cloud service, in JSON.
    JsonRecord,
    /// The address of a page.
    Url,
    /// The path of a file.
    Path,
    /// `name=value` in any other text.
    Pairs,
}

/// The value of a field, as its attribute has it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Written<'t> {
    Plain(&'t str),
    /// Text in XML, with entities.
    Xml(&'t str),
}

impl Written<'_> {
    pub(super) fn append_to(self, text: &mut String) {
        match self {
            Self::Plain(plain) => text.push_str(plain),
            Self::Xml(written) => xml_value::decode(written, text),
        }
    }
}

impl Structure {
    /// All that texts may have.
    pub(super) const OF_TEXTS: [Self; 6] =
        [Self::EventXml, Self::RequestLine, Self::JsonRecord, Self::Url, Self::Path, Self::Pairs];

    pub(super) fn of(attribute: &str) -> Self {
        match attribute {
            "xml_string" => Self::EventXml,
            "http_request" => Self::RequestLine,
            "cloud_trail_event" => Self::JsonRecord,
            "values" => Self::RegistryValues,
            "url" => Self::Url,
            "filename" => Self::Path,
            _ => Self::Pairs,
        }
    }

    /// Calls `found` with the name and the value of each field of an attribute's value, in the
    /// order of the text. A value of another form has none. `asks` says whether a field of this
    /// name is asked for; fields that take a search of their own are left out if not.
    pub(super) fn scan(
        self,
        value: &Value<'_>,
        asks: impl Fn(&str) -> bool,
        mut found: impl FnMut(&str, Written<'_>),
    ) {
        let mut plain = |name: &str, value: &str| found(name, Written::Plain(value));
        match (self, value) {
            (Self::EventXml, Value::String(xml)) => {
                let mut is_of_registry = false;
                xml::scan(xml, true, |name, value| {
                    is_of_registry |= name == registry_key::VALUE_OF_RECORD;
                    found(name, Written::Xml(value));
                });
                if is_of_registry && registry_key::OF_RECORD.into_iter().any(&asks) {
                    let of_record = |name: &str| first_of_record(xml, name);
                    registry_key::scan_record(of_record, &mut |name, value| {
                        found(name, Written::Plain(value))
                    });
                }
            }
            // A program for Linux writes the records of a Windows event log into other logs:
            // Sysmon.
            (Self::Pairs, Value::String(text)) if text.trim_start().starts_with("<Event>") => {
                xml::scan(text, true, |name, value| found(name, Written::Xml(value)));
            }
            (Self::Pairs, Value::String(line)) => {
                pairs::scan(line, asks(pairs::PROGRAM) || asks(pairs::COMMAND), plain);
            }
            (Self::RequestLine, Value::String(line)) => request_line::scan(line, plain),
            (Self::JsonRecord, Value::String(record)) => json_record::scan(record, plain),
            (Self::Url, Value::String(url)) => location::scan_url(url, plain),
            (Self::Path, Value::String(path)) => location::scan_path(path, plain),
            (Self::RegistryValues, value) => registry_values::scan(value, &mut plain),
            // A key is read from several attributes: see `registry_key`.
            _ => {}
        }
    }
}

/// Returns the first value of a field of a record.
fn first_of_record(xml: &str, name: &str) -> Option<String> {
    let mut first = None;
    xml::scan(xml, true, |known, value| {
        if known == name && first.is_none() {
            let mut text = String::new();
            xml_value::decode(value, &mut text);
            first = Some(text);
        }
    });
    first
}
