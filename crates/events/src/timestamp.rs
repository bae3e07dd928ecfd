//! Points in time.

use serde::{Deserialize, Serialize};

/// A point in time, as Plaso stores it: microseconds since 1970-01-01 00:00:00 UTC.
///
/// A store can hold any number, so this goes beyond the years that libraries for calendars know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// 1601-01-01, where the times of Windows begin.
    const FILETIME_ZERO: Self = Self(-11_644_473_600_000_000);

    /// Returns whether the time of an event says something. A format without a value for "no time"
    /// stores zero instead, which Plaso reads as the beginning of 1970, or of 1601 in formats of
    /// Windows.
    #[must_use]
    pub fn is_usable(self) -> bool {
        self != Self(0) && self != Self::FILETIME_ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TimeRange;

    #[test]
    fn is_written_as_its_number() {
        let range = TimeRange { first: Timestamp(-5), last: Timestamp(i64::MAX) };
        let json = serde_json::to_string(&range).unwrap();
        assert_eq!(json, r#"{"first":-5,"last":9223372036854775807}"#);
        assert_eq!(serde_json::from_str::<TimeRange>(&json).unwrap(), range);
    }
}
