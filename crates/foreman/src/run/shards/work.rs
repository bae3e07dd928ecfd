//! Works on one shard of a plan, with the engine of every run.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use events::{EventId, Shown as _};
use protocol::{Part, ShardRecord, ShardTask, SkippedEvent, Step, part_store_name, task_store_name};
use storage::{StorageError, Store, StoreState, counts_as_write};

use super::plan_folder::{PARTS, PlanFolder, plan_files, real_folder};
use super::results::{ShardFolder, ShardInput, Unusable};
use crate::exit::{Failure, Status};
use crate::log::log_run;
use crate::paths::store_path;
use crate::run::options::{Options, WorkerOptions};
use crate::run::work;
use crate::supervise::dispatcher::{Outcome, TaskRecord, Tasks};
use crate::supervise::engine::Worked;
use crate::supervise::run_folder::RunFolder;
use crate::supervise::stop::StopRequests;
use crate::supervise::worker_program::worker_program;

/// What to work on, and where the result goes.
#[derive(Debug)]
pub(crate) struct WorkOptions {
    /// The folder of the plan.
    pub(crate) plan: PathBuf,
    /// The number of the shard.
    pub(crate) shard: u32,
    /// The storage file, or `None` if it lies where the plan was made.
    pub(crate) store: Option<PathBuf>,
    /// The folder with the parts of the storage file, if one of them is to be read.
    pub(crate) parts: Option<PathBuf>,
    /// The folder for results, or `None` for that of the plan.
    pub(crate) out: Option<PathBuf>,
    /// The workers.
    pub(crate) workers: WorkerOptions,
}

impl WorkOptions {
    /// Returns what the work reads, each with the option that names it. Nothing may be written over
    /// it. Logs may lie beside the plan.
    pub(crate) fn input_files(&self) -> Vec<(&'static str, PathBuf)> {
        let in_plan = plan_files(&self.plan).into_iter().map(|file| ("--plan", file));
        let parts = self.parts.iter().map(|folder| ("--parts", folder.clone()));
        let worker = worker_program(self.workers.program.as_deref()).ok();
        let worker = worker.or_else(|| self.workers.program.clone()).map(|program| ("--worker", program));
        in_plan.chain(parts).chain(worker).collect()
    }
}

/// Does a shard, unless it is done already. Returns its record as JSON, or `None` if the user asked
/// to stop.
pub(crate) fn work_on_shard(options: WorkOptions, stop: &StopRequests) -> Result<Option<Vec<u8>>, Failure> {
    let WorkOptions { plan, shard, store, parts, out, workers } = options;
    let plan = PlanFolder::open(&plan)?;
    plan.check_number(shard)?;
    let out = out.map_or_else(|| Ok(plan.path.clone()), |out| folder_for_results(&out))?;
    let input = ShardInput { parts: parts.as_deref(), store: store.as_deref() };
    if let Some(json) = done_before(&out, &plan, shard, input)? {
        tracing::info!("shard {shard} is done already");
        return Ok(Some(json));
    }
    let part = parts.as_ref().map(|_| plan.part(shard)).transpose()?;
    let given = parts.as_ref().map(|folder| folder.join(part_store_name(shard))).or_else(|| store.clone());
    let path = store_path(given.as_deref().unwrap_or(&plan.plan.run.store))?;
    if let Some(part) = part {
        check_part(&plan, (shard, part), &path)?;
    }
    let opened = Store::open(&path)?;
    let before = opened.state()?;
    plan.check_store(&opened, part)?;
    files::check_removable(&out).context("name another folder with --out")?;
    stop.begin();
    let started = Instant::now();
    let folder = RunFolder::attempt(&out, shard)?;
    let options = Options { workers, ..Options::default() };
    let worked = do_tasks(&options, &plan, (shard, part), &folder, (&path, &before), stop)?;
    let is_of_use = check_result(&worked.outcome, shard, before.is_still_at(&path), &path);
    if !is_of_use.map_err(|error| Failure { status: Status::Failed, error })? {
        return Ok(None);
    }
    let record = record(&worked, &plan, (shard, part), &folder, started)?;
    let json = record.to_json().context("the record of the shard cannot be written")?;
    if folder.hand_over(shard, &json)? {
        return Ok(Some(json));
    }
    let first = done_before(&out, &plan, shard, input)?;
    Ok(Some(first.ok_or_else(|| anyhow!("the result of shard {shard} was taken away at this moment"))?))
}

/// Returns whether a shard is done. What another program writes to the store may be the reason why
/// it failed.
fn check_result(
    outcome: &Outcome,
    shard: u32,
    is_same_store: Result<bool, StorageError>,
    path: &Path,
) -> Result<bool> {
    let written = || {
        format!(
            "another program has written to {} while shard {shard} was done {}, so its result is of no use; do it again",
            path.shown(),
            counts_as_write(path)
        )
    };
    match (outcome, is_same_store) {
        (Outcome::Aborted, _) => Ok(false),
        (Outcome::Finished, is_same) => is_same?.then_some(true).with_context(written),
        (Outcome::Failed(reason), Ok(false)) => Err(anyhow!("{reason}; {}", written())),
        (Outcome::Failed(reason), _) => Err(anyhow!("{reason}; shard {shard} is not done")),
    }
}

