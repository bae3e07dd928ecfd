//! The run's folder, with its task stores, the workers' logs, and the data to resume the run.

mod names;

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use files::{Folder, FolderError, LockedFolder, WrittenFile};
use protocol::{Step, part_of, task_store_name};
use serde::Serialize;
use serde::de::DeserializeOwned;
use storage::task_store::{Origin, TaskStep, TaskStore};

pub(crate) use names::{DRY_RUN, SCHEMA, merged_name};
use names::{FINISHED, FORMAT, KIND, RUN, SIGNATURE, log_name, path_for, trace_name};

use crate::supervise::dispatcher::{TaskId, TaskRecord, WorkerId};

/// The content of [`RUN`].
#[derive(Serialize)]
struct Record<'a, R> {
    format: &'static str,
    #[serde(flatten)]
    run: &'a R,
}

/// The maximum number of bytes of `run.json` that are read. The filter, its longest part, has at
/// most 1 MiB.
const LONGEST_RECORD: u64 = 16 << 20;

/// The maximum number of bytes of a worker's last line that are repeated.
const LONGEST_LAST_WORDS: u64 = 500;

/// How the name of the folder of a dry run begins.
pub(crate) const DRY_RUN_PREFIX: &str = "foreman-dry-run-";
/// How the name of the folder of an export begins.
pub(crate) const EXPORT_PREFIX: &str = "foreman-export-";

/// The folder of one run.
///
/// Dropping it removes the folder, unless a task is finished. So a run that was aborted or failed
/// can be resumed, and a run that has not begun leaves nothing behind.
#[derive(Debug)]
pub(crate) struct RunFolder {
    place: Place,
    worth_keeping: Cell<bool>,
}

#[derive(Debug)]
enum Place {
    /// The folder has a name that the next run finds. It is locked: where a folder for temporary
    /// files is shared, the store's lock does not tell whether the run is active, since another
    /// store may have the same path in another container.
    Known { folder: Folder, _lock: File },
    /// The folder of a dry run or of an export, which cannot be resumed. If this process is
    /// killed, the next one removes the folder.
    Temporary(LockedFolder),
}

impl RunFolder {
    /// Makes the folder for a run over `store`, in `parent` or beside the store.
    ///
    /// The name depends only on the store, and the store's lock is held. So an existing folder that
    /// nobody has locked was left by an interrupted run, and is replaced.
    ///
    /// # Errors
    ///
    /// If the folder cannot be made, or something else has its name.
    pub(crate) fn create(store: &Path, parent: Option<&Path>) -> Result<Self> {
        if let Some(left) = Self::left_by_interrupted(store, parent)? {
            let foreign = left.folder().foreign_files()?;
            if let [first, ..] = foreign.as_slice() {
                bail!(
                    "{} is in the way: it has files that foreman did not make, such as {first}; move them away",
                    left.path().display()
                );
            }
            tracing::warn!("discarding {}, which an interrupted run left behind", left.path().display());
            left.remove()?;
        }
        let path = path_for(store, parent)?;
        let hint = match parent {
            None => "SQLite needs to write beside the storage file, too: work on a copy, or use --dry-run",
            Some(_) => "name another folder with --temporary-directory",
        };
        let made = Folder::make(&path, KIND);
        let made = made.map_err(|error| {
            anyhow!("cannot make the folder {} for the run: {error}; {hint}", path.display())
        })?;
        let lock = lock(&made)?;
        Ok(Self { place: Place::Known { folder: made, _lock: lock }, worth_keeping: Cell::new(false) })
    }

    /// Makes a folder in `parent` for a dry run or an export.
    ///
    /// # Errors
    ///
    /// If the folder cannot be made.
    pub(crate) fn temporary(parent: &Path, prefix: &str) -> Result<Self> {
        let made = LockedFolder::make(parent, prefix, KIND);
        let made = made.with_context(|| format!("cannot make a folder in {}", parent.display()))?;
        Ok(Self { place: Place::Temporary(made), worth_keeping: Cell::new(false) })
    }

    /// Returns the folder that an interrupted run over `store` has left, if there is one.
    ///
    /// # Errors
    ///
    /// If something else has its name, or the run is still active.
    pub(crate) fn left_by_interrupted(store: &Path, parent: Option<&Path>) -> Result<Option<Self>> {
        let path = path_for(store, parent)?;
        let left = match Folder::open(&path, KIND) {
            Ok(left) => left,
            Err(FolderError::System(error)) => {
                return Err(error).with_context(|| format!("cannot open {}", path.display()));
            }
            Err(error) => bail!("{} is in the way: {}; move it away", path.display(), why_unusable(&error)),
        };
        let Some(folder) = left else { return Ok(None) };
        let lock = lock(&folder)?;
        Ok(Some(Self { place: Place::Known { folder, _lock: lock }, worth_keeping: Cell::new(true) }))
    }

