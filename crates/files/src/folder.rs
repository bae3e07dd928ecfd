//! A folder of our own, where others may have laid something else.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::stat::SFlag;
use nix::unistd::geteuid;

use crate::directory::{Directory, FileStatus};
use crate::unfinished::{finished_name, unfinished_name};

/// A kind of folder that we make: how it is known again, and which files in it are ours.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The name of the file that is made first and removed last.
    pub marker: &'static str,
    /// How that file begins.
    pub signature: &'static str,
    /// Whether we make a file of this name. The name of a folder ends with `/`, and files in it are
    /// asked for with the name of the folder before theirs.
    pub is_ours: fn(&str) -> bool,
}

/// A folder of our own. All is done through its descriptor, so nobody can have us work elsewhere.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    directory: Directory,
    kind: Kind,
}

/// Why a folder cannot be used or removed.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The path leads to something else.
    #[error("it is a symbolic link or a file, and no folder")]
    NoFolder,
    /// The folder belongs to somebody else.
    #[error("it belongs to user {0}, who alone can resume or discard it")]
    Owner(u32),
    /// The folder was not made by this program.
    #[error("foreman has not made it")]
    Foreign,
    /// The folder has files of others.
    #[error("it stays, since it has files that foreman has not made: {}", listed(.0))]
    Occupied(Vec<String>),
    /// Another folder has taken its place.
    #[error("another folder has taken its place")]
    Replaced,
    /// The operating system refuses.
    #[error(transparent)]
    System(#[from] io::Error),
}

impl Folder {
    /// Makes a folder that nobody else may enter, with its marker. Nothing may be there.
    ///
    /// # Errors
    ///
    /// If something is there, or the folder cannot be made.
    pub fn make(path: &Path, kind: Kind) -> Result<Self, FolderError> {
        let folder = Self::make_unmarked(path, kind)?;
        folder.mark()?;
        Ok(folder)
    }

    pub(crate) fn make_unmarked(path: &Path, kind: Kind) -> Result<Self, FolderError> {
        let (parent, name) = parent_and_name(path)?;
        parent.make_directory(name)?;
        let directory = parent.enter(name)?;
        let folder = Self { path: path.to_owned(), directory, kind };
        // Whoever may write to the parent may have put another in its place.
        if folder.directory.names()?.is_empty() && folder.is_owned()? {
            return Ok(folder);
        }
        Err(FolderError::Replaced)
    }

    /// Makes the marker.
    pub(crate) fn mark(&self) -> io::Result<()> {
        self.create(self.kind.marker)?.write_all(self.kind.signature.as_bytes())
    }

    /// Opens a folder of this kind, or returns `None` if nothing is there.
    ///
    /// # Errors
    ///
    /// If something else is there, or the folder of somebody else.
    pub fn open(path: &Path, kind: Kind) -> Result<Option<Self>, FolderError> {
        let (parent, name) = parent_and_name(path)?;
        let status = match parent.status(name)? {
            None => return Ok(None),
            Some(status) if status.kind() == SFlag::S_IFDIR => status,
            Some(_) => return Err(FolderError::NoFolder),
        };
        let directory =
            parent.enter(name).map_err(|error| match error.raw_os_error().map(Errno::from_raw) {
                Some(Errno::EACCES) if status.owner() != geteuid().as_raw() => {
                    FolderError::Owner(status.owner())
                }
                Some(Errno::ELOOP | Errno::ENOTDIR) => FolderError::NoFolder,
                _ => error.into(),
            })?;
        let folder = Self { path: path.to_owned(), directory, kind };
        if !folder.is_owned()? {
            return Err(FolderError::Owner(folder.directory.own_status()?.owner()));
        }
        if !folder.is_recognised()? {
            return Err(FolderError::Foreign);
        }
        // Earlier versions made folders that others may enter. Some file systems know no permissions.
        let _ = folder.directory.close_to_others();
        Ok(Some(folder))
    }

