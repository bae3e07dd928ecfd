//! A run that was killed after it had stored its results, and before that was written down.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use events::{Shown as _, with_causes};
use storage::Store;

use super::record::{RunRecord, is_last_session};
use crate::paths::store_path;
use crate::supervise::run_folder::RunFolder;

/// A run that has stored its results.
pub(crate) struct StoredRun {
    /// What is left of its folder. The kill may have come at any moment of the removal, so nothing
    /// in the folder is needed to know the run.
    folder: Option<RunFolder>,
    store: PathBuf,
    /// Whether something was skipped, if that is known.
    is_incomplete: Option<bool>,
}

impl StoredRun {
    /// Returns the run with this identifier over a storage file, if its results are the last that
    /// were stored in this file, and whether something was skipped. `known` is what is known
    /// without the run's folder: the latter, and the digest of all results. Whatever else is wrong
    /// with the file, the run says when its turn comes.
    ///
    /// # Errors
    ///
    /// If the file has only a part of the results, and the run's folder is gone: nothing else would
    /// tell.
    pub(crate) fn of(
        store: &Path,
        id: &str,
        known: (Option<bool>, Option<String>),
    ) -> Result<Option<(Self, bool)>> {
        let Some(store) = store_path(store).ok().and_then(|path| Store::open(&path).ok()) else {
            return Ok(None);
        };
        if !is_last_session(&store, id).unwrap_or(false) {
            return Ok(None);
        }
        let Ok(Some(this)) = Self::with_id(&store, id) else { return Ok(None) };
        let (is_incomplete, results) = known;
        if this.is_incomplete.is_none()
            && let Some(results) = results
        {
            check_results(store.path(), &results)?;
        }
        // The run writes both down before its results.
        let is_incomplete = this.is_incomplete.into_iter().chain(is_incomplete).max();
        Ok(is_incomplete.map(|is_incomplete| (this, is_incomplete)))
    }

    /// Returns the run with this identifier over a storage file, which has its session. Returns
    /// `None` if another program uses the run's folder, or it cannot be read.
    ///
    /// # Errors
    ///
    /// If the file has only a part of the results, or cannot be read.
    pub(crate) fn with_id(store: &Store, id: &str) -> Result<Option<Self>> {
        let path = store.path();
        let Ok(folder) = RunFolder::left_by_interrupted(path) else { return Ok(None) };
        let record = folder.as_ref().map(RunFolder::load_left::<RunRecord>).transpose();
        let Ok(record) = record.map(Option::flatten) else { return Ok(None) };
        if let Some(record) = record.as_ref().filter(|record| record.run.id == id) {
            record.check_complete(store)?;
        }
        let store = path.to_owned();
        Ok(Some(match record {
            // That run was begun later, and it is not over.
            Some(record) if record.run.id != id => Self { folder: None, store, is_incomplete: None },
            // Without its record, the folder has nothing that anybody needs.
            record => Self { folder, store, is_incomplete: record.map(|record| record.is_incomplete) },
        }))
    }

    /// Removes what is left of the folder.
    pub(crate) fn end(self) {
        let Self { folder: Some(folder), store, .. } = self else { return };
        // Otherwise, a power cut could bring back the journal of the run, which only its folder can
        // tell from others.
        let synced = store.parent().map(files::sync_folder);
        if let Some(Err(error)) = synced {
            tracing::warn!("the results of {} may not be on the disk yet: {error}", store.shown());
        }
        match folder.remove() {
            Ok(stays) => stays.iter().for_each(|stays| tracing::warn!("{stays}")),
            Err(error) => tracing::warn!("{}", with_causes(error.as_ref())),
        }
    }
}

/// A storage file has a part of the results of a run.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0} has only a part of the results of the interrupted run: do not use this file any more; put a copy of the file from \
     before the run in its place, and give the command again"
)]
struct PartOfResults(String);

/// Refuses a storage file that has the session of a run, and not the results of this digest.
fn check_results(path: &Path, results: &str) -> Result<()> {
    let holds = storage::holds_results(path, results);
    if holds.with_context(|| format!("cannot read {}", path.shown()))? {
        return Ok(());
    }
    Err(PartOfResults(path.shown().into_owned()).into())
}
