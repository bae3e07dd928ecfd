//! Spans of time: `30s`, `5m`, `1h`, `7d`.

/// The seconds of each unit. A month and a year are averages of the Gregorian calendar.
const UNITS: [(char, i64); 7] =
    [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400), ('w', 604_800), ('M', 2_629_746), ('y', 31_556_952)];

/// The longest timespan, in years.
const MOST_YEARS: i64 = 1_000;

/// Returns a timespan in microseconds, or what was expected.
pub(super) fn timespan(text: &str) -> Result<i64, String> {
    let expected = || {
        let units = UNITS.map(|(unit, _)| unit.to_string()).join(", ");
        format!("expected a number and one of the units {units}, such as `5m`; found `{text}`")
    };
    let unit = text.chars().last().ok_or_else(expected)?;
    let (_, seconds) = UNITS.iter().find(|(known, _)| *known == unit).ok_or_else(expected)?;
    let digits = &text[..text.len() - unit.len_utf8()];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(expected());
    }
    let number: i64 = digits.parse().unwrap_or(i64::MAX);
    match number.checked_mul(*seconds) {
        Some(0) => Err("a timespan must be longer than 0".into()),
        Some(seconds) if seconds <= MOST_YEARS * 31_556_952 => Ok(seconds * 1_000_000),
        _ => Err(format!("a timespan may have at most {MOST_YEARS} years")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timespans_are_read() {
        for (text, seconds) in
            [("15s", 15), ("5m", 300), ("1h", 3_600), ("30d", 2_592_000), ("1M", 2_629_746)]
        {
            assert_eq!(timespan(text), Ok(seconds * 1_000_000), "{text}");
        }
        for text in ["", "5", "m", "5 m", "-5m", "5x", "1.5h", "5é"] {
            assert!(timespan(text).unwrap_err().starts_with("expected a number"), "{text}");
        }
        assert!(timespan("0s").unwrap_err().contains("longer than 0"));
        assert!(timespan("99999999999999999999d").unwrap_err().contains("at most"));
    }
}
