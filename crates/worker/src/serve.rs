//! Working for a foreman.
//!
//! Three threads: this one works; one takes commands, so that a stop is heard in the middle of a task; one sends the
//! status, so that a slow foreman never holds up the work. The worker ends when the foreman does, however
//! that ends: the kernel kills it (Linux), and its connection breaks (everywhere).

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use ipc_channel::ipc::{IpcReceiver, IpcSender};
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::getppid;
use protocol::{Command, FromWorker, TaskSpec, connect, receive};

use crate::arguments::ServeArguments;
use crate::error::TaskError;
use crate::progress::Progress;
use crate::task::TaskRunner;

/// How often the status is sent, if it has changed.
const STATUS_INTERVAL: Duration = Duration::from_millis(100);

pub(crate) fn serve(arguments: &ServeArguments) -> Result<()> {
    end_with_foreman(arguments.foreman)?;
    // The foreman blocks signals to wait for them, and children inherit that. A limit for the size of files stays an error.
    let mut signals = SigSet::all();
    signals.remove(Signal::SIGXFSZ);
    signals.thread_unblock().context("cannot unblock signals")?;
    let progress = Arc::new(Progress::default());
    let (sender, tasks) = mpsc::channel();
    // Before the foreman hears of this worker: one that cannot start its threads must not take a task, which would be blamed.
    let listening = start({
        let progress = Arc::clone(&progress);
        move |commands| take_commands(&commands, &sender, &progress)
    })?;
    let reporting = start({
        let progress = Arc::clone(&progress);
        move |foreman| send_status(&foreman, &progress)
    })?;
    let (foreman, commands) = connect(&arguments.connect, arguments.protocol)?;
    // Both wait for it.
    let _ = (listening.send(commands), reporting.send(foreman.clone()));
    work(&foreman, &tasks, &progress)
}

/// Starts a thread that does this with what it is sent.
fn start<T: Send + 'static>(work: impl FnOnce(T) + Send + 'static) -> Result<Sender<T>> {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::Builder::new().spawn(move || receiver.recv().map(work));
    thread.context("cannot start a thread")?;
    Ok(sender)
}

/// Does one task after the other until there will be no more.
fn work(foreman: &IpcSender<FromWorker>, tasks: &Receiver<TaskSpec>, progress: &Progress) -> Result<()> {
    let mut runner = TaskRunner::default();
    while let Ok(task) = tasks.recv() {
        let answer = match runner.run(&task, progress) {
            Ok(done) => FromWorker::Done(done),
            Err(TaskError::Cancelled) => return Ok(()),
            Err(error) => {
                FromWorker::Failed { task: task.task, error: format!("{:#}", anyhow::Error::from(error)) }
            }
        };
        foreman.send(answer).context("the foreman has gone")?;
    }
    Ok(())
}

fn take_commands(commands: &IpcReceiver<Command>, tasks: &Sender<TaskSpec>, progress: &Progress) {
    while let Ok(Command::Task(json)) = receive(commands) {
        match serde_json::from_str(&json) {
            Ok(task) => {
                if tasks.send(task).is_err() {
                    break;
                }
            }
            Err(error) => {
                tracing::error!(%error, "the foreman sent a task that cannot be read");
                break;
            }
        }
    }
    // A stop, or the foreman has gone: the task, if there is one, is of no use any more. Dropping the sender ends the work.
    progress.cancel();
}

fn send_status(foreman: &IpcSender<FromWorker>, progress: &Progress) {
    let mut sent = None;
    loop {
        let status = progress.status();
        if sent != Some(status) {
            if foreman.send(FromWorker::Status(status)).is_err() {
                return;
            }
            sent = Some(status);
        }
        thread::sleep(STATUS_INTERVAL);
    }
}

/// Has the kernel kill this process when the foreman ends, where the kernel can.
fn end_with_foreman(foreman: i32) -> Result<()> {
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)
        .context("cannot tie the worker to the foreman")?;
    // It may have ended before that took effect.
    if getppid().as_raw() != foreman {
        bail!("the foreman (process {foreman}) has ended");
    }
    Ok(())
}
