//! The values that a formatter works on: the attributes of an event, and what helpers made of them.

use std::cell::Cell;
use std::collections::BTreeMap;

use events::{Value, json};

use super::size::{MAXIMUM_READ, size};
use crate::Attributes;

/// The attributes of an event. Helpers can change and add values.
pub(super) struct Values<'e, 'a> {
    attributes: &'e Attributes<'a>,
    changed: BTreeMap<String, Option<Value<'a>>>,
    /// How many bytes of [`MAXIMUM_READ`] are left.
    left: Cell<usize>,
}

impl<'e, 'a> Values<'e, 'a> {
    pub(super) fn new(attributes: &'e Attributes<'a>) -> Self {
        Self { attributes, changed: BTreeMap::new(), left: Cell::new(MAXIMUM_READ) }
    }

    /// Returns whether the message has read as much as it may, and should end.
    pub(super) fn are_used_up(&self) -> bool {
        self.left.get() == 0
    }

    fn take(&self, bytes: usize) {
        self.left.set(self.left.get().saturating_sub(bytes));
    }

    /// Returns a value, or `None` if there is none.
    pub(super) fn get(&self, name: &str) -> Option<Value<'a>> {
        match self.changed.get(name) {
            Some(value) => {
                self.take(1 + value.as_ref().map_or(0, size));
                value.clone()
            }
            None => {
                self.take(1 + self.attributes.stored(name).map_or(0, <[u8]>::len));
                self.attributes.get(name)
            }
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
        self.take(1 + value.as_ref().map_or(0, size));
        self.changed.insert(name.to_owned(), value);
    }

    pub(super) fn set_text(&mut self, name: &str, text: impl Into<String>) {
        self.set(name, Some(Value::String(text.into().into())));
    }

    /// Returns all values but dates and other objects in words, for an event without a format, or
    /// without a value that its format names.
    pub(super) fn in_words(&self) -> String {
        let words = self.attributes.stored_values().filter_map(|(name, stored)| {
            let value = match self.changed.get(name) {
                Some(value) => value.clone(),
                None => json::bounded_value(stored).ok().map(|bounded| bounded.value),
            };
            let value = value.filter(|value| !matches!(value, Value::Object | Value::Null))?;
            Some(format!("{name}: {}", super::python::text(&value)))
        });
        words.collect::<Vec<_>>().join(" ")
    }
}
