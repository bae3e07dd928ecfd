//! The folders that machines hand over, one for each shard. Nothing in them is believed: the record
//! is compared with the plan, and each task store with the record and with the plan.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use events::Shown as _;
use files::{Folder, FolderError, Input, copy_with_sha256};
use protocol::{ShardRecord, ShardTask, Step, TaskDone, task_store_name};
use storage::StorageError;
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
    /// The command that does the shard again.
    again: String,
}

/// What a shard is done from, if it is not the storage file in the place where it was planned.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct ShardInput<'a> {
    /// The folder with the parts of the storage file.
    pub(super) parts: Option<&'a Path>,
    /// The storage file.
    pub(super) store: Option<&'a Path>,
}

impl ShardFolder {
    /// Opens the result of a shard in `parent`, if it is there. An error says how to do the shard
    /// again, from `input`.
    pub(super) fn open(
        parent: &Path,
        plan: &PlanFolder,
        shard: u32,
        input: ShardInput<'_>,
    ) -> Result<Option<Self>> {
        let path = real_folder(parent).unwrap_or_else(|_| parent.to_owned()).join(shard_name(shard));
        let again = work_command(plan, shard, parent, input);
        let open = || -> Result<Option<Self>> {
            let Some(folder) = Folder::open(&path, SHARD_KIND)? else { return Ok(None) };
            files::refuse_streams_into(&[path.join(SHARD)])?;
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
            Ok(Some(Self { record, folder, again: again.clone() }))
        };
        open().map_err(|error| not_taken(error, shard, &path, &again))
    }