    /// Returns the path of the folder of a run over `store`, if the folder is there. The run may
    /// still be active.
    #[must_use]
    pub(crate) fn find(store: &Path, parent: Option<&Path>) -> Option<PathBuf> {
        let path = path_for(store, parent).ok()?;
        Folder::open(&path, KIND).ok()?.map(|_| path)
    }

    fn folder(&self) -> &Folder {
        match &self.place {
            Place::Known { folder, .. } => folder,
            Place::Temporary(locked) => locked.folder(),
        }
    }

    /// Returns what [`save`](Self::save) wrote for an interrupted run over `store`, or `None` if
    /// there is nothing.
    ///
    /// The folder is only read, because it may belong to a run that is still active.
    ///
    /// # Errors
    ///
    /// If there is a folder, but it or the record cannot be read.
    pub(crate) fn peek<R: DeserializeOwned>(store: &Path, parent: Option<&Path>) -> Result<Option<R>> {
        let path = path_for(store, parent)?;
        let folder = Folder::open(&path, KIND)
            .map_err(|error| anyhow!("{} cannot be used: {}", path.display(), why_unusable(&error)))?;
        folder.map_or(Ok(None), |folder| record_in(&folder))
    }

    /// Returns the folder's path.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        self.folder().path()
    }

    /// Makes a file in the folder, and replaces a file of this name.
    pub(crate) fn new_file(&self, name: &str) -> io::Result<WrittenFile> {
        self.folder().create_anew(name)
    }

    /// Returns the path of a task's store.
    #[must_use]
    pub(crate) fn task_store(&self, task: TaskId) -> PathBuf {
        self.path().join(task_store_name(task))
    }

    /// Returns the path of a task's part of an export.
    #[must_use]
    pub(crate) fn part(&self, task: TaskId) -> PathBuf {
        part_of(&self.task_store(task))
    }

    /// Removes a file of this folder that is no longer needed. If that fails, the file is removed
    /// with the folder.
    pub(crate) fn discard(&self, path: &Path) {
        if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            let _ = self.folder().remove_file(name);
        }
    }

    /// Returns the path of the file in which a worker records events.
    #[must_use]
    pub(crate) fn trace(&self, worker: WorkerId) -> PathBuf {
        self.path().join(trace_name(worker))
    }

    /// Returns the event that a worker recorded last.
    #[must_use]
    pub(crate) fn traced(&self, worker: WorkerId) -> Option<i64> {
        self.text(&trace_name(worker)).ok()?.trim().parse().ok()
    }

    /// Returns the last line that a worker printed.
    #[must_use]
    pub(crate) fn last_words(&self, worker: WorkerId) -> Option<String> {
        let mut file = self.folder().read(&log_name(worker)).ok()?;
        let length = file.metadata().ok()?.len();
        file.seek(io::SeekFrom::Start(length.saturating_sub(LONGEST_LAST_WORDS))).ok()?;
        let mut end = Vec::new();
        file.take(LONGEST_LAST_WORDS).read_to_end(&mut end).ok()?;
        let end = String::from_utf8_lossy(&end);
        end.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
    }

    /// Makes a log for the output of a worker.
    ///
    /// # Errors
    ///
    /// If the file cannot be made.
    pub(crate) fn log(&self, worker: WorkerId) -> io::Result<File> {
        Ok(self.new_file(&log_name(worker))?.into_file())
    }

    /// Writes the record of the run.
    ///
    /// # Errors
    ///
    /// If the record cannot be written.
    pub(crate) fn save(&self, run: &impl Serialize) -> Result<()> {
        let json = serde_json::to_vec_pretty(&Record { format: FORMAT, run })
            .context("cannot write the record of the run")?;
        let written = self.folder().replace(RUN, &json);
        written.with_context(|| format!("cannot write {}", self.path().join(RUN).display()))
    }

    /// Writes down what the run is, so that not even a power cut takes it back.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub(crate) fn save_durably(&self, run: &impl Serialize) -> Result<()> {
        self.save(run)?;
        let synced = self.folder().sync(RUN);
        synced.with_context(|| format!("cannot sync {}", self.path().join(RUN).display()))
    }

    /// Returns what [`save`](Self::save) wrote for the run in this folder.
    ///
    /// # Errors
    ///
    /// If the record cannot be read.
    pub(crate) fn load<R: DeserializeOwned>(&self) -> Result<R> {
        record_in(self.folder())?.ok_or_else(|| {
            anyhow!("the run was interrupted before it had done anything; start it anew without --resume")
        })
    }

    /// Records that a task is done.
    ///
    /// # Errors
    ///
    /// If the record cannot be written.
    pub(crate) fn finished(&self, task: &TaskRecord) -> io::Result<()> {
        self.worth_keeping.set(matches!(self.place, Place::Known { .. }));
        let mut line = serde_json::to_string(task)?;
        line.push('\n');
        self.folder().append(FINISHED)?.write_all(line.as_bytes())
    }

    /// Returns the records of the finished tasks whose stores are unchanged and of this origin.
    #[must_use]
    pub(crate) fn all_finished(&self, origin: &Origin, plugins: &[String]) -> Vec<TaskRecord> {
        // If the interruption cut off a line, its task will be done again.
        let lines = self.text(FINISHED).unwrap_or_default();
        let records = lines.lines().filter_map(|line| serde_json::from_str::<TaskRecord>(line).ok());
        let is_of_origin = |record: &TaskRecord| {
            let step = match record.work {
                Step::Map(events) => TaskStep::Map(events),
                Step::Reduce(plugin) => TaskStep::Reduce(plugins.get(plugin).cloned().unwrap_or_default()),
            };
            let store = TaskStore::open(&self.task_store(record.done.task), origin);
            store.and_then(|store| store.check_step(&step)).is_ok()
        };
        records.filter(|record| self.is_intact(record) && is_of_origin(record)).collect()
    }

    /// Returns whether a finished task's store is the same that the worker reported.
    #[must_use]
    pub(crate) fn is_intact(&self, task: &TaskRecord) -> bool {
        let store = task_store_name(task.done.task);
        let part = part_of(Path::new(&store));
        let has = |name: &Path, digest| {
            let file = self.folder().read(&name.to_string_lossy());
            file.and_then(storage::task_store::digest).is_ok_and(|found| found == digest)
        };
        has(Path::new(&store), task.done.digest) && task.done.part.is_none_or(|digest| has(&part, digest))
    }

    fn text(&self, name: &str) -> io::Result<String> {
        let mut text = String::new();
        self.folder().read(name)?.read_to_string(&mut text)?;
        Ok(text)
    }

    /// Removes the folder, except for files that foreman did not make.
    ///
    /// # Errors
    ///
    /// If the folder cannot be removed, or has such files.
    pub(crate) fn remove(self) -> Result<()> {
        // Otherwise, dropping this value would try again.
        self.worth_keeping.set(true);
        let removed = self.folder().remove();
        removed.with_context(|| format!("cannot remove {}", self.path().display()))
    }

    /// Returns whether the folder stays when this value is dropped.
    #[must_use]
    pub(crate) fn stays(&self) -> bool {
        self.worth_keeping.get()
    }
}

