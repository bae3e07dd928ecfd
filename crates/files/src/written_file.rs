//! A file that is being written.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use crate::full_disk::FullDisk;

/// A file that is being written. If its disk is full, the error says which disk that is.
#[derive(Debug)]
pub struct WrittenFile {
    file: File,
    path: PathBuf,
}

impl WrittenFile {
    pub(crate) fn new(file: File, path: &Path) -> Self {
        Self { file, path: path.to_owned() }
    }

    /// Returns the file for reading.
    #[must_use]
    pub fn as_file(&self) -> &File {
        &self.file
    }

    /// Returns the file for another program, which writes to it.
    #[must_use]
    pub fn into_file(self) -> File {
        self.file
    }

    /// Writes at this place in the file.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_all_at(bytes, offset).map_err(|error| FullDisk::name(&self.path, error))
    }

    /// Has the disk keep the file as it is now.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub fn sync_all(&self) -> io::Result<()> {
        self.file.sync_all().map_err(|error| FullDisk::name(&self.path, error))
    }
}

impl Write for WrittenFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(|error| FullDisk::name(&self.path, error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
