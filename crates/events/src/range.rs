//! Ranges of events and of times.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A range of event rows, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRange {
    /// The first row.
    pub first: i64,
    /// The last row.
    pub last: i64,
}

/// A range of times, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    /// The first time.
    pub first: Timestamp,
    /// The last time.
    pub last: Timestamp,
}
