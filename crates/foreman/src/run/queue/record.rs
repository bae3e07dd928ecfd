//! The folder in which a queue writes down what is done.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use events::Shown as _;
use files::Folder;
use serde::{Deserialize, Serialize};

use super::known::{BegunRun, DoneStore, KnownStore, content_of};
use super::settings::QueueSettings;
use crate::supervise::run_folder::{CASE, CASE_FORMAT, CASE_KIND, DONE, in_the_way};

/// The maximum number of bytes of the record that are read.
const LONGEST_RECORD: u64 = 64 << 20;

/// The folder in which a queue writes down what is done. It is locked while the queue lasts.
#[derive(Debug)]
pub(super) struct QueueRecord {
    folder: Folder,
    /// The real path of the folder in which the record is. The paths of storage files in it are
    /// written down from there, so that the record stays true if the folder is renamed or moved.
    base: PathBuf,
    _lock: File,
}

#[derive(Serialize, Deserialize)]
struct Head {
    format: String,
    /// [`Folder::stamp`] of the folder in which it is.
    folder: String,
    settings: QueueSettings,
}

/// A line of the record.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Done(DoneStore),
    Begun(BegunRun),
}

impl QueueRecord {
    /// Makes the record of a new queue, in place of one that was left behind. `before` is called
    /// before it is made.
    pub(super) fn make(path: &Path, settings: &QueueSettings, before: impl FnOnce()) -> Result<Self> {
        if let Some(left) = Self::left(path)? {
            let left = Self::locked(left, Folder::try_lock)?;
            tracing::warn!("discarding {}, which an interrupted run left behind", path.shown());
            left.folder.remove().map_err(|error| anyhow!("{}", in_the_way(path, &error)))?;
        }
        files::check_removable(path.parent().unwrap_or(Path::new("/")))
            .with_context(|| format!("the record {} of the run cannot be made", path.shown()))?;
        before();
        let made = Folder::make(path, CASE_KIND);
        let made = made.with_context(|| format!("cannot make the folder {}", path.shown()))?;
        let this = Self::locked(made, Folder::try_lock_new)?;
        let folder = this.folder.stamp().with_context(|| format!("cannot look up {}", path.shown()))?;
        let head = Head { format: CASE_FORMAT.into(), folder, settings: settings.clone() };
        let head = serde_json::to_vec_pretty(&head).context("the record of the run is text")?;
        // The lines first: a record without this file is one that was being removed.
        let written = this.folder.replace(DONE, b"").and_then(|()| this.folder.replace(CASE, &head));
        written.with_context(|| format!("cannot write {}", path.join(CASE).shown()))?;
        Ok(this)
    }

    /// Opens the record of an interrupted queue, if there is one. It must have these settings. A
    /// folder without a whole record was left by a run that was killed when it made or removed the
    /// folder, and is removed.
    pub(super) fn open(path: &Path, settings: &QueueSettings) -> Result<Option<Self>> {
        let Some(folder) = Self::left(path)? else { return Ok(None) };
        let this = Self::locked(folder, Folder::try_lock)?;
        let damaged = || format!("{} is damaged", path.join(CASE).shown());
        let head = this.if_there(CASE, this.bytes(CASE))?.unwrap_or_default();
        let has_lines = this.if_there(DONE, this.folder.read(DONE))?.is_some();
        if head.is_empty() || head == CASE_KIND.signature.as_bytes() || !has_lines {
            this.folder.remove().map_err(|error| anyhow!("{}", in_the_way(path, &error)))?;
            return Ok(None);
        }
        let head: Head = serde_json::from_slice(&head).with_context(damaged)?;
        // Whoever made it could have made up what is done.
        if head.folder != this.folder.stamp()? {
            bail!(
                "{} was copied, or made on another machine, so it does not tell what is done here; start anew without --resume",
                path.shown()
            );
        }
        settings.check(&head.settings)?;
        Ok(Some(this))
    }

    /// Removes the record at this path that was left behind. Returns whether there was one.
    ///
    /// # Errors
    ///
    /// If it cannot be removed.
    pub(super) fn remove_left(path: &Path) -> Result<bool> {
        let Some(left) = Self::left(path)? else { return Ok(false) };
        let left = Self::locked(left, Folder::try_lock)?;
        left.folder.remove().map_err(|error| anyhow!("{}", in_the_way(path, &error)))?;
        Ok(true)
    }

    /// Returns whether this folder is a record. An empty one may be anything.
    pub(super) fn is_at(path: &Path) -> bool {
        path.extension().is_some_and(|suffix| suffix == "foreman")
            && matches!(Folder::open(path, CASE_KIND), Ok(Some(folder)) if folder.read(CASE).is_ok())
    }

