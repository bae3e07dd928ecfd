//! Removes a folder of foreman's, with nothing in it that foreman did not make.

use std::ffi::{OsStr, OsString};
use std::io;

use nix::sys::stat::SFlag;

use super::{Folder, parent_and_name};
use crate::directory::{FileStatus, ignore_missing};
use crate::folder_error::FolderError;
use crate::unfinished::finished_name;

impl Folder {
    /// Returns the names of files in the folder that foreman did not make.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    pub fn foreign_files(&self) -> io::Result<Vec<String>> {
        let mut foreign = Vec::new();
        for name in self.directory.names()? {
            if !self.is_ours(&name)? {
                foreign.push(name.to_string_lossy().into_owned());
            }
        }
        Ok(foreign)
    }

    /// Removes foreman's files, the marker last, and then the folder.
    ///
    /// # Errors
    ///
    /// If something cannot be removed, or the folder has other files. The other files stay, and so
    /// does the folder.
    pub fn remove(&self) -> Result<(), FolderError> {
        let mut left = Vec::new();
        for name in self.directory.names()? {
            if name != self.kind.marker && !self.remove_entry(&name)? {
                left.push(name.to_string_lossy().into_owned());
            }
        }
        // The marker is removed last: if the process is killed before that, the folder can still be
        // recognised.
        ignore_missing(self.directory.remove_file(OsStr::new(self.kind.marker)))?;
        if !left.is_empty() {
            return Err(FolderError::Occupied(left));
        }
        let (parent, name) = parent_and_name(&self.path)?;
        if !self.directory.is_in(&parent, name)? {
            return Err(FolderError::Replaced);
        }
        Ok(parent.remove_directory(name)?)
    }

    /// Removes the folder after an error, when it has at most its marker. This opens nothing: the
    /// error may be that no more files can be opened.
    pub(crate) fn give_up(&self) {
        // The caller returns the error that is the cause.
        let _ = self.directory.remove_file(OsStr::new(self.kind.marker));
        let is_in_place = || -> io::Result<bool> {
            let there = FileStatus::of_path(&self.path)?.identity();
            Ok(there == self.directory.own_status()?.identity())
        };
        if is_in_place().unwrap_or(false) {
            let _ = std::fs::remove_dir(&self.path);
        }
    }

    /// Removes a file or folder if its name is one that foreman makes. Returns `false` if it is
    /// not.
    fn remove_entry(&self, name: &OsStr) -> io::Result<bool> {
        if !self.has_name_of_ours(name) {
            return Ok(false);
        }
        let is_folder = |status: FileStatus| status.kind() == SFlag::S_IFDIR;
        if !self.directory.status(name)?.is_some_and(is_folder) {
            ignore_missing(self.directory.remove_file(name))?;
            return Ok(true);
        }
        let Some(text) = name.to_str().filter(|name| (self.kind.is_ours)(&format!("{name}/"))) else {
            return Ok(false);
        };
        let inner = self.directory.enter(name)?;
        for file in inner.names()? {
            let is_ours = |file: &str| (self.kind.is_ours)(&format!("{text}/{file}"));
            if !file.to_str().is_some_and(is_ours) {
                return Ok(false);
            }
            ignore_missing(inner.remove_file(&file))?;
        }
        self.directory.remove_directory(name)?;
        Ok(true)
    }

    /// Returns whether foreman makes a file or folder of this name, and, if it is a folder,
    /// everything in it.
    fn is_ours(&self, name: &OsStr) -> io::Result<bool> {
        if !self.has_name_of_ours(name) {
            return Ok(false);
        }
        let status = self.directory.status(name)?;
        if status.is_none_or(|status| status.kind() != SFlag::S_IFDIR) {
            return Ok(true);
        }
        let files = self.directory.enter(name)?.names()?;
        Ok(name.to_str().is_some_and(|name| self.is_folder_of_ours(name, &files)))
    }

    /// Returns whether foreman makes a folder of this name with these files.
    fn is_folder_of_ours(&self, name: &str, files: &[OsString]) -> bool {
        let is_ours = |file: &OsString| {
            file.to_str().is_some_and(|file| (self.kind.is_ours)(&format!("{name}/{file}")))
        };
        (self.kind.is_ours)(&format!("{name}/")) && files.iter().all(is_ours)
    }

    /// Returns whether foreman makes a file or folder of this name.
    fn has_name_of_ours(&self, name: &OsStr) -> bool {
        let Some(name) = name.to_str() else { return false };
        let name = finished_name(name).unwrap_or(name);
        name == self.kind.marker || (self.kind.is_ours)(name) || (self.kind.is_ours)(&format!("{name}/"))
    }
}
