//! How far the worker is, for whoever wants to know, and whether it should stop.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};

use protocol::{Status, WorkState};

/// Shared between the thread that works and those that talk. Values may be a moment apart from each other, which nobody
/// can tell.
#[derive(Debug, Default)]
pub struct Progress {
    /// The task's number plus one; 0 between tasks.
    task: AtomicU32,
    state: AtomicU8,
    steps: AtomicU64,
    cancelled: AtomicBool,
}

const STATES: [WorkState; 4] =
    [WorkState::Idle, WorkState::Analyzing, WorkState::Reducing, WorkState::Writing];

impl Progress {
    /// What to report.
    #[must_use]
    pub fn status(&self) -> Status {
        Status {
            task: self.task.load(Ordering::Relaxed).checked_sub(1),
            state: STATES.get(usize::from(self.state.load(Ordering::Relaxed))).copied().unwrap_or_default(),
            steps: self.steps.load(Ordering::Relaxed),
        }
    }

    /// Asks the worker to leave its task.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    pub(crate) fn begin(&self, task: u32) {
        self.steps.store(0, Ordering::Relaxed);
        self.task.store(task.saturating_add(1), Ordering::Relaxed);
    }

    pub(crate) fn enter(&self, state: WorkState) {
        let position = STATES.iter().position(|known| *known == state).unwrap_or_default();
        self.state.store(u8::try_from(position).unwrap_or_default(), Ordering::Relaxed);
    }

    pub(crate) fn step(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn end(&self) {
        self.enter(WorkState::Idle);
        self.task.store(0, Ordering::Relaxed);
    }
}
