//! What became of the folders that ended processes have left.

use std::path::PathBuf;

use crate::folder_error::FolderError;

/// The folders of ended processes that were found in a place. Others, such as those of other users,
/// are not among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftFolders {
    /// How many were removed.
    pub removed: usize,
    /// Those that stay as they are, because they have files that foreman did not make.
    pub kept: Vec<PathBuf>,
}

impl LeftFolders {
    /// Adds a folder. `was_in_use` says whether it counts as removed.
    pub(crate) fn add(&mut self, path: PathBuf, removal: Result<(), FolderError>, was_in_use: bool) {
        match removal {
            Ok(()) => self.removed += usize::from(was_in_use),
            Err(FolderError::Occupied(_)) => self.kept.push(path),
            // What cannot be removed is not worth a word: the next command tries again.
            Err(_) => {}
        }
    }
}
