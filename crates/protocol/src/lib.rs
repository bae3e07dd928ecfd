//! The messages between foreman and worker.
//!
//! IPC carries control, never events: workers read the store themselves, and results are passed on
//! as task stores. Each message stays far below 64 KB. ipc-channel splits larger messages, and a
//! sender can block if the receiver is stopped.
//!
//! Messages are encoded by postcard, which does not describe itself: a message of another version
//! may decode as a different message without an error. So [`FromWorker::Hello`] is the first
//! message of each worker, always stays variant 0, and always has the same fields. A peer with
//! another [`PROTOCOL`] is refused. Tasks are sent as JSON, in the same form that `worker run
//! --task` takes.
//!
//! If several machines work on a run, the plan of the run ([`Plan`]), the parts of the storage file
//! ([`Parts`]) and the record of each shard ([`ShardRecord`]) pass between them as files.

mod bootstrap;
mod document;
mod message;
mod parts;
mod plan;
mod shard;
mod sockets;
mod task;

pub use bootstrap::{ConnectError, HELLO_TIMEOUT, Listener, PeerGone, WorkerEnd, connect, receive};
pub use document::DocumentError;
pub use message::{Command, FromWorker, Hello, MAGIC, PROTOCOL, Status, TaskDone, WorkState};
pub use parts::{Part, Parts, part_store_name};
pub use plan::{Plan, Shard, check_session};
pub use shard::{Piece, SHARD_SIGNATURE, ShardRecord, ShardTask, SkippedEvent};
pub use sockets::{Sockets, remove_dead_sockets, remove_own_sockets};
pub use task::{
    FoundStore, ReduceStep, RunSpec, Step, StorePart, TaskSpec, is_part_name, is_task_store_name, part_of,
    task_store_name,
};
