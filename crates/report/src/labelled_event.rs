//! The description of an event that has a label.

use events::EventId;
use serde::Serialize;

use crate::Time;

/// An event that has the label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelledEvent {
    /// The row of the event in the store.
    pub event: i64,
    /// The time of the event, or `None` if there is no such event or its time is not readable.
    pub time: Option<Time>,
    /// What happened at this time, such as `Content Modification Time`.
    pub description: String,
    /// The data type of its event data.
    pub data_type: String,
    /// Where it was found.
    pub source: String,
    /// Which of the labels it has.
    pub labels: Vec<String>,
    /// The lines of the rules in the tagging files that match the event.
    pub rules: Vec<usize>,
    /// The same with the names of the files, such as `rules.txt:7`.
    pub places: Vec<String>,
    /// The attributes that the rules match, or all attributes if no rule matches.
    pub attributes: Vec<Attribute>,
    /// Why the event cannot be described, or `None` if it can.
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
    /// Creates the description of an event that cannot be read. Only its time is known.
    pub(crate) fn unknown(id: EventId, time: Option<Time>, problem: String) -> Self {
        Self {
            event: id.rowid(),
            time,
            description: String::new(),
            data_type: String::new(),
            source: String::new(),
            labels: Vec::new(),
            rules: Vec::new(),
            places: Vec::new(),
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
