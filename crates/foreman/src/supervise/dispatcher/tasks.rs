//! The tasks of a run, and the progress of each.

use std::collections::BTreeMap;

use events::{EventId, SetAside};
use protocol::TaskDone;
use storage::EventRange;

use super::task::{State, Task, TaskId, TaskRecord, Work};
use super::totals::Totals;

/// All tasks of a run.
#[derive(Debug)]
pub(crate) struct Tasks {
    tasks: BTreeMap<TaskId, Task>,
    next: TaskId,
    /// What is known of all tasks together, so that the cost of a task does not grow with their
    /// number.
    totals: Totals,
    /// The positions of the plugins that have a reduce step. These steps become tasks when all map
    /// tasks are done.
    reduces: Vec<usize>,
    set_aside: Vec<SetAside>,
    plugins: Vec<String>,
}

/// The number of errors of one task that are treated as accidents.
const ACCEPTED_ERRORS: u32 = 1;

/// The number of workers that may end on a map task before the task is divided or its only event is
/// skipped.
const ACCEPTED_DEATHS: u32 = 1;

/// The number of workers that may end on a reduce step. A reduce step cannot be divided, and all
/// labels that depend on it are lost with it. So workers that were killed from outside must not
/// count against the step too soon.
const ACCEPTED_REDUCE_DEATHS: u32 = 4;

impl Tasks {
    /// Makes tasks for these ranges of events, and reduce steps for the plugins at the positions in
    /// `reduces`.
    #[must_use]
    pub(crate) fn new(ranges: &[EventRange], plugins: Vec<String>, reduces: Vec<usize>) -> Self {
        let mut tasks = Self {
            tasks: BTreeMap::new(),
            next: 0,
            totals: Totals::default(),
            reduces,
            set_aside: Vec::new(),
            plugins,
        };
        for range in ranges {
            tasks.add(Work::Map(*range), 0);
        }
        tasks.add_reduces_when_due();
        tasks
    }

    /// Makes tasks for the ranges of a shard, whose first task has this number in the plan.
    #[must_use]
    pub(crate) fn of_shard(first: TaskId, ranges: &[EventRange], plugins: Vec<String>) -> Self {
        let mut tasks = Self::new(&[], plugins, Vec::new());
        tasks.next = first;
        for range in ranges {
            tasks.add(Work::Map(*range), 0);
        }
        tasks
    }

    /// Replaces a task by tasks for parts of its events, as another foreman has divided it. Returns
    /// their numbers.
    pub(crate) fn divide_as(&mut self, id: TaskId, parts: &[EventRange]) -> Vec<TaskId> {
        if let Some(task) = self.tasks.remove(&id) {
            self.totals.count(id, &task, false);
        }
        let first = self.next;
        for part in parts {
            self.add(Work::Map(*part), 0);
        }
        (first..self.next).collect()
    }

    /// Skips the only event of a task, as another foreman has skipped it.
    pub(crate) fn skip(&mut self, id: TaskId, event: i64, reason: String) {
        self.give_up(id, EventId::new(event), reason);
    }

    /// Marks the tasks that an interrupted run has done. Tasks that were made by dividing a task do
    /// not exist in this run, so their events are done again.
    pub(crate) fn restore(&mut self, records: &[TaskRecord]) {
        // Reduce steps become tasks only when the map tasks are done.
        for is_map in [true, false] {
            for record in records.iter().filter(|record| matches!(record.work, Work::Map(_)) == is_map) {
                if self.tasks.get(&record.done.task).is_some_and(|task| task.work == record.work) {
                    self.done(record.done);
                }
            }
        }
    }

    /// Returns the records of the tasks that are done.
    #[must_use]
    pub(crate) fn records(&self) -> Vec<TaskRecord> {
        self.tasks.values().filter_map(Task::record).collect()
    }

    /// Returns the record of a task, or `None` if it is not done.
    #[must_use]
    pub(crate) fn record(&self, id: TaskId) -> Option<TaskRecord> {
        self.tasks.get(&id).and_then(Task::record)
    }

