//! What was in a storage file at a moment.

use std::fs::File;
use std::io;
use std::path::Path;

use events::Timestamp;

use crate::fingerprint::fingerprint;
use crate::journal::pages::Pages;
use crate::last_write::LastWrite;
use crate::{StorageError, Store};

/// What was in a storage file at a moment, to find out later whether it still is: its last write,
/// wherever that was in the file, and its content, as far as the fingerprint covers it.
#[derive(Debug, Clone)]
pub struct StoreState {
    last_write: LastWrite,
    fingerprint: String,
}

impl Store {
    /// What is in the storage file now.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn state(&self) -> Result<StoreState, StorageError> {
        StoreState::of(self.file.as_file()).map_err(|source| StorageError::cannot_open(self.path(), source))
    }
}

impl StoreState {
    pub(crate) fn of(file: &File) -> io::Result<Self> {
        // The time first, so that it tells of writes while the content is read, too.
        let last_write = LastWrite::of(file)?;
        Ok(Self { last_write, fingerprint: fingerprint(&Pages::of_database(file)?)? })
    }

    /// [`Store::fingerprint`] at that moment.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Device and inode of the file, and when it was made, if its file system tells that: a copy
    /// may have the inode of a file that was removed.
    #[must_use]
    pub fn identity(&self) -> (u64, u64, Option<Timestamp>) {
        let (device, inode) = self.last_write.identity();
        (device, inode, self.last_write.born())
    }

    /// Returns whether the file at `path` is that file, nobody has written to it since then, and
    /// its content is the same.
    ///
    /// # Errors
    ///
    /// If there is no storage file any more, or it cannot be read.
    pub fn is_still_at(&self, path: &Path) -> Result<bool, StorageError> {
        let now = Store::open(path)?.state()?;
        Ok(!self.is_before_write(&now.last_write) && self.fingerprint == now.fingerprint)
    }

    pub(crate) fn last_write(&self) -> &LastWrite {
        &self.last_write
    }

    /// Whether somebody has written to the file between this and `now`.
    pub(crate) fn is_before_write(&self, now: &LastWrite) -> bool {
        self.last_write.is_before_another(now)
    }
}
