//! Events, and the view of an event that filters and plugins get.

use std::sync::Arc;

use crate::{EventData, EventDataId, EventDataStream, EventId, StreamAttribute, Timestamp};

/// An event: a point in time that some event data has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its row in the store.
    pub id: EventId,
    /// The event data of the event. Several events (modified, accessed …) can have the same event
    /// data.
    pub data: EventDataId,
    /// When it was, or `None` if the store has no time for it.
    pub timestamp: Option<Timestamp>,
    /// What happened at that time, such as `Content Modification Time`.
    pub timestamp_description: Arc<str>,
}

/// An event with its event data, stream and labels, as far as the run reads them.
#[derive(Debug, Clone, Copy)]
pub struct EventView<'a> {
    /// The event itself.
    pub event: &'a Event,
    /// The event data, or `None` if the run does not read it.
    pub data: Option<&'a EventData<'a>>,
    /// The event data stream, if the event data has one and the run reads it.
    pub stream: Option<&'a EventDataStream>,
    /// The labels that were stored before the run, or none if the run does not read them.
    pub labels: &'a [String],
}

impl EventView<'_> {
    /// Returns an attribute of the event data stream, or `None` if there is none.
    #[must_use]
    pub fn stream_attribute(&self, attribute: StreamAttribute) -> Option<&str> {
        self.stream.and_then(|stream| stream.attribute(attribute))
    }
}