    /// Repeats a task whose task store was damaged after it was reported.
    ///
    /// Reduce steps that have read a damaged task store are repeated, too.
    pub(crate) fn redo(&mut self, id: TaskId) {
        self.return_unfinished(id);
        let is_map = self.get(id).is_some_and(|task| matches!(task.work, Work::Map(_)));
        let of_reduces = |(id, task): (&TaskId, &Task)| matches!(task.work, Work::Reduce(_)).then_some(*id);
        let reduces: Vec<_> = self.tasks.iter().filter_map(of_reduces).collect();
        for reduce in reduces.into_iter().filter(|_| is_map) {
            self.return_unfinished(reduce);
        }
    }

    /// Returns the task of this number.
    #[must_use]
    pub(crate) fn get(&self, id: TaskId) -> Option<&Task> {
        self.tasks.get(&id)
    }

    /// Returns the numbers and ranges of the finished map tasks, in the order of their events.
    #[must_use]
    pub(crate) fn finished_maps(&self) -> Vec<(TaskId, EventRange)> {
        let mut finished: Vec<_> = self
            .tasks
            .iter()
            .filter_map(|(&id, task)| match (task.work, task.state) {
                (Work::Map(range), State::Done(_)) => Some((id, range)),
                _ => None,
            })
            .collect();
        finished.sort_unstable_by_key(|(_, range)| range.first);
        finished
    }

    /// Returns the number of the finished reduce task of the plugin at this position.
    #[must_use]
    pub(crate) fn finished_reduce(&self, plugin: usize) -> Option<TaskId> {
        self.tasks
            .iter()
            .find(|(_, task)| task.work == Work::Reduce(plugin) && matches!(task.state, State::Done(_)))
            .map(|(&id, _)| id)
    }

    /// Returns the events and reduce steps that were skipped because each worker that tried them
    /// ended.
    #[must_use]
    pub(crate) fn set_aside(&self) -> &[SetAside] {
        &self.set_aside
    }

    /// Returns the results of the finished tasks.
    pub(crate) fn results(&self) -> impl Iterator<Item = &TaskDone> {
        self.tasks.values().filter_map(|task| match &task.state {
            State::Done(done) => Some(done),
            _ => None,
        })
    }

    /// Returns the number of tasks that are done or given up, and the number of all tasks.
    #[must_use]
    pub(crate) fn counts(&self) -> (usize, usize) {
        let still_to_come = if self.reduces_added() { 0 } else { self.reduces.len() };
        (self.totals.over, self.tasks.len() + still_to_come)
    }

    /// Returns the tasks that workers can get. Reduce steps are among them only when all map tasks
    /// are done.
    pub(super) fn waiting(&self) -> impl Iterator<Item = TaskId> {
        let is_ready = |id: &TaskId| {
            self.totals.open_maps == 0 || self.get(*id).is_some_and(|task| matches!(task.work, Work::Map(_)))
        };
        self.totals.waiting.iter().copied().filter(is_ready)
    }

    pub(super) fn all_done(&self) -> bool {
        self.totals.over == self.tasks.len()
    }

    /// Records that a worker gets the task. Returns whether the worker must record each event.
    pub(super) fn start(&mut self, id: TaskId) -> bool {
        self.change(id, |task| {
            task.state = State::Running;
            task.deaths > 0
        })
        .unwrap_or_default()
    }

    pub(super) fn done(&mut self, done: TaskDone) {
        self.change(done.task, |task| task.state = State::Done(done));
        self.add_reduces_when_due();
    }

    /// Records that the task has failed. Returns whether it should be tried again.
    pub(super) fn failed_once_more(&mut self, id: TaskId) -> bool {
        self.change(id, |task| {
            task.state = State::Waiting;
            task.errors += 1;
            task.errors <= ACCEPTED_ERRORS
        })
        .unwrap_or_default()
    }

    /// Takes the task back from a worker that ended for a reason unrelated to the task.
    pub(super) fn return_unfinished(&mut self, id: TaskId) {
        self.change(id, |task| task.state = State::Waiting);
    }

