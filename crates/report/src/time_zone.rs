//! The time zone in which times are shown.
//!
//! A model has times, and its formats show them. The zone is set around the making of a text, for
//! this thread, so that it need not be passed to everything that shows a time. JSON always has UTC.

use std::cell::RefCell;

use events::Timestamp;
use jiff::tz;

thread_local! {
    static ZONE: RefCell<Option<TimeZone>> = const { RefCell::new(None) };
}

/// A time zone, such as `Europe/Berlin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeZone(tz::TimeZone);

impl TimeZone {
    /// Finds the time zone of this IANA name, in any case. Returns `None` if there is none.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        tz::TimeZone::get(name).ok().map(Self)
    }

    /// Shows times in this zone, in all texts that this thread makes until the result is dropped.
    #[must_use]
    pub fn enter(&self) -> ShownZone {
        ShownZone(ZONE.replace(Some(self.clone())))
    }

    fn name(&self) -> String {
        self.0.iana_name().unwrap_or("UTC").to_owned()
    }
}

/// While it lives, this thread shows times in a zone.
#[derive(Debug)]
pub struct ShownZone(Option<TimeZone>);

impl Drop for ShownZone {
    fn drop(&mut self) {
        ZONE.set(self.0.take());
    }
}

/// Returns the name of the zone in which times are shown, if one was chosen.
pub(crate) fn chosen() -> Option<String> {
    ZONE.with_borrow(|zone| zone.as_ref().map(TimeZone::name))
}

/// Returns how many seconds the clocks of the zone are ahead of UTC at this time. Returns `None` if
/// no zone was chosen, or the time is not in the years -9999 to 9999.
pub(crate) fn offset(time: Timestamp) -> Option<i32> {
    let at = jiff::Timestamp::from_microsecond(time.0).ok()?;
    ZONE.with_borrow(|zone| Some(zone.as_ref()?.0.to_offset(at).seconds()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;

    #[test]
    fn times_in_a_zone() {
        let shown = |time| Time(Timestamp(time)).to_string();
        let winter = 1_795_418_934_593_159;
        assert_eq!(shown(winter), "2026-11-23T07:28:54.593159Z");
        let berlin = TimeZone::of_name("europe/berlin").unwrap();
        {
            let _zone = berlin.enter();
            assert_eq!(chosen().as_deref(), Some("Europe/Berlin"));
            assert_eq!(shown(winter), "2026-11-23T08:28:54.593159+01:00");
            assert_eq!(shown(1_783_000_000_000_000), "2026-07-02T15:46:40+02:00");
            // Before there were time zones, and after the last year of calendars.
            assert_eq!(shown(-2_500_000_000_000_000), "1890-10-11T20:26:48+00:53:28");
            assert_eq!(shown(i64::MAX), "+294247-01-10T04:00:54.775807Z");
            // JSON has UTC.
            let json = serde_json::to_string(&Time(Timestamp(winter))).unwrap();
            assert_eq!(json, "\"2026-11-23T07:28:54.593159Z\"");
        }
        let kolkata = TimeZone::of_name("Asia/Kolkata").unwrap();
        let in_zone = |zone: &TimeZone, time| {
            let _zone = zone.enter();
            shown(time)
        };
        assert_eq!(in_zone(&kolkata, 0), "1970-01-01T05:30:00+05:30");
        let new_york = TimeZone::of_name("America/New_York").unwrap();
        assert_eq!(in_zone(&new_york, 0), "1969-12-31T19:00:00-05:00");
        assert_eq!(shown(0), "1970-01-01T00:00:00Z");
        assert!(TimeZone::of_name("Europe/Atlantis").is_none());
    }
}
