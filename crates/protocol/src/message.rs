//! The messages.

use ipc_channel::ipc::IpcSender;
use serde::{Deserialize, Serialize};

/// Says that the peer is one of ours.
pub const MAGIC: u64 = u64::from_be_bytes(*b"foreman\0");

/// Version of the protocol; to be raised with every change of a message, of a task's JSON, or of the task stores.
pub const PROTOCOL: u32 = 2;

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
pub enum FromWorker {
    /// The first message; its place and its fields never change.
    Hello(Hello),
    /// How far the worker is; sent at most ten times a second.
    Status(Status),
    /// A task is done, and its task store written and closed.
    Done(TaskDone),
    /// A task could not be done; the worker is ready for another.
    Failed {
        /// The task.
        task: u32,
        /// Why, with all causes, in one line.
        error: String,
    },
    /// Sent by the foreman to itself, to end its own wait for a worker that will not come.
    Nobody,
}

/// How a worker introduces itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct Hello {
    /// [`MAGIC`].
    pub magic: u64,
    /// The worker's [`PROTOCOL`].
    pub protocol: u32,
    /// The worker's program version, for messages.
    pub program: String,
    /// The worker's process.
    pub pid: u32,
    /// Where the worker takes its commands from.
    pub commands: IpcSender<Command>,
}

/// What the foreman says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Do this task: a [`TaskSpec`](crate::TaskSpec) as JSON.
    Task(String),
    /// Leave the current task, if there is one, and end.
    Stop,
}

/// What a worker is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum WorkState {
    /// Waiting for a task.
    #[default]
    Idle,
    /// Showing events to the plugins.
    Analyzing,
    /// Running a reduce step.
    Reducing,
    /// Writing the task store.
    Writing,
}

impl WorkState {
    /// The status word that is shown.
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

/// How far a worker is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The task it works on, if it works on one.
    pub task: Option<u32>,
    /// What it is doing.
    pub state: WorkState,
    /// Steps done within the task: events examined, keys reduced. What counts as progress.
    pub steps: u64,
}

/// What came of a task.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskDone {
    /// The task.
    pub task: u32,
    /// Events read.
    pub events: u64,
    /// Of these, events that the filter kept from the plugins.
    pub filtered: u64,
    /// Events that got a label, or will get one by a reduce step.
    pub tagged: u64,
    /// Events that were set aside.
    pub set_aside: u64,
    /// Digest of the task store, to tell later whether it still is what was written.
    pub digest: u64,
}
