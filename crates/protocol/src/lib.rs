//! What foreman and worker say to each other.
//!
//! IPC carries control, never events: workers read the store themselves, and results travel as task stores. Every
//! message stays far below 64 KB, above which ipc-channel sends fragments that a stopped peer can block on.
//!
//! Messages are encoded by postcard, which does not describe itself: a message of another version may decode as
//! something else without an error. So [`FromWorker::Hello`], the first message of every worker, is variant 0
//! with these fields for ever, and a peer of another [`PROTOCOL`] is refused. Tasks are sent as JSON, the same that
//! `worker run --task` takes.

mod bootstrap;
mod message;
mod sockets;
mod task;

pub use bootstrap::{ConnectError, HELLO_TIMEOUT, Listener, PeerGone, WorkerEnd, connect, receive};
pub use message::{Command, FromWorker, Hello, MAGIC, PROTOCOL, Status, TaskDone, WorkState};
pub use sockets::{Sockets, remove_dead_sockets};
pub use task::{ReduceStep, RunSpec, Step, TaskSpec, is_task_store_name, task_store_name};
