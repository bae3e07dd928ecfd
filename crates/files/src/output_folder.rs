//! A folder that a user asks for, which appears when all its files are complete.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use crate::directory::Directory;
use crate::full_disk::FullDisk;
use crate::output_file::{OutputError, check_folder, check_name};
use crate::unfinished::unfinished_name;
use crate::written_file::WrittenFile;

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
        if parent.status(&name)?.is_some() {
            return Err(OutputError::Exists);
        }
        let unfinished = unfinished_name(&name);
        parent.make_shared_directory(&unfinished, mode).map_err(|error| FullDisk::name(path, error))?;
        let folder = parent.enter(&unfinished)?;
        let path = path.to_owned();
        let files = Vec::new();
        Ok(Self { parent, name, unfinished, folder, path, mode, files, is_published: false })
    }

    /// Makes a file in the folder.
    ///
    /// # Errors
    ///
    /// If the file exists already or cannot be made.
    pub fn create(&mut self, name: &str) -> io::Result<WrittenFile> {
        let path = self.path.join(name);
        let file = self.folder.create(OsStr::new(name), self.mode & 0o666);
        let file = file.map_err(|error| FullDisk::name(&path, error))?;
        self.files.push(name.into());
        Ok(WrittenFile::new(file, &path))
    }

    /// Returns the path that the folder has until it is complete.
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
        for name in &self.files {
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
    /// If something has this name by now.
    pub fn publish(mut self) -> Result<(), OutputError> {
        self.parent.rename_new(&self.unfinished, &self.name).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => OutputError::Exists,
            _ => error.into(),
        })?;
        self.is_published = true;
        Ok(())
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if !self.is_published {
            for file in &self.files {
                let _ = self.folder.remove_file(file);
            }
            let _ = self.parent.remove_directory(&self.unfinished);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_folder_appears_when_it_is_complete() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("out");
        let mut folder = NewFolder::begin(&path).unwrap();
        folder.create("a").unwrap().write_all(b"1").unwrap();
        assert!(folder.create("a").is_err() && !path.exists());
        folder.publish().unwrap();
        assert_eq!(std::fs::read(path.join("a")).unwrap(), b"1");
        assert!(matches!(NewFolder::begin(&path), Err(OutputError::Exists)));
    }

    /// SQLite could not make its journal there, so nobody could write to the database.
    #[test]
    fn the_place_of_a_journal_stays_free() {
        let place = tempfile::tempdir().unwrap();
        for name in ["case.plaso-journal", "case.plaso-wal", "case.plaso-shm"] {
            assert!(matches!(NewFolder::begin(&place.path().join(name)), Err(OutputError::Journal)));
        }
        for name in ["case.plaso.foreman", "case.Foreman"] {
            assert!(matches!(NewFolder::begin(&place.path().join(name)), Err(OutputError::RunFolder)));
        }
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    }

    #[test]
    fn nothing_is_left_or_replaced() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("out");
        let mut folder = NewFolder::begin(&path).unwrap();
        folder.create("a").unwrap();
        drop(folder);
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
        let folder = NewFolder::begin(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(matches!(folder.publish(), Err(OutputError::Exists)));
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    }
}
