//! A line now and then, for logs.

use std::io::Write as _;
use std::time::Duration;

use super::text;
use crate::dispatcher::Snapshot;

#[derive(Default)]
pub(super) struct Linear {
    last: String,
}

impl Linear {
    pub(super) fn show(&mut self, snapshot: &Snapshot, elapsed: Duration) {
        // A short run says nothing but its summary.
        if elapsed < Duration::from_secs(1) {
            return;
        }
        let workers = snapshot.workers.len();
        let memory = snapshot.workers.iter().map(|worker| worker.memory).max().unwrap_or_default();
        let line = format!(
            "{}, {workers} workers, largest {}",
            text::progress(snapshot, elapsed),
            text::bytes(memory)
        );
        if line != self.last {
            // A status that cannot be shown is no reason to end the run.
            let _ = writeln!(std::io::stderr(), "{line}");
            self.last = line;
        }
    }
}
