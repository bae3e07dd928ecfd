//! The files of a run's tasks and workers.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use files::{Input, WrittenFile};
use protocol::{part_of, task_store_name};

use super::RunFolder;
use super::names::{log_name, trace_name};
use crate::supervise::dispatcher::{TaskId, WorkerId};

/// The maximum number of bytes of a worker's last line that are repeated.
const LONGEST_LAST_WORDS: u64 = 500;

impl RunFolder {
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

    /// Opens a part of an export for reading. Another folder in the place of this one is not looked
    /// at.
    ///
    /// # Errors
    ///
    /// If the part is not a regular file, or cannot be opened.
    pub(crate) fn open_part(&self, path: &Path) -> io::Result<Input> {
        let name = path.file_name().and_then(|name| name.to_str()).ok_or(io::ErrorKind::InvalidInput)?;
        self.folder().read(name)
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

    pub(super) fn text(&self, name: &str) -> io::Result<String> {
        let mut text = String::new();
        self.folder().read(name)?.read_to_string(&mut text)?;
        Ok(text)
    }
}
