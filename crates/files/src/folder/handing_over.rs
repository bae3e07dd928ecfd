//! Folders that several processes make, each its own, and of which the first to be complete gets a
//! name that all of them know.

use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::path::Path;

use super::{Folder, Kind, parent_and_name};
use crate::folder_error::FolderError;
use crate::unfinished::random_digits;

impl Folder {
    /// Makes a folder like [`make`](Self::make), under a name that begins with `prefix` and that no
    /// other folder has.
    ///
    /// # Errors
    ///
    /// If the folder cannot be made.
    pub fn make_beside_others(directory: &Path, prefix: &str, kind: Kind) -> Result<Self, FolderError> {
        Self::make(&directory.join(format!("{prefix}{}", random_digits())), kind)
    }

    /// Returns the names of the files in the folder, sorted.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    pub fn file_names(&self) -> io::Result<Vec<OsString>> {
        self.directory.names()
    }

    /// Gives the folder another name in the same directory. Returns `false` if something has that
    /// name already; then the folder keeps its own.
    ///
    /// # Errors
    ///
    /// If the folder cannot be renamed, or another is in its place.
    pub fn rename(&mut self, name: &str) -> Result<bool, FolderError> {
        let path = self.path.with_file_name(name);
        let (parent, own_name) = parent_and_name(&self.path)?;
        if !self.directory.is_in(&parent, own_name)? {
            return Err(FolderError::Replaced);
        }
        match parent.rename_new(own_name, OsStr::new(name)) {
            Ok(()) => {}
            Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty) => {
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        }
        self.path = path;
        Ok(true)
    }
}
