//! Formats times as text.

use std::fmt;

use events::Timestamp;
use serde::{Serialize, Serializer};

use crate::time_zone::offset;

const DAY: i64 = 86_400_000_000;

/// A time that is shown as text.
///
/// The format is ISO 8601, with milliseconds or microseconds if they are not zero. A store can hold
/// any number as a time, so this type supports more years than calendar libraries do. As in ISO
/// 8601, years above 9999 or below 0 have a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub Timestamp);

impl Time {
    /// Returns the time of an event, or `None` if it says nothing: [`Timestamp::is_usable`].
    pub(crate) fn of_event(stored: Option<Timestamp>) -> Option<Self> {
        stored.map(Self).filter(|time| time.is_usable())
    }

    /// Returns whether the time of an event says something.
    pub(crate) fn is_usable(self) -> bool {
        self.0.is_usable()
    }

    /// Returns the year, month and day.
    #[must_use]
    pub(crate) fn date(self) -> (i64, u32, u32) {
        civil(self.0.0.div_euclid(DAY))
    }

    /// Returns the microseconds between two times.
    pub(crate) fn abs_diff(self, other: Self) -> u64 {
        self.0.0.abs_diff(other.0.0)
    }

    /// Returns the beginning of a day, or `None` if it is out of range.
    #[must_use]
    pub(crate) fn of_date(year: i64, month: u32, day: u32) -> Option<Self> {
        days(year, month, day).checked_mul(DAY).map(Timestamp).map(Self)
    }
}

/// Shows the time in the zone that was chosen with [`TimeZone::enter`](crate::TimeZone::enter), or
/// else in UTC.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = offset(self.0);
        let ahead = i64::from(offset.unwrap_or_default()) * 1_000_000;
        Self(Timestamp(self.0.0.saturating_add(ahead))).write(f)?;
        match offset {
            None => f.write_str("Z"),
            Some(offset) => {
                let (sign, offset) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
                let (hours, minutes, seconds) = (offset / 3600, offset / 60 % 60, offset % 60);
                write!(f, "{sign}{hours:02}:{minutes:02}")?;
                if seconds == 0 { Ok(()) } else { write!(f, ":{seconds:02}") }
            }
        }
    }
}

impl Time {
    /// Writes date and time of day, without a zone.
    fn write(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        match year {
            0..=9999 => write!(f, "{year:04}")?,
            _ => write!(f, "{year:+06}")?,
        }
        let of_day = self.0.0.rem_euclid(DAY);
        let (seconds, fraction) = (of_day / 1_000_000, of_day % 1_000_000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match fraction {
            0 => Ok(()),
            _ if fraction % 1000 == 0 => write!(f, ".{:03}", fraction / 1000),
            _ => write!(f, ".{fraction:06}"),
        }
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// The time in UTC.
        struct Utc(Time);

        impl fmt::Display for Utc {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.write(f)?;
                f.write_str("Z")
            }
        }

        serializer.collect_str(&Utc(*self))
    }
}

/// Returns the date of a day, given its number counted from 1970-01-01. The computation uses eras
/// of 400 years that begin in March, so that the leap day is the last day.
fn civil(day: i64) -> (i64, u32, u32) {
    let day = day + 719_468;
    let of_era = day.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let small = |number| u32::try_from(number).unwrap_or_default();
    (day.div_euclid(146_097) * 400 + year_of_era + next, small(month), small(day_of_month))
}

/// Returns the number of a day counted from 1970-01-01. This is the reverse of [`civil`].
fn days(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let year_of_era = year.rem_euclid(400);
    let from_march = i64::from((month + 9) % 12);
    let of_year = (153 * from_march + 2) / 5 + i64::from(day) - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    year.div_euclid(400) * 146_097 + of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        for (time, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1000, "1969-12-31T23:59:59.999Z"),
            (1_795_418_934_593_159, "2026-11-23T07:28:54.593159Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00Z"),
            (-2_203_891_200_000_000, "1900-03-01T00:00:00Z"),
            (1_383_170_228_399_000_000, "+45800-12-02T16:19:59Z"),
            (-62_198_755_200_000_000, "-00001-01-01T00:00:00Z"),
            (i64::MAX, "+294247-01-10T04:00:54.775807Z"),
            (i64::MIN, "-290308-12-21T19:59:05.224192Z"),
        ] {
            assert_eq!(Time(Timestamp(time)).to_string(), text);
        }
    }

    #[test]
    fn zero_is_no_time() {
        for (stored, is_usable) in
            [(0, false), (-11_644_473_600_000_000, false), (1, true), (-1, true), (i64::MIN, true)]
        {
            assert_eq!(Time::of_event(Some(Timestamp(stored))).is_some(), is_usable, "{stored}");
        }
        assert_eq!(Time(Timestamp(-11_644_473_600_000_000)).to_string(), "1601-01-01T00:00:00Z");
        assert_eq!(Time::of_event(None), None);
    }

    #[test]
    fn dates_there_and_back() {
        for day in (-100_000_000..100_000_000).step_by(997) {
            let (year, month, of_month) = civil(day);
            assert_eq!(days(year, month, of_month), day);
            assert!((1..=12).contains(&month) && (1..=31).contains(&of_month));
        }
        assert_eq!(Time::of_date(i64::from(i32::MAX), 1, 1), None);
    }
}
