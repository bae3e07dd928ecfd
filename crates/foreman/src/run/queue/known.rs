//! What the record of a queue says of one storage file.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use storage::{StorageError, Store};

/// What the record says of a storage file.
#[derive(Default)]
pub(super) struct KnownStore {
    /// The last run over it that was begun.
    pub(super) run: Option<BegunRun>,
    /// Its last state when a run had ended, unless another one was begun since.
    pub(super) done: Option<DoneStore>,
}

/// A run over a storage file. The file itself says whether it has the results of this run, however
/// much of the run's folder is left.
#[derive(Serialize, Deserialize)]
pub(super) struct BegunRun {
    /// The path of the storage file, as in [`DoneStore`].
    pub(super) store: PathBuf,
    /// The identifier of the run.
    pub(super) run: String,
    /// Whether something was skipped. Known when the run begins to store its results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) is_incomplete: Option<bool>,
    /// The digest of all results that the file has then:
    /// [`StoreWriter::digest_of_results`](storage::StoreWriter::digest_of_results).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) results: Option<String>,
}

/// A storage file that is done.
#[derive(Serialize, Deserialize)]
pub(super) struct DoneStore {
    /// Its path, in the record from the folder in which the record is.
    pub(super) store: PathBuf,
    /// Whether something was skipped.
    pub(super) is_incomplete: bool,
    /// [`Store::fingerprint`](storage::Store::fingerprint) with the results.
    pub(super) content: String,
}

impl DoneStore {
    /// Returns whether the storage file is still as it was when it was done.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub(super) fn is_as_it_was(&self) -> Result<bool, StorageError> {
        Ok(content_of(&self.store)? == self.content)
    }
}

/// Returns [`Store::fingerprint`](storage::Store::fingerprint) of a storage file.
pub(super) fn content_of(store: &Path) -> Result<String, StorageError> {
    Store::open(store)?.fingerprint()
}
