//! Events, and what a filter and a plugin see of one.

use std::sync::Arc;

use crate::{EventData, EventDataId, EventDataStream, EventId, StreamAttribute, Timestamp};

/// An event: a point in time of some event data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its row in the store.
    pub id: EventId,
    /// The event data it belongs to; several events (modified, accessed …) share one.
    pub data: EventDataId,
    /// When it was, or `None` if the store has no time for it.
    pub timestamp: Option<Timestamp>,
    /// What happened at that time, such as `Content Modification Time`.
    pub timestamp_description: Arc<str>,
}

/// An event with what belongs to it, as far as the run reads it.
#[derive(Debug, Clone, Copy)]
pub struct EventView<'a> {
    /// The event itself.
    pub event: &'a Event,
    /// Its event data; nothing in a run that reads none.
    pub data: Option<&'a EventData<'a>>,
    /// The event data stream, if the event data has one and the run reads it.
    pub stream: Option<&'a EventDataStream>,
    /// The labels that were stored before the run, if it reads them.
    pub labels: &'a [String],
}

impl EventView<'_> {
    /// An attribute of the event data stream, if it has it.
    #[must_use]
    pub fn stream_attribute(&self, attribute: StreamAttribute) -> Option<&str> {
        self.stream.and_then(|stream| stream.attribute(attribute))
    }
}