    /// Opens the folder of a record that was left behind, if there is one.
    fn left(path: &Path) -> Result<Option<Folder>> {
        Folder::open(path, CASE_KIND).map_err(|error| anyhow!("{}", in_the_way(path, &error)))
    }

    fn locked(folder: Folder, lock: fn(&Folder) -> io::Result<Option<File>>) -> Result<Self> {
        let path = folder.path().shown().into_owned();
        let lock = lock(&folder).with_context(|| format!("cannot open {path}"))?;
        let lock = lock.ok_or_else(|| anyhow!("{path} belongs to a run that is still active"))?;
        let base = folder.path().canonicalize().ok().and_then(|real| Some(real.parent()?.to_owned()));
        Ok(Self { folder, base: base.unwrap_or_default(), _lock: lock })
    }

    /// Writes down that a storage file is done, and what it was when its results were stored, or is
    /// now, if that is not known.
    pub(super) fn add(&self, store: &Path, is_incomplete: bool, content: Option<&str>) -> Result<()> {
        let content = content.map_or_else(|| content_of(store), |content| Ok(content.to_owned()))?;
        self.append(&Line::Done(DoneStore { store: self.relative(store), is_incomplete, content }))
    }

    /// Writes down that a run over a storage file has begun.
    pub(super) fn begin(&self, store: &Path, run: &str) -> Result<()> {
        let store = self.relative(store);
        self.append(&Line::Begun(BegunRun { store, run: run.to_owned(), is_incomplete: None, results: None }))
    }

    /// Writes down that a run is about to store its results, so that not even a power cut takes it
    /// back.
    pub(super) fn store(
        &self,
        store: &Path,
        run: &str,
        is_incomplete: bool,
        results: Option<&str>,
    ) -> Result<()> {
        let (store, run, results) = (self.relative(store), run.to_owned(), results.map(str::to_owned));
        self.append(&Line::Begun(BegunRun { store, run, is_incomplete: Some(is_incomplete), results }))?;
        self.folder.sync(DONE)?;
        Ok(self.folder.sync_place()?)
    }

    fn relative(&self, store: &Path) -> PathBuf {
        store.strip_prefix(&self.base).unwrap_or(store).to_owned()
    }

    fn append(&self, line: &Line) -> Result<()> {
        // A line that a full disk has cut off ends here.
        let line = format!("\n{}\n", serde_json::to_string(line)?);
        Ok(self.folder.append(DONE)?.write_all(line.as_bytes())?)
    }

    /// Removes the record at this path, which has nothing yet, when the process is about to end.
    pub(super) fn discard(path: &Path) {
        if let Ok(Some(folder)) = Folder::open(path, CASE_KIND) {
            let _ = folder.remove();
        }
    }

    /// Removes the record.
    pub(super) fn remove(&self) {
        if let Err(error) = self.folder.remove_own_files() {
            tracing::warn!("cannot remove {}: {error}", self.folder.path().shown());
        }
    }

    /// Returns what is known of the storage files that are done or were begun.
    pub(super) fn known(&self) -> Result<BTreeMap<PathBuf, KnownStore>> {
        let bytes = self.if_there(DONE, self.bytes(DONE))?.unwrap_or_default();
        // If the interruption cut off a line, maybe within a character, its storage file will be
        // analysed again.
        let lines = bytes.split(|byte| *byte == b'\n');
        let mut known = BTreeMap::<PathBuf, KnownStore>::new();
        for line in lines.filter_map(|line| serde_json::from_slice(line).ok()) {
            match line {
                Line::Done(done) => {
                    let store = self.base.join(&done.store);
                    let done = DoneStore { store: store.clone(), ..done };
                    known.entry(store).or_default().done = Some(done);
                }
                Line::Begun(run) => {
                    known.insert(self.base.join(&run.store), KnownStore { run: Some(run), done: None });
                }
            }
        }
        Ok(known)
    }

    /// Returns what was read of a file of the record, or `None` if there is no such file. That it
    /// cannot be read does not mean that nothing was done.
    fn if_there<T>(&self, name: &str, read: io::Result<T>) -> Result<Option<T>> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| {
                format!(
                    "cannot read {}, which tells what the interrupted run has done; keep the folder as it is, look for the \
                     cause, and give the command again",
                    self.folder.path().join(name).shown()
                )
            }),
        }
    }

    fn bytes(&self, name: &str) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.folder.read(name)?.take(LONGEST_RECORD).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
