//! A worker that does its tasks like the real one, except for the faults in the variable `FAULTS`.
//!
//! The variable is a list such as `crash 2000; hang 3000 once`. Each fault has a name, and the
//! event in whose task it happens, or `any`; or `preparing`, if it happens before the worker loads
//! the rules and lists. The folder `FAULTS_FOLDER` has marks for the faults
//! that happen `once`. Workers that wait continue when the folder has the file `go`.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command as Process, ExitCode};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use ipc_channel::ipc::{IpcReceiver, IpcSender};
use nix::sys::signal::{SigSet, Signal, raise};
use protocol::{Command, FromWorker, Status, Step, TaskDone, TaskSpec, receive};
use worker::{Progress, TaskRunner};

/// The only fault that happens after the task is done.
const DAMAGE: &str = "damage";
const POLL: Duration = Duration::from_millis(5);
/// The size of the pieces by which memory grows.
const PIECE: usize = 8 << 20;

/// A fault, and when it happens.
struct Fault {
    deed: String,
    /// The event in whose task it happens, or `None` for any task.
    event: Option<i64>,
    /// Whether it happens before the rules and lists are loaded.
    preparing: bool,
    once: bool,
}

/// Does tasks until it is told to stop.
pub(crate) fn work(foreman: IpcSender<FromWorker>, commands: IpcReceiver<Command>) -> ExitCode {
    let faults = faults();
    let ignores = faults.iter().any(|fault| fault.deed == "ignore");
    // The foreman blocks signals in order to wait for them, and children inherit this.
    SigSet::all().thread_unblock().expect("a process may unblock signals");
    if ignores {
        SigSet::from(Signal::SIGTERM).thread_block().expect("a process may block signals");
    }
    let progress = Arc::new(Progress::default());
    thread::spawn({
        let (foreman, progress) = (foreman.clone(), Arc::clone(&progress));
        move || send_status(&foreman, &progress)
    });
    let (sender, tasks) = std::sync::mpsc::channel();
    thread::spawn(move || {
        while let Ok(command) = receive(&commands) {
            match command {
                Command::Task(json) => sender.send(json).expect("this process works on tasks"),
                Command::Stop if ignores => println!("ignored: a stop"),
                Command::Stop => std::process::exit(0),
            }
        }
    });
    let mut runner = TaskRunner::default();
    for json in tasks {
        let task: TaskSpec = serde_json::from_str(&json).expect("the foreman sends tasks");
        for fault in faults.iter().filter(|fault| fault.preparing && fault.is_due(&task)) {
            before(fault, &task, &foreman);
        }
        // If this fails, the task fails, too.
        if runner.prepare(&task, &progress).is_ok() {
            foreman.send(FromWorker::Status(progress.status())).expect("the foreman listens");
        }
        let in_task = |fault: &&Fault| fault.deed != DAMAGE && !fault.preparing && fault.is_due(&task);
        for fault in faults.iter().filter(in_task) {
            before(fault, &task, &foreman);
        }
        let answer = match runner.run(&task, &progress) {
            Ok(done) => FromWorker::Done(done),
            Err(error) => FromWorker::Failed { task: task.task, error: error.to_string() },
        };
        foreman.send(answer).expect("the foreman listens");
        for fault in faults.iter().filter(|fault| fault.deed == DAMAGE && fault.is_due(&task)) {
            println!("{}", fault.deed);
            let file = OpenOptions::new().write(true).open(&task.output).expect("a task store");
            file.set_len(2_048).expect("a file can be cut off");
        }
    }
    ExitCode::SUCCESS
}

