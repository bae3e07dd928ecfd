//! `--slice`: looking only at the events of some minutes around a point in time.

use clap::Args;
use storage::TimeRange;

/// A slice of time, as Plaso's options have it. There it restricts output only, here what is analysed.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct SliceArguments {
    /// Look only at events around this time, such as 2026-09-07T23:17:27+02:00; UTC if it tells no time zone.
    #[arg(long, value_name = "DATE_TIME", value_parser = parse_time)]
    slice: Option<i64>,

    /// How many minutes before and after the time of the slice count as around it.
    #[arg(long, value_name = "MINUTES", default_value_t = 5, requires = "slice")]
    slice_size: u32,
}

impl SliceArguments {
    /// The times of the events to look at, if not all are to be.
    pub(crate) fn times(self) -> Option<TimeRange> {
        let minutes = i64::from(self.slice_size) * 60 * 1_000_000;
        let around =
            |time: i64| TimeRange { first: time.saturating_sub(minutes), last: time.saturating_add(minutes) };
        self.slice.map(around)
    }
}

/// A point in time in microseconds. Fractions of a second are cut off, as Plaso does.
fn parse_time(text: &str) -> Result<i64, String> {
    let time = filter::parse_date_time(text).and_then(|time| i64::try_from(time).ok());
    let time = time.ok_or_else(|| format!("expected {}", filter::DATE_TIME))?;
    Ok(time.div_euclid(1_000_000) * 1_000_000)
}

/// The filter with the times, as one expression that matches the same events: for reports, which say what was looked at.
pub(crate) fn as_filter(filter: Option<&str>, times: Option<TimeRange>) -> Option<String> {
    let Some(TimeRange { first, last }) = times else { return filter.map(str::to_owned) };
    let times = format!("timestamp >= {} and timestamp <= {}", literal(first), literal(last));
    Some(match filter.filter(|filter| !filter.trim().is_empty()) {
        Some(filter) => format!("({filter}) and {times}"),
        None => times,
    })
}

fn literal(time: i64) -> String {
    match jiff::Timestamp::from_microsecond(time) {
        Ok(readable) if (0..=253_402_300_799_999_999).contains(&time) => format!("DATETIME('{readable:.6}')"),
        _ => time.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(time: &str, size: u32) -> Option<TimeRange> {
        SliceArguments { slice: Some(parse_time(time).unwrap()), slice_size: size }.times()
    }

    #[test]
    fn times_around_a_point() {
        let expected = |first, last| Some(TimeRange { first, last });
        assert_eq!(slice("1970-01-01T00:10:00", 5), expected(300_000_000, 900_000_000));
        assert_eq!(slice("1970-01-01T02:10:00.9+02:00", 0), expected(600_000_000, 600_000_000));
        assert_eq!(slice("1970-01-01", 1), expected(-60_000_000, 60_000_000));
        assert_eq!(SliceArguments { slice: None, slice_size: 5 }.times(), None);
        for text in ["2026", "soon", "20260920T10:00:00+00:00"] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn reports_say_what_was_looked_at() {
        let times = slice("2026-09-07T23:17:27", 5);
        assert_eq!(as_filter(None, None), None);
        assert_eq!(as_filter(Some("a is 1"), None).as_deref(), Some("a is 1"));
        assert_eq!(
            as_filter(Some("a is 1"), times).as_deref(),
            Some(
                "(a is 1) and timestamp >= DATETIME('2026-09-07T23:12:27.000000Z') and timestamp <= \
                 DATETIME('2026-09-07T23:22:27.000000Z')"
            )
        );
        assert_eq!(as_filter(Some(" "), times), as_filter(None, times));
        let early = Some(TimeRange { first: -60_000_000, last: i64::MAX });
        let early = as_filter(None, early).unwrap();
        assert_eq!(early, "timestamp >= -60000000 and timestamp <= 9223372036854775807");
    }
}
