//! The values that a formatter works on: the attributes of an event, and what helpers made of them.

use events::Value;

use crate::Attributes;

/// The attributes of an event. Helpers can change and add values.
pub(super) struct Values<'e, 'a> {
    attributes: &'e Attributes<'a>,
    changed: Vec<(String, Option<Value<'a>>)>,
}

impl<'e, 'a> Values<'e, 'a> {
    pub(super) fn new(attributes: &'e Attributes<'a>) -> Self {
        Self { attributes, changed: Vec::new() }
    }

    /// Returns a value, or `None` if there is none.
    pub(super) fn get(&self, name: &str) -> Option<Value<'a>> {
        match self.changed.iter().rev().find(|(changed, _)| changed == name) {
            Some((_, value)) => value.clone(),
            None => self.attributes.get(name),
        }
    }

    /// Returns a value that is a text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.get(name) {
            Some(Value::String(text)) => Some(text.into_owned()),
            _ => None,
        }
    }

    /// Returns a value that is a whole number.
    pub(super) fn integer(&self, name: &str) -> Option<i128> {
        match self.get(name) {
            Some(Value::Integer(number)) => Some(number),
            Some(Value::Boolean(truth)) => Some(i128::from(truth)),
            _ => None,
        }
    }

    /// Returns the members of a list, or none.
    pub(super) fn list(&self, name: &str) -> Vec<Value<'a>> {
        match self.get(name) {
            Some(Value::List { members, .. }) => members,
            _ => Vec::new(),
        }
    }

    pub(super) fn set(&mut self, name: &str, value: Option<Value<'a>>) {
        self.changed.push((name.to_owned(), value));
    }

    pub(super) fn set_text(&mut self, name: &str, text: impl Into<String>) {
        self.set(name, Some(Value::String(text.into().into())));
    }

    /// Returns all values but dates and other objects in words, for an event without a format, or
    /// without a value that its format names.
    pub(super) fn in_words(&self) -> String {
        let names = self.attributes.stored_values().map(|(name, _)| name);
        let words = names.filter_map(|name| {
            let value = self.get(name).filter(|value| *value != Value::Object)?;
            Some(format!("{name}: {}", super::python::text(&value)))
        });
        words.collect::<Vec<_>>().join(" ")
    }
}
