//! Removes a journal that has nothing to undo.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::{Found, look};
use crate::StorageError;

/// Removes the journal beside the store at `path` if SQLite has begun and not used it, or has
/// finished with it. The store must be locked. Returns the path of the journal if there was one.
///
/// # Errors
///
/// If what lies there may be something else, or cannot be removed.
pub(crate) fn remove_idle(path: &Path) -> Result<Option<PathBuf>, StorageError> {
    let (journal, file) = match look(path)? {
        Found::Idle(journal) => (journal.path, journal.file),
        Found::Hot(journal) => {
            return Err(StorageError::Unfinished { path: path.to_owned(), journal: journal.path });
        }
        Found::Nothing => return Ok(None),
    };
    // The lock keeps other programs from using the journal, but not from renaming files.
    let identity = |file: &Metadata| (file.dev(), file.ino());
    let is_in_place = || -> io::Result<bool> {
        Ok(identity(&std::fs::symlink_metadata(&journal)?) == identity(&file.metadata()?))
    };
    let removed = match is_in_place() {
        Ok(true) => std::fs::remove_file(&journal),
        Ok(false) => Err(io::Error::other("something else has just replaced it")),
        Err(error) => Err(error),
    };
    match removed {
        Ok(()) => Ok(Some(journal)),
        Err(source) => Err(StorageError::NotRemoved { journal, source }),
    }
}
