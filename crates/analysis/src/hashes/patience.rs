//! Waiting that ends when the run does.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// How often somebody who waits asks whether the run was cancelled.
pub(crate) const TICK: Duration = Duration::from_millis(100);

/// The run was cancelled.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cancelled;

/// Waits as long as the run is not cancelled.
pub(crate) struct Patience<'a> {
    is_cancelled: &'a dyn Fn() -> bool,
}

impl<'a> Patience<'a> {
    /// Patience until `is_cancelled` says otherwise.
    pub(crate) fn until(is_cancelled: &'a dyn Fn() -> bool) -> Self {
        Self { is_cancelled }
    }

    /// Patience of somebody who cannot be told to stop.
    pub(crate) fn endless() -> Self {
        Self { is_cancelled: &|| false }
    }

    /// Fails if the run was cancelled.
    pub(crate) fn check(&self) -> Result<(), Cancelled> {
        if (self.is_cancelled)() { Err(Cancelled) } else { Ok(()) }
    }

    /// Waits that long.
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

    /// Waits for what another thread is to send; nothing if that ended without a word.
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
