//! `foreman analyze`: one analysis of one storage file.

pub(crate) mod phases;
mod plan;
pub(crate) mod record;
pub(crate) mod secrets;
pub(crate) mod setup;
pub(crate) mod slice;
pub(crate) mod store_lock;
pub(crate) mod summary;

use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use events::Session;
use protocol::{HELLO_TIMEOUT, RunSpec, Sockets};
use storage::merge::{MergePlan, Merged, merge};
use storage::{Committed, StoreWriter};

use crate::commands::{AnalyzeArguments, RunArguments};
use crate::exit::{Failure, Manner, Status};
use crate::log::tell;
use crate::output::{self, say};
use crate::run::phases::PhaseTime;
use crate::run::record::Begun;
use crate::run::setup::Setup;
use crate::run::store_lock::after_failure;
use crate::run::summary::{Account, JSON_VERSION, Memory, Results, Summary, Workers, outcome, quoted};
use crate::screen::{self, Screen, View};
use crate::supervise::dispatcher::{Limits, Outcome, Phase, Snapshot, Tasks};
use crate::supervise::engine::{self, Job, Worked};
use crate::supervise::os::{self, StopRequests};
use crate::supervise::run_folder::RunFolder;
use crate::supervise::worker_program::worker_program;

/// How long a worker may take to end after being asked to, and again after being told to.
const GRACE: Duration = Duration::from_secs(5);
/// How often task stores that were damaged after they were reported are made again.
const REPAIRS: u32 = 3;
/// How long a worker may be stopped by a signal.
const STOPPED_LIMIT: Duration = Duration::from_secs(10);

pub(crate) fn analyze(
    arguments: &AnalyzeArguments,
    command_line: &[OsString],
    screen: Screen,
    manner: Manner,
) -> Result<Status, Failure> {
    let started = Instant::now();
    let store = arguments.store.as_deref();
    let store = store.ok_or_else(|| Failure::usage(anyhow!("no storage file was named")))?;
    if let Some(path) = &arguments.run.summary {
        output::check_replaceable(path)
            .with_context(|| format!("cannot write the summary {}", path.display()))?;
    }
    let stop = StopRequests::watch({
        let screen = screen.clone();
        move || screen.leave()
    })
    .context("cannot start a thread to wait for signals")?;
    let mut view = View::new(&arguments.run.status, arguments.run.quiet, &screen)?;
    let begun = Begun { command_line: secrets::command_line(command_line), start_time: now() };
    tell!("foreman {} begins: {}", env!("CARGO_PKG_VERSION"), begun.command_line);
    let mut account = Account::default();
    let ended = run(arguments, store, begun.clone(), &stop, &mut view, &mut account);
    let (status, error) = match &ended {
        Ok(status) => (*status, None),
        Err(Failure { status, error }) => (*status, Some(format!("{error:#}"))),
    };
    let exit_status = manner.status(status);
    let (run, tasks, replaced, results) = account.parts();
    let (foreman, worker) = os::peak_memory();
    let summary = Summary {
        kind: "summary",
        version: JSON_VERSION,
        time: screen::now(),
        elapsed: started.elapsed().as_secs_f64(),
        program: concat!("foreman ", env!("CARGO_PKG_VERSION")),
        command_line: begun.command_line,
        outcome: outcome(status),
        exit_status: exit_status as u8,
        error,
        store: store.canonicalize().unwrap_or_else(|_| store.to_owned()).display().to_string(),
        dry_run: arguments.run.dry_run,
        run,
        tasks,
        workers: Workers { limit: worker_count(&arguments.run), replaced },
        phases: view.phases(),
        memory: Memory { foreman, worker },
        results,
    };
    view.end(&summary);
    close(arguments, &summary, manner);
    ended.map(|_| exit_status).map_err(|failure| Failure { status: exit_status, ..failure })
}

