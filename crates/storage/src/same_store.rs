//! Opens a storage file again, and refuses what is not that file.
//!
//! Several threads and processes read a store, and each opens it by its path. Who may write to its
//! folder could put another file there for a moment, of which the fingerprint is the same.

use std::path::{Path, PathBuf};

use crate::last_write::LastWrite;
use crate::{StorageError, Store, StoreState};

/// A storage file that was opened, to be opened again: the same file, and without a write since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SameStore {
    path: PathBuf,
    version: String,
}

impl SameStore {
    /// The storage file at `path` of which another process of this user, on this machine, has told
    /// this [version](StoreState::version).
    #[must_use]
    pub fn of_version(path: PathBuf, version: String) -> Self {
        Self { path, version }
    }

    /// Where the store lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the store.
    ///
    /// # Errors
    ///
    /// If it cannot be opened, was replaced by another file, or was written to.
    pub fn open(&self) -> Result<Store, StorageError> {
        let store = Store::open(&self.path)?;
        if store.version()? == self.version {
            Ok(store)
        } else {
            Err(StorageError::NotSame { path: self.path.clone() })
        }
    }
}

impl Store {
    /// This storage file, as it is now.
    ///
    /// # Errors
    ///
    /// If the file system does not tell the state of the file.
    pub fn same(&self) -> Result<SameStore, StorageError> {
        Ok(SameStore { path: self.path().to_owned(), version: self.version()? })
    }

    fn version(&self) -> Result<String, StorageError> {
        let last_write = LastWrite::of(self.file.as_file());
        Ok(last_write.map_err(|source| StorageError::cannot_open(self.path(), source))?.version())
    }
}

impl StoreState {
    /// Which file this is and what the file system says of the last write to it, as a text for
    /// [`SameStore::of_version`].
    #[must_use]
    pub fn version(&self) -> String {
        self.last_write().version()
    }

    /// [`fingerprint`](Self::fingerprint), if each later write surely changes the
    /// [version](Self::version): then whoever finds that version need not read the content again.
    #[must_use]
    pub fn certain_fingerprint(&self) -> Option<&str> {
        self.last_write().is_old().then(|| self.fingerprint())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::{Duration, SystemTime};

    use super::*;

    /// Times as they were do not make a copy the same file.
    #[test]
    fn another_file_or_a_write_is_refused() {
        let (store, other) = (testing::Store::of("sample"), testing::Store::of("sample"));
        let time = SystemTime::now() - Duration::from_secs(1_000);
        let set = |store: &testing::Store, time| {
            File::options().write(true).open(store.path()).unwrap().set_modified(time).unwrap();
        };
        set(&store, time);
        set(&other, time);
        let opened = Store::open(store.path()).unwrap();
        let same = opened.same().unwrap();
        let state = opened.state().unwrap();
        assert_eq!(same.version, state.version());
        assert_eq!(state.certain_fingerprint(), Some(state.fingerprint()));
        same.open().unwrap();
        let refused = || matches!(same.open(), Err(StorageError::NotSame { path }) if path == store.path());
        set(&store, time + Duration::from_nanos(1_000));
        assert!(refused());
        set(&store, SystemTime::now());
        assert_eq!(Store::open(store.path()).unwrap().state().unwrap().certain_fingerprint(), None);
        set(&store, time);
        same.open().unwrap();
        let away = store.path().with_file_name("away");
        std::fs::rename(store.path(), &away).unwrap();
        std::fs::rename(other.path(), store.path()).unwrap();
        assert!(refused());
        std::fs::rename(away, store.path()).unwrap();
        same.open().unwrap();
    }
}
