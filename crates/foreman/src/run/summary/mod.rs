//! The summary of a run, as text for people and as JSON for programs (`docs/status.md`).

pub(crate) mod case;
pub(crate) mod psort;
pub(crate) mod text;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use events::{Counter, Note, SetAside, Shown as _, Timestamp, with_causes};
use filter::{LabelMeaning, LabelSeverity};
use protocol::RunSpec;
use serde::Serialize;
use storage::TimeRange;
use storage::merge::Merged;

use crate::exit::{Failure, Status};
use crate::output::Destination;
use crate::run::export::Exported;
use crate::run::phases::PhaseTime;
use crate::supervise::dispatcher::Replaced;

/// Version of the JSON of summaries and of the status view `json`. Raise it when a field changes
/// its meaning or is removed. New fields do not raise it.
pub(crate) const JSON_VERSION: u32 = 1;

/// Returns whether a file that begins so has a summary, of one storage file or of several.
pub(crate) fn is_summary(start: &[u8]) -> bool {
    [&b"{\"kind\":\"summary\","[..], b"{\"kind\":\"case-summary\","]
        .iter()
        .any(|ours| start.starts_with(ours))
}

/// What is known of a run when it ends, however early that is.
#[derive(Debug, Default)]
pub(crate) struct Account {
    pub(crate) run: Option<RunSpec>,
    pub(crate) replaced: Vec<Replaced>,
    /// The number of tasks that are done, and of all tasks.
    pub(crate) tasks: (usize, usize),
    /// The most memory that a worker has had, in bytes.
    pub(crate) worker_memory: u64,
    pub(crate) merged: Option<Merged>,
    pub(crate) exported: Option<Exported>,
    /// What the labels of the run's rules mean.
    pub(crate) meanings: BTreeMap<String, LabelMeaning>,
}

/// The summary of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) kind: &'static str,
    pub(crate) version: u32,
    pub(crate) time: String,
    pub(crate) elapsed: f64,
    pub(crate) program: &'static str,
    pub(crate) command_line: String,
    pub(crate) outcome: &'static str,
    pub(crate) exit_status: u8,
    pub(crate) error: Option<String>,
    pub(crate) store: String,
    pub(crate) dry_run: bool,
    pub(crate) run: Option<Run>,
    pub(crate) tasks: TaskCounts,
    pub(crate) workers: Workers,
    pub(crate) phases: Vec<PhaseTime>,
    pub(crate) memory: Memory,
    pub(crate) results: Option<Results>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exported: Option<Exported>,
    /// The fingerprint of the storage file when the results were stored.
    #[serde(skip)]
    pub(crate) content: Option<String>,
}

/// The description of the run.
#[derive(Debug, Serialize)]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) plugins: Vec<String>,
    pub(crate) filter: Option<String>,
    pub(crate) slice: Option<TimeRange>,
    pub(crate) strict_compat: bool,
}

/// The progress of the run.
#[derive(Debug, Serialize)]
pub(crate) struct TaskCounts {
    pub(crate) done: usize,
    pub(crate) total: usize,
}

/// The workers of the run.
#[derive(Debug, Serialize)]
pub(crate) struct Workers {
    pub(crate) limit: usize,
    pub(crate) replaced: Vec<Replaced>,
}

/// The largest amount of memory of a process, in bytes.
#[derive(Debug, Serialize)]
pub(crate) struct Memory {
    pub(crate) foreman: u64,
    pub(crate) worker: u64,
}

/// The results of the run.
#[derive(Debug, Serialize)]
pub(crate) struct Results {
    pub(crate) events: u64,
    pub(crate) filtered: u64,
    pub(crate) tagged: u64,
    /// The events that got a label, without the labels of sessions.
    pub(crate) labelled: u64,
    /// The sessions, and the events in them.
    pub(crate) sessions: u64,
    pub(crate) in_sessions: u64,
    pub(crate) new_labels: u64,
    pub(crate) labels: Counter,
    /// What these labels mean, as far as the rules of the run say it.
    pub(crate) label_meanings: BTreeMap<String, Meaning>,
    pub(crate) reports: Vec<Report>,
    pub(crate) warnings: u64,
    pub(crate) unreadable_tags: u64,
    pub(crate) set_aside: Vec<SetAside>,
    /// Whether not as many events were read as the storage file has, or it was changed meanwhile.
    pub(crate) is_short: bool,
    pub(crate) notes: Vec<Note>,
    /// The seconds that the workers spent at each stage, if this was measured.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) profile: BTreeMap<String, f64>,
}

