//! What has to be read of events.

use std::collections::BTreeSet;

use crate::StreamAttribute;

/// What a filter, a plugin or a report reads of every event, beside the event itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads {
    /// Whether it reads event data.
    pub event_data: bool,
    /// What it reads of the event data stream. That event data has to be read for it, too, need not
    /// be said.
    pub stream: BTreeSet<StreamAttribute>,
    /// Whether it reads the labels that were stored before the run.
    pub labels: bool,
}

impl Reads {
    /// Adds what `other` reads.
    pub fn merge(&mut self, other: &Self) {
        self.event_data |= other.event_data;
        self.stream.extend(&other.stream);
        self.labels |= other.labels;
    }
}
