//! The threads between the loop and a worker.
//!
//! Both directions may block without end: a worker that is stopped by a signal takes nothing, and a
//! task with the paths of a thousand rules is longer than what its socket holds. The loop must go
//! on in order to notice such a worker, so it neither reads nor writes itself.

use std::io;
use std::sync::mpsc::{self, Sender};
use std::thread;

use ipc_channel::ipc::IpcSender;
use protocol::{Command, FromWorker, Hello, Listener, WorkerEnd, receive};

use crate::supervise::dispatcher::WorkerId;

/// What the threads send to the loop. If sending fails, the run is over, and nobody receives it.
pub(super) enum Incoming {
    Hello(WorkerId, Hello),
    Message(WorkerId, FromWorker),
    /// All messages of the worker were received, and no more will come.
    Lost(WorkerId),
    /// The worker takes no more commands. Messages of it may still come.
    Unreachable(WorkerId),
}

/// The commands for one worker, in their order.
pub(super) struct Commands {
    connection: Sender<IpcSender<Command>>,
    queue: Sender<Command>,
}

impl Commands {
    /// Starts the thread that passes commands on. It ends with this value, or when the process of
    /// the worker has ended.
    pub(super) fn start(id: WorkerId, incoming: &Sender<Incoming>) -> io::Result<Self> {
        let (connection, connected) = mpsc::channel::<IpcSender<Command>>();
        let (queue, commands) = mpsc::channel();
        let incoming = incoming.clone();
        thread::Builder::new().spawn(move || {
            let Ok(worker) = connected.recv() else { return };
            for command in commands {
                if worker.send(command).is_err() {
                    let _ = incoming.send(Incoming::Unreachable(id));
                    return;
                }
            }
        })?;
        Ok(Self { connection, queue })
    }

    /// Names the channel to the worker, which has said hello.
    pub(super) fn connect(&self, worker: IpcSender<Command>) {
        let _ = self.connection.send(worker);
    }

    /// Sends a command as soon as the worker takes it. If that fails, the loop gets
    /// [`Incoming::Unreachable`], now or for an earlier command.
    pub(super) fn send(&self, command: Command) {
        let _ = self.queue.send(command);
    }
}

/// Starts a thread that waits for the hello of one worker, and then passes on its messages until it
/// is gone.
pub(super) fn listen(id: WorkerId, listener: Listener, incoming: &Sender<Incoming>) -> io::Result<()> {
    let incoming = incoming.clone();
    thread::Builder::new().spawn(move || {
        let WorkerEnd::Hello(hello, messages) = listener.accept() else { return };
        if incoming.send(Incoming::Hello(id, hello)).is_err() {
            return;
        }
        while let Ok(message) = receive(&messages) {
            if incoming.send(Incoming::Message(id, message)).is_err() {
                return;
            }
        }
        let _ = incoming.send(Incoming::Lost(id));
    })?;
    Ok(())
}
