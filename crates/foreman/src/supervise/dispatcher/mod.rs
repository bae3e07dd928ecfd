//! Decides what to do next: which worker to start, which task it gets, and when its time is over.
//!
//! [`Dispatcher::handle`] takes one event and returns the actions to take. It does no I/O and reads
//! no clock, so each decision can be tested as a table. The engine passes events to it and performs
//! its actions.
//!
//! A worker that ends without having been asked to casts suspicion on its task. The task runs
//! again, and the next worker records each event before it examines the event. So the event that
//! ends a second worker is known. That event then gets its own task. If it ends a worker there,
//! too, it is skipped. If no event was recorded, the task is halved. So one bad event costs three
//! workers, whatever the size of its task.
//!
//! A worker first loads the rules and lists of the run. What ends it meanwhile is the fault of no
//! event, and would end each other worker, too. So its task is not suspected, and after a few such
//! ends ([`Ended::maximum_failed_preparations`]), with no other worker at work in between, the run
//! fails.
//!
//! A fault that is not in the events, such as a memory limit just below what the rules need, would
//! divide all tasks down to single events, and skip these. So the run also fails when more workers
//! have ended than [`Limits::failures`] allows.

mod event;
mod limits;
mod snapshot;
mod task;
mod tasks;
#[cfg(test)]
mod tests;
mod totals;
mod worker;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use protocol::{Status, WorkState};

pub(crate) use event::{Action, Ended, Event, Replaced, Signal, WorkerId};
pub(crate) use limits::Limits;
pub(crate) use snapshot::{Phase, Snapshot, WorkerLine};
pub(crate) use task::{TaskId, TaskRecord, Work};
pub(crate) use tasks::Tasks;
use worker::{State, Worker};

/// The number of workers that may fail to start in a row before the run fails.
const MAXIMUM_FAILED_STARTS: u32 = 5;

/// How long no worker is started after such an end. While another worker is at work, the run goes
/// on, and must not start workers without end.
const PAUSE_AFTER_FAILED_PREPARATION: Duration = Duration::from_secs(1);

/// How the run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All tasks are done or skipped.
    Finished,
    /// The run cannot continue.
    Failed(String),
    /// The user asked to stop.
    Aborted,
}

/// Why no more tasks are given to workers. A later reason is never weaker.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stopping {
    /// Everything is done.
    Finished,
    Failed(String),
    /// The user asked to stop once.
    Aborted,
    /// The user asked again: workers are killed at once.
    AbortedAtOnce,
}

/// Decides what to do. See the module.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    limits: Limits,
    tasks: Tasks,
    workers: BTreeMap<WorkerId, Worker>,
    next_worker: u32,
    failed_starts: u32,
    failed_preparations: u32,
    next_start: Option<Instant>,
    stopping: Option<Stopping>,
    /// Workers that ended without having been asked to, with their tasks.
    replaced: Vec<Replaced>,
}

impl Dispatcher {
    /// Makes a dispatcher for these tasks.
    #[must_use]
    pub(crate) fn new(limits: Limits, tasks: Tasks) -> Self {
        Self {
            limits,
            tasks,
            workers: BTreeMap::new(),
            next_worker: 0,
            failed_starts: 0,
            failed_preparations: 0,
            next_start: None,
            stopping: None,
            replaced: Vec::new(),
        }
    }

    /// Takes an event and returns the actions to take.
    pub(crate) fn handle(&mut self, event: Event, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        match event {
            Event::Interrupt => self.interrupt(now, &mut actions),
            Event::Tick => self.check_deadlines(now, &mut actions),
            Event::Paused(pause) => self.paused(pause),
            Event::SpawnFailed { worker, error } => {
                if self.workers.remove(&worker).is_some() {
                    self.start_failed(now, format!("could not be started: {error}"));
                }
            }
            Event::Hello { worker, pid } => {
                self.failed_starts = 0;
                if let Some(worker) = self.workers.get_mut(&worker) {
                    worker.hello(pid);
                }
            }
            Event::WrongProtocol { worker, detail } => {
                self.end(worker, Ended::WrongProtocol(detail), Signal::Kill, now, &mut actions);
            }
            Event::Status { worker, status } => self.status(worker, status, now),
            Event::Done { worker, done } => {
                if self.workers.get_mut(&worker).is_some_and(|w| w.finish(done.task)) {
                    self.tasks.done(done);
                    actions.push(Action::Record(done.task));
                }
            }
            Event::Failed { worker, task, error } => {
                if let Some(worker) = self.workers.get_mut(&worker)
                    && worker.finish(task)
                {
                    // It prepares itself again for its next task.
                    worker.prepared = false;
                    self.task_failed(task, error);
                }
            }
            Event::Lost { worker } => {
                if let Some(worker) = self.workers.get_mut(&worker) {
                    worker.lost(now + self.limits.grace);
                }
            }
            Event::Sampled { worker, memory, stopped } => {
                self.sampled(worker, memory, stopped, now, &mut actions);
            }
            Event::Exited { worker, how, traced, said } => self.exited(worker, how, traced, said, now),
        }
        self.go_on(now, &mut actions);
        actions
    }

