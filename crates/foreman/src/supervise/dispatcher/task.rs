//! A task and how far it is.

use protocol::{Step, TaskDone};
use serde::{Deserialize, Serialize};

/// A task's number in the run.
pub(crate) type TaskId = u32;

/// The work of a task. A reduce step is the position of its plugin.
pub(crate) type Work = Step<usize>;

/// The state of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Waiting,
    Running,
    Done(TaskDone),
    /// The task will never be done. The run continues without it.
    GivenUp,
}

/// A task that is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TaskRecord {
    /// The work of the task.
    pub(crate) work: Work,
    /// Its result.
    pub(crate) done: TaskDone,
}

/// One task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    /// The work.
    pub(crate) work: Work,
    pub(super) state: State,
    /// The number of workers that ended while they worked on the task.
    pub(super) deaths: u32,
    /// The number of times that the task failed but its worker continued.
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
        let done = TaskDone {
            task: 7,
            events: 6,
            filtered: 0,
            tagged: 0,
            set_aside: 0,
            digest: 5,
            ..TaskDone::default()
        };
        for (work, json) in [
            (Work::Reduce(1), r#"{"work":{"reduce":1},"#),
            (Work::Map(events::EventRange { first: 2, last: 3 }), r#"{"work":{"map":{"first":2,"last":3}},"#),
        ] {
            let written = serde_json::to_string(&TaskRecord { work, done }).unwrap();
            assert!(written.starts_with(json), "{written}");
        }
    }
}
