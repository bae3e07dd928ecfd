//! The progress and the speed of a run.

use std::time::Duration;

use crate::supervise::dispatcher::{Phase, Snapshot};
use crate::words::{about, number};

/// Returns the progress of the run in one line.
pub(super) fn progress(snapshot: &Snapshot, pace: Pace) -> String {
    let Snapshot { phase, total, events, tasks_done, tasks, .. } = snapshot;
    let word = phase.word();
    if matches!(phase, Phase::Merging | Phase::Finalizing) {
        return format!("{word}: {tasks_done} of {tasks} tasks");
    }
    let mut line = format!("{word}: {} of {} events", number(*events), number(*total));
    if pace.rate > 0 {
        line.push_str(&format!(", {}/s", number(pace.rate)));
    }
    if let Some(left) = pace.left {
        line.push_str(&format!(", {} left", about(left)));
    }
    line.push_str(&format!(", {tasks_done} of {tasks} tasks"));
    line
}

/// The speed of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Pace {
    /// Events per second.
    pub(super) rate: u64,
    /// The estimated time for the remaining events.
    pub(super) left: Option<Duration>,
}

impl Pace {
    /// Computes the pace after `elapsed`. `before` events were done when the run began.
    pub(super) fn new(snapshot: &Snapshot, before: u64, elapsed: Duration) -> Self {
        let rate = rate(snapshot.events.saturating_sub(before), elapsed);
        let events_left = snapshot.total.saturating_sub(snapshot.events);
        let left = events_left.div_ceil(rate.max(1));
        Self { rate, left: (rate > 0 && events_left > 0).then_some(Duration::from_secs(left)) }
    }
}

/// Returns the events per second.
fn rate(events: u64, elapsed: Duration) -> u64 {
    let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    events.saturating_mul(1000).checked_div(milliseconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line() {
        let mut snapshot = Snapshot {
            phase: Phase::Analyzing,
            total: 90_000,
            events: 30_000,
            filtered: 0,
            tasks_done: 3,
            tasks: 9,
            workers: Vec::new(),
        };
        let line = |snapshot: &Snapshot, before| {
            progress(snapshot, Pace::new(snapshot, before, Duration::from_secs(2)))
        };
        assert_eq!(
            line(&snapshot, 0),
            "analyzing: 30,000 of 90,000 events, 15,000/s, 4 s left, 3 of 9 tasks"
        );
        assert_eq!(
            line(&snapshot, 29_000),
            "analyzing: 30,000 of 90,000 events, 500/s, 2 min left, 3 of 9 tasks"
        );
        assert_eq!(line(&snapshot, 30_000), "analyzing: 30,000 of 90,000 events, 3 of 9 tasks");
        snapshot.phase = Phase::Merging;
        assert_eq!(line(&snapshot, 0), "merging: 3 of 9 tasks");
    }
}
