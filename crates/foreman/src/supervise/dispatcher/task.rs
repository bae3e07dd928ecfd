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

/// A task cannot count more of anything. A record from another machine may say so, and the sum of
/// such counts would be no number.
const MOST: u64 = 1 << 40;

/// A task that is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenRecord")]
pub(crate) struct TaskRecord {
    /// The work of the task.
    pub(crate) work: Work,
    /// Its result.
    pub(crate) done: TaskDone,
}

/// The record of a task as somebody wrote it.
#[derive(Deserialize)]
struct WrittenRecord {
    work: Work,
    done: TaskDone,
}

impl TryFrom<WrittenRecord> for TaskRecord {
    type Error = String;

    fn try_from(WrittenRecord { work, done }: WrittenRecord) -> Result<Self, String> {
        let TaskDone { events, filtered, tagged, set_aside, exported, .. } = done;
        match [events, filtered, tagged, set_aside, exported].into_iter().max() {
            Some(count) if count > MOST => Err(format!("a task cannot have counted to {count}")),
            _ => Ok(Self { work, done }),
        }
    }
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
            assert_eq!(serde_json::from_str::<TaskRecord>(&written).unwrap().done, done);
            let impossible = written.replace("\"events\":6", "\"events\":18446744073709551615");
            let error = serde_json::from_str::<TaskRecord>(&impossible).unwrap_err().to_string();
            assert!(error.contains("cannot have counted to 18446744073709551615"), "{error}");
        }
    }
}
