//! An attribute that was taken apart.

use std::cell::OnceCell;
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
    /// For each value that is not ASCII, the same as [`folded`](crate::folded::folded) returns it,
    /// if a rule has asked for it: thousands of rules ask, and folding takes longer than most
    /// tests.
    folded: OnceCell<Vec<OnceCell<Box<str>>>>,
    /// Where the values of each member of a registry key begin. Other attributes have no members.
    members: Vec<usize>,
    /// For each number of a field, a bit that says whether there are values of it. Most rules ask
    /// for fields that a record does not have.
    has: Vec<u64>,
}

/// One value of a field, and how it reads in any case.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SplitText<'a> {
    /// ASCII characters, and the same in lower case.
    Ascii(&'a str, &'a str),
    /// Other characters, and the place for the same, folded.
    Other(&'a str, &'a OnceCell<Box<str>>),
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
        self.folded.take();
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
        let folded = self.folded.get().into_iter().flatten();
        let folded: usize =
            folded.map(|value| size_of_val(value) + value.get().map_or(0, |text| text.len())).sum();
        2 * self.text.capacity() + self.values.capacity() * size_of::<(u32, Range<usize>)>() + folded
    }

    /// The values of a field that are not empty, in the order of the text.
    pub(crate) fn values(&self, field: Field) -> impl Iterator<Item = &str> {
        self.all_values(field).filter(|value| !value.is_empty())
    }

    /// The values of a field, in the order of the text.
    pub(crate) fn all_values(&self, field: Field) -> impl Iterator<Item = &str> {
        self.places(field, None).map(|place| &self.text[self.values[place].1.clone()])
    }

    /// The values of a field, as they read in any case. `member` chooses those of one member of a
    /// registry key.
    pub(crate) fn texts(&self, field: Field, member: Option<u32>) -> impl Iterator<Item = SplitText<'_>> {
        self.places(field, member).map(|place| {
            let range = self.values[place].1.clone();
            let text = &self.text[range.clone()];
            if text.is_ascii() {
                return SplitText::Ascii(text, &self.lower[range]);
            }
            let folded = self.folded.get_or_init(|| vec![OnceCell::new(); self.values.len()]);
            SplitText::Other(text, &folded[place])
        })
    }

    /// The number of members of a registry key.
    pub(crate) fn members(&self) -> u32 {
        u32::try_from(self.members.len()).unwrap_or(u32::MAX)
    }

    /// Where the values of a field are in the list of all.
    fn places(&self, field: Field, member: Option<u32>) -> impl Iterator<Item = usize> {
        let (word, bit) = word_and_bit(field.number);
        let values = match self.has.get(word).is_some_and(|bits| bits & bit != 0) {
            true => member.map_or(0..self.values.len(), |member| self.of_member(member)),
            false => 0..0,
        };
        let start = values.start;
        let of_field = (start..).zip(&self.values[values]).filter(move |(_, value)| value.0 == field.number);
        of_field.map(|(place, _)| place)
    }

    fn of_member(&self, member: u32) -> Range<usize> {
        let member = member as usize;
        let start = self.members.get(member).copied().unwrap_or(0);
        start..self.members.get(member + 1).copied().unwrap_or(self.values.len())
    }
}

/// The word of a field's bit, and the bit.
fn word_and_bit(number: u32) -> (usize, u64) {
    (number as usize / 64, 1 << (number % 64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folded::folded;

    /// A registry key can have megabytes of such texts, and thousands of rules ask for them.
    #[test]
    fn a_text_is_folded_once() {
        let names = Numbers::from_iter([("a".into(), 0), ("b".into(), 1)]);
        let field = |number| Field { attribute: AttributeId::DATA_TYPE, structure: Structure::Path, number };
        let mut split = Split::default();
        for texts in [["A", "\u{c9}"], ["\u{3a3}", "B"]] {
            split.begin(field(0));
            split.add(&names, "a", Written::Plain(texts[0]), MOST_VALUES);
            split.add(&names, "b", Written::Plain(texts[1]), MOST_VALUES);
            split.finish();
            let fold = |number: u32| match split.texts(field(number), None).next().unwrap() {
                SplitText::Ascii(_, lower) => lower.as_ptr(),
                SplitText::Other(text, kept) => kept.get_or_init(|| folded(text).into()).as_ptr(),
            };
            assert_eq!([fold(0), fold(1)], [fold(0), fold(1)]);
            let read = |number: u32| match split.texts(field(number), None).next().unwrap() {
                SplitText::Ascii(text, lower) => (text.to_owned(), lower.to_owned()),
                SplitText::Other(text, kept) => (text.to_owned(), kept.get().unwrap().to_string()),
            };
            for (number, text) in (0..).zip(texts) {
                assert_eq!(read(number), (text.to_owned(), text.to_lowercase()));
            }
        }
    }
}