/// Says how the run went, wherever that was asked for.
fn close(arguments: &AnalyzeArguments, summary: &Summary, manner: Manner) {
    for PhaseTime { phase, seconds } in &summary.phases {
        tell!("phase {phase}: {seconds:.3} s");
    }
    tell!("ended after {:.3} s: {} (exit status {})", summary.elapsed, summary.outcome, summary.exit_status);
    if let Some(error) = &summary.error {
        tell!("{error}");
    }
    if summary.results.is_some() {
        if arguments.run.log_file.is_some() {
            tell!("{}", summary.text(usize::MAX));
        }
        match manner {
            Manner::Own if !arguments.run.quiet => say(&summary.text(output::width())),
            Manner::Psort if !arguments.run.quiet => say(&summary.psort_text()),
            _ => {}
        }
    }
    if let (Manner::Psort, Some(Results { set_aside, .. })) = (manner, &summary.results)
        && !set_aside.is_empty()
    {
        tracing::warn!("done, but {} things were set aside; see the analysis warnings", set_aside.len());
    }
    if let Some(path) = &arguments.run.summary
        && let Err(error) = summary.write(path)
    {
        // What the run came to is in the store by now, and said above.
        tracing::error!("{error:#}");
    }
}

/// Sets the run up and does it; what is known of it goes to `account`, also if it fails.
fn run(
    arguments: &AnalyzeArguments,
    store: &Path,
    begun: Begun,
    stop: &StopRequests,
    view: &mut View,
    account: &mut Account,
) -> Result<Status, Failure> {
    let setup = Setup::new(arguments, store, begun)?;
    account.run = Some(setup.run.clone());
    account.tasks = setup.tasks.counts();
    tell_plan(&setup, &arguments.run);
    let finished = finish(arguments, setup, stop, view, account)?;
    let Some(merged) = finished else { return Ok(Status::Aborted) };
    let status = if merged.set_aside.is_empty() { Status::Done } else { Status::Incomplete };
    account.merged = Some(merged);
    Ok(status)
}

fn tell_plan(setup: &Setup, arguments: &RunArguments) {
    let Setup { run, tasks, total, folder, .. } = setup;
    let (done, of) = tasks.counts();
    tell!("store {}: {total} events", run.store.display());
    tell!(
        "plugins {}; filter: {}",
        run.plugin_names().join(", "),
        slice::as_filter(run.filter.as_deref(), run.times).as_deref().unwrap_or("none")
    );
    tell!(
        "plan: {of} tasks, {done} of them done before, for at most {} workers; run {} in {}",
        worker_count(arguments),
        run.id,
        folder.path().display()
    );
}

/// Does the work and stores what it came to; nothing if somebody asked to stop.
fn finish(
    arguments: &AnalyzeArguments,
    setup: Setup,
    stop: &StopRequests,
    view: &mut View,
    account: &mut Account,
) -> Result<Option<Merged>> {
    let Setup { target, run, folder, tasks, total, begun, keep_earlier } = setup;
    let how_to_go_on = |folder: &RunFolder| how_to_go_on(folder, &run.store, arguments);
    let untouched =
        |folder: &RunFolder| format!("{} is untouched{}", run.store.display(), how_to_go_on(folder));
    let sockets = Sockets::open()
        .context("cannot make a folder for sockets in the system's temporary directory")
        .with_context(|| untouched(&folder))?;
    let worked = work(&arguments.run, &run, &folder, (tasks, total), stop, |snapshot| view.show(snapshot))
        .with_context(|| untouched(&folder))?;
    drop(sockets);
    account.tasks = worked.tasks.counts();
    account.replaced.clone_from(&worked.replaced);
    if let Outcome::Failed(reason) = &worked.outcome {
        bail!("{reason}; {}", untouched(&folder));
    }
    let baseline = target.baseline();
    let left = |folder: &RunFolder| match &baseline {
        Some(baseline) => after_failure(&run.store, &baseline.compare(&run.id), &how_to_go_on(folder)),
        None => untouched(folder),
    };
    let store_all = || -> Result<Option<Merged>> {
        let writer = target.into_writer(&folder)?;
        let interrupter = writer.interrupter();
        stop.interrupt(move || interrupter.interrupt());
        let Some(merged) = merge_all(&writer, &run, &worked, &folder, keep_earlier, stop, view)? else {
            return Ok(None);
        };
        writer.add_session(&session(&run, begun, arguments.run.debug))?;
        if stop.count() > 0 {
            return Ok(None);
        }
        if writer.commit()? == Committed::Unsynced {
            tracing::warn!(
                "the results are stored, but the folder of {} could not be synced: a power cut in the next minute could undo them",
                run.store.display()
            );
        }
        Ok(Some(merged))
    };
    if worked.outcome != Outcome::Finished {
        tracing::warn!("aborted; {}", untouched(&folder));
        return Ok(None);
    }
    let merged = match store_all() {
        // What was asked to stop says that it was interrupted.
        Err(_) if stop.count() > 0 => None,
        stored => stored.with_context(|| left(&folder))?,
    };
    if merged.is_none() {
        tracing::warn!("aborted; {}", left(&folder));
        return Ok(None);
    }
    if let Err(error) = folder.remove() {
        tracing::warn!("{error:#}");
    }
    Ok(merged)
}

