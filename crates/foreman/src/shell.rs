//! Words of commands in messages.

use std::path::Path;

pub(crate) use events::{quoted, quoted_path};

/// Returns the end of a command about the interrupted run over a store, which works in every
/// folder.
pub(crate) fn interrupted_run(store: &Path, temporary_directory: Option<&Path>) -> String {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let elsewhere =
        temporary_directory.map(|path| format!("--temporary-directory {} ", quoted_path(absolute(path))));
    format!("{}{}", elsewhere.unwrap_or_default(), quoted_path(store))
}
