//! The digests of the rules that plugins have read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The digests of the files and collections of rules that plugins have read while they were set up.
///
/// The digest of a run's settings takes them from here. If the rules were read again for it,
/// somebody could exchange them between the two, and results would be taken for those of other
/// rules.
#[derive(Debug, Default)]
pub struct RulesRead(Mutex<BTreeMap<PathBuf, String>>);

impl RulesRead {
    /// Makes it of files whose digests are known because this process has written them.
    #[must_use]
    pub fn of(digests: BTreeMap<PathBuf, String>) -> Self {
        Self(Mutex::new(digests))
    }

    /// Keeps the digest of the bytes that a plugin has read at a path.
    pub(crate) fn add(&self, path: &Path, digest: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), digest);
    }

    /// Returns the digest of the bytes that a plugin has read at this path, or `None` if no plugin
    /// has read rules there.
    pub(crate) fn digest(&self, path: &Path) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }
}
