//! A journal that has nothing to undo.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::refusal::Refusal;
use super::rollback::is_zero;
use super::{Found, Journal, is_being_written, look, whole};
use crate::StorageError;

/// Removes the journal beside the store at `path` if SQLite has begun and not used it, or has
/// finished with it. The store must be locked. Returns the path of the journal if there was one.
///
/// # Errors
///
/// If what lies there may be something else, or the store is damaged, so that the journal may still
/// be needed, or if it cannot be removed.
pub(crate) fn remove_idle(path: &Path) -> Result<Option<PathBuf>, StorageError> {
    let Some(Journal { path: journal, file, length }) = find(path)? else { return Ok(None) };
    let refused = |refusal: Refusal| refusal.of(path, &journal, false);
    // A power cut can lose the beginning of a journal whose change was made in part.
    if !is_zero(&file, 0, length).map_err(|error| refused(error.into()))?
        && !whole::is_whole(path).map_err(|error| refused(Refusal::UnreadableStore(error)))?
    {
        return Err(refused("its beginning is lost (zeros), and the storage file is damaged".into()));
    }
    // The lock keeps other programs from using the journal, but not from renaming files.
    let identity = |file: &Metadata| (file.dev(), file.ino());
    let is_in_place = || -> io::Result<bool> {
        Ok(identity(&std::fs::symlink_metadata(&journal)?) == identity(&file.metadata()?))
    };
    let removed = match is_in_place() {
        Ok(true) => files::remove_real_path(&journal),
        Ok(false) => Err(io::Error::other("something else has just replaced it")),
        Err(error) => Err(error),
    };
    match removed {
        Ok(()) => Ok(Some(journal)),
        Err(source) => Err(StorageError::NotRemoved { journal, source }),
    }
}

/// Returns the path of the journal beside the store at `path` if it has nothing to undo and no
/// other program is writing to the store. It stays where files cannot be removed.
///
/// # Errors
///
/// If what lies there has something to undo, or may be something else.
pub fn idle_journal(path: &Path) -> Result<Option<PathBuf>, StorageError> {
    let is_of_others = files::open_real_path(path).is_ok_and(|store| is_being_written(&store));
    Ok(find(path)?.filter(|_| !is_of_others).map(|journal| journal.path))
}

fn find(path: &Path) -> Result<Option<Journal>, StorageError> {
    match look(path)? {
        Found::Idle(journal) => Ok(Some(journal)),
        Found::Hot(journal) => Err(StorageError::Unfinished { path: path.to_owned(), journal: journal.path }),
        Found::Nothing => Ok(None),
    }
}
