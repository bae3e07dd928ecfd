//! Points in time as text.

use events::Timestamp;

const MICROSECONDS_OF_DAY: i64 = 86_400_000_000;

/// Appends the time in the format of ISO 8601, such as `2015-07-24T19:01:01.000000+00:00`. Appends
/// nothing and returns `false` if its year does not have four digits, since no importer reads such
/// a time.
pub(crate) fn write_date_time(time: Timestamp, out: &mut Vec<u8>) -> bool {
    let days = time.0.div_euclid(MICROSECONDS_OF_DAY);
    let of_day = time.0.rem_euclid(MICROSECONDS_OF_DAY);
    let (year, month, day) = civil(days);
    if !(1..=9999).contains(&year) {
        return false;
    }
    let seconds = of_day / 1_000_000;
    for (number, digits, after) in [
        (year, 4, &b"-"[..]),
        (month, 2, b"-"),
        (day, 2, b"T"),
        (seconds / 3600, 2, b":"),
        (seconds / 60 % 60, 2, b":"),
        (seconds % 60, 2, b"."),
        (of_day % 1_000_000, 6, b"+00:00"),
    ] {
        write_digits(number, digits, out);
        out.extend_from_slice(after);
    }
    true
}

/// Appends the last digits of a number that is not negative. An export writes seven such numbers
/// for each event, and `format!` takes four times as long.
fn write_digits(number: i64, digits: usize, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + digits, b'0');
    let mut rest = number.unsigned_abs();
    for place in out[start..].iter_mut().rev() {
        *place += (rest % 10) as u8;
        rest /= 10;
    }
}

/// Returns year, month and day of a number of days since 1970-01-01. Years are counted from March,
/// so that a leap day is the last day of its year. 400 years have 146,097 days.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (year_of_era + era * 400 + next_year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (time, expected) in [
            (0, Some("1970-01-01T00:00:00.000000+00:00")),
            (-1, Some("1969-12-31T23:59:59.999999+00:00")),
            (1_583_020_799_000_001, Some("2020-02-29T23:59:59.000001+00:00")),
            (-11_644_473_600_000_000, Some("1601-01-01T00:00:00.000000+00:00")),
            (-2_203_891_200_000_000, Some("1900-03-01T00:00:00.000000+00:00")),
            (253_402_300_799_999_999, Some("9999-12-31T23:59:59.999999+00:00")),
            (253_402_300_800_000_000, None),
            (-62_135_596_800_000_001, None),
            (i64::MIN, None),
            (i64::MAX, None),
        ] {
            let mut written = Vec::new();
            assert_eq!(write_date_time(Timestamp(time), &mut written), expected.is_some(), "{time}");
            assert_eq!(String::from_utf8(written).unwrap(), expected.unwrap_or_default());
        }
    }
}
