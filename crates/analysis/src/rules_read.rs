//! The digests of the rules that plugins have read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The digests of the files and collections of rules that plugins have read while they were set up.
/// Clones share them.
///
/// The digest of a run's settings takes them from here. If the rules were read again for it,
/// somebody could exchange them between the two, and results would be taken for those of other
/// rules.
#[derive(Debug, Clone, Default)]
pub struct RulesRead(Arc<Mutex<Digests>>);

#[derive(Debug, Default)]
struct Digests {
    read: BTreeMap<PathBuf, String>,
    collections: BTreeMap<PathBuf, String>,
}

impl RulesRead {
    /// Makes it of files whose digests are known because this process has written them.
    #[must_use]
    pub fn of(digests: BTreeMap<PathBuf, String>) -> Self {
        Self(Arc::new(Mutex::new(Digests { read: digests, ..Digests::default() })))
    }

    /// Keeps the digest of the bytes that a plugin has read at a path.
    pub fn add(&self, path: &Path, digest: String) {
        self.digests().read.insert(path.to_owned(), digest);
    }

    /// Returns the digest of what a plugin has read at this path, or `None` if no plugin has read
    /// rules there.
    #[must_use]
    pub fn digest(&self, path: &Path) -> Option<String> {
        self.digests().read.get(path).cloned()
    }

    /// Returns the digests of all paths.
    #[must_use]
    pub fn all(&self) -> BTreeMap<PathBuf, String> {
        self.digests().read.clone()
    }

    /// Keeps the digest that [`Collect`](crate::spec::Collect) would have had of the files of a
    /// collection, as a plugin has read them.
    pub(crate) fn add_collection(&self, path: &Path, digest: String) {
        self.digests().collections.insert(path.to_owned(), digest);
    }

    /// Returns the digest of the collection that a plugin has read at this path, as that of the
    /// file into which it is collected.
    #[must_use]
    pub fn collection(&self, path: &Path) -> Option<String> {
        self.digests().collections.get(path).cloned()
    }

    fn digests(&self) -> MutexGuard<'_, Digests> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
