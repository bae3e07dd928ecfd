//! The run's folder, with its task stores, the workers' logs, and the data to resume the run.

mod beside;
mod elsewhere;
mod finished;
mod handing_over;
mod names;
mod record;
mod task_files;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use events::Shown as _;
use files::{Folder, FolderError, LeftFolders, LockedFolder};

pub(crate) use beside::{CASE, CASE_FORMAT, CASE_KIND, DONE, in_the_way};
pub(crate) use elsewhere::FilesOfRun;
use elsewhere::{OutOfReach, RunFiles};
pub(crate) use names::{DRY_RUN, SCHEMA, SHARD, SHARD_KIND, merged_name, shard_name};
use names::{ELSEWHERE, KIND, path_for};
pub(crate) use record::{Hidden, is_unreadable};

use crate::output::stays;
use crate::paths::is_missing;
use crate::supervise::dispatcher::TaskId;
use crate::supervise::os;

/// How the name of the folder of a dry run begins.
pub(crate) const DRY_RUN_PREFIX: &str = "foreman-dry-run-";
/// How the name of the folder of an export begins.
pub(crate) const EXPORT_PREFIX: &str = "foreman-export-";

/// The sizes of a task's store and of its part, in bytes. A store of another size is not read: one
/// of any size could take for ever.
type Sizes = [u64; 2];

/// The folder of one run.
///
/// Dropping it removes the folder, unless a task is finished. So a run that was aborted or failed
/// can be resumed, and a run that has not begun leaves nothing behind.
#[derive(Debug)]
pub(crate) struct RunFolder {
    place: Place,
    worth_keeping: Cell<bool>,
    /// Files without a name that the run needs as long as it lasts.
    held: RefCell<Vec<File>>,
    /// The sizes of the files of the finished tasks.
    sizes: RefCell<BTreeMap<TaskId, Sizes>>,
}

#[derive(Debug)]
enum Place {
    /// The folder with the record of the run has a name that the next run finds, and is locked. The
    /// other files may be elsewhere.
    Known { record: Folder, files: RunFiles, _lock: File },
    /// The folder of a dry run or of an export, which cannot be resumed. If this process is
    /// killed, the next one removes the folder.
    Temporary(LockedFolder),
    /// The folder of an attempt at a shard. No other attempt has its name. It is not locked, since
    /// locks on folders that machines share cannot be relied on, so nobody removes it if this
    /// process is killed.
    Attempt(Folder),
}

impl RunFolder {
    /// Makes the folder for a run over `store`, beside the store. If there is a `parent`, all files
    /// but the record are in a folder there.
    ///
    /// The name depends only on the store, and the store's lock is held. So an existing folder that
    /// nobody has locked was left by an interrupted run, and is replaced.
    ///
    /// # Errors
    ///
    /// If the folder cannot be made, or something else has its name.
    pub(crate) fn create(store: &Path, parent: Option<&Path>) -> Result<Self> {
        // Before an earlier run is discarded.
        if let Some(parent) = parent.filter(|parent| !os::may_write(parent)) {
            bail!("{} cannot be written; name another folder with --temporary-directory", parent.shown());
        }
        if let Some(left) = Self::left_by_interrupted(store)? {
            if let Some((folder, first)) = left.foreign_file()? {
                bail!(
                    "{} is in the way: it has files that foreman did not make, such as {first}; move them away",
                    folder.shown()
                );
            }
            tracing::warn!(
                "discarding {}, which an interrupted run left behind",
                left.record().path().shown()
            );
            left.remove()?.iter().for_each(|stays| streams::complain(stays));
        }
        let path = path_for(store)?;
        let made = Folder::make(&path, KIND);
        let made = made.map_err(|error| {
            anyhow!(
                "cannot make the folder {} for the run: {error}; SQLite needs to write beside the storage file, too: work on a \
                 copy, or use --dry-run",
                path.shown()
            )
        })?;
        let lock = lock(&made, made.try_lock_new())?;
        let mut this =
            Self::at(Place::Known { record: made, files: RunFiles::WithRecord, _lock: lock }, false);
        if let (Place::Known { record, files, .. }, Some(parent)) = (&mut this.place, parent) {
            *files = RunFiles::make(record, store, parent)?;
        }
        Ok(this)
    }