/// What a label means.
#[derive(Debug, Serialize)]
pub(crate) struct Meaning {
    #[serde(skip)]
    pub(crate) rank: Option<LabelSeverity>,
    pub(crate) severity: Option<&'static str>,
    pub(crate) description: String,
}

/// The report of a plugin.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) plugin: String,
    pub(crate) counts: Counter,
    #[serde(skip)]
    pub(crate) time_compiled: Timestamp,
}

impl Account {
    /// Returns the parts of the summary that do not depend on how the run ended.
    pub(crate) fn parts(self) -> (Option<Run>, TaskCounts, Vec<Replaced>, Option<Results>) {
        let Self { run, replaced, tasks: (done, total), merged, meanings, .. } = self;
        let results = merged.map(|merged| Results::new(merged, meanings));
        (run.map(Run::from), TaskCounts { done, total }, replaced, results)
    }
}

impl Summary {
    /// Returns the summary as JSON in one line, which may be printed on a terminal.
    pub(crate) fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self).map(|json| report::harmless_json(&json))
    }

    /// Writes the JSON to a file, of which readers see all or nothing. Gives up waiting for the
    /// reader of a stream when `stopped` returns `true`.
    pub(crate) fn write(&self, place: &Destination, stopped: impl Fn() -> bool) -> anyhow::Result<()> {
        let json = self.json().context("cannot put the summary into JSON")?;
        place
            .write(&(json + "\n"), stopped)
            .with_context(|| format!("cannot write the summary {}", place.path().shown()))
    }

    /// Adds the error that the summary itself could not be written. It is an error of the run,
    /// although the results are in the store.
    pub(crate) fn is_unwritten(&mut self, error: &anyhow::Error, result: &Result<Status, Failure>) {
        if self.outcome == outcome(Status::Done) {
            self.outcome = outcome(Status::Incomplete);
        }
        self.exit_status = result.as_ref().map_or_else(|failure| failure.status, |status| *status) as u8;
        self.error.get_or_insert(with_causes(error.as_ref()));
    }

    /// Returns how long the run took.
    pub(crate) fn elapsed(&self) -> Duration {
        Duration::try_from_secs_f64(self.elapsed).unwrap_or_default()
    }
}

/// Returns the word for an exit status.
pub(crate) fn outcome(status: Status) -> &'static str {
    match status {
        Status::Done => "done",
        Status::Failed => "failed",
        Status::Usage => "refused",
        Status::Incomplete => "incomplete",
        Status::Aborted => "aborted",
    }
}

impl From<RunSpec> for Run {
    fn from(run: RunSpec) -> Self {
        let plugins = run.plugin_names();
        Self { id: run.id, plugins, filter: run.filter, slice: run.times, strict_compat: run.strict_compat }
    }
}

impl From<LabelMeaning> for Meaning {
    fn from(meaning: LabelMeaning) -> Self {
        let LabelMeaning { description, severity, .. } = meaning;
        Self { rank: severity, severity: severity.map(LabelSeverity::as_str), description }
    }
}

impl Results {
    fn new(merged: Merged, mut meanings: BTreeMap<String, LabelMeaning>) -> Self {
        let Merged {
            events,
            filtered,
            tagged,
            labelled,
            grouped,
            labels,
            labels_added,
            unreadable_tags,
            reports,
            warnings,
            set_aside,
            notes,
            is_short,
            profile,
            // A note says it.
            has_cut_report: _,
            content: _,
        } = merged;
        let report = |report: events::AnalysisReport| Report {
            plugin: report.plugin_name,
            counts: report.counter,
            time_compiled: report.time_compiled,
        };
        meanings.retain(|label, _| labels.contains_key(label));
        Self {
            events,
            filtered,
            tagged,
            labelled,
            sessions: labels.keys().filter(|label| report::is_session(label)).count() as u64,
            in_sessions: grouped,
            new_labels: labels_added,
            labels,
            label_meanings: meanings.into_iter().map(|(label, meaning)| (label, meaning.into())).collect(),
            reports: reports.into_iter().map(report).collect(),
            warnings,
            unreadable_tags,
            set_aside,
            is_short,
            notes,
            profile: profile.into_iter().map(|(stage, time)| (stage, time as f64 / 1e6)).collect(),
        }
    }
}
