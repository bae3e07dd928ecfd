//! A folder that foreman makes for itself, in a place where others may have put something else.

mod handing_over;
mod removal;

use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, UNIX_EPOCH};

use nix::errno::Errno;
use nix::sys::stat::{Mode, SFlag};
use nix::unistd::geteuid;

use crate::directory::{Directory, ignore_missing};
use crate::folder_error::FolderError;
use crate::full_disk::FullDisk;
use crate::machine::machine_id;
use crate::open_database::Input;
use crate::sha256::sha256_of;
use crate::unfinished::unfinished_name;
use crate::written_file::WrittenFile;

/// A kind of folder that foreman makes: how it is recognised, and which of its files are foreman's.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The name of the file that is made first and removed last.
    pub marker: &'static str,
    /// The first bytes of that file.
    pub signature: &'static str,
    /// Returns whether foreman makes a file of this name. The name of a folder ends with `/`. The
    /// name of a file inside a folder begins with the folder's name.
    pub is_ours: fn(&str) -> bool,
}

/// A folder that foreman has made. All work is done through its descriptor, so nobody can redirect
/// the work to another folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    directory: Directory,
    kind: Kind,
}

impl Folder {
    /// Makes a folder that nobody else may enter, with its marker.
    ///
    /// # Errors
    ///
    /// If there is something at the path, or the folder cannot be made.
    pub fn make(path: &Path, kind: Kind) -> Result<Self, FolderError> {
        let folder = Self::make_unmarked(path, kind)?;
        folder.mark()?;
        Ok(folder)
    }

    pub(crate) fn make_unmarked(path: &Path, kind: Kind) -> Result<Self, FolderError> {
        let (parent, name) = parent_and_name(path)?;
        parent.make_directory(name).map_err(|error| FullDisk::name(path, error))?;
        let directory = parent.enter(name).inspect_err(|_| {
            // The error that is returned is the cause.
            let _ = parent.remove_directory(name);
        })?;
        let folder = Self { path: path.to_owned(), directory, kind };
        // A user who may write to the parent folder could have replaced the folder at this moment.
        let is_new = || Ok(folder.directory.names()?.is_empty() && folder.directory.is_owned()?);
        match is_new() {
            Ok(true) => Ok(folder),
            Ok(false) => Err(FolderError::Replaced),
            Err(error) => {
                folder.give_up();
                Err(FolderError::System(error))
            }
        }
    }

    /// Makes the marker. If that fails, because the disk is full for example, removes the folder,
    /// which is still empty otherwise.
    pub(crate) fn mark(&self) -> io::Result<()> {
        let create = || self.create(self.kind.marker)?.write_all(self.kind.signature.as_bytes());
        create().inspect_err(|_| self.give_up())
    }

