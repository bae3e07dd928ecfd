//! Measures how long each phase of a run takes.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::supervise::dispatcher::Phase;

/// A phase of a run, and the total time spent in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct PhaseTime {
    /// The phase.
    pub(crate) phase: &'static str,
    /// The time in seconds.
    pub(crate) seconds: f64,
}

/// A clock for phases. A phase can be entered again, for example when a damaged task store is made
/// again; its time then adds up.
#[derive(Debug)]
pub(crate) struct Phases {
    spent: Vec<(&'static str, Duration)>,
    current: &'static str,
    since: Instant,
}

impl Phases {
    /// Starts the clock in the phase before there are workers.
    pub(crate) fn start(now: Instant) -> Self {
        Self { spent: Vec::new(), current: "start", since: now }
    }

    /// Records that the run enters this phase.
    pub(crate) fn enter(&mut self, phase: Phase, now: Instant) {
        let name = name(phase);
        if name != self.current {
            self.add(now);
            self.current = name;
        }
    }

    /// Returns the phases so far, in the order in which they began.
    pub(crate) fn so_far(&mut self, now: Instant) -> Vec<PhaseTime> {
        self.add(now);
        let times = self.spent.iter();
        times.map(|&(phase, spent)| PhaseTime { phase, seconds: spent.as_secs_f64() }).collect()
    }

    fn add(&mut self, now: Instant) {
        let spent = now.saturating_duration_since(self.since);
        self.since = now;
        match self.spent.iter_mut().find(|(name, _)| *name == self.current) {
            Some((_, total)) => *total += spent,
            None => self.spent.push((self.current, spent)),
        }
    }
}

fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::Analyzing => "map",
        Phase::Reducing => "reduce",
        Phase::Stopping => "stop",
        Phase::Merging => "merge",
        Phase::Finalizing => "commit",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_add_up() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let mut phases = Phases::start(begin);
        phases.enter(Phase::Analyzing, at(1));
        phases.enter(Phase::Analyzing, at(2));
        phases.enter(Phase::Reducing, at(4));
        phases.enter(Phase::Analyzing, at(5));
        let found: Vec<_> = phases.so_far(at(7)).into_iter().map(|time| (time.phase, time.seconds)).collect();
        assert_eq!(found, [("start", 1.0), ("map", 5.0), ("reduce", 1.0)]);
    }
}