/// Locks a run's folder until the returned file is closed.
fn lock(folder: &Folder) -> Result<File> {
    let path = folder.path().display();
    let locked = folder.try_lock().with_context(|| format!("cannot open {path}"))?;
    locked.ok_or_else(|| {
        anyhow!(
            "{path} belongs to a run that is still active; wait for it to end, or name another folder with --temporary-directory"
        )
    })
}

fn why_unusable(error: &FolderError) -> String {
    match error {
        FolderError::Foreign => "it is not a folder of an earlier run".into(),
        error => error.to_string(),
    }
}

/// Returns the record in a run's folder, or `None` if the run had not written it yet.
fn record_in<R: DeserializeOwned>(folder: &Folder) -> Result<Option<R>> {
    let path = folder.path().join(RUN);
    let mut json = Vec::new();
    match folder.read(RUN) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        opened => opened.and_then(|file| file.take(LONGEST_RECORD).read_to_end(&mut json)),
    }
    .with_context(|| format!("cannot read {}", path.display()))?;
    if json.is_empty() || json == SIGNATURE.as_bytes() {
        return Ok(None);
    }
    serde_json::from_slice(&json).with_context(|| format!("{} is damaged", path.display()))
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        // Most runs have no such file.
        for source in analysis::secret_sources() {
            let _ = self.folder().remove_file(source.kept_as);
        }
        if !self.worth_keeping.get()
            && let Err(error) = self.folder().remove()
        {
            tracing::warn!("cannot remove {}: {error}", self.path().display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_begins_with_the_signature() {
        let place = tempfile::tempdir().unwrap();
        let folder = RunFolder::temporary(place.path(), DRY_RUN_PREFIX).unwrap();
        assert!(folder.load::<Vec<u8>>().unwrap_err().to_string().contains("before it had done anything"));
        folder.save(&std::collections::BTreeMap::from([("a", 1)])).unwrap();
        assert!(folder.text(RUN).unwrap().starts_with(SIGNATURE));
        let read: serde_json::Value = folder.load().unwrap();
        assert_eq!(read["a"], 1);
    }
}
