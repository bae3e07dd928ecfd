//! Ranges of events and of times.

use serde::{Deserialize, Serialize};

/// A range of event rows, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRange {
    /// The first row.
    pub first: i64,
    /// The last row.
    pub last: i64,
}

/// A range of timestamps, both ends included: microseconds since 1970-01-01 00:00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    /// The first timestamp.
    pub first: i64,
    /// The last timestamp.
    pub last: i64,
}
