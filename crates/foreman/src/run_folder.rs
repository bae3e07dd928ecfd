//! The folder where a run keeps its task stores and the workers' logs.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use protocol::task_store_name;

use crate::dispatcher::{TaskId, WorkerId};

/// What makes a folder one of ours; nothing else is ever removed.
const MARK: &str = "foreman-run";

/// The folder of one run. It is removed when this is dropped.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Makes the folder for a run over `store`, in `parent` or beside the store.
    ///
    /// The name depends only on the store, and the store's lock is held: so a folder that is there already was left by a run
    /// that was killed, and is replaced.
    ///
    /// # Errors
    ///
    /// If it cannot be made, or something else has its name.
    pub fn create(store: &Path, parent: Option<&Path>) -> Result<Self> {
        let path = path_for(store, parent)?;
        if path.exists() {
            if !path.join(MARK).exists() && fs::read_dir(&path)?.next().is_some() {
                bail!("{} is in the way: it is not a folder of an earlier run; move it away", path.display());
            }
            tracing::warn!("removing {}, which a run that was killed has left", path.display());
            fs::remove_dir_all(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
        Self::make(path)
    }

    /// Makes a folder for a run that leaves the store alone, in the system's temporary directory or `parent`.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn temporary(parent: Option<&Path>) -> Result<Self> {
        let parent = parent.map_or_else(std::env::temp_dir, Path::to_owned);
        let made = tempfile::Builder::new().prefix("foreman-").tempdir_in(&parent);
        let made = made.with_context(|| format!("cannot make a folder in {}", parent.display()))?;
        Self::make(made.keep())
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A task's store.
    #[must_use]
    pub fn task_store(&self, task: TaskId) -> PathBuf {
        self.path.join(task_store_name(task))
    }

    /// The file that a worker notes events in.
    #[must_use]
    pub fn trace(&self, worker: WorkerId) -> PathBuf {
        self.path.join(format!("worker-{:03}.event", worker.0))
    }

    /// The event that a worker noted last.
    #[must_use]
    pub fn traced(&self, worker: WorkerId) -> Option<i64> {
        fs::read_to_string(self.trace(worker)).ok()?.trim().parse().ok()
    }

    /// A new log for what a worker prints.
    ///
    /// # Errors
    ///
    /// If the file cannot be made.
    pub fn log(&self, worker: WorkerId) -> io::Result<File> {
        File::create(self.path.join(format!("worker-{:03}.log", worker.0)))
    }

    fn make(path: PathBuf) -> Result<Self> {
        let cannot = || format!("cannot make the folder {} for the run", path.display());
        fs::create_dir_all(&path).with_context(cannot)?;
        File::create(path.join(MARK)).with_context(cannot)?;
        Ok(Self { path })
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::warn!("cannot remove {}: {error}", self.path.display());
        }
    }
}

/// `case.plaso` → `case.plaso.foreman`.
fn path_for(store: &Path, parent: Option<&Path>) -> Result<PathBuf> {
    let mut name = OsString::from(store.file_name().context("the store has no file name")?);
    name.push(".foreman");
    let beside = store.parent().unwrap_or(Path::new(""));
    Ok(parent.unwrap_or(beside).join(name))
}