    /// Makes a folder in `parent` for a dry run or an export.
    ///
    /// # Errors
    ///
    /// If the folder cannot be made.
    pub(crate) fn temporary(parent: &Path, prefix: &str) -> Result<Self> {
        let made = LockedFolder::make(parent, prefix, KIND);
        let made = made.with_context(|| format!("cannot make a folder in {}", parent.shown()))?;
        about_left(made.left(), parent).iter().for_each(|said| tracing::warn!("{said}"));
        Ok(Self::at(Place::Temporary(made), false))
    }

    /// Removes the folders of dry runs and exports in `parent` that were killed. Says how many
    /// there were, if there were any, and which stay.
    #[must_use]
    pub(crate) fn remove_temporary(parent: &Path) -> Vec<String> {
        let mut left = LockedFolder::remove_dead(parent, DRY_RUN_PREFIX, KIND);
        let LeftFolders { removed, kept } = LockedFolder::remove_dead(parent, EXPORT_PREFIX, KIND);
        left.removed += removed;
        left.kept.extend(kept);
        about_left(&left, parent)
    }

    /// Returns the folder that an interrupted run over `store` has left, if there is one.
    ///
    /// # Errors
    ///
    /// If something else has its name, or the run is still active.
    pub(crate) fn left_by_interrupted(store: &Path) -> Result<Option<Self>> {
        let path = path_for(store)?;
        let in_the_way = |error| anyhow!("{}", in_the_way(&path, &error));
        let Some(record) = Folder::open(&path, KIND).map_err(in_the_way)? else { return Ok(None) };
        let lock = lock(&record, record.try_lock())?;
        let files = RunFiles::of(&record).map_err(|error| in_the_way(error.into()))?;
        let left = Self::at(Place::Known { record, files, _lock: lock }, true);
        // A run that was killed may have left its secrets.
        left.remove_secrets();
        Ok(Some(left))
    }

    fn at(place: Place, worth_keeping: bool) -> Self {
        let worth_keeping = Cell::new(worth_keeping);
        Self { place, worth_keeping, held: RefCell::default(), sizes: RefCell::default() }
    }

    /// Keeps a file without a name open as long as the run lasts.
    pub(crate) fn hold(&self, file: File) {
        self.held.borrow_mut().push(file);
    }

    /// Returns the path of the folder with the record of a run over `store`, if the folder is
    /// there, or cannot be read, so that it may be one. The run may still be active.
    #[must_use]
    pub(crate) fn find(store: &Path) -> Option<PathBuf> {
        let path = path_for(store).ok()?;
        let may_be = matches!(Folder::open(&path, KIND), Ok(Some(_)) | Err(FolderError::System(_)));
        may_be.then_some(path)
    }

    /// Returns what is known of a folder that has the files of a run, without its record.
    #[must_use]
    pub(crate) fn files_of_run(folder: &Path) -> Option<FilesOfRun> {
        elsewhere::files_of_run(&Folder::open(folder, KIND).ok()??)
    }

    /// Whether anything lies where the folder of a run over `store` would be.
    #[must_use]
    pub(crate) fn is_taken(store: &Path) -> bool {
        path_for(store).is_ok_and(|path| !is_missing(&path.symlink_metadata()))
    }

    fn folder(&self) -> &Folder {
        match &self.place {
            Place::Known { record, files, .. } => files.folder().unwrap_or(record),
            Place::Temporary(locked) => locked.folder(),
            Place::Attempt(folder) => folder,
        }
    }

    /// Returns the folder with the record.
    fn record(&self) -> &Folder {
        match &self.place {
            Place::Known { record, .. } => record,
            Place::Temporary(_) | Place::Attempt(_) => self.folder(),
        }
    }

    /// Returns the folders of the run. That with the record comes last, because it says where the
    /// other one is.
    fn folders(&self) -> impl Iterator<Item = &Folder> {
        let elsewhere = match &self.place {
            Place::Known { files, .. } => files.folder(),
            Place::Temporary(_) | Place::Attempt(_) => None,
        };
        elsewhere.into_iter().chain([self.record()])
    }