    /// Checks that all task stores are those of the record.
    pub(super) fn check_files(&self) -> Result<()> {
        for task in &self.record.tasks {
            let check = || check_digest(task, &files::sha256(self.task_store(task)?)?);
            check().map_err(|error| self.not_taken(error, task))?;
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
        origin: &Origin,
    ) -> Result<TaskRecord> {
        let path = to.task_store(id);
        let cannot_write = || format!("cannot write {}", path.shown());
        let mut copy = to.new_file(&task_store_name(id)).with_context(cannot_write)?;
        let mut take = || -> Result<TaskRecord> {
            let from = self.task_store(task)?.take(task.size);
            check_digest(task, &copy_with_sha256(from, &mut copy)?)?;
            let read = || -> Result<u64> {
                TaskStore::open(&path, origin)?.check_step(&TaskStep::Map(task.events))?;
                Ok(storage::task_store::digest(files::open_database(&path)?)?)
            };
            // The copy is as the record says. SQLite calls it damaged also after a read error that
            // has passed.
            let digest = read().or_else(|_| read())?;
            let done = TaskDone { task: id, digest, exported: 0, part: None, ..task.done };
            Ok(TaskRecord { work: Step::Map(task.events), done })
        };
        take().map_err(|error| self.not_taken(error, task))
    }

    fn not_taken(&self, error: anyhow::Error, task: &ShardTask) -> anyhow::Error {
        not_taken(error.context(task.store.clone()), self.record.shard, self.folder.path(), &self.again)
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

/// The result of a shard is damaged, or is not one of the plan.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unusable(String);

/// Says which result was not taken, and what to do. Work that is done is not thrown away because a
/// disk is full or cannot be read now.
fn not_taken(error: anyhow::Error, shard: u32, path: &Path, again: &str) -> anyhow::Error {
    let (shown, why) = (path.shown(), format!("{error:#}"));
    if error.chain().any(is_of_system) {
        return anyhow!(
            "the result of shard {shard} in {shown} was not taken: {why}; nothing says that it is damaged, so keep it, and try \
             again when the cause is gone"
        );
    }
    let is_of_another =
        |error: &(dyn Error + 'static)| matches!(error.downcast_ref(), Some(FolderError::Owner(_)));
    if error.chain().any(is_of_another) {
        let own = nix::unistd::geteuid();
        return Unusable(format!(
            "the result of shard {shard} in {shown} cannot be used: {why}, and a folder is only taken from its owner; keep it, and \
             give the command as that user, or give the folder to this user as root with:\n  chown -R {own} {}",
            quoted_path(path)
        ))
        .into();
    }
    Unusable(format!(
        "the result of shard {shard} in {shown} cannot be used: {why}; move it away, and do the shard again with:\n  {again}"
    ))
    .into()
}

/// Returns whether an error tells of this machine and its disks, and not of the content of a file.
fn is_of_system(error: &(dyn Error + 'static)) -> bool {
    if error.downcast_ref().is_some_and(StorageError::is_of_system) {
        return true;
    }
    let error = match error.downcast_ref() {
        Some(FolderError::System(error)) => Some(error),
        _ => error.downcast_ref::<io::Error>(),
    };
    let says_what_it_is = |error: &io::Error| match error.kind() {
        // Something else has its name, or it is too short.
        ErrorKind::Other
        | ErrorKind::UnexpectedEof
        | ErrorKind::NotFound
        | ErrorKind::IsADirectory
        | ErrorKind::NotADirectory => true,
        _ => error.raw_os_error() == Some(nix::libc::ELOOP),
    };
    error.is_some_and(|error| !says_what_it_is(error))
}

/// Returns the command that does a shard, so that its result is in the folder `out`.
fn work_command(plan: &PlanFolder, shard: u32, out: &Path, input: ShardInput<'_>) -> String {
    let option = |name: &str, path: Option<&Path>| {
        let absolute = path.map(|path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
        absolute.map(|path| format!(" {name} {}", quoted_path(path))).unwrap_or_default()
    };
    format!(
        "foreman work --plan {}{}{}{} --shard {shard}",
        quoted_path(&plan.path),
        option("--parts", input.parts),
        option("--store", input.store),
        option("--out", Some(out).filter(|out| *out != plan.path))
    )
}

/// Returns the results of all shards that are in one of the folders `from`, or beside the plan if
/// there is none.
pub(super) fn find(
    plan: &PlanFolder,
    from: &[PathBuf],
    input: ShardInput<'_>,
) -> Result<BTreeMap<u32, ShardFolder>> {
    let mut folders = folders_of_results(plan, from)?;
    folders.sort();
    folders.dedup();
    let mut found: BTreeMap<u32, ShardFolder> = BTreeMap::new();
    for shard in 0..u32::try_from(plan.plan.shards.len())? {
        for folder in &folders {
            let Some(one) = ShardFolder::open(folder, plan, shard, input)? else { continue };
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
    let found = find(&plan, from, ShardInput::default())?;
    Ok(without(&plan, &found))
}

/// Refuses to merge while shards are missing. The error says how to do one of them, from `input`
/// and into a folder in which the merge looks for results.
pub(super) fn check_complete(
    plan: &PlanFolder,
    from: &[PathBuf],
    found: &BTreeMap<u32, ShardFolder>,
    input: ShardInput<'_>,
) -> Result<()> {
    const SHOWN: usize = 10;
    let missing = without(plan, found);
    let Some(&first) = missing.first() else { return Ok(()) };
    let mut numbers = missing.iter().take(SHOWN).map(u32::to_string).collect::<Vec<_>>().join(", ");
    if missing.len() > SHOWN {
        numbers += ", …";
    }
    let folders = folders_of_results(plan, from)?;
    let out = folders.iter().find(|folder| **folder == plan.path).or(folders.first());
    bail!(
        "{} of {} shards of the plan are missing: {numbers}; nothing was merged; do them with --do-missing, or one by one \
         with:\n  {}",
        missing.len(),
        plan.plan.shards.len(),
        work_command(plan, first, out.unwrap_or(&plan.path), input)
    )
}

/// Returns the real paths of the folders with results: those of `from`, or that of the plan.
fn folders_of_results(plan: &PlanFolder, from: &[PathBuf]) -> Result<Vec<PathBuf>> {
    if from.is_empty() {
        return Ok(vec![plan.path.clone()]);
    }
    from.iter().map(|folder| real_folder(folder)).collect()
}

fn without(plan: &PlanFolder, found: &BTreeMap<u32, ShardFolder>) -> Vec<u32> {
    (0..).take(plan.plan.shards.len()).filter(|shard| !found.contains_key(shard)).collect()
}

#[cfg(test)]
mod tests {
    use nix::errno::Errno;

    use super::*;

    #[test]
    fn work_is_done_again_only_if_its_result_is_damaged() {
        let said =
            |error: anyhow::Error| not_taken(error.context("store-0"), 1, Path::new("/x"), "foreman work");
        for system in [Errno::EIO, Errno::ENOSPC, Errno::EMFILE, Errno::EACCES, Errno::ESTALE] {
            for error in [io::Error::from(system).into(), FolderError::from(io::Error::from(system)).into()] {
                let error = said(error);
                assert!(!error.is::<Unusable>() && !error.to_string().contains("foreman work"), "{error}");
            }
        }
        let named = io::Error::new(ErrorKind::StorageFull, files::FullDisk::at(Path::new("/x")));
        assert!(said(named.into()).to_string().contains("so keep it"));
        for content in [
            anyhow!("it is damaged"),
            FolderError::Foreign.into(),
            io::Error::from(Errno::ENOENT).into(),
            io::Error::from(Errno::ELOOP).into(),
            io::Error::other("x").into(),
        ] {
            let error = said(content);
            assert!(
                error.is::<Unusable>() && error.to_string().ends_with("with:\n  foreman work"),
                "{error}"
            );
        }
    }
}
