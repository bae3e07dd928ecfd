//! One analysis of one storage file, from the checks beforehand to the summary.

mod options;
pub(crate) mod phases;
mod plan;
pub(crate) mod preflight;
mod record;
pub(crate) mod secrets;
mod setup;
pub(crate) mod slice;
pub(crate) mod store_lock;
pub(crate) mod summary;
mod target;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use events::Session;
use protocol::{HELLO_TIMEOUT, RunSpec, Sockets};
use storage::merge::{MergePlan, Merged, merge};
use storage::{Committed, StoreWriter};

use crate::clock;
use crate::exit::{Failure, Status};
use crate::log::log_run;
use crate::shell::interrupted_run;
use crate::supervise::dispatcher::{Limits, Outcome, Phase, Snapshot, Tasks};
use crate::supervise::engine::{self, Job, Worked};
use crate::supervise::os::{self, StopRequests};
use crate::supervise::run_folder::RunFolder;
use crate::supervise::worker_program::worker_program;
use crate::words::timestamp;
pub(crate) use options::{Options, WorkerOptions};
use phases::Phases;
use record::{RunRecord, RunStart};
use setup::Setup;
use store_lock::after_failure;
use summary::{Account, JSON_VERSION, Memory, Summary, Workers, outcome};

/// How long a worker may take to end after being asked to, and again after being told to.
const GRACE: Duration = Duration::from_secs(5);
/// How often task stores that were damaged after they were reported are made again.
const REPAIRS: u32 = 3;
/// How long a worker may be stopped by a signal.
const STOPPED_LIMIT: Duration = Duration::from_secs(10);

/// Runs an analysis. `show` gets a picture of the run now and then.
///
/// Returns the summary, and the exit status or why the run failed.
pub(crate) fn run(
    options: &Options,
    stop: &StopRequests,
    show: &mut dyn FnMut(&Snapshot),
) -> (Summary, Result<Status, Failure>) {
    let started = Instant::now();
    let mut phases = Phases::start(started);
    let start = RunStart { command_line: options.command_line.clone(), start_time: now() };
    log_run!("foreman {} begins: {}", env!("CARGO_PKG_VERSION"), start.command_line);
    let mut account = Account::default();
    let ended = perform(options, start, stop, &mut account, &mut |snapshot| {
        phases.enter(snapshot.phase, Instant::now());
        show(snapshot);
    });
    let (status, error) = match &ended {
        Ok(status) => (*status, None),
        Err(Failure { status, error }) => (*status, Some(format!("{error:#}"))),
    };
    let exit_status = options.style.status(status);
    let (run, tasks, replaced, results) = account.parts();
    let (foreman, worker) = os::peak_memory();
    let store = &options.store;
    let summary = Summary {
        kind: "summary",
        version: JSON_VERSION,
        time: timestamp(),
        elapsed: started.elapsed().as_secs_f64(),
        program: concat!("foreman ", env!("CARGO_PKG_VERSION")),
        command_line: options.command_line.clone(),
        outcome: outcome(status),
        exit_status: exit_status as u8,
        error,
        store: store.canonicalize().unwrap_or_else(|_| store.to_owned()).display().to_string(),
        dry_run: options.dry_run,
        run,
        tasks,
        workers: Workers { limit: options.workers.count(), replaced },
        phases: phases.so_far(Instant::now()),
        memory: Memory { foreman, worker },
        results,
    };
    (summary, ended.map(|_| exit_status).map_err(|failure| Failure { status: exit_status, ..failure }))
}

/// Sets the run up and does it. What is known of the run goes to `account`, also if it fails.
fn perform(
    options: &Options,
    start: RunStart,
    stop: &StopRequests,
    account: &mut Account,
    show: &mut dyn FnMut(&Snapshot),
) -> Result<Status, Failure> {
    let setup = Setup::new(options, start)?;
    account.run = Some(setup.run.clone());
    account.tasks = setup.tasks.counts();
    log_plan(&setup, options);
    let finished = finish(options, setup, stop, account, show)?;
    let Some(merged) = finished else { return Ok(Status::Aborted) };
    let status = if merged.set_aside.is_empty() { Status::Done } else { Status::Incomplete };
    account.merged = Some(merged);
    Ok(status)
}

