//! The processes of the workers and the connections to them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use events::{Shown as _, with_causes};
use protocol::{Command, FromWorker, Listener, MAGIC, PROTOCOL, TaskSpec, WorkerEnd};
use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};

use crate::supervise::connection::{Commands, Incoming, listen};
use crate::supervise::dispatcher::{Ended, Event, Signal, WorkerId};
use crate::supervise::os::{self, Process};
use crate::supervise::run_folder::RunFolder;

struct Connected {
    process: Process,
    /// The name of the server that waits for the worker, or `None` after its hello.
    awaited: Option<String>,
    commands: Commands,
    ending: bool,
    /// Whether all messages of the worker were received.
    drained: bool,
    /// How its process ended, and when this was noticed.
    ended: Option<(Ended, Instant)>,
}

/// How long to wait for the last messages of a worker after its process has ended.
const DRAIN_LIMIT: Duration = Duration::from_secs(1);

pub(super) struct Workers<'a> {
    binary: &'a Path,
    folder: &'a RunFolder,
    sender: Sender<Incoming>,
    workers: BTreeMap<WorkerId, Connected>,
    system: System,
    /// The most memory that one of them has had, in bytes.
    peak_memory: u64,
}

impl<'a> Workers<'a> {
    pub(super) fn new(
        binary: &'a Path,
        folder: &'a RunFolder,
        sender: Sender<Incoming>,
    ) -> anyhow::Result<Self> {
        let system = System::new().context("cannot ask the operating system about processes")?;
        Ok(Self { binary, folder, sender, workers: BTreeMap::new(), system, peak_memory: 0 })
    }

    pub(super) fn any_ending(&self) -> bool {
        self.workers.values().any(|worker| worker.ending)
    }

    /// Starts a worker. This must happen in this long-lived thread, because on Linux a worker ends
    /// with the thread that started it.
    pub(super) fn start(&mut self, id: WorkerId) -> Option<Event> {
        let start = || {
            let log = self.folder.log(id).context("cannot write its log")?;
            let listener = Listener::new().context("cannot open a socket for it")?;
            let name = listener.name().to_owned();
            let process = Process::start(self.binary, &name, &log)
                .with_context(|| format!("cannot run {}", self.binary.shown()))?;
            // Without its threads, the process is ended again.
            let commands = Commands::start(id, &self.sender);
            let commands = commands.context("cannot start a thread to give it tasks")?;
            listen(id, listener, &self.sender).context("cannot start a thread to listen to it")?;
            Ok::<_, anyhow::Error>((process, name, commands))
        };
        match start() {
            Ok((process, name, commands)) => {
                self.workers.insert(
                    id,
                    Connected {
                        process,
                        awaited: Some(name),
                        commands,
                        ending: false,
                        drained: false,
                        ended: None,
                    },
                );
                None
            }
            Err(error) => Some(Event::SpawnFailed { worker: id, error: with_causes(error.as_ref()) }),
        }
    }

    pub(super) fn assign(&self, id: WorkerId, task: &TaskSpec) {
        let json = serde_json::to_string(task).expect("JSON can express every task");
        self.send(id, Command::Task(json));
    }

    pub(super) fn signal(&mut self, id: WorkerId, signal: Signal) {
        // When it has ended, nothing tells.
        let memory = self.workers.get(&id).and_then(|worker| worker.process.peak_memory());
        self.peak_memory = self.peak_memory.max(memory.unwrap_or_default());
        match os::signal_of(signal) {
            // If the message does not arrive, the dispatcher uses a signal next.
            None => self.send(id, Command::Stop),
            Some(signal) => {
                if let Some(worker) = self.workers.get(&id) {
                    worker.process.signal(signal);
                }
            }
        }
        if let Some(worker) = self.workers.get_mut(&id) {
            worker.ending = true;
        }
    }

    /// Turns what a thread sent into an event for the dispatcher.
    pub(super) fn take(&mut self, incoming: Incoming) -> Option<Event> {
        match incoming {
            Incoming::Lost(worker) => {
                self.workers.get_mut(&worker)?.drained = true;
                Some(Event::Lost { worker })
            }
            Incoming::Unreachable(worker) => Some(Event::Lost { worker }),
            Incoming::Message(worker, message) => match message {
                FromWorker::Status(status) => Some(Event::Status { worker, status }),
                FromWorker::Done(done) => Some(Event::Done { worker, done }),
                FromWorker::Failed { task, error } => Some(Event::Failed { worker, task, error }),
                FromWorker::Hello(_) | FromWorker::Nobody => None,
            },
            Incoming::Hello(id, hello) => {
                let worker = self.workers.get_mut(&id)?;
                worker.awaited = None;
                let binary = self.binary.shown();
                let detail = match (hello.magic == MAGIC, hello.protocol == PROTOCOL) {
                    (false, _) => format!("{binary} is not a worker of foreman"),
                    (true, false) => format!(
                        "{binary} speaks protocol version {} (release {}), this foreman version {PROTOCOL}; use both from \
                         the same release",
                        hello.protocol, hello.program
                    ),
                    (true, true) => String::new(),
                };
                if !detail.is_empty() {
                    return Some(Event::WrongProtocol { worker: id, detail });
                }
                worker.commands.connect(hello.commands);
                Some(Event::Hello { worker: id, pid: worker.process.id() })
            }
        }
    }

    /// Returns the workers that are gone: their processes have ended, and their last messages were
    /// received, so that finished work is not repeated.
    pub(super) fn ended(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        for (&id, worker) in &mut self.workers {
            if worker.ended.is_none() {
                worker.ended = worker.process.ended().map(|how| (how, Instant::now()));
            }
            let Some((how, since)) = &worker.ended else { continue };
            if let Some(name) = worker.awaited.take() {
                WorkerEnd::give_up(&name);
                worker.drained = true;
            }
            if worker.drained || since.elapsed() >= DRAIN_LIMIT {
                let (traced, said) = (self.folder.traced(id), self.folder.last_words(id));
                events.push(Event::Exited { worker: id, how: how.clone(), traced, said });
            }
        }
        for event in &events {
            if let Event::Exited { worker, .. } = event {
                self.workers.remove(worker);
            }
        }
        events
    }

    /// Asks the operating system for the state of the workers.
    pub(super) fn sample(&mut self) -> Vec<Event> {
        let pids: Vec<Pid> = self.workers.values().map(|worker| Pid::from_u32(worker.process.id())).collect();
        let kind = ProcessRefreshKind::nothing().with_memory();
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&pids), true, kind);
        let mut events = Vec::new();
        for (&worker, connected) in &self.workers {
            let Some(process) = self.system.process(Pid::from_u32(connected.process.id())) else { continue };
            let memory = process.memory();
            self.peak_memory = self.peak_memory.max(connected.process.peak_memory().unwrap_or(memory));
            let stopped = process.status() == ProcessStatus::Stop;
            events.push(Event::Sampled { worker, memory, stopped });
        }
        events
    }

    /// Returns the most memory that a worker has had, in bytes.
    pub(super) fn peak_memory(&self) -> u64 {
        self.peak_memory
    }

    fn send(&self, id: WorkerId, command: Command) {
        if let Some(worker) = self.workers.get(&id) {
            worker.commands.send(command);
        }
    }
}

impl Drop for Workers<'_> {
    fn drop(&mut self) {
        for worker in self.workers.values() {
            if let Some(name) = &worker.awaited {
                worker.process.signal(nix::sys::signal::Signal::SIGKILL);
                WorkerEnd::give_up(name);
            }
        }
    }
}
