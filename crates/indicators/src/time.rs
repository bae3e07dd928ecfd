//! Points in time in lists.

use events::Timestamp;

/// Reads a date and time, or seconds since 1970. Returns `None` for any other text: a time is only
/// said beside a finding, and decides nothing.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim().trim_end_matches(" UTC");
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds: i64 = text.parse().ok()?;
        return (seconds > 0).then(|| seconds.checked_mul(1_000_000)).flatten().map(Timestamp);
    }
    let microseconds = filter::parse_date_time(text)?;
    i64::try_from(microseconds).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_times() {
        for (text, expected) in [
            ("2015-05-15T09:12:16.432Z", Some(1_431_681_136_432_000)),
            ("2019-06-11T13:00:00.000000+01:00", Some(1_560_254_400_000_000)),
            ("2021-01-01 12:00:00", Some(1_609_502_400_000_000)),
            ("2021-01-01 12:00:00 UTC", Some(1_609_502_400_000_000)),
            ("2021-01-01", Some(1_609_459_200_000_000)),
            ("1472548231", Some(1_472_548_231_000_000)),
            ("0", None),
            ("", None),
            ("99999999999999999999", None),
            ("soon", None),
        ] {
            assert_eq!(parse(text).map(|time| time.0), expected, "{text}");
        }
    }
}
