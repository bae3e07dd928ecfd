//! Waits of a reduce step: they end when the run is cancelled, and count as progress.
//!
//! A worker without progress is killed, and its reduce step starts again without the answers so
//! far. So each wait for a server or a rate limit is progress. Each wait has a limit of its own:
//! a wait without end must not look like progress.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::plugin::ReduceInput;

/// The interval at which a wait checks whether the run was cancelled, and shows progress.
pub(crate) const TICK: Duration = Duration::from_millis(100);

/// The run was cancelled.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cancelled;

/// Lets code wait as long as the run is not cancelled.
pub(crate) struct Patience<'a> {
    /// The step that waits, or `None` if there is none yet.
    step: Option<&'a dyn ReduceInput>,
}

impl<'a> Patience<'a> {
    /// Makes the patience of this reduce step.
    pub(crate) fn of(step: &'a dyn ReduceInput) -> Self {
        Self { step: Some(step) }
    }

    /// Makes the patience of a check before the run, which cannot be cancelled.
    pub(crate) fn endless() -> Self {
        Self { step: None }
    }

    /// Shows progress. Returns an error if the run was cancelled. A loop may call this only if
    /// answers arrive, or up to a time limit.
    pub(crate) fn check(&self) -> Result<(), Cancelled> {
        let Some(step) = self.step else { return Ok(()) };
        if step.is_cancelled() {
            return Err(Cancelled);
        }
        step.show_progress();
        Ok(())
    }

    /// Waits for this time.
    pub(crate) fn wait(&self, pause: Duration) -> Result<(), Cancelled> {
        let started = Instant::now();
        loop {
            self.check()?;
            let left = pause.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(TICK));
        }
    }

    /// Waits for a value from another thread, which has a time limit for it. After that time, the
    /// wait goes on, but it is no longer progress. Returns `None` if the thread ended without
    /// sending a value.
    pub(crate) fn receive<T>(&self, receiver: &Receiver<T>, limit: Duration) -> Result<Option<T>, Cancelled> {
        let started = Instant::now();
        loop {
            if started.elapsed() < limit {
                self.check()?;
            } else if self.step.is_some_and(ReduceInput::is_cancelled) {
                return Err(Cancelled);
            }
            match receiver.recv_timeout(TICK) {
                Ok(received) => return Ok(Some(received)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use testing::ReduceMemory;

    use super::*;

    #[test]
    fn a_wait_is_progress_up_to_its_limit() {
        let ticks = |ticks: u32| TICK * ticks;
        let (_sender, silent) = mpsc::channel::<()>();
        for (pause, limit, fewest, most) in [(3, 0, 2, 4), (0, 3, 1, 3), (0, 0, 0, 0)] {
            let memory = ReduceMemory::default();
            let patience = Patience::of(&memory);
            if pause > 0 {
                patience.wait(ticks(pause)).unwrap();
            } else {
                // Another thread would cancel the run.
                let (sender, receiver) = mpsc::channel::<()>();
                let after = ticks(6);
                thread::spawn(move || (thread::sleep(after), drop(sender)));
                assert_eq!(patience.receive(&receiver, ticks(limit)), Ok(None));
            }
            let shown = memory.progress.get();
            assert!((fewest..=most).contains(&shown), "{pause} {limit}: {shown}");
        }
        let cancelled = ReduceMemory { cancelled: true, ..ReduceMemory::default() };
        let patience = Patience::of(&cancelled);
        assert_eq!(patience.check(), Err(Cancelled));
        assert_eq!(patience.wait(ticks(9)), Err(Cancelled));
        for limit in [0, 9] {
            assert_eq!(patience.receive(&silent, ticks(limit)), Err(Cancelled));
        }
        assert_eq!(cancelled.progress.get(), 0);
    }
}
