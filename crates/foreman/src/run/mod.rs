//! One analysis of one storage file, from its checks to its summary.

mod data_files;
pub(crate) mod export;
mod finish;
mod input_digests;
mod input_files;
mod kept_files;
mod memory;
pub(crate) mod milestone;
mod not_read;
mod options;
pub(crate) mod phases;
mod plan;
pub(crate) mod preflight;
pub(crate) mod queue;
pub(crate) mod record;
pub(crate) mod resume_command;
pub(crate) mod secrets;
mod setup;
pub(crate) mod shards;
pub(crate) mod slice;
pub(crate) mod store_lock;
mod store_results;
pub(crate) mod stored_run;
pub(crate) mod summary;
mod target;
pub(crate) mod turns;
mod work;

use std::time::Instant;

use anyhow::anyhow;
use events::{Shown as _, with_causes};
use protocol::RunSpec;

use crate::clock;
use crate::exit::{Failure, Status};
use crate::log::log_run;
use crate::paths::store_path;
use crate::shell::interrupted_run;
use crate::supervise::dispatcher::Snapshot;
use crate::supervise::os;
use crate::supervise::stop::StopRequests;
use crate::words::timestamp;
use finish::finish;
pub(crate) use input_files::{input_files, is_interrupted, run_folder};
use milestone::Milestone;
pub(crate) use options::{ExportOptions, MergeOptions, Options, WorkerOptions};
use phases::Phases;
use record::RunStart;
use resume_command::resume_with;
use setup::Setup;
pub(crate) use setup::undo_before_rules_are_chosen;
use summary::{Account, JSON_VERSION, Memory, Summary, Workers, outcome};
pub(crate) use work::sockets;

/// Runs an analysis. `show` gets the state of the run at intervals, and `reached` gets each
/// milestone of the run.
///
/// Returns the summary, and the exit status or the error.
pub(crate) fn run(
    options: &Options,
    stop: &StopRequests,
    show: &mut dyn FnMut(&Snapshot),
    reached: &mut dyn FnMut(Milestone<'_>),
) -> (Summary, Result<Status, Failure>) {
    let started = Instant::now();
    let mut phases = Phases::start(started);
    let start = RunStart { command_line: options.command_line.clone(), start_time: clock::stored_now() };
    log_run!("foreman {} begins: {}", env!("CARGO_PKG_VERSION"), start.command_line.shown());
    let mut account = Account::default();
    let mut show = |snapshot: &Snapshot| {
        phases.enter(snapshot.phase, Instant::now());
        show(snapshot);
    };
    let ended = perform(options, start, stop, &mut account, &mut show, reached);
    let (status, error) = match &ended {
        Ok(status) => (*status, None),
        Err(Failure { status, error }) => (*status, Some(with_causes(error.as_ref()))),
    };
    let exit_status = options.style.status(status);
    let exported = account.exported.take();
    let content = account.merged.as_mut().and_then(|merged| merged.content.take());
    // A link that was given may lead to another file by now.
    let analysed = account.run.as_ref().map(|run| run.store.clone());
    let store = analysed.or_else(|| store_path(&options.store).ok()).unwrap_or_else(|| options.store.clone());
    let memory = Memory { foreman: os::peak_memory(), worker: account.worker_memory };
    let (run, tasks, replaced, results) = account.parts();
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
        store: store.to_string_lossy().into_owned(),
        dry_run: options.dry_run,
        run,
        tasks,
        workers: Workers { limit: options.workers.count(), replaced },
        phases: phases.so_far(Instant::now()),
        memory,
        results,
        exported,
        content,
    };
    (summary, ended.map(|_| exit_status).map_err(|failure| Failure { status: exit_status, ..failure }))
}

/// Returns the state of the store before its results are being stored, and what to do. A process
/// that exits at once leaves the folder of the run, also if no task is done.
fn state_at_once(run: &RunSpec, options: &Options) -> String {
    if options.dry_run {
        return "aborted at once; nothing was to be stored".into();
    }
    format!(
        "aborted at once; nothing was stored in {}; {}\nor discard what was done with:\n  foreman clean {}",
        run.store.shown(),
        resume_with(run),
        interrupted_run(&run.store)
    )
}

/// Sets up and performs the run. Facts about the run go to `account`, even if the run fails.
fn perform(
    options: &Options,
    start: RunStart,
    stop: &StopRequests,
    account: &mut Account,
    show: &mut dyn FnMut(&Snapshot),
    reached: &mut dyn FnMut(Milestone<'_>),
) -> Result<Status, Failure> {
    if let Some(why) = &options.refused {
        return Err(anyhow!("{why}").into());
    }
    if let Some(export) = &options.export {
        return export::perform(options, export, start, stop, account, show);
    }
    let mut setup = match &options.merge {
        Some(merge) => shards::merge::set_up(options, merge, stop)?,
        None => Setup::new(options, start, stop)?,
    };
    reached(Milestone::Begun(&setup.run));
    account.run = Some(setup.run.clone());
    account.tasks = setup.tasks.counts();
    account.meanings = std::mem::take(&mut setup.meanings);
    setup.log_plan(options);
    if !options.dry_run {
        setup.warn_of_earlier_sessions()?;
    }
    let says = |state: String| {
        if !options.is_one_of_many {
            stop.at_once_says(state)
        }
    };
    says(state_at_once(&setup.run, options));
    let finished = match finish(options, setup, stop, account, show, reached) {
        Ok(finished) => finished,
        Err(error) => {
            // The error is shown at the very end, and says what to do.
            stop.stores(None);
            says(with_causes(error.as_ref()));
            return Err(error.into());
        }
    };
    let Some(merged) = finished else {
        says(String::new());
        return Ok(Status::Aborted);
    };
    let status = if merged.is_complete() { Status::Done } else { Status::Incomplete };
    account.merged = Some(merged);
    Ok(status)
}
