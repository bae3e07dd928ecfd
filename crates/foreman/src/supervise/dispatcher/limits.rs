//! The limits of workers.

use std::time::Duration;

/// The limits of workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// The maximum number of workers at a time.
    pub(crate) workers: usize,
    /// How many workers may end without having been asked to before the run fails.
    pub(crate) failures: u32,
    /// The maximum resident memory of a worker, in bytes, or `None` for no limit.
    pub(crate) memory: Option<u64>,
    /// How long a worker may show no progress, or `None` for no limit.
    pub(crate) no_progress: Option<Duration>,
    /// How long a worker may take to say hello.
    pub(crate) hello: Duration,
    /// How long a worker may be stopped by a signal.
    pub(crate) stopped: Duration,
    /// How long a worker may take to exit after the request to stop, and again after SIGTERM.
    pub(crate) grace: Duration,
}