fn log_plan(setup: &Setup, options: &Options) {
    let Setup { run, tasks, total, folder, .. } = setup;
    let (done, of) = tasks.counts();
    log_run!("store {}: {total} events", run.store.display());
    log_run!(
        "plugins {}; filter: {}",
        run.plugin_names().join(", "),
        slice::as_filter(run.filter.as_deref(), run.times).as_deref().unwrap_or("none")
    );
    log_run!(
        "plan: {of} tasks, {done} of them done before, for at most {} workers; run {} in {}",
        options.workers.count(),
        run.id,
        folder.path().display()
    );
}

/// Does the work and stores what it came to; nothing if somebody asked to stop.
fn finish(
    options: &Options,
    setup: Setup,
    stop: &StopRequests,
    account: &mut Account,
    show: &mut dyn FnMut(&Snapshot),
) -> Result<Option<Merged>> {
    let Setup { target, run, folder, tasks, total, start, keep_earlier } = setup;
    let advice = |folder: &RunFolder| how_to_go_on(folder, &run.store, options);
    let untouched = || format!("{} is untouched", run.store.display());
    // The commands come last: what follows them would be copied with them.
    let advised = |error: anyhow::Error| anyhow!("{}: {error:#}{}", untouched(), advice(&folder));
    let sockets = Sockets::open()
        .context("cannot make a folder for sockets in the system's temporary directory")
        .map_err(advised)?;
    let worked = work(options, &run, &folder, (tasks, total), stop, show).map_err(advised)?;
    drop(sockets);
    account.tasks = worked.tasks.counts();
    account.replaced.clone_from(&worked.replaced);
    if let Outcome::Failed(reason) = &worked.outcome {
        bail!("{reason}; {}{}", untouched(), advice(&folder));
    }
    let baseline = target.baseline();
    let untouched = || (untouched(), advice(&folder));
    let left = || match &baseline {
        Some(baseline) => {
            let record = folder.load::<RunRecord>().ok();
            let journal = record.as_ref().and_then(|record| record.interrupted().journal);
            let aftermath = baseline.compare(&run.id, journal);
            let parent = options.temporary_directory.as_deref();
            after_failure((&run.store, parent), baseline.has_free_pages(), &aftermath, advice(&folder))
        }
        None => untouched(),
    };
    let store_all = || -> Result<Option<Merged>> {
        let writer = target.into_writer(&folder)?;
        let interrupter = writer.interrupter();
        stop.interrupt(move || interrupter.interrupt());
        let Some(merged) = merge_all(&writer, &run, &worked, &folder, keep_earlier, stop, show)? else {
            return Ok(None);
        };
        writer.add_session(&session(&run, start, options.debug_mode))?;
        if stop.count() > 0 {
            return Ok(None);
        }
        commit(writer, &run.store)?;
        Ok(Some(merged))
    };
    // The store is looked at only after its lock is let go of.
    let (stored, (said, advice)) = match worked.outcome {
        Outcome::Finished => match store_all() {
            Ok(Some(merged)) => (Ok(Some(merged)), Default::default()),
            stored => (stored, left()),
        },
        _ => (Ok(None), untouched()),
    };
    let merged = match stored {
        // What was asked to stop says that it was interrupted.
        Err(error) if stop.count() == 0 => bail!("{said}: {error:#}{advice}"),
        Ok(Some(merged)) => merged,
        _ => {
            tracing::warn!("aborted; {said}{advice}");
            return Ok(None);
        }
    };
    if let Err(error) = folder.remove() {
        tracing::warn!("{error:#}");
    }
    Ok(Some(merged))
}

/// Completes the change to the store.
fn commit(writer: StoreWriter, store: &Path) -> Result<()> {
    if writer.commit()? == Committed::Unsynced {
        tracing::warn!(
            "the results are stored, but the folder of {} could not be synced: a power cut in the next minute could undo them",
            store.display()
        );
    }
    Ok(())
}

