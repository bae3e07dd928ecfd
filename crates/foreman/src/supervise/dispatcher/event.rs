//! Events of a run, and the actions that follow from them, as plain data.

use std::fmt;
use std::time::Duration;

use protocol::{Status, TaskDone};
use serde::Serialize;

use super::TaskId;

/// The number of a worker. Workers are numbered in the order of their starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct WorkerId(pub(crate) u32);

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// Nothing happened for a moment.
    Tick,
    /// This process did not run for this time: it was stopped by a signal, or the machine slept.
    Paused(Duration),
    /// The user asks to stop (Ctrl-C, SIGTERM).
    Interrupt,
    /// The operating system could not start a worker.
    SpawnFailed {
        /// The worker.
        worker: WorkerId,
        /// The reason.
        error: String,
    },
    /// A worker is ready.
    Hello {
        /// The worker.
        worker: WorkerId,
        /// The worker's process ID.
        pid: u32,
    },
    /// A worker of another version said hello.
    WrongProtocol {
        /// The worker.
        worker: WorkerId,
        /// The two versions.
        detail: String,
    },
    /// A worker sent its status.
    Status {
        /// The worker.
        worker: WorkerId,
        /// The status.
        status: Status,
    },
    /// A task is done.
    Done {
        /// The worker that did it.
        worker: WorkerId,
        /// The result.
        done: TaskDone,
    },
    /// A task has failed.
    Failed {
        /// The worker that has tried it.
        worker: WorkerId,
        /// The task.
        task: TaskId,
        /// Why.
        error: String,
    },
    /// The connection to a worker broke.
    Lost {
        /// The worker.
        worker: WorkerId,
    },
    /// The state of a worker's process, from the operating system.
    Sampled {
        /// The worker.
        worker: WorkerId,
        /// Its resident memory, in bytes.
        memory: u64,
        /// Whether a signal has stopped it.
        stopped: bool,
    },
    /// A worker's process has ended.
    Exited {
        /// The worker.
        worker: WorkerId,
        /// How the process ended: by a signal or with an exit status.
        how: Ended,
        /// The event that the worker recorded last, if it had to record events.
        traced: Option<i64>,
        /// The last line that the worker printed, if any.
        said: Option<String>,
    },
}

/// An action to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// Start this worker.
    Spawn(WorkerId),
    /// Give the worker this task.
    Assign {
        /// The worker.
        worker: WorkerId,
        /// The task.
        task: TaskId,
        /// Whether the worker must record each event before it examines the event.
        trace: bool,
    },
    /// Record that this task is done.
    Record(TaskId),
    /// Make the worker exit.
    Signal(WorkerId, Signal),
}

/// A way to make a worker exit, from the mildest to the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Signal {
    /// Ask it by a message.
    Ask,
    /// SIGTERM to its process group.
    Terminate,
    /// SIGKILL to its process group.
    Kill,
}

/// How a worker has ended. All cases are distinguished, because each one needs another remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It was asked to exit.
    Asked,
    /// A signal killed it.
    Crashed(i32),
    /// It exited by itself.
    ExitCode(i32),
    /// It exceeded the memory limit; with the number of bytes it used.
    OverMemory(u64),
    /// It showed no progress for this number of seconds.
    NoProgress(u64),
    /// It was stopped by a signal for this number of seconds.
    Stopped(u64),
    /// It did not say hello within this number of seconds.
    NoHello(u64),
    /// It has another protocol version.
    WrongProtocol(String),
    /// It broke the connection, but did not exit.
    Lost,
    /// The operating system does not tell how it ended.
    Unknown,
}

/// A worker that ended without having been asked to, or failed before its hello.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Replaced {
    /// Its process ID, if it said hello.
    pub(crate) pid: Option<u32>,
    /// How it ended.
    pub(crate) reason: String,
    /// What it worked on, such as `events 1 to 4096`.
    pub(crate) task: Option<String>,
}

impl Ended {
    /// Returns how many workers may end in a row while they load the rules and lists before the run
    /// fails, if the last of them ended like this.
    ///
    /// A signal may have come from outside, so it takes as many as an event needs to be skipped.
    /// A limit is the foreman's own judgement, and waiting for it a third time can take long.
    pub(super) fn maximum_failed_preparations(&self) -> u32 {
        match self {
            Self::Crashed(_) => 3,
            _ => 2,
        }
    }

    /// Returns what helps if workers end like this again and again while they analyse.
    pub(super) fn advice(&self) -> &'static str {
        match self {
            Self::OverMemory(_) => {
                "allow more memory with --worker-memory-limit, or give fewer rules or lists"
            }
            Self::NoProgress(_) => "allow more time with --worker-timeout, or give fewer rules or lists",
            _ => {
                "if memory is short, use fewer workers (--workers); if single events are the cause, the log of the run \
                 (--log-file) names them, and with a larger number they are skipped"
            }
        }
    }

    /// Returns what helps if workers end like this while they load the rules and lists.
    pub(super) fn advice_for_preparation(&self) -> &'static str {
        match self {
            Self::OverMemory(_) => {
                "the rules or lists need more memory; allow it with --worker-memory-limit, or give fewer or shorter lists"
            }
            Self::NoProgress(_) => {
                "the rules or lists take longer to load; allow it with --worker-timeout, or give fewer or shorter lists"
            }
            _ => {
                "if memory is short, use fewer workers (--workers), or give fewer or shorter lists; the log of the run \
                 (--log-file) says more"
            }
        }
    }
}

impl fmt::Display for Replaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, reason, task } = self;
        match pid {
            Some(pid) => write!(f, "worker {pid} {reason}")?,
            None => write!(f, "a worker {reason}")?,
        }
        task.as_ref().map_or(Ok(()), |task| write!(f, " at {task}"))
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => write!(f, "was asked to exit"),
            Self::Crashed(signal) => match nix::sys::signal::Signal::try_from(*signal) {
                Ok(name) => write!(f, "was killed by {name}"),
                Err(_) => write!(f, "was killed by signal {signal}"),
            },
            Self::ExitCode(code) => write!(f, "ended with exit status {code}"),
            Self::OverMemory(bytes) => write!(f, "exceeded the memory limit with {} MiB", bytes >> 20),
            Self::NoProgress(seconds) => write!(f, "made no progress for {seconds} s"),
            Self::Stopped(seconds) => write!(f, "was stopped by a signal for {seconds} s"),
            Self::NoHello(seconds) => write!(f, "did not say hello within {seconds} s"),
            Self::WrongProtocol(detail) => write!(f, "has another version: {detail}"),
            Self::Lost => write!(f, "broke the connection"),
            Self::Unknown => write!(f, "ended in an unknown way"),
        }
    }
}
