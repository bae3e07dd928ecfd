//! Where a task's time goes: a thread looks every millisecond at what the working one is at.
//!
//! Asking for the time around each step would cost as much as some of the steps; looking from aside costs nothing
//! measurable, and is exact enough once there are some hundred looks.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use events::{Stage, StageMark};

const INTERVAL: Duration = Duration::from_millis(1);

/// Looks until it is asked what was seen.
pub(crate) struct Sampler {
    stop: Sender<()>,
    thread: JoinHandle<BTreeMap<Stage, Duration>>,
}

impl Sampler {
    pub(crate) fn start(mark: StageMark) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new().spawn(move || {
            let mut seen: BTreeMap<Stage, Duration> = BTreeMap::new();
            let mut last = Instant::now();
            while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                let now = Instant::now();
                *seen.entry(mark.now()).or_default() += now - last;
                last = now;
            }
            seen
        })?;
        Ok(Self { stop, thread })
    }

    /// How long which stage was seen, by the stage's name; a plugin's is its own.
    pub(crate) fn finish(self, plugins: &[String]) -> Vec<(String, Duration)> {
        let Self { stop, thread } = self;
        drop(stop);
        // It cannot have panicked, and if so there is nothing to show.
        let seen = thread.join().unwrap_or_default();
        let name = |stage| match stage {
            Stage::Other => "other".to_owned(),
            Stage::Read => "read".to_owned(),
            Stage::Inflate => "inflate".to_owned(),
            Stage::Parse => "parse".to_owned(),
            Stage::Filter => "filter".to_owned(),
            Stage::Write => "write".to_owned(),
            Stage::Plugin(position) => plugins.get(usize::from(position)).cloned().unwrap_or_default(),
        };
        seen.into_iter().map(|(stage, time)| (name(stage), time)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_was_seen_is_told_by_name() {
        let mark = StageMark::default();
        mark.enter(Stage::Plugin(1));
        let sampler = Sampler::start(mark).unwrap();
        thread::sleep(20 * INTERVAL);
        let seen = sampler.finish(&["tagging".into(), "sessionize".into()]);
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].0, "sessionize");
        assert!(seen[0].1 > Duration::ZERO);
    }
}