fn work(
    arguments: &RunArguments,
    run: &RunSpec,
    folder: &RunFolder,
    (tasks, total): (Tasks, u64),
    stop: &StopRequests,
    mut show: impl FnMut(&Snapshot),
) -> Result<Worked> {
    let job = Job {
        run,
        folder,
        worker: &worker_program(arguments.worker.as_deref())?,
        limits: Limits {
            workers: worker_count(arguments),
            memory: Some(arguments.worker_memory_limit).filter(|&limit| limit > 0),
            no_progress: Some(arguments.worker_timeout).filter(|limit| !limit.is_zero()),
            hello: HELLO_TIMEOUT,
            stopped: STOPPED_LIMIT,
            grace: GRACE,
        },
        total,
        profile: arguments.profile,
        stop,
    };
    let mut worked = engine::work(&job, tasks, &mut show)?;
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
        worked = engine::work(&job, worked.tasks, &mut show)?;
        worked.replaced.splice(0..0, replaced);
    }
    bail!(
        "task stores in {} are damaged again and again; check the disk, or name another place with --temporary-directory",
        folder.path().display()
    );
}

fn worker_count(arguments: &RunArguments) -> usize {
    arguments.workers.map_or_else(|| std::thread::available_parallelism().map_or(1, Into::into), usize::from)
}

/// Merges everything into the store; nothing if somebody asked to stop meanwhile.
fn merge_all(
    writer: &StoreWriter,
    run: &RunSpec,
    worked: &Worked,
    folder: &RunFolder,
    keep_earlier: bool,
    stop: &StopRequests,
    view: &mut View,
) -> Result<Option<Merged>> {
    let plugins = run.plugin_names();
    let map_tasks: Vec<_> =
        worked.tasks.finished_maps().iter().map(|&task| folder.task_store(task)).collect();
    let reduce_tasks: Vec<_> = (0..plugins.len())
        .map(|plugin| worked.tasks.finished_reduce(plugin).map(|task| folder.task_store(task)))
        .collect();
    let event_filter = slice::as_filter(run.filter.as_deref(), run.times);
    let plan = MergePlan {
        run: &run.id,
        plugins: &plugins,
        map_tasks: &map_tasks,
        reduce_tasks: &reduce_tasks,
        event_filter: event_filter.as_deref(),
        time_compiled: now(),
        keep_earlier,
        set_aside: worked.tasks.set_aside(),
    };
    let merged = merge(writer, &plan, |done| {
        view.show(&Snapshot::merging(done, map_tasks.len()));
        stop.count() == 0
    })?;
    if merged.is_some() {
        view.show(&Snapshot {
            phase: Phase::Finalizing,
            ..Snapshot::merging(map_tasks.len(), map_tasks.len())
        });
    }
    Ok(merged)
}

fn session(run: &RunSpec, begun: Begun, debug_mode: bool) -> Session {
    Session {
        identifier: run.id.clone(),
        aborted: false,
        command_line_arguments: begun.command_line,
        debug_mode,
        start_time: begun.start_time,
        completion_time: now(),
        product_name: "foreman".into(),
        product_version: env!("CARGO_PKG_VERSION").into(),
    }
}

/// What to do after an interruption, if anything was done before it.
fn how_to_go_on(folder: &RunFolder, store: &Path, arguments: &AnalyzeArguments) -> String {
    if !folder.stays() {
        return String::new();
    }
    let elsewhere = arguments.run.temporary_directory.as_ref();
    let elsewhere =
        elsewhere.map(|path| format!("--temporary-directory {} ", quoted(&path.to_string_lossy())));
    let (elsewhere, store) = (elsewhere.unwrap_or_default(), quoted(&store.to_string_lossy()));
    format!(
        "; go on with: foreman analyze --resume {elsewhere}{store}, or discard what was done with: foreman clean \
         {elsewhere}{store}"
    )
}

/// Microseconds since 1970-01-01 00:00:00 UTC.
fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}
