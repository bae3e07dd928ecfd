//! The worker's progress for status messages, and the request to stop.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};

use protocol::{Status, WorkState};

/// Shared by the thread that works and the threads that send and receive. The values are read one
/// after the other, so they may differ by a moment, which does not matter.
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
    /// Returns the status to send.
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