    /// Handles a worker that ended because of the task: the task is tried again, divided or
    /// skipped.
    pub(super) fn worker_died(&mut self, id: TaskId, reason: &str, traced: Option<i64>) {
        let died = self.change(id, |task| {
            task.deaths += 1;
            task.state = State::Waiting;
            (task.work, task.deaths)
        });
        let Some((work, deaths)) = died else { return };
        let accepted = match work {
            Work::Map(_) => ACCEPTED_DEATHS,
            Work::Reduce(_) => ACCEPTED_REDUCE_DEATHS,
        };
        if deaths <= accepted {
            return;
        }
        match work {
            Work::Map(range) if range.first < range.last => self.divide(id, range, traced),
            Work::Map(range) => {
                self.give_up(id, EventId::new(range.first), format!("the worker that examined it {reason}"))
            }
            // A reduce step cannot be divided. The labels that depend on it will be missing.
            Work::Reduce(plugin) => {
                let name = self.plugins.get(plugin).cloned().unwrap_or_default();
                self.change(id, |task| task.state = State::GivenUp);
                self.set_aside.push(SetAside {
                    event: None,
                    plugin: Some(name),
                    reason: format!("its reduce step was given up, because the worker that ran it {reason}"),
                });
            }
        }
    }

    /// Returns the work of a task in words.
    #[must_use]
    pub(crate) fn describe(&self, work: Work) -> String {
        match work {
            Work::Map(EventRange { first, last }) if first == last => format!("event {first}"),
            Work::Map(EventRange { first, last }) => format!("events {first} to {last}"),
            Work::Reduce(plugin) => self.plugins.get(plugin).cloned().unwrap_or_default(),
        }
    }

    /// Puts the event that ended the worker into a task of its own. If the event is not known,
    /// halves the range.
    fn divide(&mut self, id: TaskId, EventRange { first, last }: EventRange, traced: Option<i64>) {
        if let Some(task) = self.tasks.remove(&id) {
            self.totals.count(id, &task, false);
        }
        match traced.filter(|event| (first..=last).contains(event)) {
            Some(event) => {
                if first < event {
                    self.add(Work::Map(EventRange { first, last: event - 1 }), 0);
                }
                // The event is under suspicion: if it ends one more worker, it is skipped.
                self.add(Work::Map(EventRange { first: event, last: event }), ACCEPTED_DEATHS);
                if event < last {
                    self.add(Work::Map(EventRange { first: event + 1, last }), 0);
                }
            }
            None => {
                // The rows of a store may have any numbers.
                let middle = first.saturating_add_unsigned(last.abs_diff(first) / 2);
                self.add(Work::Map(EventRange { first, last: middle }), ACCEPTED_DEATHS);
                self.add(Work::Map(EventRange { first: middle + 1, last }), ACCEPTED_DEATHS);
            }
        }
    }

    fn give_up(&mut self, id: TaskId, event: EventId, reason: String) {
        self.change(id, |task| task.state = State::GivenUp);
        self.set_aside.push(SetAside { event: Some(event), plugin: None, reason });
        self.add_reduces_when_due();
    }

    fn add(&mut self, work: Work, deaths: u32) {
        let task = Task { work, state: State::Waiting, deaths, errors: 0 };
        self.totals.count(self.next, &task, true);
        self.tasks.insert(self.next, task);
        self.next += 1;
    }

    /// Changes a task, if there is one of this number.
    fn change<T>(&mut self, id: TaskId, change: impl FnOnce(&mut Task) -> T) -> Option<T> {
        let task = self.tasks.get_mut(&id)?;
        self.totals.count(id, task, false);
        let result = change(task);
        self.totals.count(id, task, true);
        Some(result)
    }

    fn reduces_added(&self) -> bool {
        self.reduces.is_empty() || self.totals.reduces > 0
    }

    fn add_reduces_when_due(&mut self) {
        if self.all_done() && !self.reduces_added() && !self.finished_maps().is_empty() {
            for plugin in self.reduces.clone() {
                self.add(Work::Reduce(plugin), 0);
            }
        }
    }
}
