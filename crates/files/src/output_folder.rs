//! A folder that a user asks for, which appears when all its files are complete.
//!
//! Others may be allowed to write beside it, and could put a folder of their own in its place. So
//! it is used through its descriptor, and what gets its name at the end must still be this folder.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use events::Shown as _;

use crate::directory::Directory;
use crate::folder::{Folder, Kind};
use crate::folder_error::FolderError;
use crate::full_disk::FullDisk;
use crate::left_folders::LeftFolders;
use crate::open_database::Input;
use crate::output_file::{OutputError, check_folder, check_name};
use crate::unfinished::{is_unfinished_name_of, unfinished_name};
use crate::written_file::WrittenFile;

/// How a folder is recognised that was not completed. Its marker names the files that the command
/// has made in it, a name a line, so this accepts all names.
const UNFINISHED: Kind =
    Kind { marker: ".unfinished", signature: "foreman fills this folder\n", is_ours: |_| true };

/// How a line of a marker begins that names the file that refers to the files of the folder. The
/// rest is a path from where the folder is.
const REFERRING: &str = "../";

/// The most bytes of a marker that are read.
const LONGEST_MARKER: u64 = 64 << 20;

/// The marker of a folder stays, though the folder is complete.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} cannot be removed ({source}), and all other files of its folder are complete; the marker has no effect on them: remove it",
    marker.shown()
)]
pub struct MarkerStays {
    marker: PathBuf,
    source: io::Error,
}

/// A folder that is being filled, beside its place. Dropping it removes the folder if it is not
/// complete.
#[derive(Debug)]
pub struct NewFolder {
    parent: Directory,
    name: OsString,
    unfinished: OsString,
    folder: Directory,
    path: PathBuf,
    /// The permissions of the folder, unless the umask denies some.
    mode: u32,
    files: Vec<OsString>,
    /// The lock that tells the folder from that of a command that was killed. Some file systems
    /// have no locks.
    lock: Option<File>,
    /// The folders of killed commands that were found when this one was begun.
    left: LeftFolders,
    is_published: bool,
}

impl NewFolder {
    /// Begins a folder at `path`, where nothing may be.
    ///
    /// # Errors
    ///
    /// If there is something, or no folder can be made there.
    pub fn begin(path: &Path) -> Result<Self, OutputError> {
        Self::make(path, 0o777)
    }

    /// Begins a folder that others may read, but not change, whatever the umask is.
    ///
    /// # Errors
    ///
    /// Those of [`begin`](Self::begin).
    pub fn begin_own(path: &Path) -> Result<Self, OutputError> {
        Self::make(path, 0o755)
    }

    /// Begins a folder that nobody else may enter.
    ///
    /// # Errors
    ///
    /// Those of [`begin`](Self::begin).
    pub fn begin_private(path: &Path) -> Result<Self, OutputError> {
        Self::make(path, 0o700)
    }

    fn make(path: &Path, mode: u32) -> Result<Self, OutputError> {
        let name = path.file_name().ok_or(OutputError::Exists)?.to_owned();
        check_name(&name)?;
        check_folder(path)?;
        let parent = Directory::open(path.parent().unwrap_or(Path::new("")))?;
        let left = remove_left(&parent, path, &name);
        if parent.status(&name)?.is_some() {
            return Err(OutputError::Exists);
        }
        let unfinished = unfinished_name(&name);
        parent.make_shared_directory(&unfinished, mode).map_err(|error| FullDisk::name(path, error))?;
        let folder = parent.enter(&unfinished).inspect_err(|_| {
            // The error that is returned is the cause.
            let _ = parent.remove_directory(&unfinished);
        })?;
        let mut new = Self {
            parent,
            name,
            unfinished,
            folder,
            path: path.to_owned(),
            mode,
            files: vec![UNFINISHED.marker.into()],
            lock: None,
            left,
            is_published: false,
        };
        // From now on, dropping it removes the folder.
        new.prepare()?;
        Ok(new)
    }

