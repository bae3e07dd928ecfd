//! What is said of an event that has a label.

use events::EventId;
use serde::Serialize;

use crate::Time;

/// An event that has the label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelledEvent {
    /// Its row in the store.
    pub event: i64,
    /// When it was; nothing if there is no such event, or it has no readable time.
    pub time: Option<Time>,
    /// What happened then, such as `Content Modification Time`.
    pub description: String,
    /// The data type of its event data.
    pub data_type: String,
    /// Where it was found.
    pub source: String,
    /// The lines of the tagging file with the rules that match it.
    pub rules: Vec<usize>,
    /// The attributes that matched, or what comes closest.
    pub attributes: Vec<Attribute>,
    /// Why nothing more can be said, if that is so.
    pub problem: Option<String>,
}

/// An attribute of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its value, cut if it is long.
    pub value: String,
}

impl LabelledEvent {
    /// An event of which nothing is known, because of this problem, but its time.
    pub(crate) fn unknown(id: EventId, time: Option<Time>, problem: String) -> Self {
        Self {
            event: id.rowid(),
            time,
            description: String::new(),
            data_type: String::new(),
            source: String::new(),
            rules: Vec::new(),
            attributes: Vec::new(),
            problem: Some(problem),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        let Self { description, data_type, source, attributes, .. } = self;
        let of_attributes = attributes.iter().map(|attribute| attribute.name.len() + attribute.value.len());
        description.len() + data_type.len() + source.len() + of_attributes.sum::<usize>()
    }
}
