//! The limits of workers.

use std::time::Duration;

/// Limits within which workers live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// How many workers at once.
    pub(crate) workers: usize,
    /// Resident memory of a worker, in bytes; nothing for no limit.
    pub(crate) memory: Option<u64>,
    /// How long a worker may show no progress; nothing for no limit.
    pub(crate) no_progress: Option<Duration>,
    /// How long a worker may take to say hello.
    pub(crate) hello: Duration,
    /// How long a worker may be stopped by a signal.
    pub(crate) stopped: Duration,
    /// How long a worker may take to end after being asked to, and again after being told to.
    pub(crate) grace: Duration,
}
