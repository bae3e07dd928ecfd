//! Measures how a task spends its time: a thread samples the stage of the working thread each
//! millisecond.
//!
//! Reading the clock around each step would take as long as some of the steps. Sampling has no
//! measurable cost, and is exact enough after some hundred samples.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use events::{Stage, StageMark};

const INTERVAL: Duration = Duration::from_millis(1);

/// A thread that takes samples until it is asked for the result.
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

    /// Returns the time spent at each stage. The stage of a plugin has the plugin's name.
    pub(crate) fn finish(self, plugins: &[String]) -> Vec<(String, Duration)> {
        let Self { stop, thread } = self;
        drop(stop);
        // The thread cannot panic. If it did, there would be no profile.
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
