//! Points in time.

use serde::{Deserialize, Serialize};

/// A point in time, as Plaso stores it: microseconds since 1970-01-01 00:00:00 UTC.
///
/// A store can hold any number, so this goes beyond the years that libraries for calendars know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

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