    /// Checks that the new folder is this user's own and can be renamed, locks it, and marks it.
    fn prepare(&mut self) -> Result<(), OutputError> {
        // A user who may write to the parent folder could have put another folder here.
        if !self.folder.is_owned()? || !self.folder.names()?.is_empty() {
            return Err(OutputError::Exchanged);
        }
        if self.mode == 0o700 {
            // An empty folder of this user, which others may enter, could have been put here.
            let _ = self.folder.close_to_others();
        }
        // The folder gets another name at the end. If that cannot be, it is better known now.
        let unfinished = unfinished_name(&self.name);
        if let Err(error) = self.parent.rename_new(&self.unfinished, &unfinished) {
            return Err(match self.parent.remove_directory(&self.unfinished) {
                Ok(()) => error.into(),
                Err(_) => OutputError::Stays { left: self.unfinished_path() },
            });
        }
        self.unfinished = unfinished;
        self.require_in_place(&self.unfinished)?;
        let lock = self.folder.lock_file()?;
        self.lock = lock.try_lock().is_ok().then_some(lock);
        let mark = || {
            let mut marker = self.folder.create(OsStr::new(UNFINISHED.marker), 0o600)?;
            marker.write_all(UNFINISHED.signature.as_bytes())
        };
        Ok(mark().map_err(|error| FullDisk::name(&self.path, error))?)
    }

    /// Returns the folders that killed commands with this output have left.
    #[must_use]
    pub fn left(&self) -> &LeftFolders {
        &self.left
    }

    /// Makes a file in the folder.
    ///
    /// # Errors
    ///
    /// If the file exists already or cannot be made.
    pub fn create(&mut self, name: &str) -> io::Result<WrittenFile> {
        let path = self.path.join(name);
        let create = || {
            // The marker names each file before it is made. It does not stay open: when descriptors
            // are short, those that are left must do for removing everything.
            writeln!(self.folder.append(OsStr::new(UNFINISHED.marker))?, "{name}")?;
            self.folder.create(OsStr::new(name), self.mode & 0o666)
        };
        let file = create().map_err(|error| FullDisk::name(&path, error))?;
        self.files.push(name.into());
        Ok(WrittenFile::new(file, &path))
    }

    /// Opens a file of the folder for reading. Whatever its path leads to, this is the file that
    /// was made.
    ///
    /// # Errors
    ///
    /// If it cannot be opened.
    pub fn read(&self, name: &str) -> io::Result<Input> {
        self.folder.read(OsStr::new(name))
    }

    /// Returns the path that the folder has until it is complete. Others may put another folder
    /// there, so what is written by this path must be compared with what [`read`](Self::read)
    /// opens.
    #[must_use]
    pub fn unfinished_path(&self) -> PathBuf {
        self.path.with_file_name(&self.unfinished)
    }

    /// Has the disk keep all files. Returns the number of their bytes.
    ///
    /// # Errors
    ///
    /// If a file cannot be written.
    pub fn sync(&self) -> io::Result<u64> {
        let mut bytes = 0;
        for name in self.files.iter().filter(|name| *name != UNFINISHED.marker) {
            let file = self.folder.read(name)?;
            file.sync_all().map_err(|error| FullDisk::name(&self.path, error))?;
            bytes += file.metadata()?.len();
        }
        Ok(bytes)
    }

    /// Gives the folder its name.
    ///
    /// # Errors
    ///
    /// If something has this name by now, or another folder is in the place of this one.
    pub fn publish(mut self) -> Result<(), OutputError> {
        self.require_in_place(&self.unfinished)?;
        self.folder.remove_file(OsStr::new(UNFINISHED.marker))?;
        self.rename()?;
        self.is_published = true;
        Ok(())
    }

