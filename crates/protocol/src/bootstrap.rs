//! How foreman and worker connect.
//!
//! The foreman opens a one-shot server and starts a worker with the server's name. The worker
//! connects and says hello; its hello contains the channel for commands. The server's `accept` has
//! no time limit. So a foreman that gives up on a worker connects to its own server
//! ([`WorkerEnd::give_up`]), which ends the wait.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use ipc_channel::IpcError;
use ipc_channel::ipc::{self, IpcOneShotServer, IpcReceiver, IpcSender};

use crate::message::{Command, FromWorker, Hello, MAGIC, PROTOCOL};

/// Waits for one worker.
pub struct Listener {
    server: IpcOneShotServer<FromWorker>,
    name: String,
}

/// What the foreman got when it waited for a worker.
pub enum WorkerEnd {
    /// A worker said hello.
    Hello(Hello, IpcReceiver<FromWorker>),
    /// No worker: the foreman gave up, or another program connected.
    Nobody,
}

/// The other process has ended or cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the connection is lost: {0}")]
pub struct PeerGone(String);

/// Why a worker cannot connect to a foreman.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The foreman has another protocol version.
    #[error(
        "the foreman speaks protocol version {theirs}, this worker version {PROTOCOL}; use a foreman and a worker \
         of the same release"
    )]
    Protocol {
        /// The foreman's version.
        theirs: u32,
    },
    /// No foreman waits under the given name.
    #[error("cannot connect to the foreman: {0}")]
    NoForeman(String),
}

impl Listener {
    /// Opens a server for one worker, in the folder of [`Sockets`](crate::Sockets) if the process
    /// has opened that folder.
    ///
    /// # Errors
    ///
    /// If the temporary directory cannot be written, or the operating system refuses a socket.
    pub fn new() -> std::io::Result<Self> {
        // ipc-channel panics if it cannot make its folder, so this is tried first. What fails only
        // the second time has no better error than the panic.
        drop(tempfile::tempdir()?);
        let made = catch_unwind(IpcOneShotServer::new);
        let no_folder = || std::io::Error::other("the folder of a socket cannot be made");
        let (server, name) = made.map_err(|_| no_folder())??;
        Ok(Self { server, name })
    }

    /// Returns the name that the worker connects to.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Waits for the worker, without a time limit. [`WorkerEnd::give_up`] ends the wait.
    #[must_use]
    pub fn accept(self) -> WorkerEnd {
        match decoded(|| self.server.accept()) {
            Ok(Ok((receiver, FromWorker::Hello(hello)))) => WorkerEnd::Hello(hello, receiver),
            _ => WorkerEnd::Nobody,
        }
    }
}

impl WorkerEnd {
    /// Ends the wait at the server of this name, if the server still exists.
    pub fn give_up(name: &str) {
        // If the worker has connected meanwhile, the server is gone, and nobody waits.
        if let Ok(sender) = IpcSender::<FromWorker>::connect(name.to_owned()) {
            let _ = sender.send(FromWorker::Nobody);
        }
    }
}

/// Connects a worker to the foreman that waits under `name` and speaks `protocol`.
///
/// # Errors
///
/// If `protocol` is not this worker's version, or no foreman waits.
pub fn connect(
    name: &str,
    protocol: u32,
) -> Result<(IpcSender<FromWorker>, IpcReceiver<Command>), ConnectError> {
    if protocol != PROTOCOL {
        return Err(ConnectError::Protocol { theirs: protocol });
    }
    let no_foreman = |error: &dyn std::fmt::Display| ConnectError::NoForeman(error.to_string());
    let sender = IpcSender::connect(name.to_owned()).map_err(|error| no_foreman(&error))?;
    let (commands, receiver) = ipc::channel().map_err(|error| no_foreman(&error))?;
    let hello = Hello {
        magic: MAGIC,
        protocol: PROTOCOL,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        commands,
    };
    sender.send(FromWorker::Hello(hello)).map_err(|error| no_foreman(&error))?;
    Ok((sender, receiver))
}

/// Waits for the next message. Signals do not end the wait.
///
/// # Errors
///
/// If the other process is gone, or its message cannot be decoded. Both end the connection.
pub fn receive<T: serde::Serialize + for<'de> serde::Deserialize<'de>>(
    receiver: &IpcReceiver<T>,
) -> Result<T, PeerGone> {
    loop {
        match decoded(|| receiver.recv())? {
            Ok(message) => return Ok(message),
            Err(IpcError::Io(error)) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(PeerGone(error.to_string())),
        }
    }
}

/// Calls `receive` and turns a panic into an error. ipc-channel panics if a message claims to
/// contain a channel but does not.
fn decoded<T>(receive: impl FnOnce() -> T) -> Result<T, PeerGone> {
    catch_unwind(AssertUnwindSafe(receive))
        .map_err(|_| PeerGone("a message claims to contain a channel, but does not".into()))
}

/// The time limit for a worker's hello. A worker starts within milliseconds.
pub const HELLO_TIMEOUT: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn hello_and_a_command() {
        let listener = Listener::new().unwrap();
        let name = listener.name().to_owned();
        let worker = thread::spawn(move || {
            let (sender, commands) = connect(&name, PROTOCOL).unwrap();
            let command = receive(&commands).unwrap();
            sender.send(FromWorker::Failed { task: 1, error: format!("{command:?}") }).unwrap();
        });
        let WorkerEnd::Hello(hello, receiver) = listener.accept() else { panic!("no hello") };
        assert_eq!((hello.magic, hello.protocol), (MAGIC, PROTOCOL));
        hello.commands.send(Command::Stop).unwrap();
        assert!(matches!(receive(&receiver), Ok(FromWorker::Failed { task: 1, error }) if error == "Stop"));
        worker.join().unwrap();
        assert!(receive(&receiver).is_err());
    }

    #[test]
    fn a_hello_without_its_channel_is_none() {
        let listener = Listener::new().unwrap();
        let name = listener.name().to_owned();
        let waiting = thread::spawn(move || matches!(listener.accept(), WorkerEnd::Nobody));
        // A hello as it is encoded, with the number of its channel at the end.
        type Forged = (u8, u64, u32, String, u32, u8);
        let forged: Forged = (0, MAGIC, PROTOCOL, "0.1.0".into(), 1, 0);
        IpcSender::<Forged>::connect(name).unwrap().send(forged.clone()).unwrap();
        assert!(waiting.join().unwrap());

        let (sender, receiver) = ipc::channel::<FromWorker>().unwrap();
        sender.to_opaque().to::<Forged>().send(forged).unwrap();
        assert!(receive(&receiver).is_err());
    }

    #[test]
    fn a_wait_can_be_given_up() {
        let listener = Listener::new().unwrap();
        let name = listener.name().to_owned();
        let waiting = thread::spawn(move || matches!(listener.accept(), WorkerEnd::Nobody));
        WorkerEnd::give_up(&name);
        assert!(waiting.join().unwrap());
        WorkerEnd::give_up(&name);
    }

    #[test]
    fn another_version_is_refused_before_connecting() {
        let error = connect("nobody", PROTOCOL + 1).unwrap_err();
        assert!(matches!(error, ConnectError::Protocol { theirs } if theirs == PROTOCOL + 1));
        assert!(matches!(connect("nobody", PROTOCOL), Err(ConnectError::NoForeman(_))));
    }
}
