//! An attribute that was taken apart.

use std::ops::Range;

use events::{AttributeId, Value};
use rustc_hash::FxHashMap;

use super::{Field, FieldNames, Structure, pairs, registry_values, request_line, xml};

/// How many values are kept of one attribute. The largest real record has some hundred.
const MOST_VALUES: usize = 1 << 14;

/// The fields of one attribute of one event data that rules ask for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Split {
    attribute: Option<AttributeId>,
    text: String,
    /// The text with its ASCII letters in lower case.
    lower: String,
    values: Vec<(u32, Range<usize>)>,
    /// For each number of a field, a bit that says whether there are values of it. Most rules ask
    /// for fields that a record does not have.
    has: Vec<u64>,
}

impl Split {
    /// Whether it is of this attribute.
    pub(crate) fn is_of(&self, field: Field) -> bool {
        self.attribute == Some(field.attribute)
    }

    /// Takes the value of the field's attribute apart, in the place of what is here.
    pub(crate) fn fill(&mut self, field: Field, names: &FieldNames, value: Option<&Value<'_>>) {
        self.attribute = Some(field.attribute);
        self.text.clear();
        self.lower.clear();
        self.values.clear();
        self.has.clear();
        self.split(field, names, value);
        self.lower.push_str(&self.text);
        self.lower.make_ascii_lowercase();
    }

    fn split(&mut self, field: Field, names: &FieldNames, value: Option<&Value<'_>>) {
        let (Some(names), Some(value)) = (names.of_attribute(field.attribute), value) else {
            return;
        };
        match (field.structure, value) {
            (Structure::EventXml, Value::String(xml)) => xml::scan(xml, |name, value| {
                self.add(names, name, |text| xml::decode(value, text));
            }),
            (Structure::RequestLine, Value::String(line)) => {
                request_line::scan(line, |name, value| self.add(names, name, |text| text.push_str(value)));
            }
            (Structure::Pairs, Value::String(line)) => {
                pairs::scan(line, |name, value| self.add(names, name, |text| text.push_str(value)));
            }
            (Structure::RegistryValues, value) => {
                registry_values::scan(value, |name, value| {
                    self.add(names, name, |text| text.push_str(value))
                });
            }
            _ => {}
        }
    }

    fn add(&mut self, names: &FxHashMap<Box<str>, u32>, name: &str, write: impl FnOnce(&mut String)) {
        if let Some(number) = names.get(name)
            && self.values.len() < MOST_VALUES
        {
            let start = self.text.len();
            write(&mut self.text);
            self.values.push((*number, start..self.text.len()));
            let (word, bit) = word_and_bit(*number);
            if self.has.len() <= word {
                self.has.resize(word + 1, 0);
            }
            self.has[word] |= bit;
        }
    }

    /// How much memory it holds, in bytes, roughly.
    pub(crate) fn size(&self) -> usize {
        2 * self.text.capacity() + self.values.capacity() * size_of::<(u32, Range<usize>)>()
    }

    /// The values of a field that are not empty, in the order of the text.
    pub(crate) fn values(&self, field: Field) -> impl Iterator<Item = &str> {
        self.all_values(field).filter(|value| !value.is_empty())
    }

    /// The values of a field, in the order of the text.
    pub(crate) fn all_values(&self, field: Field) -> impl Iterator<Item = &str> {
        self.ranges(field).map(|range| &self.text[range])
    }

    /// The values of a field, each with the same with its ASCII letters in lower case.
    pub(crate) fn values_and_lower(&self, field: Field) -> impl Iterator<Item = (&str, &str)> {
        self.ranges(field).map(|range| (&self.text[range.clone()], &self.lower[range]))
    }

    fn ranges(&self, field: Field) -> impl Iterator<Item = Range<usize>> {
        let (word, bit) = word_and_bit(field.number);
        let has = self.has.get(word).is_some_and(|bits| bits & bit != 0);
        let values = if has { &self.values[..] } else { &[] };
        let of_field = values.iter().filter(move |(number, _)| *number == field.number);
        of_field.map(|(_, range)| range.clone())
    }
}

/// The word of a field's bit, and the bit.
fn word_and_bit(number: u32) -> (usize, u64) {
    (number as usize / 64, 1 << (number % 64))
}
