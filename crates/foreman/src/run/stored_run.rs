//! A run that was killed after it had stored its results, and before it removed its folder.

use std::path::{Path, PathBuf};

use events::{Shown as _, with_causes};
use storage::Store;

use super::options::Options;
use super::record::{ResumeRequest, RunRecord};
use super::setup::requested_plugins;
use crate::paths::store_path;
use crate::supervise::run_folder::RunFolder;

/// A run that has stored its results. Its folder is still there.
pub(crate) struct StoredRun {
    folder: RunFolder,
    store: PathBuf,
    /// Whether something was skipped.
    pub(crate) is_incomplete: bool,
}

impl StoredRun {
    /// Returns the run of these options over their storage file, if it has stored its results.
    /// Whatever is wrong with it, the run says when its turn comes.
    pub(crate) fn of(options: &Options) -> Option<Self> {
        let path = store_path(&options.store).ok()?;
        let folder = RunFolder::left_by_interrupted(&path, options.temporary_directory.as_deref()).ok()??;
        let record: RunRecord = folder.load().ok()?;
        let store = Store::open(&path).ok()?;
        if !store.has_session(&record.run.id).ok()? {
            return None;
        }
        let plugins = requested_plugins(options).ok()?;
        record.check_request(&ResumeRequest::of(options, plugins.as_deref())).ok()?;
        Some(Self { folder, store: path, is_incomplete: record.is_incomplete })
    }

    /// Returns the run with this identifier over a storage file, which has its results.
    pub(crate) fn with_id(store: &Path, parent: Option<&Path>, id: &str) -> Option<Self> {
        let folder = RunFolder::left_by_interrupted(store, parent).ok()??;
        let record: RunRecord = folder.load().ok()?;
        let of_run =
            |record: RunRecord| Self { folder, store: store.to_owned(), is_incomplete: record.is_incomplete };
        (record.run.id == id).then(|| of_run(record))
    }

    /// Removes the folder. Returns whether something was skipped.
    pub(crate) fn end(self) -> bool {
        let Self { folder, store, is_incomplete } = self;
        // Otherwise, a power cut could bring back the journal of the run, which only its folder can
        // tell from others.
        let synced = store.parent().map(files::sync_folder);
        if let Some(Err(error)) = synced {
            tracing::warn!("the results of {} may not be on the disk yet: {error}", store.shown());
        }
        if let Err(error) = folder.remove() {
            tracing::warn!("{}", with_causes(error.as_ref()));
        }
        is_incomplete
    }
}
