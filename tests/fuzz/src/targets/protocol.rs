//! The messages between foreman and worker: bytes as messages in the channel, and as tasks in JSON.

use ipc_channel::ipc::{self, IpcSender};
use protocol::{
    Command, FromWorker, MAGIC, PROTOCOL, ReduceStep, RunSpec, Status, Step, StorePart, TaskDone, TaskSpec,
    WorkState,
};
use serde::ser::{SerializeTuple as _, Serializer};
use serde::{Deserialize, Serialize};
use storage::EventRange;

use crate::Target;
use crate::run_over::check_error;

pub(super) const TARGET: Target = Target { name: "protocol", run, seeds };

fn run(data: &[u8]) {
    match data.split_first() {
        Some((b'j', json)) => task(json),
        Some((b'c', bytes)) => message::<Command>(bytes, |command| {
            let again = through_a_channel(&command);
            assert_eq!(again, command);
        }),
        Some((_, bytes)) => message::<FromWorker>(bytes, |message| match message {
            FromWorker::Status(status) => assert_eq!(through_a_channel(&status), status),
            FromWorker::Done(done) => assert_eq!(through_a_channel(&done), done),
            FromWorker::Hello(_) | FromWorker::Failed { .. } | FromWorker::Nobody => {}
        }),
        None => {}
    }
}

fn task(json: &[u8]) {
    match serde_json::from_slice::<TaskSpec>(json) {
        Ok(task) => {
            let written = serde_json::to_string(&task).unwrap();
            assert_eq!(serde_json::from_str::<TaskSpec>(&written).unwrap(), task);
        }
        Err(error) => check_error(&error),
    }
}

/// Bytes that are sent through a channel unchanged.
#[derive(Deserialize)]
struct Raw(Vec<u8>);

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        self.0.iter().try_for_each(|byte| tuple.serialize_element(byte))?;
        tuple.end()
    }
}

/// Sends the bytes to a receiver of messages of this type.
fn message<T: Serialize + for<'de> Deserialize<'de>>(bytes: &[u8], understood: impl FnOnce(T)) {
    let (sender, receiver) = ipc::channel::<T>().unwrap();
    let sender: IpcSender<Raw> = sender.to_opaque().to();
    sender.send(Raw(bytes.to_vec())).unwrap();
    match protocol::receive(&receiver) {
        Ok(message) => understood(message),
        Err(error) => check_error(&error),
    }
}

fn through_a_channel<T: Serialize + for<'de> Deserialize<'de> + Clone>(message: &T) -> T {
    let (sender, receiver) = ipc::channel().unwrap();
    sender.send(message.clone()).unwrap();
    protocol::receive(&receiver).unwrap()
}

fn seeds() -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let run = RunSpec {
        export: None,
        id: "0123".into(),
        store: "case.plaso".into(),
        part: Some(StorePart { part: "3 bytes".into(), whole: "5 bytes".into() }),
        plugins: crate::run_over::plugins(folder.path()),
        filter: Some("size > 1".into()),
        times: None,
        strict_compat: false,
    };
    let step = Step::Map(EventRange { first: 1, last: 5_000 });
    let map = TaskSpec {
        run,
        task: 3,
        step,
        found: None,
        output: "task.sqlite".into(),
        trace: Some("trace".into()),
        profile: true,
    };
    let step = Step::Reduce(ReduceStep { plugin: 1, folder: "run".into(), map_tasks: vec![(0, 9)] });
    let reduce = TaskSpec { step, trace: None, ..map.clone() };
    let json = |task: &TaskSpec| [b"j", serde_json::to_string(task).unwrap().as_bytes()].concat();
    let status = Status { task: Some(1), state: WorkState::Analyzing, steps: 300 };
    let done = TaskDone { task: 1, events: 300, digest: u64::MAX, ..TaskDone::default() };
    vec![
        json(&map),
        json(&reduce),
        [b"c", &*bytes_of(&Command::Task("{}".into()))].concat(),
        [b"c", &*bytes_of(&Command::Stop)].concat(),
        [b"w", &*bytes_of(&FromWorker::Status(status))].concat(),
        [b"w", &*bytes_of(&FromWorker::Done(done))].concat(),
        [b"w", &*bytes_of(&FromWorker::Failed { task: 1, error: "é".into() })].concat(),
        // A hello with a channel that does not exist.
        [b"w\0", &*bytes_of(&(MAGIC, PROTOCOL, "0.1.0", 9_u32, 0_u32))].concat(),
    ]
}

/// Returns the message as it is in a channel.
fn bytes_of<T: Serialize>(message: &T) -> Vec<u8> {
    postcard::to_stdvec(message).unwrap()
}
