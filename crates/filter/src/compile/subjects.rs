//! Where the values of attributes come from.

use std::ops::Range;

use events::{AttributeId, StreamAttribute};

use super::Compiler;
use crate::error::{FilterError, visible};
use crate::fields::{Field, FieldNames, REGISTRY_ATTRIBUTES, REGISTRY_VALUE};
use crate::subject::{DEPRECATED, Subject, TIMESTAMP};

/// How many different attributes the expressions of a run may name. Each of them costs time for
/// every event.
const MAXIMUM_ATTRIBUTES: usize = 10_000;

impl Compiler<'_> {
    /// Returns where the value of an attribute that a test names comes from.
    pub(super) fn tested(&mut self, attribute: &str) -> Result<Option<Subject>, FilterError> {
        if TIMESTAMP.contains(&attribute) {
            let found = format!("`{attribute}`, the time of the event");
            return Err(FilterError::new(1, "an attribute that can be tested", found));
        }
        self.subject(attribute, 1..1)
    }

    /// Returns where the attribute's value comes from, or `None` if no event has the attribute.
    /// `columns` is where the attribute stands in the source.
    pub(super) fn subject(
        &mut self,
        attribute: &str,
        columns: Range<usize>,
    ) -> Result<Option<Subject>, FilterError> {
        if let Some((_, instead)) = DEPRECATED.iter().find(|(name, _)| *name == attribute) {
            self.warn(
                columns,
                format!("`{attribute}` is no longer an attribute, so no event has it; {instead}"),
            );
            return Ok(None);
        }
        if attribute == "timestamp_desc" {
            return Ok(Some(Subject::Description));
        }
        if attribute == "tag" {
            self.reads.labels |= self.sees_labels;
            return Ok(self.sees_labels.then_some(Subject::Labels));
        }
        self.reads.event_data = true;
        if let Some(field) = field_of_registry(attribute) {
            return Ok(Some(Subject::Field(self.field_of_registry(field)?)));
        }
        if let Some((base, field)) = FieldNames::split(attribute) {
            let id = self.register(base, columns)?;
            return Ok(Some(Subject::Field(self.fields.register(id, base, field))));
        }
        let in_data = self.register(attribute, columns)?;
        let in_stream = StreamAttribute::ALL.into_iter().find(|known| known.name() == attribute);
        Ok(Some(match in_stream {
            Some(in_stream) => {
                self.reads.stream.insert(in_stream);
                Subject::Stream(in_stream, in_data)
            }
            None => Subject::Data(in_data),
        }))
    }

    fn field_of_registry(&mut self, field: &str) -> Result<Field, FilterError> {
        let mut attributes = [AttributeId::DATA_TYPE; REGISTRY_ATTRIBUTES.len()];
        for (attribute, name) in attributes.iter_mut().zip(REGISTRY_ATTRIBUTES) {
            *attribute = self.register(name, 1..1)?;
        }
        Ok(self.fields.register_of_registry(attributes, field))
    }

    fn register(&mut self, attribute: &str, columns: Range<usize>) -> Result<AttributeId, FilterError> {
        let is_new = self.names.number_of(attribute.as_bytes()).is_none();
        if is_new && self.names.count() >= MAXIMUM_ATTRIBUTES {
            let expected = format!("at most {MAXIMUM_ATTRIBUTES} different attributes");
            let found = format!("`{}`", visible(attribute));
            let error = FilterError::new(columns.start, expected, found);
            return Err(error.over(attribute.chars().count()));
        }
        Ok(self.names.register(attribute))
    }
}

/// Returns the field of a registry key that a name means. Without a field, it is the path.
fn field_of_registry(name: &str) -> Option<&str> {
    match name.strip_prefix(REGISTRY_VALUE)? {
        "" => Some("path"),
        rest => rest.strip_prefix('.').filter(|field| !field.is_empty()),
    }
}
