//! An attribute that was taken apart.

use std::ops::Range;

use events::{AttributeId, Value};

use super::registry_key;
use super::structure::{Structure, Written};
use super::{Field, FieldNames, Numbers};

/// How many values are kept of one attribute. The largest real record has some hundred.
const MOST_VALUES: usize = 1 << 14;

/// How many values are kept of one registry key, which may have thousands of values.
const MOST_OF_KEY: usize = 1 << 18;

/// The fields of one attribute of one event data that rules ask for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Split {
    source: Option<(AttributeId, Structure)>,
    text: String,
    /// The text with its ASCII letters in lower case.
    lower: String,
    values: Vec<(u32, Range<usize>)>,
    /// Where the values of each member of a registry key begin. Other attributes have no members.
    members: Vec<usize>,
    /// For each number of a field, a bit that says whether there are values of it. Most rules ask
    /// for fields that a record does not have.
    has: Vec<u64>,
}

impl Split {
    /// Whether it is of this attribute.
    pub(crate) fn is_of(&self, field: Field) -> bool {
        self.source == Some((field.attribute, field.structure))
    }

    /// Takes the value of the field's attribute apart, in the place of what is here.
    pub(crate) fn fill(&mut self, field: Field, names: &FieldNames, value: Option<&Value<'_>>) {
        self.begin(field);
        if let (Some(names), Some(value)) = (names.beside(field), value) {
            let asks = |name: &str| names.contains_key(name);
            field.structure.scan(value, asks, |name, value| self.add(names, name, value, MOST_VALUES));
        }
        self.finish();
    }

    /// Takes a registry key apart, of which these are the values of the attributes, in the place of
    /// what is here.
    pub(crate) fn fill_from_key(&mut self, field: Field, names: &FieldNames, values: &[Option<Value<'_>>]) {
        self.begin(field);
        if let Some(names) = names.beside(field) {
            registry_key::scan(values, &mut |found| {
                if found.member as usize >= self.members.len() {
                    self.members.push(self.values.len());
                }
                self.add(names, found.field, Written::Plain(found.text), MOST_OF_KEY);
            });
        }
        self.finish();
    }

    fn begin(&mut self, field: Field) {
        self.source = Some((field.attribute, field.structure));
        self.text.clear();
        self.lower.clear();
        self.values.clear();
        self.members.clear();
        self.has.clear();
    }

    fn finish(&mut self) {
        self.lower.push_str(&self.text);
        self.lower.make_ascii_lowercase();
    }

    fn add(&mut self, names: &Numbers, name: &str, value: Written<'_>, most: usize) {
        if let Some(number) = names.get(name)
            && self.values.len() < most
        {
            let start = self.text.len();
            value.append_to(&mut self.text);
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
        self.ranges(field, None).map(|range| &self.text[range])
    }

    /// The values of a field, each with the same with its ASCII letters in lower case. `member`
    /// chooses those of one member of a registry key.
    pub(crate) fn values_and_lower(
        &self,
        field: Field,
        member: Option<u32>,
    ) -> impl Iterator<Item = (&str, &str)> {
        self.ranges(field, member).map(|range| (&self.text[range.clone()], &self.lower[range]))
    }

    /// The number of members of a registry key.
    pub(crate) fn members(&self) -> u32 {
        u32::try_from(self.members.len()).unwrap_or(u32::MAX)
    }

    fn ranges(&self, field: Field, member: Option<u32>) -> impl Iterator<Item = Range<usize>> {
        let (word, bit) = word_and_bit(field.number);
        let values = match self.has.get(word).is_some_and(|bits| bits & bit != 0) {
            true => member.map_or(&self.values[..], |member| self.of_member(member)),
            false => &[],
        };
        let of_field = values.iter().filter(move |(number, _)| *number == field.number);
        of_field.map(|(_, range)| range.clone())
    }

    fn of_member(&self, member: u32) -> &[(u32, Range<usize>)] {
        let member = member as usize;
        let start = self.members.get(member).copied().unwrap_or(0);
        let end = self.members.get(member + 1).copied().unwrap_or(self.values.len());
        &self.values[start..end]
    }
}

/// The word of a field's bit, and the bit.
fn word_and_bit(number: u32) -> (usize, u64) {
    (number as usize / 64, 1 << (number % 64))
}
