//! Waits that end when the run is cancelled.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// The interval at which a wait checks whether the run was cancelled.
pub(crate) const TICK: Duration = Duration::from_millis(100);

/// The run was cancelled.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cancelled;

/// Lets code wait as long as the run is not cancelled.
pub(crate) struct Patience<'a> {
    is_cancelled: &'a dyn Fn() -> bool,
}

impl<'a> Patience<'a> {
    /// Makes a patience that ends when `is_cancelled` returns `true`.
    pub(crate) fn until(is_cancelled: &'a dyn Fn() -> bool) -> Self {
        Self { is_cancelled }
    }

    /// Makes a patience that never ends.
    pub(crate) fn endless() -> Self {
        Self { is_cancelled: &|| false }
    }

    /// Returns an error if the run was cancelled.
    pub(crate) fn check(&self) -> Result<(), Cancelled> {
        if (self.is_cancelled)() { Err(Cancelled) } else { Ok(()) }
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

    /// Waits for a value from another thread. Returns `None` if the thread ended without sending
    /// one.
    pub(crate) fn receive<T>(&self, receiver: &Receiver<T>) -> Result<Option<T>, Cancelled> {
        loop {
            self.check()?;
            match receiver.recv_timeout(TICK) {
                Ok(received) => return Ok(Some(received)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}