    /// Returns where the folder is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a file, which must be new and which only its owner may read.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn create(&self, name: &str) -> io::Result<File> {
        self.directory.create(OsStr::new(name), 0o600)
    }

    /// Makes a file that only its owner may read, in place of one of that name.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn create_anew(&self, name: &str) -> io::Result<File> {
        ignore_missing(self.remove_file(name))?;
        self.create(name)
    }

    /// Writes a file, which others see as it was or as it is to be.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn replace(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let name = OsStr::new(name);
        let unfinished = unfinished_name(name);
        let written = self
            .directory
            .create(&unfinished, 0o600)
            .and_then(|mut file| file.write_all(content))
            .and_then(|()| self.directory.rename(&unfinished, name));
        if written.is_err() {
            let _ = self.directory.remove_file(&unfinished);
        }
        written
    }

    /// Has the disk keep a file as it is now, together with the folder.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub fn sync(&self, name: &str) -> Result<(), FolderError> {
        self.read(name)?.sync_all()?;
        self.directory.sync()?;
        let (parent, _) = parent_and_name(&self.path)?;
        match parent.enter(OsStr::new(".")) {
            Ok(parent) => Ok(parent.sync()?),
            // One may make files in a folder that one may not read, and cannot sync it then.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens a file to append to, or makes one that only its owner may read.
    ///
    /// # Errors
    ///
    /// If it is no regular file, or cannot be opened.
    pub fn append(&self, name: &str) -> io::Result<File> {
        self.directory.append(OsStr::new(name))
    }

    /// Opens a file for reading.
    ///
    /// # Errors
    ///
    /// If it is no regular file, or cannot be opened.
    pub fn read(&self, name: &str) -> io::Result<File> {
        self.directory.read(OsStr::new(name))
    }

    /// Removes a file.
    ///
    /// # Errors
    ///
    /// If it cannot be removed.
    pub fn remove_file(&self, name: &str) -> io::Result<()> {
        self.directory.remove_file(OsStr::new(name))
    }

    /// Returns the names of files in the folder that are not ours.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    pub fn foreign_files(&self) -> io::Result<Vec<String>> {
        let names = self.directory.names()?;
        let foreign = names.iter().filter(|name| !self.has_name_of_ours(name));
        Ok(foreign.map(|name| name.to_string_lossy().into_owned()).collect())
    }

    /// Removes our files, the marker last, and then the folder.
    ///
    /// # Errors
    ///
    /// If something cannot be removed, or the folder has files that are not ours, which stay with it.
    pub fn remove(&self) -> Result<(), FolderError> {
        let mut left = Vec::new();
        for name in self.directory.names()? {
            if name != self.kind.marker && !self.remove_entry(&name)? {
                left.push(name.to_string_lossy().into_owned());
            }
        }
        // A run that is killed before this leaves a folder that is known again.
        ignore_missing(self.directory.remove_file(OsStr::new(self.kind.marker)))?;
        if !left.is_empty() {
            return Err(FolderError::Occupied(left));
        }
        let (parent, name) = parent_and_name(&self.path)?;
        if !self.is_in(&parent, name)? {
            return Err(FolderError::Replaced);
        }
        Ok(parent.remove_directory(name)?)
    }

    /// Removes a file or folder of ours. Returns `false` if it is not ours.
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

    /// Returns whether we make a file or folder of this name.
    fn has_name_of_ours(&self, name: &OsStr) -> bool {
        let Some(name) = name.to_str() else { return false };
        let name = finished_name(name).unwrap_or(name);
        name == self.kind.marker || (self.kind.is_ours)(name) || (self.kind.is_ours)(&format!("{name}/"))
    }

    /// Returns whether the folder is the one that lies in its place now.
    pub(crate) fn is_in_place(&self) -> io::Result<bool> {
        let (parent, name) = parent_and_name(&self.path).map_err(|_| io::Error::from(Errno::ENOENT))?;
        self.is_in(&parent, name)
    }

    fn is_in(&self, parent: &Directory, name: &OsStr) -> io::Result<bool> {
        let own = self.directory.own_status()?.identity();
        Ok(parent.status(name)?.is_some_and(|there| there.identity() == own))
    }

    pub(crate) fn lock_file(&self) -> io::Result<File> {
        self.directory.lock_file()
    }

    /// Returns whether the folder was made by this program: it has the marker, or nothing at all yet.
    pub(crate) fn is_recognised(&self) -> io::Result<bool> {
        let mut start = Vec::new();
        match self.read(self.kind.marker) {
            Ok(marker) => marker.take(self.kind.signature.len() as u64).read_to_end(&mut start)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            // A link, or something that is no file.
            Err(_) => return Ok(false),
        };
        if !start.is_empty() {
            return Ok(start == self.kind.signature.as_bytes());
        }
        Ok(self.directory.names()?.iter().all(|name| name == self.kind.marker))
    }

    /// Returns whether the folder belongs to this user.
    pub(crate) fn is_owned(&self) -> io::Result<bool> {
        let owner = self.directory.own_status()?.owner();
        if owner == geteuid().as_raw() {
            return Ok(true);
        }
        // On a disk without owners (exFAT), or one where root is nobody (NFS), all files of ours belong
        // to somebody else. What is made in the folder tells.
        let name = unfinished_name(OsStr::new("owner"));
        let Ok(probe) = self.directory.create(&name, 0o600) else { return Ok(false) };
        self.directory.remove_file(&name)?;
        Ok(FileStatus::of(&probe)?.owner() == owner)
    }
}

fn parent_and_name(path: &Path) -> Result<(Directory, &OsStr), FolderError> {
    let name = path.file_name().ok_or(FolderError::NoFolder)?;
    Ok((Directory::open(path.parent().unwrap_or(Path::new("")))?, name))
}

fn ignore_missing(removed: io::Result<()>) -> io::Result<()> {
    removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

/// Returns the first few names as a text.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let mut text = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text += ", …";
    }
    text
}

#[cfg(test)]
mod tests;