fn folder_for_results(given: &Path) -> Result<PathBuf> {
    let folder = real_folder(given)?;
    files::check_parent(&folder).with_context(|| format!("cannot use the folder {}", given.shown()))?;
    Ok(folder)
}

/// Returns the record of a shard that another attempt has done. If its result cannot be used, doing
/// the shard again would not help.
fn done_before(
    out: &Path,
    plan: &PlanFolder,
    shard: u32,
    input: ShardInput<'_>,
) -> Result<Option<Vec<u8>>, Failure> {
    let failure = |error: anyhow::Error| match error.is::<Unusable>() {
        true => Failure::usage(error),
        false => error.into(),
    };
    let done = ShardFolder::open(out, plan, shard, input).map_err(failure)?;
    let Some(done) = done else { return Ok(None) };
    done.check_files().map_err(failure)?;
    Ok(Some(done.record.to_json().context("the record of the shard cannot be written")?))
}

/// Refuses a part of which any byte is another than when it was made.
fn check_part(plan: &PlanFolder, (shard, part): (u32, &Part), path: &Path) -> Result<(), Failure> {
    let is_it = || {
        let file = files::open_database(path)?;
        // The digest of a file of any size could take for ever.
        Ok(file.metadata()?.len() == part.size && files::sha256(file)? == part.sha256)
    };
    let found: io::Result<bool> = is_it();
    if found.with_context(|| format!("cannot read {}", path.shown()))? {
        return Ok(());
    }
    Err(Failure::usage(anyhow!(
        "{} is not the part of the storage file for shard {shard}, or is damaged: its size and SHA-256 are not those of \
         {}; copy the part again",
        path.shown(),
        plan.path.join(PARTS).shown()
    )))
}

fn do_tasks(
    options: &Options,
    plan: &PlanFolder,
    (shard, part): (u32, Option<&Part>),
    folder: &RunFolder,
    (path, before): (&Path, &StoreState),
    stop: &StopRequests,
) -> Result<Worked> {
    let (first, ranges) = plan.plan.shard(shard).context("the plan has the shard")?;
    let run = plan.run(path, part);
    log_run!("shard {shard} of {}: {} tasks", plan.path.shown(), ranges.len());
    let tasks = Tasks::of_shard(first, ranges, run.plugin_names());
    work::work(options, (&run, before), folder, (tasks, plan.plan.events), stop, &mut |_| {})
}

fn record(
    worked: &Worked,
    plan: &PlanFolder,
    (shard, part): (u32, Option<&Part>),
    folder: &RunFolder,
    started: Instant,
) -> Result<ShardRecord> {
    let task = |TaskRecord { work, done }: TaskRecord| {
        let Step::Map(events) = work else { return Err(anyhow!("a shard has no reduce steps")) };
        let path = folder.task_store(done.task);
        let read = || {
            let file = files::open_database(&path)?;
            Ok((file.metadata()?.len(), files::sha256(file)?))
        };
        let read: io::Result<_> = read();
        let (size, sha256) = read.with_context(|| format!("cannot read {}", path.shown()))?;
        Ok(ShardTask { events, store: task_store_name(done.task), size, sha256, done })
    };
    let skipped = worked.tasks.set_aside().iter().filter_map(|aside| {
        let event = aside.event.map(EventId::rowid)?;
        Some(SkippedEvent { event, reason: aside.reason.clone() })
    });
    Ok(ShardRecord {
        plan: plan.plan.digest.clone(),
        shard,
        part: part.map(|part| part.sha256.clone()),
        tasks: worked.tasks.records().into_iter().map(task).collect::<Result<_>>()?,
        set_aside: skipped.collect(),
        replaced: worked.replaced.iter().map(ToString::to_string).collect(),
        seconds: started.elapsed().as_secs_f64(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_program_wrote_is_named() {
        let check = |outcome: &Outcome, is_same| {
            check_result(outcome, 7, Ok(is_same), Path::new("/a.plaso")).map_err(|error| error.to_string())
        };
        let failed = Outcome::Failed("no worker".into());
        let written = "another program has written to /a.plaso while shard 7 was done (or its time was set), so its result \
                       is of no use; do it again";
        assert_eq!(check(&Outcome::Finished, true), Ok(true));
        assert_eq!(check(&Outcome::Finished, false), Err(written.to_owned()));
        assert_eq!(check(&failed, true), Err("no worker; shard 7 is not done".to_owned()));
        assert_eq!(check(&failed, false), Err(format!("no worker; {written}")));
        assert_eq!(check(&Outcome::Aborted, false), Ok(false));
    }
}