fn work(
    options: &Options,
    run: &RunSpec,
    folder: &RunFolder,
    (tasks, total): (Tasks, u64),
    stop: &StopRequests,
    show: &mut dyn FnMut(&Snapshot),
) -> Result<Worked> {
    let job = Job {
        run,
        folder,
        worker: &worker_program(options.workers.program.as_deref())?,
        limits: Limits {
            workers: options.workers.count(),
            memory: Some(options.workers.memory_limit).filter(|&limit| limit > 0),
            no_progress: Some(options.workers.timeout).filter(|limit| !limit.is_zero()),
            hello: HELLO_TIMEOUT,
            stopped: STOPPED_LIMIT,
            grace: GRACE,
        },
        total,
        profile: options.profile,
        stop,
    };
    let mut worked = engine::work(&job, tasks, &mut *show)?;
    for _ in 0..REPAIRS {
        let mut damaged = worked.tasks.records();
        // One may also be why the reduce step that reads it has failed.
        damaged.retain(|record| worked.outcome != Outcome::Aborted && !folder.is_intact(record));
        if damaged.is_empty() {
            return Ok(worked);
        }
        for record in &damaged {
            tracing::warn!(
                "the task store of {} was damaged; it is made again",
                worked.tasks.describe(record.work)
            );
            worked.tasks.redo(record.done.task);
        }
        let replaced = worked.replaced;
        worked = engine::work(&job, worked.tasks, &mut *show)?;
        worked.replaced.splice(0..0, replaced);
    }
    bail!(
        "task stores in {} are damaged again and again; check the disk, or name another place with --temporary-directory",
        folder.path().display()
    );
}

/// Merges everything into the store; nothing if somebody asked to stop meanwhile.
fn merge_all(
    writer: &StoreWriter,
    run: &RunSpec,
    worked: &Worked,
    folder: &RunFolder,
    keep_earlier: bool,
    stop: &StopRequests,
    show: &mut dyn FnMut(&Snapshot),
) -> Result<Option<Merged>> {
    let plugins = run.plugin_names();
    let map_tasks: Vec<_> =
        worked.tasks.finished_maps().iter().map(|&task| folder.task_store(task)).collect();
    let reduce_tasks: Vec<_> = (0..plugins.len())
        .map(|plugin| worked.tasks.finished_reduce(plugin).map(|task| folder.task_store(task)))
        .collect();
    let event_filter = slice::as_filter(run.filter.as_deref(), run.times);
    let result_tables = run
        .plugins
        .iter()
        .map(|plugin| analysis::spec_of(plugin).map(|spec| spec.results))
        .collect::<Result<Vec<_>, _>>()?;
    let plan = MergePlan {
        run: &run.id,
        plugins: &plugins,
        result_tables: &result_tables,
        map_tasks: &map_tasks,
        reduce_tasks: &reduce_tasks,
        event_filter: event_filter.as_deref(),
        time_compiled: now(),
        keep_earlier,
        set_aside: worked.tasks.set_aside(),
    };
    let merged = merge(writer, &plan, |done| {
        show(&Snapshot::merging(done, map_tasks.len()));
        stop.count() == 0
    })?;
    if merged.is_some() {
        show(&Snapshot { phase: Phase::Finalizing, ..Snapshot::merging(map_tasks.len(), map_tasks.len()) });
    }
    Ok(merged)
}

fn session(run: &RunSpec, start: RunStart, debug_mode: bool) -> Session {
    Session {
        identifier: run.id.clone(),
        aborted: false,
        command_line_arguments: start.command_line,
        debug_mode,
        start_time: start.start_time,
        completion_time: now(),
        product_name: "foreman".into(),
        product_version: env!("CARGO_PKG_VERSION").into(),
    }
}

/// What to do after an interruption, if anything was done before it.
fn how_to_go_on(folder: &RunFolder, store: &Path, options: &Options) -> String {
    if !folder.stays() {
        return String::new();
    }
    // Each command ends its line: what follows a command on its line would be copied with it.
    let where_it_is = interrupted_run(store, options.temporary_directory.as_deref());
    format!(
        "; resume with:\n  foreman analyze --resume {where_it_is}\nor discard what was done with:\n  foreman clean {where_it_is}"
    )
}

/// Microseconds since 1970-01-01 00:00:00 UTC.
fn now() -> i64 {
    clock::now().as_microsecond()
}
