//! JSON files of any size, read element by element with their lines.
//!
//! Nothing here makes a tree of a file. serde_json refuses values that are nested more than 128
//! deep, and passes over unknown ones without recursion.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The longest list of tags that is kept, in bytes.
const LONGEST_TAGS: usize = 1 << 10;

/// A file, in which the lines of its parts are looked up.
pub(crate) struct Lines<'a> {
    text: &'a str,
    /// The last place that was looked up, and its line.
    last: Cell<(usize, u32)>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, last: Cell::new((0, 1)) }
    }

    /// Returns the line of a part of the file, from 1.
    pub(crate) fn line_of(&self, part: &str) -> u32 {
        let position = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let (at, line) = match self.last.get() {
            (at, line) if at <= position => (at, line),
            _ => (0, 1),
        };
        let between = self.text.as_bytes().get(at..position).unwrap_or_default();
        let line = line + between.iter().filter(|byte| **byte == b'\n').count() as u32;
        self.last.set((position, line));
        line
    }
}

/// Why a part of a file cannot be used.
pub(crate) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // The place is that in the part, not in the file.
    text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason).to_owned()
}

/// Calls `visit` for each element of an array, until it fails.
pub(crate) fn each_element<'a, E>(
    array: &'a RawValue,
    mut visit: impl FnMut(&'a RawValue) -> Result<(), E>,
) -> Result<(), Failed<E>> {
    each(array, &mut |_, element| visit(element))
}

/// Calls `visit` for each member of an object, until it fails.
pub(crate) fn each_member<'a, E>(
    object: &'a RawValue,
    mut visit: impl FnMut(&str, &'a RawValue) -> Result<(), E>,
) -> Result<(), Failed<E>> {
    each(object, &mut |name, member| visit(name, member))
}

/// Why elements could not be visited.
#[derive(Debug)]
pub(crate) enum Failed<E> {
    /// The JSON is malformed, or is neither an array nor an object.
    Json(serde_json::Error),
    /// The visit of an element failed.
    Visit(E),
}

impl<E> From<serde_json::Error> for Failed<E> {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

type Visit<'v, 'a, E> = dyn FnMut(&str, &'a RawValue) -> Result<(), E> + 'v;

fn each<'a, E>(value: &'a RawValue, visit: &mut Visit<'_, 'a, E>) -> Result<(), Failed<E>> {
    let mut failure = None;
    let mut deserializer = serde_json::Deserializer::from_str(value.get());
    let result = Each { visit, failure: &mut failure }.deserialize(&mut deserializer);
    match (failure, result) {
        (Some(failure), _) => Err(Failed::Visit(failure)),
        (None, result) => Ok(result?),
    }
}

struct Each<'f, 'v, 'a, E> {
    visit: &'f mut Visit<'v, 'a, E>,
    failure: &'f mut Option<E>,
}

impl<'a, E> Each<'_, '_, 'a, E> {
    fn visit<F: de::Error>(&mut self, name: &str, value: &'a RawValue) -> Result<(), F> {
        (self.visit)(name, value).map_err(|failure| {
            *self.failure = Some(failure);
            F::custom("stopped")
        })
    }
}

impl<'a, E> DeserializeSeed<'a> for Each<'_, '_, 'a, E> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a, E> Visitor<'a> for Each<'_, '_, 'a, E> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array or an object")
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut elements: A) -> Result<(), A::Error> {
        while let Some(element) = elements.next_element::<&'a RawValue>()? {
            self.visit("", element)?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(mut self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<Text<'a>>()? {
            let member = members.next_value::<&'a RawValue>()?;
            self.visit(&name.0, member)?;
        }
        Ok(())
    }
}

/// A text, which borrows from the file if it has no escapes. Numbers and truth values are texts,
/// too, since exports differ in what they quote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'a> Visitor<'a> for TextVisitor {
    type Value = Text<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<Self::Value, E> {
        Ok(Text(text.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(text.to_owned().into()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Text(if value { "true" } else { "false" }.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Text(number.to_string().into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Text(number.to_string().into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Text(number.to_string().into()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Text::default())
    }
}

/// Texts, or objects with a name, as one text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tags(pub(crate) String);

impl Tags {
    pub(crate) fn add(&mut self, tag: &str) {
        if !tag.is_empty() && self.0.len() + tag.len() <= LONGEST_TAGS {
            if !self.0.is_empty() {
                self.0.push_str(", ");
            }
            self.0.push_str(tag);
        }
    }
}

impl<'a> Deserialize<'a> for Tags {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        let mut tags = Self::default();
        let Some(array) = Option::<&'a RawValue>::deserialize(deserializer)? else { return Ok(tags) };
        let visited = each_element(array, |tag| {
            tags.add(&name_of_tag(tag)?);
            Ok::<(), serde_json::Error>(())
        });
        match visited {
            Ok(()) => Ok(tags),
            Err(Failed::Json(error) | Failed::Visit(error)) => Err(de::Error::custom(reason(&error))),
        }
    }
}

fn name_of_tag(tag: &RawValue) -> Result<Cow<'_, str>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Tag<'a> {
        #[serde(borrow, default)]
        name: Text<'a>,
    }
    if tag.get().starts_with('{') {
        return Ok(serde_json::from_str::<Tag<'_>>(tag.get())?.name.0);
    }
    Ok(serde_json::from_str::<Text<'_>>(tag.get())?.0)
}

/// Returns whether a file has the ending of one JSON document.
pub(crate) fn has_ending_of_json(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_have_lines() {
        let text = "[\n 1,\n\n {\"a\": [2]}, \"x\"\n]";
        let lines = Lines::new(text);
        let raw: &RawValue = serde_json::from_str(text).unwrap();
        let mut seen = Vec::new();
        each_element(raw, |element| {
            seen.push((lines.line_of(element.get()), element.get()));
            Ok::<(), ()>(())
        })
        .unwrap();
        assert_eq!(seen, [(2, "1"), (4, "{\"a\": [2]}"), (4, "\"x\"")]);
        assert!(matches!(each_element(raw, |_| Err(5)), Err(Failed::Visit(5))));
    }

    #[test]
    fn tags_are_joined() {
        let tags = |json| serde_json::from_str::<Tags>(json).unwrap().0;
        assert_eq!(tags(r#"[{"name": "tlp:white", "colour": 5}, "b", {"c": 1}]"#), "tlp:white, b");
        assert_eq!(tags("null"), "");
        assert!(tags(&format!("[{}\"a\"]", "\"abcdefghij\",".repeat(1000))).len() <= LONGEST_TAGS);
        assert!(serde_json::from_str::<Tags>("5").is_err());
    }

    #[test]
    fn deep_values_are_refused_or_passed_over() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let raw: &RawValue = serde_json::from_str(&deep).unwrap();
        assert!(each_element(raw, |_| Ok::<(), ()>(())).is_ok());
        assert!(serde_json::from_str::<Text<'_>>(&deep).is_err());
    }
}
