//! The folder where a run keeps its task stores, the workers' logs, and what is needed to resume it.

use std::cell::Cell;
use std::ffi::OsString;
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use files::{Folder, FolderError, Kind, LockedFolder};
use protocol::{is_task_store_name, task_store_name};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::supervise::dispatcher::{TaskId, TaskRecord, WorkerId};

/// What the run is. A folder without this file is not ours, and never removed.
const RUN: &str = "run.json";
/// The tasks that are done, a line each.
const FINISHED: &str = "finished.jsonl";
/// Where a dry run stores its results.
pub(crate) const DRY_RUN: &str = "dry-run.plaso";

/// How [`RUN`] begins, by which the folder of a run is known again. A run that was killed at once leaves
/// no more than this.
const SIGNATURE: &str = "{\n  \"format\": \"foreman run 1\"";
const FORMAT: &str = "foreman run 1";

/// What is in [`RUN`].
#[derive(Serialize)]
struct Record<'a, R> {
    format: &'static str,
    #[serde(flatten)]
    run: &'a R,
}

/// How a folder of a run is known again, and which of its files are removed with it.
const KIND: Kind = Kind { marker: RUN, signature: SIGNATURE, is_ours };

/// The longest `run.json` that is read. A filter, the longest part, has at most 1 MiB.
const LONGEST_RECORD: u64 = 16 << 20;

/// How much of what a worker printed last is repeated, in bytes.
const LONGEST_LAST_WORDS: u64 = 500;

/// The folder of one run.
///
/// It is removed when this is dropped, unless a task is finished by then: so a run that was aborted or failed can be gone
/// on with, and one that has not begun leaves nothing.
#[derive(Debug)]
pub(crate) struct RunFolder {
    place: Place,
    worth_keeping: Cell<bool>,
}

#[derive(Debug)]
enum Place {
    /// Has a name that the next run finds.
    Known(Folder),
    /// Of a run that leaves the store alone, so that there is nothing to resume. The next such run
    /// removes it if this process is killed.
    Temporary(LockedFolder),
}

impl RunFolder {
    /// Makes the folder for a run over `store`, in `parent` or beside the store.
    ///
    /// The name depends only on the store, and the store's lock is held: so a folder that is there already was left by a run
    /// that was interrupted, and is replaced.
    ///
    /// # Errors
    ///
    /// If it cannot be made, or something else has its name.
    pub(crate) fn create(store: &Path, parent: Option<&Path>) -> Result<Self> {
        if let Some(left) = Self::left_by_interrupted(store, parent)? {
            let foreign = left.folder().foreign_files()?;
            if let [first, ..] = foreign.as_slice() {
                bail!(
                    "{} is in the way: it has files that foreman has not made, such as {first}; move them away",
                    left.path().display()
                );
            }
            tracing::warn!("discarding {}, which an interrupted run has left", left.path().display());
            left.remove()?;
        }
        let path = path_for(store, parent)?;
        let hint = match parent {
            None => "SQLite needs to write beside the storage file, too: work on a copy, or use --dry-run",
            Some(_) => "name another place with --temporary-directory",
        };
        let made = Folder::make(&path, KIND);
        let made = made.map_err(|error| {
            anyhow!("cannot make the folder {} for the run: {error}; {hint}", path.display())
        })?;
        Ok(Self { place: Place::Known(made), worth_keeping: Cell::new(false) })
    }

