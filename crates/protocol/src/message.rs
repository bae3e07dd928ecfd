//! The messages between foreman and worker.

use ipc_channel::ipc::IpcSender;
use serde::{Deserialize, Serialize};

/// Shows that the peer is a worker of foreman.
pub const MAGIC: u64 = u64::from_be_bytes(*b"foreman\0");

/// Version of the protocol. Raise it with each change of a message, of a task's JSON, or of the
/// task stores.
pub const PROTOCOL: u32 = 6;

/// A message from a worker.
#[derive(Debug, Serialize, Deserialize)]
pub enum FromWorker {
    /// The first message. Its place and its fields never change.
    Hello(Hello),
    /// The worker's progress, sent at most ten times a second.
    Status(Status),
    /// A task is done: its task store is written and closed.
    Done(TaskDone),
    /// A task has failed. The worker is ready for another task.
    Failed {
        /// The task.
        task: u32,
        /// The reason with all its causes, in one line.
        error: String,
    },
    /// The foreman sends this to itself to end its own wait for a worker.
    Nobody,
}

/// How a worker introduces itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct Hello {
    /// [`MAGIC`].
    pub magic: u64,
    /// The worker's [`PROTOCOL`].
    pub protocol: u32,
    /// The version of the worker's program, for messages.
    pub program: String,
    /// The worker's process ID.
    pub pid: u32,
    /// The channel for commands to the worker.
    pub commands: IpcSender<Command>,
}

/// A message to a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Do this task, which is a [`TaskSpec`](crate::TaskSpec) as JSON.
    Task(String),
    /// Leave the current task, if there is one, and exit.
    Stop,
}

/// What a worker is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum WorkState {
    /// Waiting for a task.
    #[default]
    Idle,
    /// Examining events with the plugins.
    Analyzing,
    /// Running a reduce step.
    Reducing,
    /// Writing the task store.
    Writing,
}

impl WorkState {
    /// Returns the word for this state in status views.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Analyzing => "analyzing",
            Self::Reducing => "reducing",
            Self::Writing => "writing",
        }
    }
}

/// The progress of a worker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The current task, or `None` between tasks.
    pub task: Option<u32>,
    /// What the worker is doing.
    pub state: WorkState,
    /// The number of steps done in the task: events examined, or keys reduced, and moments of
    /// waiting for a server. An increase counts as progress.
    pub steps: u64,
}

/// The result of a task.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskDone {
    /// The task.
    pub task: u32,
    /// The number of events read.
    pub events: u64,
    /// The number of events among them that did not match the filter.
    pub filtered: u64,
    /// The number of events that got a label, or will get one by a reduce step.
    pub tagged: u64,
    /// The number of events that were skipped.
    pub set_aside: u64,
    /// The number of events in the task's part of an export.
    #[serde(default)]
    pub exported: u64,
    /// Digest of the task store, which shows later whether the file is unchanged.
    pub digest: u64,
    /// The same of the task's part of an export, if the run is an export.
    #[serde(default)]
    pub part: Option<u64>,
}
