//! Removes a folder of foreman's, with nothing in it that foreman did not make.

use std::ffi::{OsStr, OsString};
use std::io;

use nix::sys::stat::SFlag;

use super::{Folder, parent_and_name};
use crate::directory::{Directory, FileStatus, ignore_missing};
use crate::folder_error::FolderError;
use crate::unfinished::finished_name;

/// What is in a folder.
enum Entry {
    /// Something that foreman did not make, or a folder that has such.
    Foreign,
    /// A file that foreman makes.
    File,
    /// A folder that foreman makes, and the names of the files in it.
    Folder(Directory, Vec<OsString>),
}

impl Folder {
    /// Returns the names of files in the folder that foreman did not make.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    pub fn foreign_files(&self) -> io::Result<Vec<String>> {
        let mut foreign = Vec::new();
        for name in self.directory.names()? {
            if matches!(self.entry(&name)?, Entry::Foreign) {
                foreign.push(name.to_string_lossy().into_owned());
            }
        }
        Ok(foreign)
    }

    /// Removes the folder of a process that has ended.
    ///
    /// # Errors
    ///
    /// If something cannot be removed, or the folder has other files. Then nothing is removed:
    /// without its marker, the folder would not be recognised any more.
    pub fn remove(&self) -> Result<(), FolderError> {
        let foreign = self.foreign_files()?;
        if foreign.is_empty() { self.remove_own_files() } else { Err(FolderError::Occupied(foreign)) }
    }

    /// Removes the folder if it has only files of these names, and nothing otherwise. A journal of
    /// such a file counts, too.
    ///
    /// # Errors
    ///
    /// If something cannot be removed, or the folder has other files.
    pub(crate) fn remove_with(&self, files: &[&str]) -> Result<(), FolderError> {
        let mut foreign = Vec::new();
        for name in self.directory.names()? {
            let shown = name.to_string_lossy();
            let file = shown.strip_suffix("-journal").unwrap_or(&shown);
            let is_known = file == self.kind.marker || files.contains(&file);
            if !is_known || !matches!(self.entry(&name)?, Entry::File) {
                foreign.push(shown.into_owned());
            }
        }
        if foreign.is_empty() { self.remove_own_files() } else { Err(FolderError::Occupied(foreign)) }
    }

    /// Removes the files of foreman in a folder that is not needed any more, the marker last, and
    /// then the folder.
    ///
    /// # Errors
    ///
    /// If something cannot be removed, or the folder has other files. The other files stay, and so
    /// does the folder.
    pub fn remove_own_files(&self) -> Result<(), FolderError> {
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
        let (parent, name) = self.place()?;
        Ok(parent.remove_directory(name)?)
    }

    /// Returns the folder in which this one is, and its name. If a folder above it was moved, that
    /// is not where its path leads.
    fn place(&self) -> Result<(Directory, &OsStr), FolderError> {
        let by_path = parent_and_name(&self.path);
        match &by_path {
            Ok((parent, name)) if !self.directory.is_in(parent, name)? => {}
            Err(FolderError::System(error)) if error.kind() == io::ErrorKind::NotFound => {}
            _ => return by_path,
        }
        let name = self.path.file_name().ok_or(FolderError::NoFolder)?;
        let above = self.directory.above()?;
        match self.directory.is_in(&above, name)? {
            true => Ok((above, name)),
            false => Err(by_path.err().unwrap_or(FolderError::Replaced)),
        }
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

    /// Removes a file or folder if foreman makes such, and a folder only with all that is in it.
    /// Returns `false` if it does not.
    fn remove_entry(&self, name: &OsStr) -> io::Result<bool> {
        match self.entry(name)? {
            Entry::Foreign => return Ok(false),
            Entry::File => ignore_missing(self.directory.remove_file(name))?,
            Entry::Folder(inner, files) => {
                for file in files {
                    ignore_missing(inner.remove_file(&file))?;
                }
                self.directory.remove_directory(name)?;
            }
        }
        Ok(true)
    }

    /// Looks up what has this name.
    fn entry(&self, name: &OsStr) -> io::Result<Entry> {
        if !self.has_name_of_ours(name) {
            return Ok(Entry::Foreign);
        }
        let is_folder = |status: FileStatus| status.kind() == SFlag::S_IFDIR;
        if !self.directory.status(name)?.is_some_and(is_folder) {
            return Ok(Entry::File);
        }
        let inner = self.directory.enter(name)?;
        let files = inner.names()?;
        let are_ours = name.to_str().is_some_and(|name| {
            let is_ours = |file: &str| (self.kind.is_ours)(&format!("{name}/{file}"));
            is_ours("") && files.iter().all(|file| file.to_str().is_some_and(is_ours))
        });
        Ok(if are_ours { Entry::Folder(inner, files) } else { Entry::Foreign })
    }

    /// Returns whether foreman makes a file or folder of this name.
    fn has_name_of_ours(&self, name: &OsStr) -> bool {
        let Some(name) = name.to_str() else { return false };
        let name = finished_name(name).unwrap_or(name);
        name == self.kind.marker || (self.kind.is_ours)(name) || (self.kind.is_ours)(&format!("{name}/"))
    }
}
