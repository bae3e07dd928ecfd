//! The folders that machines hand over, one for each shard. Nothing in them is believed: the record
//! is compared with the plan, and each task store with the record and with the plan.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use events::Shown as _;
use files::{Folder, Input, copy_with_sha256};
use protocol::{ShardRecord, ShardTask, Step, TaskDone, task_store_name};
use storage::task_store::{Origin, TaskStep, TaskStore};

use super::plan_folder::{PlanFolder, real_folder};
use crate::exit::Failure;
use crate::shell::quoted_path;
use crate::supervise::dispatcher::{TaskId, TaskRecord};
use crate::supervise::run_folder::{RunFolder, SHARD, SHARD_KIND, shard_name};

/// The maximum number of bytes of a record that are read. A shard of a hundred thousand tasks, or
/// of as many skipped events, has fewer.
const LONGEST_RECORD: u64 = 32 << 20;

/// The folder of a shard, with its record.
pub(super) struct ShardFolder {
    pub(super) record: ShardRecord,
    folder: Folder,
}

impl ShardFolder {
    /// Opens the result of a shard in `parent`, if it is there.
    pub(super) fn open(parent: &Path, plan: &PlanFolder, shard: u32) -> Result<Option<Self>> {
        let path = parent.join(shard_name(shard));
        let open = || -> Result<Option<Self>> {
            let Some(folder) = Folder::open(&path, SHARD_KIND)? else { return Ok(None) };
            let mut json = Vec::new();
            let opened = folder.read(SHARD);
            let read = opened.and_then(|record| record.take(LONGEST_RECORD + 1).read_to_end(&mut json));
            read.with_context(|| format!("cannot read {SHARD}"))?;
            if json.len() as u64 > LONGEST_RECORD {
                bail!("{SHARD} has more than {} MiB", LONGEST_RECORD >> 20);
            }
            let record =
                ShardRecord::from_json(&json, &plan.plan, shard).with_context(|| format!("in {SHARD}"))?;
            let of_plan = plan.part(shard).ok().map(|part| &part.sha256);
            if record.part.is_some() && record.part.as_ref() != of_plan {
                bail!("the part of the storage file that was read is not one of the plan");
            }
            Ok(Some(Self { record, folder }))
        };
        open().map_err(|error| unusable(error, plan, shard, &path))
    }

    /// Checks that all task stores are those of the record.
    pub(super) fn check_files(&self, plan: &PlanFolder, shard: u32) -> Result<()> {
        for task in &self.record.tasks {
            let check = || check_digest(task, &files::sha256(self.task_store(task)?)?);
            check().map_err(|error| {
                unusable(error.context(task.store.clone()), plan, shard, self.folder.path())
            })?;
        }
        Ok(())
    }

    /// Copies a task store to the run's folder as that of the task `id`, and checks the copy. So
    /// nobody can change it between the check and the merge.
    pub(super) fn take(
        &self,
        task: &ShardTask,
        id: TaskId,
        to: &RunFolder,
        plan: &PlanFolder,
        origin: &Origin,
    ) -> Result<TaskRecord> {
        let path = to.task_store(id);
        let cannot_write = || format!("cannot write {}", path.shown());
        let mut copy = to.new_file(&task_store_name(id)).with_context(cannot_write)?;
        let mut take = || -> Result<TaskRecord> {
            let from = self.task_store(task)?.take(task.size);
            check_digest(task, &copy_with_sha256(from, &mut copy)?)?;
            let store = TaskStore::open(&path, origin)?;
            store.check_step(&TaskStep::Map(task.events))?;
            let digest = storage::task_store::digest(files::open_database(&path)?)?;
            let done = TaskDone { task: id, digest, exported: 0, part: None, ..task.done };
            Ok(TaskRecord { work: Step::Map(task.events), done })
        };
        take().map_err(|error| {
            unusable(error.context(task.store.clone()), plan, self.record.shard, self.folder.path())
        })
    }

    /// Opens a task store if it has the size of the record. To read one of any size could take for
    /// ever, and a copy of it fill the disk.
    fn task_store(&self, task: &ShardTask) -> Result<Input> {
        let file = self.folder.read(&task.store).map_err(|error| match error.kind() {
            ErrorKind::NotFound => anyhow!("it is missing"),
            _ => error.into(),
        })?;
        if file.metadata()?.len() != task.size {
            bail!("it is damaged or was changed: its size is not that of {SHARD}");
        }
        Ok(file)
    }
}

fn check_digest(task: &ShardTask, found: &str) -> Result<()> {
    if *found == task.sha256 {
        return Ok(());
    }
    bail!("it is damaged or was changed: its SHA-256 is not that of {SHARD}")
}

/// Says which result cannot be used, and what to do.
fn unusable(error: anyhow::Error, plan: &PlanFolder, shard: u32, path: &Path) -> anyhow::Error {
    anyhow!(
        "the result of shard {shard} in {} cannot be used: {error:#}; move it away, and do the shard again \
         with:\n  {}",
        path.shown(),
        work_command(plan, shard)
    )
}

fn work_command(plan: &PlanFolder, shard: impl std::fmt::Display) -> String {
    format!("foreman work --plan {} --shard {shard}", quoted_path(&plan.path))
}

/// Returns the results of all shards that are in one of the folders `from`, or beside the plan if
/// there is none.
pub(super) fn find(plan: &PlanFolder, from: &[PathBuf]) -> Result<BTreeMap<u32, ShardFolder>> {
    let mut folders = from.iter().map(|folder| real_folder(folder)).collect::<Result<Vec<_>>>()?;
    if folders.is_empty() {
        folders.push(plan.path.clone());
    }
    folders.sort();
    folders.dedup();
    let mut found: BTreeMap<u32, ShardFolder> = BTreeMap::new();
    for shard in 0..u32::try_from(plan.plan.shards.len())? {
        for folder in &folders {
            let Some(one) = ShardFolder::open(folder, plan, shard)? else { continue };
            let path = one.folder.path().to_owned();
            if let Some(other) = found.insert(shard, one) {
                bail!(
                    "there are two results of shard {shard}, {} and {}; move one of them away",
                    other.folder.path().shown(),
                    path.shown()
                );
            }
        }
    }
    Ok(found)
}

/// Returns the numbers of the shards that are not done yet.
pub(crate) fn missing(plan: &Path, from: &[PathBuf]) -> Result<Vec<u32>, Failure> {
    let plan = PlanFolder::open(plan)?;
    let found = find(&plan, from)?;
    Ok(without(&plan, &found))
}

/// Refuses to merge while shards are missing.
pub(super) fn check_complete(plan: &PlanFolder, found: &BTreeMap<u32, ShardFolder>) -> Result<()> {
    const SHOWN: usize = 10;
    let missing = without(plan, found);
    let Some(first) = missing.first() else { return Ok(()) };
    let mut numbers = missing.iter().take(SHOWN).map(u32::to_string).collect::<Vec<_>>().join(", ");
    if missing.len() > SHOWN {
        numbers += ", …";
    }
    bail!(
        "{} of {} shards of the plan are missing: {numbers}; nothing was merged; do them with --do-missing, or one by one \
         with:\n  {}",
        missing.len(),
        plan.plan.shards.len(),
        work_command(plan, first)
    )
}

fn without(plan: &PlanFolder, found: &BTreeMap<u32, ShardFolder>) -> Vec<u32> {
    (0..).take(plan.plan.shards.len()).filter(|shard| !found.contains_key(shard)).collect()
}