    /// Returns how the run ended, or `None` if it has not ended. At the end, all workers are gone.
    #[must_use]
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        if !self.workers.is_empty() {
            return None;
        }
        Some(match self.stopping.as_ref()? {
            Stopping::Finished => Outcome::Finished,
            Stopping::Failed(reason) => Outcome::Failed(reason.clone()),
            Stopping::Aborted | Stopping::AbortedAtOnce => Outcome::Aborted,
        })
    }

    /// Returns the tasks and their progress.
    #[must_use]
    pub(crate) fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// Returns the tasks after the end of the run.
    #[must_use]
    pub(crate) fn into_tasks(self) -> Tasks {
        self.tasks
    }

    /// Returns the workers that were replaced, in the order of their ends, each with the reason.
    #[must_use]
    pub(crate) fn replaced(&self) -> &[Replaced] {
        &self.replaced
    }

    /// Returns the state of the run for the status view.
    #[must_use]
    pub(crate) fn snapshot(&self, total: u64) -> Snapshot {
        snapshot::snapshot(&self.tasks, self.workers.values(), self.stopping.is_some(), total)
    }

    /// Starts workers and gives them tasks, or ends the workers when nothing is left to do.
    fn go_on(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if self.stopping.is_none() && self.tasks.all_done() {
            self.stopping = Some(Stopping::Finished);
        }
        if self.stopping.is_some() {
            self.ask_all_to_end(now, actions);
            return;
        }
        let mut waiting: VecDeque<TaskId> = self.tasks.waiting().collect();
        for (&id, worker) in &mut self.workers {
            if matches!(worker.state, State::Idle)
                && let Some(task) = waiting.pop_front()
            {
                let trace = self.tasks.start(task);
                worker.state = State::Working { task, last_progress: now };
                actions.push(Action::Assign { worker: id, task, trace });
            }
        }
        let starting =
            self.workers.values().filter(|worker| matches!(worker.state, State::Starting { .. })).count();
        let wanted = waiting.len().saturating_sub(starting);
        if self.next_start.is_some_and(|next_start| now < next_start) {
            return;
        }
        for _ in 0..wanted.min(self.limits.workers.saturating_sub(self.workers.len())) {
            let id = WorkerId(self.next_worker);
            self.next_worker += 1;
            self.workers.insert(id, Worker::new(now + self.limits.hello));
            actions.push(Action::Spawn(id));
        }
    }

    /// Extends all deadlines by a pause of this process. Messages that workers sent meanwhile may
    /// not have been received yet.
    fn paused(&mut self, pause: Duration) {
        for worker in self.workers.values_mut() {
            worker.postpone(pause);
        }
        if let Some(next_start) = &mut self.next_start {
            *next_start += pause;
        }
    }

    fn interrupt(&mut self, now: Instant, actions: &mut Vec<Action>) {
        match self.stopping {
            Some(Stopping::Aborted | Stopping::AbortedAtOnce) => {
                self.stopping = Some(Stopping::AbortedAtOnce);
                for (&id, worker) in &mut self.workers {
                    worker.ending(Ended::Asked, now + self.limits.grace, Signal::Kill);
                    actions.push(Action::Signal(id, Signal::Kill));
                }
            }
            // Everything is done. Only idle workers are left, and these are already ending.
            Some(Stopping::Finished) => {}
            Some(Stopping::Failed(_)) | None => self.stopping = Some(Stopping::Aborted),
        }
    }

    fn ask_all_to_end(&mut self, now: Instant, actions: &mut Vec<Action>) {
        for (&id, worker) in &mut self.workers {
            if worker.is_ending() {
                continue;
            }
            // A worker that has not said hello cannot receive a request.
            let signal = if worker.pid.is_some() { Signal::Ask } else { Signal::Kill };
            worker.ending(Ended::Asked, now + self.limits.grace, signal);
            actions.push(Action::Signal(id, signal));
        }
    }

    fn status(&mut self, worker: WorkerId, status: Status, now: Instant) {
        if let Some(worker) = self.workers.get_mut(&worker) {
            if status != worker.status
                && let State::Working { last_progress, .. } = &mut worker.state
            {
                *last_progress = now;
            }
            // Between tasks and while it prepares itself, a worker is idle.
            if status.state != WorkState::Idle {
                worker.prepared = true;
                self.failed_preparations = 0;
            }
            worker.status = status;
        }
    }

    fn sampled(&mut self, id: WorkerId, memory: u64, stopped: bool, now: Instant, actions: &mut Vec<Action>) {
        let Some(worker) = self.workers.get_mut(&id) else { return };
        worker.memory = memory;
        worker.stopped_since = if stopped { worker.stopped_since.or(Some(now)) } else { None };
        if self.limits.memory.is_some_and(|limit| memory > limit) {
            self.end(id, Ended::OverMemory(memory), Signal::Kill, now, actions);
        }
    }

    /// Ends workers that have exceeded a limit, or have not exited after a request.
    fn check_deadlines(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let late: Vec<_> = self
            .workers
            .iter()
            .filter_map(|(&id, worker)| Some((id, worker.overdue(&self.limits, now)?)))
            .collect();
        for (id, (ended, signal)) in late {
            self.end(id, ended, signal, now, actions);
        }
    }

    fn end(&mut self, id: WorkerId, ended: Ended, signal: Signal, now: Instant, actions: &mut Vec<Action>) {
        if let Some(worker) = self.workers.get_mut(&id) {
            worker.ending(ended, now + self.limits.grace, signal);
            actions.push(Action::Signal(id, signal));
        }
    }

    /// Handles the end of a worker: what follows for its task and for the run.
    fn exited(&mut self, id: WorkerId, how: Ended, traced: Option<i64>, said: Option<String>, now: Instant) {
        let Some(worker) = self.workers.remove(&id) else { return };
        let reason = worker.reason(how);
        let task = worker.task().and_then(|id| self.tasks.get(id)).map(|task| self.tasks.describe(task.work));
        let advice = reason.advice();
        let said = said.map(|said| format!(" ({said})")).unwrap_or_default();
        if let Some(task) = worker.task() {
            match &reason {
                Ended::Asked => self.tasks.return_unfinished(task),
                reason if !worker.prepared => {
                    self.tasks.return_unfinished(task);
                    self.preparation_failed(reason, &said, now);
                }
                reason => self.tasks.worker_died(task, &reason.to_string(), traced),
            }
        }
        match reason {
            Ended::Asked => {}
            Ended::WrongProtocol(detail) => self.fail(detail),
            Ended::NoHello(_) => self.start_failed(now, reason.to_string()),
            reason if worker.pid.is_none() => {
                self.start_failed(now, format!("{reason} before it said hello{said}"))
            }
            reason => {
                self.replaced.push(Replaced { pid: worker.pid, reason: reason.to_string(), task });
                self.check_failures(advice);
            }
        }
    }

    /// Ends a run in which so many workers have ended that the fault is hardly in the events.
    fn check_failures(&mut self, advice: &str) {
        let maximum = self.limits.failures;
        let failures = u32::try_from(self.replaced.len()).unwrap_or(u32::MAX);
        if let Some(last) = self.replaced.last().filter(|_| failures > maximum) {
            self.fail(format!(
                "more than {maximum} workers ended before they were done, so the run fails (--maximum-worker-failures); \
                 {last}: {advice}"
            ));
        }
    }

    fn start_failed(&mut self, now: Instant, reason: String) {
        self.failed_starts += 1;
        self.next_start = Some(now + Duration::from_millis(100) * 2_u32.pow(self.failed_starts.min(6)));
        if self.failed_starts >= MAXIMUM_FAILED_STARTS {
            self.fail(format!(
                "a worker {reason}; after {MAXIMUM_FAILED_STARTS} such failures in a row, the run fails"
            ));
        } else {
            self.replaced.push(Replaced { pid: None, reason, task: None });
        }
    }

    fn preparation_failed(&mut self, reason: &Ended, said: &str, now: Instant) {
        self.failed_preparations += 1;
        self.next_start = Some(now + PAUSE_AFTER_FAILED_PREPARATION);
        let maximum = reason.maximum_failed_preparations();
        if self.failed_preparations >= maximum {
            let advice = reason.advice_for_preparation();
            self.fail(format!(
                "a worker {reason}{said} while it loaded the rules and lists, before its first event; after \
                 {maximum} such failures in a row, the run fails: {advice}"
            ));
        }
    }

    /// Handles a task that failed while its worker continues. The first failure may be an accident;
    /// after the second, the run fails.
    fn task_failed(&mut self, task: TaskId, error: String) {
        if !self.tasks.failed_once_more(task) {
            self.fail(error);
        }
    }

    fn fail(&mut self, reason: String) {
        if self.stopping.is_none() {
            self.stopping = Some(Stopping::Failed(reason));
        }
    }
}
