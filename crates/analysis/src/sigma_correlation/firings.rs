//! How often a correlation has fired, and when.

/// The most firings of a correlation that are kept. All others are counted.
const MOST_KEPT: usize = 1_000;

/// A run of records of one group, in each of whose windows the condition holds. Each window has the
/// record before, so the windows of one firing overlap.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Firing {
    /// The time of the first record that contributed, in microseconds.
    pub(crate) first: i64,
    /// The time of the last one.
    pub(crate) last: i64,
    /// How many records contributed.
    pub(crate) records: u64,
    /// The values of the group.
    pub(crate) group: Vec<Box<str>>,
}

/// The firings of one correlation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Firings {
    /// The first ones, in the order of their times.
    pub(crate) kept: Vec<Firing>,
    /// How many there are.
    pub(crate) count: u64,
    /// How many records contributed to at least one.
    pub(crate) records: u64,
    /// The time of the first record that contributed, and of the last one.
    pub(crate) times: Option<(i64, i64)>,
    /// How many records left their windows before their time, because too much was in them.
    pub(crate) left_early: u64,
}

impl Firings {
    pub(super) fn add(&mut self, firing: Firing) {
        self.count += 1;
        let (first, last) = self.times.unwrap_or((firing.first, firing.last));
        self.times = Some((first.min(firing.first), last.max(firing.last)));
        if self.kept.len() < MOST_KEPT {
            self.kept.push(firing);
        }
    }
}
