//! Performs the dispatcher's actions, and passes events to it.
//!
//! One loop owns everything. Threads, one for each worker, only wait for messages and pass them
//! into one channel. The threads never send to a worker, and the loop never waits for a worker.

use std::collections::VecDeque;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use protocol::{FoundStore, ReduceStep, RunSpec, Step, TaskSpec};
use storage::StoreState;

use super::workers::Workers;
use crate::log::log_run;
use crate::supervise::dispatcher::{
    Action, Dispatcher, Event, Limits, Outcome, Replaced, Snapshot, TaskId, Tasks, WorkerId,
};
use crate::supervise::run_folder::RunFolder;
use crate::supervise::stop::StopRequests;

/// The time that the loop waits for an event.
const TICK: Duration = Duration::from_millis(20);
/// The same while workers are about to exit, because nothing reports that a process has ended.
const SHORT_TICK: Duration = Duration::from_millis(2);
/// If a round of the loop takes this long, this process was stopped, or waited for the machine.
const PAUSE: Duration = Duration::from_secs(1);
/// The interval at which the operating system is asked about workers.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(200);

/// All that is needed to run the workers.
pub(crate) struct Job<'a> {
    /// The part that all tasks share.
    pub(crate) run: &'a RunSpec,
    /// The storage file as it was before the work.
    pub(crate) store: &'a StoreState,
    /// The folder for task stores and logs.
    pub(crate) folder: &'a RunFolder,
    /// The worker program.
    pub(crate) worker: &'a std::path::Path,
    /// Limits for workers.
    pub(crate) limits: Limits,
    /// The number of events in the store, for the status.
    pub(crate) total: u64,
    /// Whether workers measure how they spend their time.
    pub(crate) profile: bool,
    /// The user's requests to stop.
    pub(crate) stop: &'a StopRequests,
}

/// The result of running the workers.
#[derive(Debug)]
pub(crate) struct Worked {
    /// How the run ended.
    pub(crate) outcome: Outcome,
    /// The tasks, with their results.
    pub(crate) tasks: Tasks,
    /// Workers that were replaced, and why.
    pub(crate) replaced: Vec<Replaced>,
    /// The most memory that a worker has had, in bytes.
    pub(crate) worker_memory: u64,
}

