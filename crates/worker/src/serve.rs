//! Takes tasks from a foreman.
//!
//! There are three threads. This one does the tasks. One receives commands, so that a stop takes
//! effect in the middle of a task. One sends the status, so that a slow foreman never delays the
//! work. The worker exits when the foreman ends, however the foreman ends: on Linux the kernel
//! kills the worker, and on all systems the connection breaks.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use events::with_causes;
use ipc_channel::ipc::{IpcReceiver, IpcSender};
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::getppid;
use protocol::{Command, FromWorker, TaskSpec, connect, receive};

use crate::arguments::ServeArguments;
use crate::error::TaskError;
use crate::progress::Progress;
use crate::task::TaskRunner;

/// The interval between status messages. A status is sent only if it has changed.
const STATUS_INTERVAL: Duration = Duration::from_millis(100);

pub(crate) fn serve(arguments: &ServeArguments) -> Result<()> {
    end_with_foreman(arguments.foreman)?;
    // The foreman blocks signals in order to wait for them, and children inherit this. SIGXFSZ
    // stays blocked, so that a limit of file sizes causes an error instead of a signal.
    let mut signals = SigSet::all();
    signals.remove(Signal::SIGXFSZ);
    signals.thread_unblock().context("cannot unblock signals")?;
    let progress = Arc::new(Progress::default());
    let (sender, tasks) = mpsc::channel();
    // These threads start before the hello. A worker that cannot start its threads must not take a
    // task, because the foreman would blame the task.
    let listening = start({
        let progress = Arc::clone(&progress);
        move |commands| take_commands(&commands, &sender, &progress)
    })?;
    let reporting = start({
        let progress = Arc::clone(&progress);
        move |foreman| send_status(&foreman, &progress)
    })?;
    let (foreman, commands) = connect(&arguments.connect, arguments.protocol)?;
    // Both threads wait for these channels.
    let _ = (listening.send(commands), reporting.send(foreman.clone()));
    work(&foreman, &tasks, &progress)
}

/// Starts a thread that calls `work` with the value that is sent to it.
fn start<T: Send + 'static>(work: impl FnOnce(T) + Send + 'static) -> Result<Sender<T>> {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::Builder::new().spawn(move || receiver.recv().map(work));
    thread.context("cannot start a thread")?;
    Ok(sender)
}

/// Does one task after another until the connection ends.
fn work(foreman: &IpcSender<FromWorker>, tasks: &Receiver<TaskSpec>, progress: &Progress) -> Result<()> {
    let mut runner = TaskRunner::default();
    while let Ok(task) = tasks.recv() {
        let prepared = runner.prepare(&task, progress);
        if prepared.is_ok() {
            // The thread that sends the status may be too late: if the first event ends this
            // process, the foreman must know that it was an event.
            foreman.send(FromWorker::Status(progress.status())).context("the foreman is gone")?;
        }
        let answer = match prepared.and_then(|()| runner.run(&task, progress)) {
            Ok(done) => FromWorker::Done(done),
            Err(TaskError::Cancelled) => return Ok(()),
            Err(error) => FromWorker::Failed { task: task.task, error: with_causes(&error) },
        };
        foreman.send(answer).context("the foreman is gone")?;
    }
    // The process ends now. To free the compiled rules first would take some milliseconds, for
    // which the foreman waits.
    std::mem::forget(runner);
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
                tracing::error!(%error, "the foreman's task cannot be decoded");
                break;
            }
        }
    }
    // The foreman is gone or wants this worker to stop, so the current task is of no use. Dropping
    // the sender ends the work.
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

/// Asks the kernel to kill this process when the foreman ends, if the kernel can do that.
fn end_with_foreman(foreman: i32) -> Result<()> {
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)
        .context("cannot tie the worker to the foreman")?;
    // The foreman may have ended before the request took effect.
    if getppid().as_raw() != foreman {
        bail!("the foreman (process {foreman}) has ended");
    }
    Ok(())
}
