//! The current time, whatever the system's clock says.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;

/// Returns the current time. If the system's clock is before the year -9999 or after 9999, returns
/// the nearest possible time: a wrong clock is no reason to end a run.
pub(crate) fn now() -> Timestamp {
    timestamp(SystemTime::now())
}

/// Returns the current time as stores have it.
pub(crate) fn stored_now() -> events::Timestamp {
    events::Timestamp(now().as_microsecond())
}

fn timestamp(time: SystemTime) -> Timestamp {
    let since_epoch = |duration: Duration| i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX);
    let nanoseconds = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => since_epoch(after),
        Err(before) => -since_epoch(before.duration()),
    };
    let nearest = if nanoseconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_nanosecond(nanoseconds).unwrap_or(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_of_any_year() {
        let of = |seconds: i64| {
            let distance = Duration::from_secs(seconds.unsigned_abs());
            let epoch = SystemTime::UNIX_EPOCH;
            timestamp(if seconds < 0 { epoch - distance } else { epoch + distance })
        };
        assert_eq!(of(0), Timestamp::UNIX_EPOCH);
        assert_eq!(of(1_796_000_000).as_second(), 1_796_000_000);
        assert_eq!(of(-1).as_second(), -1);
        // The first second of the year 10000, and the latest times that a file system or a clock
        // can have.
        for late in [253_402_300_800, i64::from(u32::MAX) << 20, i64::MAX / 4] {
            assert_eq!(of(late), Timestamp::MAX, "{late}");
            assert!(format!("{:.6}", of(late)).starts_with("9999-12-30T"));
        }
        assert_eq!(of(-(i64::MAX / 4)), Timestamp::MIN);
    }
}