/// Runs workers until all tasks are done. `show` gets the state of the run at intervals.
///
/// # Errors
///
/// If the operating system cannot be asked about processes.
pub(crate) fn work(job: &Job<'_>, tasks: Tasks, mut show: impl FnMut(&Snapshot)) -> anyhow::Result<Worked> {
    let (sender, incoming) = mpsc::channel();
    let mut dispatcher = Dispatcher::new(job.limits, tasks);
    let mut workers = Workers::new(job.worker, job.folder, sender)?;
    let mut pending: VecDeque<Event> = VecDeque::from([Event::Tick]);
    let mut sampled = Instant::now();
    let mut stop_requests = 0;
    let mut logged = Logged::default();
    let mut before = Instant::now();
    let outcome = loop {
        let now = Instant::now();
        let round = now.saturating_duration_since(before);
        before = now;
        if round >= PAUSE {
            pending.push_front(Event::Paused(round));
        }
        while let Some(event) = pending.pop_front() {
            log_event(&event);
            for action in dispatcher.handle(event, now) {
                pending.extend(perform(job, &dispatcher, &mut workers, action));
            }
            logged.log_consequences(&dispatcher);
        }
        show(&dispatcher.snapshot(job.total));
        if let Some(outcome) = dispatcher.outcome() {
            break outcome;
        }
        match incoming.recv_timeout(if workers.any_ending() { SHORT_TICK } else { TICK }) {
            Ok(first) => {
                pending.extend(workers.take(first));
                while let Ok(more) = incoming.try_recv() {
                    pending.extend(workers.take(more));
                }
            }
            // `workers` has a sender, so the channel is never closed.
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        if stop_requests < job.stop.count() {
            stop_requests += 1;
            pending.push_back(Event::Interrupt);
        }
        pending.extend(workers.ended());
        if sampled.elapsed() >= SAMPLE_INTERVAL {
            sampled = Instant::now();
            pending.extend(workers.sample());
        }
        // The tick comes last, so that deadlines are checked only after all messages that came in
        // time.
        pending.push_back(Event::Tick);
    };
    let replaced = dispatcher.replaced().to_vec();
    let worker_memory = workers.peak_memory();
    Ok(Worked { outcome, tasks: dispatcher.into_tasks(), replaced, worker_memory })
}

/// Writes an event to the log.
fn log_event(event: &Event) {
    match event {
        Event::Interrupt => log_run!("asked to stop"),
        Event::Paused(pause) => {
            log_run!(
                "the foreman did not run for {:.1} s; this time does not count against workers",
                pause.as_secs_f64()
            );
        }
        Event::Hello { worker, pid } => log_run!("worker {} started (process {pid})", worker.0),
        Event::Exited { worker, how, .. } => log_run!("worker {} ended: it {how}", worker.0),
        Event::Failed { worker, task, error } => {
            log_run!("worker {} could not do task {task}: {error}", worker.0);
        }
        _ => {}
    }
}

/// The number of the dispatcher's decisions that are already in the log.
#[derive(Default)]
struct Logged {
    replaced: usize,
    set_aside: usize,
}

impl Logged {
    fn log_consequences(&mut self, dispatcher: &Dispatcher) {
        for replaced in &dispatcher.replaced()[self.replaced..] {
            let again = if replaced.task.is_some() { "; its task runs again, or parts of it" } else { "" };
            log_run!("{replaced}{again}");
        }
        for aside in &dispatcher.tasks().set_aside()[self.set_aside..] {
            log_run!("{aside}");
        }
        self.replaced = dispatcher.replaced().len();
        self.set_aside = dispatcher.tasks().set_aside().len();
    }
}

fn perform(
    job: &Job<'_>,
    dispatcher: &Dispatcher,
    workers: &mut Workers<'_>,
    action: Action,
) -> Option<Event> {
    match action {
        Action::Spawn(worker) => workers.start(worker),
        Action::Assign { worker, task, trace } => {
            let spec = task_spec(job, dispatcher.tasks(), worker, task, trace)?;
            tracing::debug!(worker = worker.0, task = %serde_json::to_string(&spec).unwrap_or_default(), "task");
            workers.assign(worker, &spec);
            None
        }
        Action::Record(task) => {
            if let Some(Err(error)) =
                dispatcher.tasks().record(task).map(|record| job.folder.finished(&record))
            {
                // The run itself does not need the record.
                tracing::warn!(
                    "cannot record that task {task} is done, so --resume would do it again: {error}"
                );
            }
            None
        }
        Action::Signal(worker, signal) => {
            workers.signal(worker, signal);
            None
        }
    }
}

fn task_spec(job: &Job<'_>, tasks: &Tasks, worker: WorkerId, id: TaskId, trace: bool) -> Option<TaskSpec> {
    let step = match tasks.get(id)?.work {
        Step::Map(range) => Step::Map(range),
        Step::Reduce(plugin) => Step::Reduce(ReduceStep {
            plugin,
            folder: job.folder.path().to_owned(),
            map_tasks: runs(tasks.finished_maps().into_iter().map(|(task, _)| task).collect()),
        }),
    };
    Some(TaskSpec {
        run: job.run.clone(),
        task: id,
        step,
        found: Some(FoundStore {
            version: job.store.version(),
            fingerprint: job.store.certain_fingerprint().map(str::to_owned),
        }),
        output: job.folder.task_store(id),
        trace: trace.then(|| job.folder.trace(worker)),
        profile: job.profile,
    })
}

/// Combines numbers into ranges from first to last. Their order does not matter to a reduce step.
fn runs(mut numbers: Vec<u32>) -> Vec<(u32, u32)> {
    numbers.sort_unstable();
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_runs() {
        assert_eq!(runs(vec![]), []);
        assert_eq!(runs(vec![3, 0, 1, 2, 7, 9, 8]), [(0, 3), (7, 9)]);
    }
}
