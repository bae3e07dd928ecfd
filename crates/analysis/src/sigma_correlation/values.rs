//! Takes the values out of events that correlations need.

use events::{AttributeId, AttributeNames, EventData, Value};
use filter::first_of_field;
use sigma::{Field, UsedRule};

use super::record::FieldValue;

/// Reads the fields that correlations need of the records of each rule.
pub(crate) struct FieldReader {
    of_rules: Vec<Vec<Places>>,
}

/// Where a field is in events of each data type.
type Places = Vec<(&'static str, Vec<Place>)>;

struct Place {
    attribute: AttributeId,
    /// If the field is inside the attribute, the attribute's name and the field's.
    inside: Option<(String, String)>,
}

impl FieldReader {
    /// Registers all attributes that are needed.
    pub(crate) fn new(rules: &[UsedRule], names: &mut AttributeNames) -> Self {
        let mut place = |name: &String| match name.split_once('.') {
            Some((attribute, field)) => {
                let inside = Some((attribute.to_owned(), field.to_owned()));
                Place { attribute: names.register(attribute), inside }
            }
            None => Place { attribute: names.register(name), inside: None },
        };
        let mut places = |Field { attributes, .. }: &Field| {
            let of_data_type = |(data_type, names): &(&'static str, Vec<String>)| {
                (*data_type, names.iter().map(&mut place).collect())
            };
            attributes.iter().map(of_data_type).collect()
        };
        Self { of_rules: rules.iter().map(|rule| rule.fields.iter().map(&mut places).collect()).collect() }
    }

    /// Returns the values of a rule's fields in an event.
    pub(crate) fn values(&self, rule: usize, data: Option<&EventData<'_>>) -> Vec<FieldValue> {
        let fields = self.of_rules.get(rule).map(Vec::as_slice).unwrap_or_default();
        fields.iter().map(|places| value_at(places, data?)).collect()
    }
}

fn value_at(places: &Places, data: &EventData<'_>) -> FieldValue {
    let data_type = data.data_type();
    let (_, places) = places.iter().find(|(known, _)| known.as_bytes() == data_type)?;
    places.iter().find_map(|Place { attribute, inside }| {
        let value = data.get(*attribute)?;
        let Some((attribute, field)) = inside else { return first_text(&value) };
        first_of_field(attribute, field, &value).map(Into::into)
    })
}

/// Returns the value as a text, or the first value in a list that is one.
fn first_text(value: &Value<'_>) -> FieldValue {
    match value {
        Value::String(text) => Some(text.as_ref().into()),
        Value::Integer(number) => Some(number.to_string().into()),
        Value::Float(number) => Some(number.to_string().into()),
        Value::Boolean(truth) => Some(truth.to_string().into()),
        Value::List { members, .. } => members.iter().find_map(first_text),
        Value::Null | Value::Object => None,
    }
}