    /// Opens a folder of this kind, or returns `None` if there is nothing at the path. Nothing is
    /// changed: another process may be using the folder.
    ///
    /// # Errors
    ///
    /// If there is something else at the path, or the folder belongs to another user.
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
        if !folder.directory.is_owned()? {
            return Err(FolderError::Owner(folder.directory.own_status()?.owner()));
        }
        if !folder.is_recognised()? {
            return Err(FolderError::Foreign);
        }
        Ok(Some(folder))
    }

    /// Returns the folder's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns what tells this folder from all copies of it, and from those that another machine
    /// has made, and stays the same when it is renamed or moved: a digest of the time at which it
    /// was made, and of the machine's identifier. Where the file system does not keep that time,
    /// the folder's inode counts.
    ///
    /// # Errors
    ///
    /// If the folder cannot be looked up.
    pub fn stamp(&self) -> io::Result<String> {
        let status = self.directory.metadata()?;
        let made = status.created().ok().and_then(|made| made.duration_since(UNIX_EPOCH).ok());
        let own = match made.filter(|made| !made.is_zero()) {
            Some(made) => format!("made {}.{:09}", made.as_secs(), made.subsec_nanos()),
            None => format!("inode {}", status.ino()),
        };
        Ok(sha256_of(format!("folder of foreman {own} {}", machine_id()).as_bytes()))
    }

    /// Makes a file that only its owner may read.
    ///
    /// # Errors
    ///
    /// If the file exists or cannot be made.
    pub fn create(&self, name: &str) -> io::Result<WrittenFile> {
        self.written(name, self.directory.create(OsStr::new(name), 0o600))
    }

    fn written(&self, name: &str, made: io::Result<File>) -> io::Result<WrittenFile> {
        let path = self.path.join(name);
        match made {
            Ok(file) => Ok(WrittenFile::new(file, &path)),
            Err(error) => Err(FullDisk::name(&path, error)),
        }
    }

    /// Makes a file that only its owner may read, and replaces a file of this name.
    ///
    /// # Errors
    ///
    /// If the file cannot be made.
    pub fn create_anew(&self, name: &str) -> io::Result<WrittenFile> {
        ignore_missing(self.remove_file(name))?;
        self.create(name)
    }

    /// Replaces a file. Readers see either the old or the new content, never a part.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
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
        written.map_err(|error| FullDisk::name(&self.path.join(name), error))
    }

    /// Has the disk keep a file as it is now, together with its name.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub fn sync(&self, name: &str) -> Result<(), FolderError> {
        let synced = self.read(name)?.sync_all();
        synced.map_err(|error| FullDisk::name(&self.path.join(name), error))?;
        Ok(self.directory.sync()?)
    }

    /// Has the disk keep the name of the folder, and all other names beside it.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub fn sync_place(&self) -> Result<(), FolderError> {
        let (parent, _) = parent_and_name(&self.path)?;
        match parent.enter(OsStr::new(".")) {
            Ok(parent) => Ok(parent.sync()?),
            // One may make files in a folder that one may not read, and cannot sync it then.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens a file to append to it. If there is none, makes one that only its owner may read.
    ///
    /// # Errors
    ///
    /// If the file is not a regular file, or cannot be opened.
    pub fn append(&self, name: &str) -> io::Result<WrittenFile> {
        self.written(name, self.directory.append(OsStr::new(name)))
    }

    /// Opens a file for reading.
    ///
    /// # Errors
    ///
    /// If the file is not a regular file, or cannot be opened.
    pub fn read(&self, name: &str) -> io::Result<Input> {
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

    /// Returns whether this folder is still the one at its path.
    pub(crate) fn is_in_place(&self) -> io::Result<bool> {
        let (parent, name) = parent_and_name(&self.path).map_err(|_| io::Error::from(Errno::ENOENT))?;
        self.directory.is_in(&parent, name)
    }

    /// Locks the folder until the returned file is closed, and closes it to others, or returns
    /// `None` if another process has it locked for longer than a moment: a program that was killed
    /// when it had just begun to start another one leaves the lock to that process until it has
    /// started. On a file system that knows no such locks, nothing is locked.
    ///
    /// # Errors
    ///
    /// If the folder cannot be opened, or another process has removed or renamed it before the lock
    /// was taken.
    pub fn try_lock(&self) -> io::Result<Option<File>> {
        let lock = self.lock_file()?;
        let until = Instant::now() + MOMENT;
        while let Err(TryLockError::WouldBlock) = lock.try_lock() {
            if Instant::now() >= until {
                return Ok(None);
            }
            std::thread::sleep(PAUSE);
        }
        if !self.is_in_place()? {
            return Err(io::Error::other("another process has just removed or replaced it; try again"));
        }
        // Earlier versions made folders that others may enter. Some file systems have no
        // permissions, so an error is ignored.
        let _ = self.directory.close_to_others();
        Ok(Some(lock))
    }

    /// Locks a folder that this process has just made, or removes it.
    ///
    /// # Errors
    ///
    /// Those of [`try_lock`](Self::try_lock).
    pub fn try_lock_new(&self) -> io::Result<Option<File>> {
        self.try_lock().inspect_err(|_| self.give_up())
    }

    /// Locks the folder if its process has ended, so that it can be removed.
    pub(crate) fn lock_left(&self) -> Option<File> {
        let lock = self.lock_file().ok()?;
        lock.try_lock().ok()?;
        // Before the lock was taken, its process may have completed or removed it, and given its
        // name to something else.
        let is_left = self.is_recognised().ok()? && self.is_in_place().ok()?;
        is_left.then_some(lock)
    }

    pub(crate) fn lock_file(&self) -> io::Result<File> {
        self.directory.lock_file()
    }

    /// Returns whether this program made the folder: it has the marker, or it is as
    /// [`make_unmarked`](Self::make_unmarked) leaves it if the program is killed then: still empty,
    /// and closed to all other users.
    pub(crate) fn is_recognised(&self) -> io::Result<bool> {
        let mut start = Vec::new();
        let read = self
            .read(self.kind.marker)
            .and_then(|marker| marker.take(self.kind.signature.len() as u64).read_to_end(&mut start));
        match read {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return self.is_unreadable_marker(error),
        }
        if !start.is_empty() {
            let marker = self.directory.status(OsStr::new(self.kind.marker))?;
            let owner = self.directory.own_status()?.owner();
            // Others may be allowed to write to the folder.
            let is_made_with_it = marker.is_some_and(|marker| marker.owner() == owner);
            return Ok(is_made_with_it && start == self.kind.signature.as_bytes());
        }
        let is_closed = self.directory.own_status()?.permissions() == Mode::S_IRWXU;
        Ok(is_closed && self.directory.names()?.iter().all(|name| name == self.kind.marker))
    }

    /// Returns `false` if the marker is a link, or not a file, so that this program did not make
    /// it. Otherwise, fails with `error`, which reading the marker gave.
    fn is_unreadable_marker(&self, error: io::Error) -> io::Result<bool> {
        let marker = self.kind.marker;
        match self.directory.status(OsStr::new(marker))? {
            Some(status) if status.kind() != SFlag::S_IFREG => Ok(false),
            _ => Err(io::Error::new(error.kind(), format!("{marker} in it cannot be read: {error}"))),
        }
    }

    /// Returns whether the folder is finished: it has its marker.
    pub(crate) fn has_marker(&self) -> bool {
        self.read(self.kind.marker).and_then(|marker| marker.metadata()).is_ok_and(|marker| marker.len() > 0)
    }
}

/// How long a lock may be that of a process which is just being started, and how often it is tried.
const MOMENT: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(20);

/// Removes a file by its real path, which was found before. A link that somebody has put in the
/// place of a folder above it is not followed.
///
/// # Errors
///
/// If the file cannot be removed, or a folder above it is a link.
pub fn remove_real_path(path: &Path) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    Directory::open_real(path.parent().unwrap_or(Path::new("")))?.remove_file(name)
}

/// Opens the folder above a real path, and follows no link that somebody has put there since the
/// path was looked up.
fn parent_and_name(path: &Path) -> Result<(Directory, &OsStr), FolderError> {
    let name = path.file_name().ok_or(FolderError::NoFolder)?;
    Ok((Directory::open_real(path.parent().unwrap_or(Path::new("")))?, name))
}

#[cfg(test)]
mod tests;
