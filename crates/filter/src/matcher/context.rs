//! An event while it is matched: its values, decoded once however many rules read them.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};

use events::{EventView, Value};

use crate::fields::{Field, Split};
use crate::folded::folded;
use crate::matcher::any_value::AnyValue;
use crate::matcher::scratch::{self, Scratch};
use crate::subject::Subject;

/// An event that is being matched.
pub(crate) struct MatchContext<'e, 'v> {
    pub(crate) event: &'e EventView<'v>,
    pub(crate) scratch: &'e Scratch,
    /// The values decoded so far, in the order they were asked for. They live on the stack because
    /// memory would have to be allocated for each event; what does not fit is decoded again.
    values: [OnceCell<(Subject, Option<Value<'v>>)>; 8],
    /// The texts in lower case that were asked for so far; likewise.
    lowered: [OnceCell<(Subject, String)>; 4],
    /// The folded texts that are not ASCII and were asked for so far; likewise.
    folded: [OnceCell<(Subject, String)>; 4],
    /// Whether the values of all attributes were asked for, and the values if that was twice.
    pub(crate) asked_any_value: Cell<bool>,
    pub(crate) any_values: OnceCell<Vec<AnyValue<'v>>>,
    /// The attributes taken apart so far; likewise.
    splits: [OnceCell<Split>; 2],
    /// The one member of a registry key that is looked at, if not all are.
    pub(crate) member: Cell<Option<u32>>,
}

impl<'e, 'v> MatchContext<'e, 'v> {
    pub(crate) fn new(event: &'e EventView<'v>, scratch: &'e Scratch) -> Self {
        Self {
            event,
            scratch,
            values: [const { OnceCell::new() }; 8],
            lowered: [const { OnceCell::new() }; 4],
            folded: [const { OnceCell::new() }; 4],
            asked_any_value: Cell::new(false),
            any_values: OnceCell::new(),
            splits: [const { OnceCell::new() }; 2],
            member: Cell::new(None),
        }
    }

    /// Calls `with` with the subject's value, or nothing if the event does not have it.
    pub(crate) fn with_value<R>(&self, subject: Subject, with: impl FnOnce(Option<&Value<'v>>) -> R) -> R {
        for slot in &self.values {
            let (held, value) = slot.get_or_init(|| (subject, subject.value(self.event)));
            if *held == subject {
                return with(value.as_ref());
            }
        }
        with(subject.value(self.event).as_ref())
    }

    /// Returns the subject's value as it is written ([`Subject::written`]), if it was not decoded
    /// yet.
    pub(crate) fn undecoded(&self, subject: Subject) -> Option<&'v [u8]> {
        let is_decoded = self.values.iter().filter_map(OnceCell::get).any(|(held, _)| *held == subject);
        if is_decoded { None } else { subject.written(self.event) }
    }

    /// Calls `with` with the attribute of a field, taken apart.
    pub(crate) fn with_split<R>(&self, field: Field, with: impl FnOnce(&Split) -> R) -> R {
        let attribute = Subject::Data(field.attribute);
        if self.with_value(attribute, |value| value.is_none()) {
            return with(&Split::default());
        }
        let fill = || {
            let mut split = self.scratch.split();
            let names = &self.scratch.fields;
            match names.registry_attributes(field) {
                Some(attributes) => {
                    let values = attributes.map(|attribute| Subject::Data(attribute).value(self.event));
                    split.fill_from_key(field, names, &values);
                }
                None => self.with_value(attribute, |value| split.fill(field, names, value)),
            }
            split
        };
        for slot in &self.splits {
            let split = slot.get_or_init(fill);
            if split.is_of(field) {
                return with(split);
            }
        }
        let split = fill();
        let result = with(&split);
        self.scratch.give_back_split(split);
        result
    }

    /// Returns whether `is_met` holds while one of the members of a registry key is looked at
    /// alone.
    pub(crate) fn has_member(&self, field: Field, mut is_met: impl FnMut() -> bool) -> bool {
        let members = self.with_split(field, Split::members);
        let outer = self.member.get();
        let found = (0..members).any(|member| {
            self.member.set(Some(member));
            is_met()
        });
        self.member.set(outer);
        found
    }

    /// The text, which is the subject's value, in lower case.
    pub(crate) fn lowered<'t>(&'t self, subject: Subject, text: &'t str) -> Cow<'t, str> {
        if scratch::is_lower_ascii(text) {
            return Cow::Borrowed(text);
        }
        for slot in &self.lowered {
            let (held, lowered) = slot.get_or_init(|| (subject, self.scratch.lowered_in_buffer(text)));
            if *held == subject {
                return Cow::Borrowed(lowered);
            }
        }
        Cow::Owned(text.to_lowercase())
    }

    /// The text, which is the subject's value and not ASCII, as [`folded`] returns it.
    pub(crate) fn folded(&self, subject: Subject, text: &str) -> Cow<'_, str> {
        for slot in &self.folded {
            let (held, folded) = slot.get_or_init(|| (subject, folded(text)));
            if *held == subject {
                return Cow::Borrowed(folded);
            }
        }
        Cow::Owned(folded(text))
    }
}

impl Drop for MatchContext<'_, '_> {
    fn drop(&mut self) {
        for slot in &mut self.splits {
            if let Some(split) = slot.take() {
                self.scratch.give_back_split(split);
            }
        }
        for slot in &mut self.lowered {
            if let Some((_, buffer)) = slot.take() {
                self.scratch.give_back(buffer);
            }
        }
    }
}
