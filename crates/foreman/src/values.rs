//! Reads the values of options: numbers, sizes, durations, points in time.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use events::Timestamp;

/// How many workers a run may have.
pub(crate) const WORKERS: RangeInclusive<u16> = 1..=1024;

/// How many workers may end before they are done, at most.
pub(crate) const WORKER_FAILURES: RangeInclusive<u32> = 0..=1_000_000;

/// How many workers may end before they are done, if the user does not say it. An event that ends
/// workers is skipped after three, so this is room for a hundred such events.
pub(crate) const MAXIMUM_WORKER_FAILURES: u32 = 300;

/// Returns a function that reads a whole number within `range`. Clap's own names no range for a
/// text that is no number.
pub(crate) fn whole_number<T>(
    range: RangeInclusive<T>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync
where
    T: FromStr + PartialOrd + Display + Clone + Send + Sync,
{
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| format!("expected a whole number from {} to {}", range.start(), range.end()))
    }
}

/// Reads a number of bytes, perhaps with K, M, G or T for powers of 1024.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        "T" | "TB" | "TIB" => 40,
        _ => return Err("expected a number of bytes, such as 536870912, 512M or 2G".into()),
    };
    let number: u64 =
        digits.parse().map_err(|_| "expected a number of bytes, such as 536870912, 512M or 2G")?;
    number.checked_mul(1 << shift).ok_or_else(|| "no machine has so much memory".into())
}

/// With less memory, a worker would be killed before it has read an event.
const LEAST_MEMORY_LIMIT: u64 = 32 << 20;

pub(crate) fn parse_memory_limit(text: &str) -> Result<u64, String> {
    match parse_size(text)? {
        0 => Ok(0),
        limit if limit < LEAST_MEMORY_LIMIT => Err("a worker needs at least 32M; 0 is for no limit".into()),
        limit => Ok(limit),
    }
}

pub(crate) fn parse_minutes(text: &str) -> Result<Duration, String> {
    parse_duration(text, 60.0, "expected a number of minutes, such as 15 or 0.5")
}

pub(crate) fn parse_seconds(text: &str) -> Result<Duration, String> {
    parse_duration(text, 1.0, "expected a number of seconds, such as 1 or 0.5")
}

fn parse_duration(text: &str, unit: f64, expected: &str) -> Result<Duration, String> {
    let number = text.parse::<f64>().ok().filter(|number| *number >= 0.0);
    number
        .and_then(|number| Duration::try_from_secs_f64(number * unit).ok())
        .ok_or_else(|| expected.to_owned())
}

/// Reads a point in time as psort does, with `T` before the time of day. As in Plaso, fractions of
/// a second are cut off.
pub(crate) fn parse_moment(text: &str) -> Result<Timestamp, String> {
    let time = Some(text).filter(|text| !text.contains(' ')).and_then(filter::parse_date_time);
    let time = time.and_then(|time| i64::try_from(time).ok());
    let time = time.ok_or_else(|| format!("expected {}", filter::DATE_TIME))?;
    Ok(Timestamp(time.div_euclid(1_000_000) * 1_000_000))
}

/// Reads a maximum number of rows, or `all`.
pub(crate) fn parse_rows(text: &str) -> Result<usize, String> {
    match text {
        "all" => Ok(usize::MAX),
        _ => text.parse().map_err(|_| "expected a number of rows, such as 20, or all".into()),
    }
}

/// Reads the name of a time zone.
pub(crate) fn parse_time_zone(text: &str) -> Result<report::TimeZone, String> {
    report::TimeZone::of_name(text).ok_or_else(|| "expected a time zone, such as Europe/Berlin or UTC".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("0", 0),
            ("512", 512),
            ("512K", 512 << 10),
            ("2g", 2 << 30),
            ("1MiB", 1 << 20),
            ("3mb", 3 << 20),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in ["", "M", "-1", "1X", "1.5G", "40MIBIB", "1BB", "99999999999T"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
        assert_eq!((parse_memory_limit("0"), parse_memory_limit("32M")), (Ok(0), Ok(32 << 20)));
        assert!(parse_memory_limit("1M").is_err());
    }

    #[test]
    fn whole_numbers() {
        let read = whole_number(WORKERS);
        assert_eq!((read("1"), read("1024")), (Ok(1), Ok(1024)));
        for text in ["", "x", "0", "1025", "-1", "1.5", "99999999999999999999"] {
            assert_eq!(read(text), Err("expected a whole number from 1 to 1024".to_owned()), "{text}");
        }
    }

    #[test]
    fn times() {
        assert_eq!(parse_minutes("0.5"), Ok(Duration::from_secs(30)));
        for text in ["", "x", "-1", "nan", "inf", "1e300"] {
            assert!(parse_minutes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn moments() {
        assert_eq!(parse_moment("1970-01-01T02:10:00.9+02:00"), Ok(Timestamp(600_000_000)));
        for text in ["2026", "soon", "2026-09-20 10:00:00", "", "20260920T10:00:00+00:00"] {
            assert!(parse_moment(text).is_err(), "{text}");
        }
    }
}
