//! The possible lengths of the bins of a time axis.

use events::Timestamp;

use crate::Time;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// The Monday before 1970-01-01.
const MONDAY: i64 = -3 * DAY;

/// The possible lengths of a bin.
pub(super) const UNITS: [(&str, Unit); 27] = [
    ("1 second", Unit::Fixed(SECOND)),
    ("5 seconds", Unit::Fixed(5 * SECOND)),
    ("10 seconds", Unit::Fixed(10 * SECOND)),
    ("30 seconds", Unit::Fixed(30 * SECOND)),
    ("1 minute", Unit::Fixed(60 * SECOND)),
    ("2 minutes", Unit::Fixed(120 * SECOND)),
    ("5 minutes", Unit::Fixed(300 * SECOND)),
    ("10 minutes", Unit::Fixed(600 * SECOND)),
    ("30 minutes", Unit::Fixed(1_800 * SECOND)),
    ("1 hour", Unit::Fixed(3_600 * SECOND)),
    ("2 hours", Unit::Fixed(7_200 * SECOND)),
    ("6 hours", Unit::Fixed(21_600 * SECOND)),
    ("12 hours", Unit::Fixed(43_200 * SECOND)),
    ("1 day", Unit::Fixed(DAY)),
    ("2 days", Unit::Fixed(2 * DAY)),
    ("1 week", Unit::Fixed(7 * DAY)),
    ("2 weeks", Unit::Fixed(14 * DAY)),
    ("1 month", Unit::Months(1)),
    ("2 months", Unit::Months(2)),
    ("3 months", Unit::Months(3)),
    ("6 months", Unit::Months(6)),
    ("1 year", Unit::Months(12)),
    ("2 years", Unit::Months(24)),
    ("5 years", Unit::Months(60)),
    ("20 years", Unit::Months(240)),
    ("100 years", Unit::Months(1_200)),
    ("10,000 years", Unit::Months(120_000)),
];

#[derive(Debug, Clone, Copy)]
pub(super) enum Unit {
    /// Microseconds.
    Fixed(i64),
    /// Months of the calendar.
    Months(i64),
}

impl Unit {
    /// Returns the edges of bins from `first` to `last`, or `None` if there would be more than
    /// `maximum` bins or the edges are out of range.
    pub(super) fn edges(self, first: i64, last: i64, maximum: usize) -> Option<Vec<i64>> {
        let (index, edge): (i64, Box<dyn Fn(i64) -> Option<i64>>) = match self {
            Self::Fixed(length) => (
                first.checked_sub(MONDAY)?.div_euclid(length),
                Box::new(move |index| index.checked_mul(length)?.checked_add(MONDAY)),
            ),
            Self::Months(months) => {
                let (year, month, _) = Time(Timestamp(first)).date();
                let edge = move |index: i64| {
                    let month = index.checked_mul(months)?;
                    let of_year = u32::try_from(month.rem_euclid(12)).ok()? + 1;
                    Some(Time::of_date(month.div_euclid(12), of_year, 1)?.0.0)
                };
                ((year * 12 + i64::from(month) - 1).div_euclid(months), Box::new(edge))
            }
        };
        // An edge out of range becomes the last possible time.
        let first_edge = edge(index).unwrap_or(i64::MIN);
        let mut edges = vec![first_edge];
        let mut next = index;
        while edges.last().is_some_and(|edge| *edge <= last && *edge < i64::MAX) {
            if edges.len() > maximum {
                return None;
            }
            next += 1;
            edges.push(edge(next).unwrap_or(i64::MAX));
        }
        Some(edges)
    }
}
