//! The status as a line at intervals, for logs.

use std::time::Duration;

use super::pace::{self, Pace};
use crate::supervise::dispatcher::Snapshot;
use crate::words;

#[derive(Default)]
pub(super) struct Linear {
    last: String,
}

impl Linear {
    pub(super) fn show(&mut self, snapshot: &Snapshot, pace: Pace, elapsed: Duration) {
        // A short run shows only its summary.
        if elapsed < Duration::from_secs(1) {
            return;
        }
        let line = line(snapshot, pace);
        if line != self.last {
            // If nobody reads, a status is of no use.
            if !streams::is_behind() {
                streams::message(format!("{line}\n").as_bytes());
            }
            self.last = line;
        }
    }
}

fn line(snapshot: &Snapshot, pace: Pace) -> String {
    let progress = pace::progress(snapshot, pace);
    let memory = snapshot.workers.iter().map(|worker| worker.memory).max();
    match (snapshot.workers.len(), memory.map(words::bytes)) {
        (0, _) | (_, None) => progress,
        (1, Some(memory)) => format!("{progress}; 1 worker with {memory}"),
        (workers, Some(memory)) => format!("{progress}; {workers} workers with at most {memory} each"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supervise::dispatcher::WorkerLine;

    #[test]
    fn lines() {
        let worker = |memory: u64| WorkerLine {
            pid: None,
            word: "idle",
            memory: memory << 20,
            task: String::new(),
            steps: 0,
        };
        let mut snapshot = Snapshot::merging(2, 5);
        assert_eq!(line(&snapshot, Pace::default()), "merging: 2 of 5 tasks");
        snapshot.workers.push(worker(9));
        assert_eq!(line(&snapshot, Pace::default()), "merging: 2 of 5 tasks; 1 worker with 9.0 MiB");
        snapshot.workers.push(worker(8));
        assert_eq!(
            line(&snapshot, Pace::default()),
            "merging: 2 of 5 tasks; 2 workers with at most 9.0 MiB each"
        );
    }
}
