//! A task and how far it is.

use protocol::{Step, TaskDone};
use serde::{Deserialize, Serialize};

/// A task's number within the run.
pub(crate) type TaskId = u32;

/// What a task does; a reduce step by the position of its plugin.
pub(crate) type Work = Step<usize>;

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Waiting,
    Running,
    Done(TaskDone),
    /// It will never be done, and the run goes on without.
    GivenUp,
}

/// A task that is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TaskRecord {
    /// What it did.
    pub(crate) work: Work,
    /// What came of it.
    pub(crate) done: TaskDone,
}

/// One task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    /// What it does.
    pub(crate) work: Work,
    pub(super) state: State,
    /// Workers that died of it.
    pub(super) deaths: u32,
    /// Times that a worker could not do it and lived.
    pub(super) errors: u32,
}

impl Task {
    pub(super) fn is_over(&self) -> bool {
        matches!(self.state, State::Done(_) | State::GivenUp)
    }

    pub(super) fn record(&self) -> Option<TaskRecord> {
        match self.state {
            State::Done(done) => Some(TaskRecord { work: self.work, done }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of `finished.jsonl`.
    #[test]
    fn records_name_what_was_done() {
        let done = TaskDone { task: 7, events: 6, filtered: 0, tagged: 0, set_aside: 0, digest: 5 };
        for (work, json) in [
            (Work::Reduce(1), r#"{"work":{"reduce":1},"#),
            (Work::Map(events::EventRange { first: 2, last: 3 }), r#"{"work":{"map":{"first":2,"last":3}},"#),
        ] {
            let written = serde_json::to_string(&TaskRecord { work, done }).unwrap();
            assert!(written.starts_with(json), "{written}");
        }
    }
}
