//! Parses the dates and times in expressions.
//!
//! Plaso accepts some forms in `DATETIME('…')` and others in a plain text that is compared with
//! `timestamp`. Here both accept all these forms: `T` or a space between date and time; optional
//! minutes, seconds and colons; a fraction of any length of the last part; `Z` or an offset such as
//! `+02:00`.

use jiff::civil::{Date, date};

use crate::characters::is_space;

/// What [`parse`] accepts, for messages.
pub const EXPECTED: &str = "a date and time such as '2012-03-05', '2012-03-05T20:40:00' or \
     '2012-03-05T20:40:00.000001+01:00'";

const MICROSECONDS_PER_SECOND: i128 = 1_000_000;

/// Parses a date and time. Returns microseconds since 1970-01-01 00:00:00 UTC, or `None` if the
/// text is not a date and time. Without a time zone in the text, the time is UTC.
#[must_use]
pub fn parse(text: &str) -> Option<i128> {
    let mut rest = text;
    let year = number(&mut rest, 4)?;
    skip(&mut rest, '-')?;
    let month = number(&mut rest, 2)?;
    skip(&mut rest, '-')?;
    let day = number(&mut rest, 2)?;
    let day = Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    let day = day.duration_since(date(1970, 1, 1)).as_micros();
    if rest.is_empty() {
        return Some(day);
    }
    skip(&mut rest, 'T').or_else(|| skip(&mut rest, ' '))?;
    let time = time(&mut rest)?;
    let offset = offset(rest)?;
    Some(day + time - offset)
}

/// Parses a plain text that is compared with `timestamp`: a date and time, or a number of
/// microseconds.
pub(crate) fn parse_plain(text: &str) -> Option<i128> {
    let number = text.trim_matches(is_space);
    number.parse().ok().or_else(|| parse(text))
}

/// Parses the time of day. Returns microseconds.
fn time(rest: &mut &str) -> Option<i128> {
    let mut unit = 3_600 * MICROSECONDS_PER_SECOND;
    let mut total = below(number(rest, 2)?, 24)? * unit;
    for _ in ["minutes", "seconds"] {
        let colon = skip(rest, ':').is_some();
        if !colon && !rest.starts_with(|c: char| c.is_ascii_digit()) {
            break;
        }
        unit /= 60;
        total += below(number(rest, 2)?, 60)? * unit;
    }
    if skip(rest, '.').or_else(|| skip(rest, ',')).is_some() {
        total += fraction(rest, unit)?;
    }
    Some(total)
}

/// Parses the fraction of a unit that has `unit` microseconds. Returns whole microseconds. Digits
/// after the 24th cannot change the result.
fn fraction(rest: &mut &str, unit: i128) -> Option<i128> {
    let length = rest.chars().take_while(char::is_ascii_digit).count();
    let (digits, after) = rest.split_at(length);
    *rest = after;
    let digits = &digits[..length.min(24)];
    let scale = 10_i128.pow(u32::try_from(digits.len()).ok()?);
    Some(digits.parse::<i128>().ok()? * unit / scale)
}

/// Parses `Z`, `+hh:mm`, `-hh:mm` or an empty text. Returns microseconds.
fn offset(mut rest: &str) -> Option<i128> {
    if rest.is_empty() || rest == "Z" {
        return Some(0);
    }
    let sign = if skip(&mut rest, '+').is_some() {
        1
    } else {
        skip(&mut rest, '-')?;
        -1
    };
    let hours = below(number(&mut rest, 2)?, 15)?;
    skip(&mut rest, ':')?;
    let minutes = below(number(&mut rest, 2)?, 60)?;
    rest.is_empty().then_some(sign * (hours * 60 + minutes) * 60 * MICROSECONDS_PER_SECOND)
}

fn below(number: u16, limit: u16) -> Option<i128> {
    (number < limit).then(|| i128::from(number))
}

/// Parses exactly `length` digits.
fn number(rest: &mut &str, length: usize) -> Option<u16> {
    let digits = rest.get(..length)?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    *rest = &rest[length..];
    digits.parse().ok()
}

fn skip(rest: &mut &str, c: char) -> Option<()> {
    *rest = rest.strip_prefix(c)?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        const DAY: i128 = 1_325_376_000_000_000;
        for (text, after) in [
            ("2012-01-01", 0),
            ("2012-01-01T12", 43_200_000_000),
            ("2012-01-01T0030", 1_800_000_000),
            ("2012-01-01T00:30", 1_800_000_000),
            ("2012-01-01T003001", 1_801_000_000),
            ("2012-01-01T00.5", 1_800_000_000),
            ("2012-01-01T00:30,5", 1_830_000_000),
            ("2012-01-01 00:00:01", 1_000_000),
            ("2012-01-01T00:00:01Z", 1_000_000),
            ("2012-01-01T00:00:00.0000019", 1),
            ("2012-01-01T00:00:00.500+02:00", 500_000 - 7_200_000_000),
            ("2012-01-01T00:00:00-14:59", 53_940_000_000),
            ("2012-01-01T23:59:59.999999999999999999999999999999", 86_399_999_999),
        ] {
            assert_eq!(parse(text), Some(DAY + after), "{text}");
        }
        assert_eq!(parse("1601-01-01"), Some(-11_644_473_600_000_000));
        assert_eq!(parse("9999-12-31"), Some(253_402_214_400_000_000));
        assert_eq!(parse("0000-01-01"), Some(-62_167_219_200_000_000));
        assert_eq!(parse_plain(" -5 "), Some(-5));
    }

    #[test]
    fn what_is_none() {
        for text in [
            "",
            "2012",
            "2012-1-1",
            "2012-13-01",
            "2012-02-30",
            "2012-00-01",
            "2012-01-01T",
            "2012-01-01T24",
            "2012-01-01T1",
            "2012-01-01T12:",
            "2012-01-01T12:60",
            "2012-01-01T12:00:60",
            "2012-01-01T12:00:00x",
            "2012-01-01T12:00:00.",
            "2012-01-01T12:00:00+2:00",
            "2012-01-01T12:00:00+15:00",
            "2012-01-01+02:00",
            "2012-01-01T12:00:00+",
            "2012-01-01Z",
            "+012-01-01",
            "２０１２-01-01",
            "not a date",
            "é",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
