//! A worker from the view of the dispatcher.

use std::time::{Duration, Instant};

use protocol::Status;

use super::{Ended, Limits, Signal, TaskId};

/// The state of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// The worker was started and has not said hello.
    Starting { deadline: Instant },
    /// The worker waits for a task.
    Idle,
    /// The worker works on a task.
    Working { task: TaskId, last_progress: Instant },
    /// The connection broke. Most likely the process has ended, and this will be noticed soon.
    Lost { task: Option<TaskId>, deadline: Instant },
    /// The worker has been asked to exit.
    Ending { task: Option<TaskId>, reason: Ended, signal: Signal, deadline: Instant },
}

#[derive(Debug)]
pub(super) struct Worker {
    pub(super) pid: Option<u32>,
    pub(super) state: State,
    /// Whether it has loaded the rules and lists, and has begun with a task. What ends a worker
    /// before that is no fault of an event.
    pub(super) prepared: bool,
    pub(super) status: Status,
    pub(super) memory: u64,
    pub(super) stopped_since: Option<Instant>,
}

impl Worker {
    pub(super) fn new(deadline: Instant) -> Self {
        Self {
            pid: None,
            state: State::Starting { deadline },
            prepared: false,
            status: Status::default(),
            memory: 0,
            stopped_since: None,
        }
    }

    pub(super) fn hello(&mut self, pid: u32) {
        self.pid = Some(pid);
        if matches!(self.state, State::Starting { .. }) {
            self.state = State::Idle;
        }
    }

    /// Records that the worker has finished `task`. Returns `false` if the worker does not have
    /// that task.
    pub(super) fn finish(&mut self, finished: TaskId) -> bool {
        match &mut self.state {
            State::Working { task, .. } if *task == finished => {
                self.state = State::Idle;
                true
            }
            // The message was sent before the worker ended or was asked to exit.
            State::Ending { task, .. } | State::Lost { task, .. } if *task == Some(finished) => {
                *task = None;
                true
            }
            _ => false,
        }
    }

    pub(super) fn lost(&mut self, deadline: Instant) {
        if !self.is_ending() {
            self.state = State::Lost { task: self.task(), deadline };
        }
    }

    /// Records that the worker must exit. The first reason counts.
    pub(super) fn ending(&mut self, because: Ended, deadline: Instant, signal: Signal) {
        let task = self.task();
        let reason = match &self.state {
            State::Ending { reason, .. } => reason.clone(),
            State::Lost { .. } => Ended::Lost,
            _ => because,
        };
        self.state = State::Ending { task, reason, signal, deadline };
    }

    pub(super) fn is_ending(&self) -> bool {
        matches!(self.state, State::Ending { .. })
    }

    pub(super) fn task(&self) -> Option<TaskId> {
        match self.state {
            State::Working { task, .. } => Some(task),
            State::Lost { task, .. } | State::Ending { task, .. } => task,
            State::Starting { .. } | State::Idle => None,
        }
    }

    /// Returns why the worker ended, from how its process ended. If the worker was ended for a
    /// reason, that reason is returned.
    pub(super) fn reason(&self, how: Ended) -> Ended {
        match &self.state {
            State::Ending { reason, .. } => reason.clone(),
            _ => how,
        }
    }

    /// Moves all deadlines of the worker by this time.
    pub(super) fn postpone(&mut self, pause: Duration) {
        match &mut self.state {
            State::Starting { deadline } | State::Lost { deadline, .. } | State::Ending { deadline, .. } => {
                *deadline += pause;
            }
            State::Working { last_progress, .. } => *last_progress += pause,
            State::Idle => {}
        }
        if let Some(since) = &mut self.stopped_since {
            *since += pause;
        }
    }

    /// Returns what to do about the worker if one of its deadlines has passed.
    pub(super) fn overdue(&self, limits: &Limits, now: Instant) -> Option<(Ended, Signal)> {
        match &self.state {
            State::Starting { deadline } if *deadline <= now => {
                return Some((Ended::NoHello(limits.hello.as_secs()), Signal::Kill));
            }
            State::Lost { deadline, .. } if *deadline <= now => return Some((Ended::Lost, Signal::Kill)),
            State::Ending { reason, signal, deadline, .. } if *deadline <= now => {
                let next = if *signal == Signal::Ask { Signal::Terminate } else { Signal::Kill };
                return Some((reason.clone(), next));
            }
            State::Working { last_progress, .. } => {
                if let Some(limit) = limits.no_progress
                    && now.duration_since(*last_progress) >= limit
                {
                    return Some((Ended::NoProgress(limit.as_secs()), Signal::Kill));
                }
            }
            _ => {}
        }
        let stopped = self.stopped_since.is_some_and(|since| now.duration_since(since) >= limits.stopped);
        (stopped && !self.is_ending()).then_some((Ended::Stopped(limits.stopped.as_secs()), Signal::Kill))
    }
}
