//! The summary of a run over many storage files.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use events::Shown as _;
use serde::Serialize;

use super::{JSON_VERSION, Summary, outcome};
use crate::exit::Status;
use crate::output::Destination;
use crate::run::queue::Queue;
use crate::words::{duration, timestamp};

/// The summary of a run over many storage files.
#[derive(Debug, Serialize)]
pub(crate) struct CaseSummary {
    kind: &'static str,
    version: u32,
    time: String,
    elapsed: f64,
    program: &'static str,
    command_line: String,
    outcome: &'static str,
    exit_status: u8,
    /// The summaries of the storage files, in the order of their runs.
    stores: Vec<Summary>,
    /// The storage files that an interrupted run has done.
    done_before: Vec<PathBuf>,
    /// Those of which it skipped something.
    incomplete_before: Vec<PathBuf>,
    /// Links that lead out of the folder of the storage files.
    passed_over: Vec<PathBuf>,
    /// The storage files whose turn has not come.
    not_begun: Vec<PathBuf>,
    #[serde(skip)]
    statuses: Vec<Status>,
    #[serde(skip)]
    started: Instant,
}

impl CaseSummary {
    pub(crate) fn new(command_line: &str, queue: &mut Queue) -> Self {
        Self {
            kind: "case-summary",
            version: JSON_VERSION,
            time: String::new(),
            elapsed: 0.0,
            program: concat!("foreman ", env!("CARGO_PKG_VERSION")),
            command_line: command_line.to_owned(),
            outcome: outcome(Status::Done),
            exit_status: Status::Done as u8,
            stores: Vec::new(),
            done_before: std::mem::take(&mut queue.done_before),
            incomplete_before: std::mem::take(&mut queue.incomplete_before),
            passed_over: std::mem::take(&mut queue.passed_over),
            not_begun: Vec::new(),
            statuses: Vec::new(),
            started: Instant::now(),
        }
    }

    /// Adds the run over a storage file.
    pub(crate) fn add(&mut self, summary: Summary, status: Status) {
        self.stores.push(summary);
        self.statuses.push(status);
    }

    /// Returns whether no storage file was analysed yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.statuses.is_empty()
    }

    /// Returns whether all storage files so far are done.
    pub(crate) fn is_all_done(&self) -> bool {
        self.statuses.iter().all(|status| is_done(*status))
    }

    /// Completes the summary. Returns the exit status of the whole. Storage files whose turn has
    /// not come are left after a request to stop.
    pub(crate) fn end(&mut self, not_begun: Vec<PathBuf>) -> Status {
        let is_any_done = !self.done_before.is_empty()
            || !self.incomplete_before.is_empty()
            || self.statuses.iter().any(|status| is_done(*status));
        let status = if self.statuses.contains(&Status::Aborted) || !not_begun.is_empty() {
            Status::Aborted
        } else if self.incomplete_before.is_empty()
            && self.passed_over.is_empty()
            && self.statuses.iter().all(|status| *status == Status::Done)
        {
            Status::Done
        } else if is_any_done {
            Status::Incomplete
        } else {
            Status::Failed
        };
        self.not_begun = not_begun;
        self.time = timestamp();
        self.elapsed = self.started.elapsed().as_secs_f64();
        self.set_status(status);
        status
    }

    /// Changes the exit status of the whole.
    pub(crate) fn set_status(&mut self, status: Status) {
        self.outcome = outcome(status);
        self.exit_status = status as u8;
    }

    /// Returns the summary as JSON in one line, which may be printed on a terminal.
    pub(crate) fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self).map(|json| report::harmless_json(&json))
    }

    /// Writes the JSON to a file, of which readers see all or nothing. Gives up waiting for the
    /// reader of a stream when `stopped` returns `true`.
    pub(crate) fn write(&self, place: &Destination, stopped: impl Fn() -> bool) -> anyhow::Result<()> {
        let json = self.json().context("cannot put the summary into JSON")?;
        let written = place.write(&(json + "\n"), stopped);
        written.with_context(|| format!("cannot write the summary {}", place.path().shown()))
    }

    /// Returns the summary for people: how many storage files are done, and the names of the
    /// others.
    pub(crate) fn text(&self) -> String {
        let elapsed = Duration::try_from_secs_f64(self.elapsed).unwrap_or_default();
        let before = self.done_before.len() + self.incomplete_before.len();
        let all = self.stores.len() + before + self.not_begun.len();
        let mut text = format!("{all} storage files in {}", duration(elapsed));
        let done = self.statuses.iter().filter(|status| **status == Status::Done).count();
        text += &format!("\n  done             {}", done + self.done_before.len());
        if !self.done_before.is_empty() {
            text += &format!(", {} of them before", self.done_before.len());
        }
        for store in &self.incomplete_before {
            text += &format!("\n  {:<16} {}, before", outcome(Status::Incomplete), store.shown());
        }
        for (store, status) in self.stores.iter().zip(&self.statuses) {
            if *status != Status::Done {
                text += &format!("\n  {:<16} {}", store.outcome, store.store.shown());
            }
        }
        for link in &self.passed_over {
            text += &format!("\n  {:<16} {}", "passed over", link.shown());
        }
        if !self.not_begun.is_empty() {
            text += &format!("\n  not begun        {}", self.not_begun.len());
        }
        text
    }
}

fn is_done(status: Status) -> bool {
    matches!(status, Status::Done | Status::Incomplete)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::queue::{Named, QueueSettings, Stores};
    use crate::supervise::stop::StopRequests;

    #[test]
    fn exit_statuses() {
        use Status::{Aborted, Done, Failed, Incomplete};
        let ended = |statuses: &[Status], not_begun: &[&str]| {
            let stores = Stores::StandardInput;
            let none = Named { paths: Vec::new(), passed_over: Vec::new() };
            let (settings, stop) = (QueueSettings::default(), StopRequests::default());
            let mut queue = Queue::begin(&stores, none, &settings, false, &stop);
            let mut case = CaseSummary::new("", queue.as_mut().ok().unwrap());
            case.statuses = statuses.to_vec();
            case.end(not_begun.iter().map(PathBuf::from).collect())
        };
        assert_eq!(ended(&[Done, Done], &[]), Done);
        assert_eq!(ended(&[Done, Failed], &[]), Incomplete);
        assert_eq!(ended(&[Incomplete], &[]), Incomplete);
        assert_eq!(ended(&[Failed], &[]), Failed);
        assert_eq!(ended(&[Done, Aborted], &[]), Aborted);
        assert_eq!(ended(&[Done], &["next.plaso"]), Aborted, "it was stopped between two runs");
    }
}
