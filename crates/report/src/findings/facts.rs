//! What a report says of labels, severities and sessions.

use serde::Serialize;

use crate::Time;
use crate::meaning::{Meaning, Severity, order, severity_word};
use crate::timeline::Bins;
use crate::words::counted;

/// A label and its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelFacts {
    /// The label.
    pub label: String,
    /// What it means.
    #[serde(flatten)]
    pub meaning: Meaning,
    /// How many events have it.
    pub events: u64,
    /// How many records these events come from, or `None` if there are too many to count. A record
    /// with two times is two events.
    pub records: Option<u64>,
    /// How many of the events have no usable time.
    pub without_time: u64,
    /// The time of the earliest event, or `None` if no event has a usable time.
    pub first: Option<Time>,
    /// The time of the latest event.
    pub last: Option<Time>,
    /// The number of its events in each bin of the timeline, or `None` if there are too many
    /// labels.
    pub histogram: Option<Bins>,
}

impl LabelFacts {
    pub(crate) fn order(&self) -> impl Ord + use<'_> {
        order(self.meaning.severity, self.events, &self.label)
    }

    /// Says how many events have the label. If these come from fewer records, says from how many.
    pub(crate) fn events_in_words(&self) -> String {
        let events = counted(self.events, "event");
        match self.fewer_records() {
            Some(records) => format!("{events}, {}", counted(records, "record")),
            None => events,
        }
    }

    /// Returns what a row of a list of the label's events is.
    pub(crate) fn thing(&self) -> &'static str {
        if self.fewer_records().is_some() { "record" } else { "event" }
    }

    /// Returns the number of records if it differs from that of events.
    pub(crate) fn fewer_records(&self) -> Option<u64> {
        self.records.filter(|records| *records > 0 && *records != self.events)
    }
}

/// A session of the sessionize plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionFacts {
    /// Its label.
    pub label: String,
    /// How many events it has.
    pub events: u64,
    /// How many of them have no usable time. They count neither for the start nor for the length.
    pub without_time: u64,
    /// The time of the earliest event, or `None` if no event has a usable time, or if the label
    /// means several sessions of several runs.
    pub first: Option<Time>,
    /// The time of the latest event.
    pub last: Option<Time>,
}

/// The events whose most serious label has this severity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeverityFacts {
    /// The severity, or `None` for labels without one.
    #[serde(serialize_with = "severity_word")]
    pub severity: Option<Severity>,
    /// How many labels have it.
    pub labels: u64,
    /// How many events have such a label, and no more serious one.
    pub events: u64,
    /// The time of the earliest of these events, or `None` if no event has a usable time.
    pub first: Option<Time>,
    /// The time of the latest.
    pub last: Option<Time>,
    /// The number of these events in each bin of the timeline, or `None` without a timeline.
    pub histogram: Option<Bins>,
}