    /// Gives the folder its name, but leaves it incomplete until a file that refers to its files
    /// has its name, too: `file` is the name of one beside the folder, or an absolute path. If the
    /// folder is dropped then, nothing is left. If the process is killed, the folder stays: the
    /// file may have got its name, and may have been renamed or moved since.
    ///
    /// # Errors
    ///
    /// Those of [`publish`](Self::publish); and if the path of the file has a line end.
    pub fn give_name(&self, file: &Path) -> Result<(), OutputError> {
        let file = file.as_os_str().as_encoded_bytes();
        if file.contains(&b'\n') {
            let reason = "the path of the file that refers to its files has a line end";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason).into());
        }
        self.require_in_place(&self.unfinished)?;
        let mut marker = self.folder.append(OsStr::new(UNFINISHED.marker))?;
        marker.write_all(&[REFERRING.as_bytes(), file, b"\n"].concat())?;
        self.rename()
    }

    /// Completes a folder that has its name already.
    ///
    /// # Errors
    ///
    /// If its marker cannot be removed. All other files are complete, and stay.
    pub fn complete(mut self) -> Result<(), MarkerStays> {
        self.is_published = true;
        let removed = self.folder.remove_file(OsStr::new(UNFINISHED.marker));
        removed.map_err(|source| MarkerStays { marker: self.path.join(UNFINISHED.marker), source })
    }

    fn rename(&self) -> Result<(), OutputError> {
        self.parent.rename_new(&self.unfinished, &self.name).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => OutputError::Exists,
            io::ErrorKind::NotFound => OutputError::Exchanged,
            _ => error.into(),
        })?;
        // Another folder may have been renamed.
        self.require_in_place(&self.name)
    }

    fn require_in_place(&self, name: &OsStr) -> Result<(), OutputError> {
        if self.folder.is_in(&self.parent, name)? { Ok(()) } else { Err(OutputError::Exchanged) }
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if !self.is_published {
            // The marker is the first, and tells what the folder is as long as there are others.
            for file in self.files.iter().rev() {
                let _ = self.folder.remove_file(file);
            }
            // If somebody has exchanged it, the other folder is theirs.
            for name in [&self.unfinished, &self.name] {
                if self.folder.is_in(&self.parent, name).is_ok_and(|is_in_place| is_in_place) {
                    let _ = self.parent.remove_directory(name);
                }
            }
        }
    }
}

/// Removes the unfinished folders of commands that were killed while they filled a folder of this
/// name. Those that cannot be removed stay, such as those of other users, and those in which
/// somebody has put files of his own. Of one that had just got its name, at most the marker goes.
fn remove_left(parent: &Directory, path: &Path, name: &OsStr) -> LeftFolders {
    let names = parent.names().unwrap_or_default();
    let is_of_name = |left: &OsString| {
        *left == *name || left.to_str().is_some_and(|left| is_unfinished_name_of(left, name))
    };
    let mut found = LeftFolders::default();
    let Some(place) = path.parent().and_then(|place| place.join(".").canonicalize().ok()) else {
        return found;
    };
    for left in names.into_iter().filter(is_of_name) {
        let has_name = *left == *name;
        let real = place.join(&left);
        let path = path.with_file_name(left);
        if let Ok(Some(folder)) = Folder::open(&real, UNFINISHED)
            && let Some(removal) = remove_one_left(&folder, has_name)
        {
            found.add(path, removal, true);
        }
    }
    found
}

/// Removes an unfinished folder, or returns `None` if it stays: since it was opened, it may have
/// been completed; and if it has its name, the file that refers to it may have had its own, and may
/// have been renamed or moved since.
fn remove_one_left(folder: &Folder, has_name: bool) -> Option<Result<(), FolderError>> {
    let _lock = folder.lock_left()?;
    // A folder without its marker may have been made just now, or been completed.
    let mut marker = String::new();
    folder.read(UNFINISHED.marker).ok()?.take(LONGEST_MARKER).read_to_string(&mut marker).ok()?;
    let (referring, files): (Vec<_>, Vec<_>) =
        marker.lines().skip(1).partition(|line| line.starts_with(REFERRING));
    if has_name {
        // Only a folder whose marker names what refers to it has its name before it is complete.
        // Any other marker is somebody else's, such as one in an archive, and names files that the
        // user has.
        let is_there = |line: &&str| {
            let file = line.strip_prefix(REFERRING).map(|file| folder.path().with_file_name(file));
            file.is_some_and(|file| file.symlink_metadata().is_ok())
        };
        if referring.iter().any(is_there) {
            // The process was killed when only the marker was left to remove.
            let _ = folder.remove_file(UNFINISHED.marker);
        }
        return None;
    }
    Some(folder.remove_with(&files))
}

#[cfg(test)]
mod tests;