    /// Returns the folder of the files, if it is not that of the record and cannot be used.
    fn out_of_reach(&self) -> Option<&OutOfReach> {
        match &self.place {
            Place::Known { files: RunFiles::OutOfReach(folder), .. } => Some(folder),
            _ => None,
        }
    }

    /// Refuses to go on with an interrupted run whose files cannot be used.
    ///
    /// # Errors
    ///
    /// If that is so.
    pub(crate) fn check_files(&self) -> Result<()> {
        self.out_of_reach().map_or(Ok(()), |folder| bail!("what it has done is in {}", folder.why()))
    }

    /// Returns the path of the folder with the files.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        self.folder().path()
    }

    /// Returns the path of the folder with the record, beside the storage file.
    #[must_use]
    pub(crate) fn record_path(&self) -> &Path {
        self.record().path()
    }

    /// Returns the name of a file that foreman did not make, if there is one, and the folder of the
    /// run in which it is.
    ///
    /// # Errors
    ///
    /// If a folder cannot be read.
    pub(crate) fn foreign_file(&self) -> io::Result<Option<(&Path, String)>> {
        for folder in self.folders() {
            if let Some(name) = folder.foreign_files()?.first() {
                return Ok(Some((folder.path(), name.shown().into_owned())));
            }
        }
        Ok(None)
    }

    /// Removes the folder, except for files that foreman did not make. Says which files of the run
    /// stay because they are out of reach.
    ///
    /// # Errors
    ///
    /// If the folder cannot be removed, or has such files.
    pub(crate) fn remove(self) -> Result<Option<String>> {
        // Otherwise, dropping this value would try again.
        self.worth_keeping.set(true);
        for folder in self.folders() {
            let removed = folder.remove_own_files();
            removed.with_context(|| format!("cannot remove {}", folder.path().shown()))?;
            // It would name a folder that is not there.
            let _ = self.record().remove_file(ELSEWHERE);
        }
        Ok(self.out_of_reach().and_then(OutOfReach::what_stays))
    }

    /// Removes the files with secrets. On most systems, a run makes none.
    fn remove_secrets(&self) {
        for source in analysis::secret_sources() {
            let _ = self.folder().remove_file(source.kept_as);
        }
    }

    /// Keeps the folder, also if no task was finished.
    pub(crate) fn keep(&self) {
        self.worth_keeping.set(true);
    }

    /// Has the folder removed when this value is dropped: what was found is of no use.
    pub(crate) fn do_not_keep(&self) {
        self.worth_keeping.set(false);
    }

    /// Returns whether the folder stays when this value is dropped.
    #[must_use]
    pub(crate) fn stays(&self) -> bool {
        self.worth_keeping.get()
    }
}

/// Says how many folders of killed runs were removed, and which stay.
fn about_left(left: &LeftFolders, parent: &Path) -> Vec<String> {
    let folders = match left.removed {
        0 => None,
        1 => Some("the folder of a killed dry run or export".into()),
        count => Some(format!("{count} folders of killed dry runs or exports")),
    };
    let removed = folders.map(|folders| format!("removed {folders} from {}", parent.shown()));
    removed.into_iter().chain(left.kept.iter().map(|kept| stays(kept))).collect()
}

/// Returns the lock of a run's folder, which is locked until the file is closed.
fn lock(folder: &Folder, locked: io::Result<Option<File>>) -> Result<File> {
    let path = folder.path().shown();
    let locked = locked.with_context(|| format!("cannot open {path}"))?;
    locked.ok_or_else(|| anyhow!("{path} belongs to a run that is still active; wait for it to end"))
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        self.remove_secrets();
        if self.worth_keeping.get() {
            return;
        }
        for folder in self.folders() {
            if let Err(error) = folder.remove() {
                tracing::warn!("cannot remove {}: {error}", folder.path().shown());
                // The record says where the rest is.
                return;
            }
        }
    }
}