    /// Makes a folder in `parent` for a run that leaves the store alone.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub(crate) fn temporary(parent: &Path) -> Result<Self> {
        let made = LockedFolder::make(parent, "foreman-dry-run-", KIND);
        let made = made.with_context(|| format!("cannot make a folder in {}", parent.display()))?;
        Ok(Self { place: Place::Temporary(made), worth_keeping: Cell::new(false) })
    }

    /// The folder that an interrupted run over `store` has left, if there is one.
    ///
    /// # Errors
    ///
    /// If something else has its name.
    pub(crate) fn left_by_interrupted(store: &Path, parent: Option<&Path>) -> Result<Option<Self>> {
        let path = path_for(store, parent)?;
        let left = match Folder::open(&path, KIND) {
            Ok(left) => left,
            Err(FolderError::System(error)) => {
                return Err(error).with_context(|| format!("cannot look at {}", path.display()));
            }
            Err(FolderError::Foreign) => {
                bail!("{} is in the way: it is not a folder of an earlier run; move it away", path.display())
            }
            Err(error) => bail!("{} is in the way: {error}; move it away", path.display()),
        };
        Ok(left.map(|folder| Self { place: Place::Known(folder), worth_keeping: Cell::new(true) }))
    }

    fn folder(&self) -> &Folder {
        match &self.place {
            Place::Known(folder) => folder,
            Place::Temporary(locked) => locked.folder(),
        }
    }

    /// Returns what [`save`](Self::save) wrote for a run over `store` that was interrupted, if there is one and it can be read.
    ///
    /// The folder is only looked at: it may be that of a run which is still going on.
    #[must_use]
    pub(crate) fn peek<R: DeserializeOwned>(store: &Path, parent: Option<&Path>) -> Option<R> {
        let folder = Folder::open(&path_for(store, parent).ok()?, KIND).ok()??;
        let mut json = Vec::new();
        folder.read(RUN).ok()?.take(LONGEST_RECORD).read_to_end(&mut json).ok()?;
        serde_json::from_slice(&json).ok()
    }

    /// Where it is.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        self.folder().path()
    }

    /// Makes a file in it, in place of one of that name.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub(crate) fn new_file(&self, name: &str) -> io::Result<File> {
        self.folder().create_anew(name)
    }

    /// A task's store.
    #[must_use]
    pub(crate) fn task_store(&self, task: TaskId) -> PathBuf {
        self.path().join(task_store_name(task))
    }

    /// The file that a worker notes events in.
    #[must_use]
    pub(crate) fn trace(&self, worker: WorkerId) -> PathBuf {
        self.path().join(trace_name(worker))
    }

    /// The event that a worker noted last.
    #[must_use]
    pub(crate) fn traced(&self, worker: WorkerId) -> Option<i64> {
        self.text(&trace_name(worker)).ok()?.trim().parse().ok()
    }

    /// The last line that a worker has printed.
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

    /// A new log for what a worker prints.
    ///
    /// # Errors
    ///
    /// If the file cannot be made.
    pub(crate) fn log(&self, worker: WorkerId) -> io::Result<File> {
        self.new_file(&log_name(worker))
    }

    /// Writes down what the run is.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub(crate) fn save(&self, run: &impl Serialize) -> Result<()> {
        let json = serde_json::to_vec_pretty(&Record { format: FORMAT, run })
            .context("cannot write down the run")?;
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

    /// Returns what [`save`](Self::save) wrote for the run that began here.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub(crate) fn load<R: DeserializeOwned>(&self) -> Result<R> {
        let path = self.path().join(RUN);
        let mut json = Vec::new();
        match self.folder().read(RUN) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            opened => opened.and_then(|file| file.take(LONGEST_RECORD).read_to_end(&mut json)),
        }
        .with_context(|| format!("cannot read {}", path.display()))?;
        if json.is_empty() || json == SIGNATURE.as_bytes() {
            bail!("the run was interrupted before it had done anything; start it anew without --resume");
        }
        serde_json::from_slice(&json).with_context(|| format!("{} is damaged", path.display()))
    }

    /// Writes down that a task is done.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub(crate) fn finished(&self, task: &TaskRecord) -> io::Result<()> {
        self.worth_keeping.set(matches!(self.place, Place::Known(_)));
        let mut line = serde_json::to_string(task)?;
        line.push('\n');
        self.folder().append(FINISHED)?.write_all(line.as_bytes())
    }

    /// The tasks that are done and whose stores are as they were reported.
    #[must_use]
    pub(crate) fn all_finished(&self) -> Vec<TaskRecord> {
        // A line that was cut off by the interruption is of a task that will be done again.
        let lines = self.text(FINISHED).unwrap_or_default();
        let records = lines.lines().filter_map(|line| serde_json::from_str(line).ok());
        records.filter(|record| self.is_intact(record)).collect()
    }

    /// Whether a finished task's store is as the worker reported it.
    #[must_use]
    pub(crate) fn is_intact(&self, task: &TaskRecord) -> bool {
        let file = self.folder().read(&task_store_name(task.done.task));
        file.and_then(storage::task_store::digest).is_ok_and(|digest| digest == task.done.digest)
    }

    fn text(&self, name: &str) -> io::Result<String> {
        let mut text = String::new();
        self.folder().read(name)?.read_to_string(&mut text)?;
        Ok(text)
    }

    /// Removes the folder, but for files that foreman has not made.
    ///
    /// # Errors
    ///
    /// If it cannot be removed, or has such files.
    pub(crate) fn remove(self) -> Result<()> {
        // What is dropped below would try again.
        self.worth_keeping.set(true);
        let removed = self.folder().remove();
        removed.with_context(|| format!("cannot remove {}", self.path().display()))
    }

    /// Whether it stays when this is dropped.
    #[must_use]
    pub(crate) fn stays(&self) -> bool {
        self.worth_keeping.get()
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        // Mostly there is none.
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

fn trace_name(worker: WorkerId) -> String {
    format!("worker-{:03}.event", worker.0)
}

fn log_name(worker: WorkerId) -> String {
    format!("worker-{:03}.log", worker.0)
}

/// Returns whether a run makes a file of this name, beside its record.
fn is_ours(name: &str) -> bool {
    let of_worker = || {
        let (number, kind) = name.strip_prefix("worker-")?.split_once('.')?;
        let is_number = number.len() >= 3 && number.bytes().all(|b| b.is_ascii_digit());
        Some(is_number && matches!(kind, "event" | "log"))
    };
    let journal = name.strip_suffix("-journal");
    [FINISHED, DRY_RUN].contains(&name)
        || analysis::kept_files().any(|kept| kept == name)
        || journal == Some(DRY_RUN)
        || is_task_store_name(name)
        || of_worker() == Some(true)
}

/// `case.plaso` → `case.plaso.foreman`, with a number between if it does not lie beside the store: other stores may have
/// that name.
fn path_for(store: &Path, parent: Option<&Path>) -> Result<PathBuf> {
    let mut name = OsString::from(store.file_name().context("the store has no file name")?);
    if parent.is_some() {
        let mut hasher = DefaultHasher::new();
        store.hash(&mut hasher);
        name.push(format!(".{:016x}", hasher.finish()));
    }
    name.push(".foreman");
    let beside = store.parent().unwrap_or(Path::new(""));
    Ok(parent.unwrap_or(beside).join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_ours() {
        let worker = WorkerId(7);
        for name in [log_name(worker), trace_name(worker), task_store_name(7), DRY_RUN.to_owned()] {
            assert!(is_ours(&name), "{name}");
        }
        for name in [
            "notes.txt",
            "task.sqlite",
            "worker-.log",
            "worker-x.log",
            "worker-007.txt",
            "task-000001.sqlite/",
        ] {
            assert!(!is_ours(name), "{name}");
        }
    }

    #[test]
    fn a_record_begins_with_the_signature() {
        let place = tempfile::tempdir().unwrap();
        let folder = RunFolder::temporary(place.path()).unwrap();
        assert!(folder.load::<Vec<u8>>().unwrap_err().to_string().contains("before it had done anything"));
        folder.save(&std::collections::BTreeMap::from([("a", 1)])).unwrap();
        assert!(folder.text(RUN).unwrap().starts_with(SIGNATURE));
        let read: serde_json::Value = folder.load().unwrap();
        assert_eq!(read["a"], 1);
    }
}
