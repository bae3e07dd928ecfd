//! Words of commands in messages.

use std::path::{Path, PathBuf};

pub(crate) use events::{quoted, quoted_path};

/// Returns a path that means the same in every folder.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Returns the end of a command about the interrupted run over a store, which works in every
/// folder.
pub(crate) fn interrupted_run(store: &Path) -> String {
    quoted_path(absolute(store))
}
