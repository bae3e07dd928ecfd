//! The folder where a run keeps its task stores, the workers' logs, and what another run needs to go on with it.

use std::cell::Cell;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use protocol::{LockedFolder, task_store_name};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::supervise::dispatcher::{TaskId, TaskRecord, WorkerId};

/// What the run is; a folder without it is none of ours, and never removed.
const RUN: &str = "run.json";
/// The tasks that are done, a line each.
const FINISHED: &str = "finished.jsonl";

/// The size of `run.json`, which has a tagging file's name and options, but no rules.
const LARGEST_RUN: u64 = 16 << 20;

/// The file for a plugin's secret key. It is removed when the run ends, even if the folder stays.
pub(crate) const KEY_FILE: &str = "virustotal-api-key";

/// How much of what a worker printed last is repeated, in bytes.
const LONGEST_LAST_WORDS: u64 = 500;

/// The folder of one run.
///
/// It is removed when this is dropped, unless a task is finished by then: so a run that was aborted or failed can be gone
/// on with, and one that has not begun leaves nothing.
#[derive(Debug)]
pub(crate) struct RunFolder {
    path: PathBuf,
    /// Of a run that leaves the store alone, so that there is nothing to go on with: a folder that the next such run removes if
    /// this process is killed.
    temporary: Option<LockedFolder>,
    worth_keeping: Cell<bool>,
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
            tracing::warn!("discarding {}, which an interrupted run has left", left.path.display());
            left.remove()?;
        }
        let path = path_for(store, parent)?;
        // The sign that it is ours comes first, so that a run killed in the next moment leaves nothing that is in the way.
        let hint = match parent {
            None => "SQLite needs to write beside the storage file, too: work on a copy, or use --dry-run",
            Some(_) => "name another place with --temporary-directory",
        };
        fs::create_dir_all(&path).and_then(|()| fs::write(path.join(RUN), "")).map_err(|error| {
            anyhow!("cannot make the folder {} for the run: {error}; {hint}", path.display())
        })?;
        Ok(Self { path, temporary: None, worth_keeping: Cell::new(false) })
    }

    /// Makes a folder for a run that leaves the store alone, in the system's temporary directory or `parent`.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub(crate) fn temporary(parent: Option<&Path>) -> Result<Self> {
        let parent = parent.map_or_else(std::env::temp_dir, Path::to_owned);
        let made = LockedFolder::make(&parent, "foreman-dry-run-");
        let made = made.with_context(|| format!("cannot make a folder in {}", parent.display()))?;
        Ok(Self { path: made.path().to_owned(), temporary: Some(made), worth_keeping: Cell::new(false) })
    }

    /// The folder that an interrupted run over `store` has left, if there is one.
    ///
    /// # Errors
    ///
    /// If something else has its name.
    pub(crate) fn left_by_interrupted(store: &Path, parent: Option<&Path>) -> Result<Option<Self>> {
        let path = path_for(store, parent)?;
        if !path.exists() {
            return Ok(None);
        }
        let is_empty = || fs::read_dir(&path).is_ok_and(|mut files| files.next().is_none());
        if !path.join(RUN).exists() && !is_empty() {
            bail!("{} is in the way: it is not a folder of an earlier run; move it away", path.display());
        }
        Ok(Some(Self { path, temporary: None, worth_keeping: Cell::new(true) }))
    }

    /// Returns what [`save`](Self::save) wrote for a run over `store` that was interrupted, if there is one and it can be read.
    ///
    /// The folder is only looked at: it may be that of a run which is still going on.
    #[must_use]
    pub(crate) fn peek<R: DeserializeOwned>(store: &Path, parent: Option<&Path>) -> Option<R> {
        let path = path_for(store, parent).ok()?.join(RUN);
        let is_sane = |file: fs::Metadata| file.is_file() && file.len() <= LARGEST_RUN;
        fs::symlink_metadata(&path).is_ok_and(is_sane).then_some(())?;
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    /// Where it is.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A task's store.
    #[must_use]
    pub(crate) fn task_store(&self, task: TaskId) -> PathBuf {
        self.path.join(task_store_name(task))
    }

    /// The file that a worker notes events in.
    #[must_use]
    pub(crate) fn trace(&self, worker: WorkerId) -> PathBuf {
        self.path.join(format!("worker-{:03}.event", worker.0))
    }

    /// The event that a worker noted last.
    #[must_use]
    pub(crate) fn traced(&self, worker: WorkerId) -> Option<i64> {
        fs::read_to_string(self.trace(worker)).ok()?.trim().parse().ok()
    }

    /// The last line that a worker has printed.
    #[must_use]
    pub(crate) fn last_words(&self, worker: WorkerId) -> Option<String> {
        let mut file = File::open(self.log_path(worker)).ok()?;
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
        File::create(self.log_path(worker))
    }

    fn log_path(&self, worker: WorkerId) -> PathBuf {
        self.path.join(format!("worker-{:03}.log", worker.0))
    }

    /// Writes down what the run is.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub(crate) fn save(&self, run: &impl Serialize) -> Result<()> {
        let path = self.path.join(RUN);
        let json = serde_json::to_vec_pretty(run).context("cannot write down the run")?;
        // Of a run that is gone on with, this is there already, and must not be lost to a full disk.
        let whole = self.path.join("run.json.new");
        fs::write(&whole, json)
            .and_then(|()| fs::rename(&whole, &path))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Returns what [`save`](Self::save) wrote for the run that began here.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub(crate) fn load<R: DeserializeOwned>(&self) -> Result<R> {
        let path = self.path.join(RUN);
        let json = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if json.is_empty() {
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
        self.worth_keeping.set(self.temporary.is_none());
        let mut line = serde_json::to_string(task)?;
        line.push('\n');
        let mut file = OpenOptions::new().create(true).append(true).open(self.path.join(FINISHED))?;
        file.write_all(line.as_bytes())
    }

    /// The tasks that are done and whose stores are as they were reported.
    #[must_use]
    pub(crate) fn all_finished(&self) -> Vec<TaskRecord> {
        // A line that was cut off by the interruption is of a task that will be done again.
        let lines = fs::read_to_string(self.path.join(FINISHED)).unwrap_or_default();
        let records = lines.lines().filter_map(|line| serde_json::from_str(line).ok());
        records.filter(|record| self.is_intact(record)).collect()
    }

    /// Whether a finished task's store is as the worker reported it.
    #[must_use]
    pub(crate) fn is_intact(&self, task: &TaskRecord) -> bool {
        storage::task_store::digest(&self.task_store(task.done.task))
            .is_ok_and(|digest| digest == task.done.digest)
    }

    /// Removes the folder.
    ///
    /// # Errors
    ///
    /// If it cannot be removed.
    pub(crate) fn remove(self) -> Result<()> {
        // What is dropped below would try again.
        self.worth_keeping.set(true);
        remove(&self.path).with_context(|| format!("cannot remove {}", self.path.display()))
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
        let _ = fs::remove_file(self.path.join(KEY_FILE));
        if !self.worth_keeping.get()
            && let Err(error) = remove(&self.path)
        {
            tracing::warn!("cannot remove {}: {error}", self.path.display());
        }
    }
}

/// Removes a run's folder, and the sign that it is one last: who is killed meanwhile must not leave a folder that is taken for
/// somebody else's.
fn remove(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() == RUN {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?
        } else {
            fs::remove_file(entry.path())?
        }
    }
    fs::remove_dir_all(folder)
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