/// Performs a fault before the work on a task, or instead of it.
fn before(fault: &Fault, task: &TaskSpec, foreman: &IpcSender<FromWorker>) {
    // A real worker that records events ends after it has recorded the current one.
    if let (Some(event), Some(trace)) = (fault.event, &task.trace) {
        std::fs::write(trace, format!("{event:<20}")).expect("the event can be noted");
    }
    println!("{}", fault.deed);
    match fault.deed.as_str() {
        "crash" => std::process::abort(),
        "exit" => std::process::exit(7),
        "hang" => hang(),
        "stop" => raise(Signal::SIGSTOP).expect("a process may stop itself"),
        "wait" => {
            while !folder().join("go").exists() {
                thread::sleep(POLL);
            }
        }
        "grow" => grow(),
        "leak" => leak(&mut Process::new("sleep")),
        "leak-group" => {
            leak(Process::new("sleep").process_group(0));
            std::process::exit(7);
        }
        "write" => {
            let name = task.output.file_name().expect("a task store has a name");
            File::create(task.output.with_file_name(files::unfinished_name(name)))
                .and_then(|mut file| file.write_all(b"SQLite format 3\0 and no more"))
                .expect("a file can be written");
            std::process::abort();
        }
        "fail" => {
            let error = "an error of the worker".to_owned();
            foreman.send(FromWorker::Failed { task: task.task, error }).expect("the foreman listens");
            hang()
        }
        "lie" => {
            let other = TaskDone { task: task.task + 1_000, events: 4_711, ..TaskDone::default() };
            for message in [
                FromWorker::Nobody,
                FromWorker::Done(other),
                FromWorker::Failed { task: task.task + 1_000, error: "\u{1b}[31mnot mine".into() },
                FromWorker::Status(Status { task: Some(u32::MAX), steps: u64::MAX, ..Status::default() }),
            ] {
                foreman.send(message).expect("the foreman listens");
            }
        }
        "babble" => {
            let bytes: IpcSender<Vec<u8>> = foreman.clone().to_opaque().to();
            bytes.send(vec![0xff; 10_000]).expect("the foreman listens");
            hang()
        }
        _ => {}
    }
}

impl Fault {
    fn is_due(&self, task: &TaskSpec) -> bool {
        let hit = match (self.event, &task.step) {
            (None, _) => true,
            (Some(event), Step::Map(range)) => (range.first..=range.last).contains(&event),
            (Some(_), Step::Reduce { .. }) => false,
        };
        hit && (!self.once || self.leave_mark().is_ok())
    }

    /// Leaves a mark with this process, unless another process has left it.
    fn leave_mark(&self) -> std::io::Result<()> {
        let path = folder().join(format!("{}-{}", self.deed, self.event.unwrap_or_default()));
        let mut mark = OpenOptions::new().write(true).create_new(true).open(path)?;
        mark.write_all(std::process::id().to_string().as_bytes())
    }
}

fn faults() -> Vec<Fault> {
    let text = std::env::var("FAULTS").expect("FAULTS says what to do");
    let parse = |part: &str| {
        let mut words = part.split_whitespace();
        let deed = words.next().expect("a deed").to_owned();
        let event = words.next().expect("an event, any or preparing");
        Fault {
            deed,
            event: event.parse().ok(),
            preparing: event == "preparing",
            once: words.next() == Some("once"),
        }
    };
    text.split(';').map(parse).collect()
}

fn folder() -> PathBuf {
    std::env::var_os("FAULTS_FOLDER").expect("FAULTS_FOLDER is where to leave marks").into()
}

/// Starts a process and leaves it running.
#[expect(clippy::zombie_processes, reason = "that is the fault")]
fn leak(sleep: &mut Process) {
    let child = sleep.arg("1000").spawn().expect("there is sleep");
    std::fs::write(folder().join("leaked"), child.id().to_string()).expect("the folder is there");
}

fn grow() -> ! {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    // The worker stops at 1 GiB, in case nobody limits it.
    while hoard.len() < 128 {
        hoard.push(vec![1; PIECE]);
        thread::sleep(POLL);
    }
    hang()
}

fn hang() -> ! {
    loop {
        thread::park();
    }
}

fn send_status(foreman: &IpcSender<FromWorker>, progress: &Progress) {
    while foreman.send(FromWorker::Status(progress.status())).is_ok() {
        thread::sleep(Duration::from_millis(50));
    }
}
