//! The state of a run at one moment, for the status views.

use super::worker::{State, Worker};
use super::{Tasks, Work};

/// The phase of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Workers examine events.
    #[default]
    Analyzing,
    /// Reduce steps run.
    Reducing,
    /// The workers are asked to exit.
    Stopping,
    /// Task stores are merged.
    Merging,
    /// The change to the store is committed.
    Finalizing,
}

impl Phase {
    /// Returns the word for the phase in status views.
    #[must_use]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Analyzing => "analyzing",
            Self::Reducing => "reducing",
            Self::Stopping => "stopping",
            Self::Merging => "merging",
            Self::Finalizing => "finalizing",
        }
    }
}

/// A worker in a status view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WorkerLine {
    /// Its process ID, once it is known.
    pub(crate) pid: Option<u32>,
    /// The word for its state.
    pub(crate) word: &'static str,
    /// Its resident memory, in bytes.
    pub(crate) memory: u64,
    /// What it works on.
    pub(crate) task: String,
    /// Events examined within the task.
    pub(crate) steps: u64,
}

/// The state of a run at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// The phase.
    pub(crate) phase: Phase,
    /// The number of events in the store.
    pub(crate) total: u64,
    /// The number of events read so far.
    pub(crate) events: u64,
    /// The number of events among them that did not match the filter, in finished tasks.
    pub(crate) filtered: u64,
    /// The number of finished tasks.
    pub(crate) tasks_done: usize,
    /// The number of all tasks.
    pub(crate) tasks: usize,
    /// The workers.
    pub(crate) workers: Vec<WorkerLine>,
}

impl Snapshot {
    /// Returns the state of a run whose workers are done and whose task stores are being merged.
    #[must_use]
    pub(crate) fn merging(done: usize, tasks: usize) -> Self {
        let workers = Vec::new();
        Self { phase: Phase::Merging, total: 0, events: 0, filtered: 0, tasks_done: done, tasks, workers }
    }
}

pub(super) fn snapshot<'w>(
    tasks: &Tasks,
    workers: impl Iterator<Item = &'w Worker>,
    stopping: bool,
    total: u64,
) -> Snapshot {
    let mut events: u64 = tasks.results().map(|done| done.events).sum();
    let mut reducing = false;
    let mut lines = Vec::new();
    for worker in workers {
        let task = worker.task().and_then(|id| tasks.get(id));
        match task.map(|task| task.work) {
            // For a moment, the status may still be that of the previous task.
            Some(Work::Map(_)) if worker.status.task == worker.task() => events += worker.status.steps,
            Some(Work::Map(_)) | None => {}
            Some(Work::Reduce(_)) => reducing = true,
        }
        lines.push(WorkerLine {
            pid: worker.pid,
            word: word(worker),
            memory: worker.memory,
            task: task.map(|task| tasks.describe(task.work)).unwrap_or_default(),
            steps: worker.status.steps,
        });
    }
    let (tasks_done, count) = tasks.counts();
    Snapshot {
        phase: match (stopping, reducing) {
            (true, _) => Phase::Stopping,
            (false, true) => Phase::Reducing,
            (false, false) => Phase::Analyzing,
        },
        total: total.max(events),
        events,
        filtered: tasks.results().map(|done| done.filtered).sum(),
        tasks_done,
        tasks: count,
        workers: lines,
    }
}

fn word(worker: &Worker) -> &'static str {
    match worker.state {
        State::Starting { .. } => "starting",
        _ if worker.stopped_since.is_some() => "stopped",
        State::Idle => "idle",
        State::Working { .. } => worker.status.state.word(),
        State::Lost { .. } => "lost",
        State::Ending { .. } => "ending",
    }
}
