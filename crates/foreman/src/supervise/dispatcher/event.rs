//! What happens, and what is to be done about it: plain data.

use std::fmt;
use std::time::Duration;

use protocol::{Status, TaskDone};
use serde::Serialize;

use super::TaskId;

/// A worker, by the order in which they were started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct WorkerId(pub(crate) u32);

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// Nothing, for a moment.
    Tick,
    /// This process itself did not run for so long: it was stopped by a signal, or the machine slept.
    Paused(Duration),
    /// Somebody asks to stop (Ctrl-C, SIGTERM).
    Interrupt,
    /// The operating system would not start a worker.
    SpawnFailed {
        /// The worker.
        worker: WorkerId,
        /// What it said.
        error: String,
    },
    /// A worker is ready.
    Hello {
        /// The worker.
        worker: WorkerId,
        /// Its process.
        pid: u32,
    },
    /// A worker of another version said hello.
    WrongProtocol {
        /// The worker.
        worker: WorkerId,
        /// Which versions.
        detail: String,
    },
    /// A worker said how far it is.
    Status {
        /// The worker.
        worker: WorkerId,
        /// How far.
        status: Status,
    },
    /// A task is done.
    Done {
        /// The worker that did it.
        worker: WorkerId,
        /// What came of it.
        done: TaskDone,
    },
    /// A task could not be done.
    Failed {
        /// The worker that tried.
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
    /// What the operating system knows of a worker's process.
    Sampled {
        /// The worker.
        worker: WorkerId,
        /// Its resident memory, in bytes.
        memory: u64,
        /// Whether a signal has stopped it.
        stopped: bool,
    },
    /// A worker's process is gone.
    Exited {
        /// The worker.
        worker: WorkerId,
        /// How: by a signal or with an exit status.
        how: Ended,
        /// The event it had noted before it looked at it, if it was to note events.
        traced: Option<i64>,
        /// The last line that it printed, if it printed any.
        said: Option<String>,
    },
}

/// Something to do.
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
        /// Whether it shall note each event before it looks at it.
        trace: bool,
    },
    /// Write down that this task is done.
    Record(TaskId),
    /// Make the worker end.
    Signal(WorkerId, Signal),
}

/// How to make a worker end, from the polite to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Signal {
    /// Ask it by a message.
    Ask,
    /// SIGTERM to its process group.
    Terminate,
    /// SIGKILL to its process group.
    Kill,
}

/// How a worker came to its end. Nothing is collapsed: each calls for another remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It was asked to.
    Asked,
    /// A signal killed it.
    Crashed(i32),
    /// It ended by itself.
    ExitCode(i32),
    /// It grew over the memory limit; to so many bytes.
    OverMemory(u64),
    /// It showed no progress for so many seconds.
    NoProgress(u64),
    /// It was stopped by a signal for so many seconds.
    Stopped(u64),
    /// It did not say hello in so many seconds.
    NoHello(u64),
    /// It is of another version.
    WrongProtocol(String),
    /// It broke the connection, but did not end.
    Lost,
}

/// A worker that ended otherwise than asked, or never got as far as hello.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Replaced {
    /// Its process, if it got as far as hello.
    pub(crate) pid: Option<u32>,
    /// How it ended.
    pub(crate) reason: String,
    /// What it worked on: `events 1 to 4096`.
    pub(crate) task: Option<String>,
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
            Self::Asked => write!(f, "was asked to end"),
            Self::Crashed(signal) => match nix::sys::signal::Signal::try_from(*signal) {
                Ok(name) => write!(f, "was killed by {name}"),
                Err(_) => write!(f, "was killed by signal {signal}"),
            },
            Self::ExitCode(code) => write!(f, "ended with exit status {code}"),
            Self::OverMemory(bytes) => write!(f, "grew over the memory limit, to {} MiB", bytes >> 20),
            Self::NoProgress(seconds) => write!(f, "made no progress for {seconds} s"),
            Self::Stopped(seconds) => write!(f, "was stopped by a signal for {seconds} s"),
            Self::NoHello(seconds) => write!(f, "did not say hello within {seconds} s"),
            Self::WrongProtocol(detail) => write!(f, "is of another version: {detail}"),
            Self::Lost => write!(f, "broke the connection"),
        }
    }
}
