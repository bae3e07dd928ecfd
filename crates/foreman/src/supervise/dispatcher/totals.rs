//! What is known of all tasks together. It is kept up to date, because a run of a billion events
//! has 60,000 tasks: to look at all of them for each one would take longer than the tasks.

use std::collections::BTreeSet;

use super::task::{State, Task, TaskId, Work};

/// What is known of all tasks together.
#[derive(Debug, Default)]
pub(super) struct Totals {
    /// The tasks that wait for a worker.
    pub(super) waiting: BTreeSet<TaskId>,
    /// The number of map tasks that are neither done nor given up.
    pub(super) open_maps: usize,
    /// The number of tasks that are done or given up.
    pub(super) over: usize,
    /// The number of reduce tasks.
    pub(super) reduces: usize,
}

impl Totals {
    /// Counts a task, or no longer counts it.
    pub(super) fn count(&mut self, id: TaskId, task: &Task, is_there: bool) {
        let change = |number: &mut usize, is_one: bool| {
            *number = if is_there { *number + usize::from(is_one) } else { *number - usize::from(is_one) };
        };
        let is_map = matches!(task.work, Work::Map(_));
        change(&mut self.open_maps, is_map && !task.is_over());
        change(&mut self.over, task.is_over());
        change(&mut self.reduces, !is_map);
        if is_there && task.state == State::Waiting {
            self.waiting.insert(id);
        } else {
            self.waiting.remove(&id);
        }
    }
}
