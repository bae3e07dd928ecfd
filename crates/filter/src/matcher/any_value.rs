//! The values of all attributes of an event.

use events::{EventData, Value, json};

use crate::fields;

/// A value of any attribute.
pub(crate) enum AnyValue<'v> {
    Value(Value<'v>),
    /// The texts that stand in the place of a value.
    Texts(Vec<String>),
}

impl<'v> AnyValue<'v> {
    fn of(name: &[u8], value: Value<'v>) -> Self {
        match fields::texts(name, &value) {
            Some(texts) => Self::Texts(texts),
            None => Self::Value(value),
        }
    }
}

/// Returns the values of all attributes. What names the kind of event data, its parser or its
/// stream is no evidence.
pub(crate) fn any_values<'v>(data: &EventData<'v>) -> impl Iterator<Item = AnyValue<'v>> {
    let is_evidence = |(name, _): &(&[u8], &[u8])| !name.starts_with(b"_") && *name != b"data_type";
    // What cannot be read counts as missing.
    data.members()
        .filter(is_evidence)
        .filter_map(|(name, written)| Some(AnyValue::of(name, json::value(written).ok()?)))
}
