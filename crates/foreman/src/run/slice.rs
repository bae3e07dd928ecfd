//! A slice: the events around a point in time.

use events::{TimeRange, Timestamp};

/// Returns the times that are at most this number of minutes before or after `time`.
pub(crate) fn around(Timestamp(time): Timestamp, minutes: u32) -> TimeRange {
    let length = i64::from(minutes) * 60 * 1_000_000;
    TimeRange { first: Timestamp(time.saturating_sub(length)), last: Timestamp(time.saturating_add(length)) }
}

/// Combines the filter and the time range in one expression that matches the same events. Reports
/// show this expression.
pub(crate) fn as_filter(filter: Option<&str>, times: Option<TimeRange>) -> Option<String> {
    let Some(TimeRange { first, last }) = times else { return filter.map(str::to_owned) };
    let times = format!("timestamp >= {} and timestamp <= {}", literal(first), literal(last));
    Some(match filter.filter(|filter| !filter.is_empty()) {
        Some(filter) => format!("({filter}) and {times}"),
        None => times,
    })
}

fn literal(Timestamp(time): Timestamp) -> String {
    match jiff::Timestamp::from_microsecond(time) {
        Ok(readable) if (0..=253_402_300_799_999_999).contains(&time) => format!("DATETIME('{readable:.6}')"),
        _ => time.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_around_a_point() {
        let range = |first, last| TimeRange { first: Timestamp(first), last: Timestamp(last) };
        assert_eq!(around(Timestamp(600_000_000), 5), range(300_000_000, 900_000_000));
        assert_eq!(around(Timestamp(600_000_000), 0), range(600_000_000, 600_000_000));
        assert_eq!(around(Timestamp(0), 1), range(-60_000_000, 60_000_000));
    }

    #[test]
    fn reports_say_what_was_looked_at() {
        let times = Some(around(Timestamp(1_788_823_047_000_000), 5));
        assert_eq!(as_filter(None, None), None);
        assert_eq!(as_filter(Some("a is 1"), None).as_deref(), Some("a is 1"));
        assert_eq!(
            as_filter(Some("a is 1"), times).as_deref(),
            Some(
                "(a is 1) and timestamp >= DATETIME('2026-09-07T23:12:27.000000Z') and timestamp <= \
                 DATETIME('2026-09-07T23:22:27.000000Z')"
            )
        );
        assert_eq!(as_filter(Some(""), times), as_filter(None, times));
        let early = Some(TimeRange { first: Timestamp(-60_000_000), last: Timestamp(i64::MAX) });
        let early = as_filter(None, early).unwrap();
        assert_eq!(early, "timestamp >= -60000000 and timestamp <= 9223372036854775807");
    }
}
