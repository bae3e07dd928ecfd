//! The bytes of a store's file: what must be known before SQLite opens it, and what tells whether
//! it was changed.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;

use files::{Input, OpenDatabase};
use nix::errno::Errno;
use nix::unistd::{Whence, lseek};
use sha2::{Digest as _, Sha256};

use crate::StorageError;
use crate::connection::open_file;
use crate::fingerprint::{CHANGE_COUNTER, bytes_behind, fingerprint};
use crate::journal::bytes::number;
use crate::journal::pages::Pages;
use crate::last_write::LastWrite;

/// Where the header says which journal mode the file is written and read in.
const JOURNAL_MODES: std::ops::Range<usize> = 18..20;
/// What stands there in WAL mode.
const WAL: u8 = 2;
/// Where the header says how many bytes at the end of each page SQLite leaves alone.
const RESERVED: usize = 20;
/// Where the header has the format of the schema: 0 in a file without tables, which SQLite changes
/// when it makes one.
const SCHEMA_FORMAT: usize = 44;
/// Where the header has a page number if the file is to shrink by itself.
const AUTO_VACUUM: usize = 52;

/// A handle on a store's file beside SQLite's own.
///
/// Closing any handle on a file lets go of all locks that this process holds on it (POSIX locks
/// belong to the process). So this one stays open as long as SQLite's, is closed after it, and
/// makes sure that nothing else in this process closes the file.
#[derive(Debug)]
pub(crate) struct StoreFile {
    /// Dropped before the file, which is then closed unless somebody else uses it.
    _open: OpenDatabase,
    file: Input,
}

/// See [`StoreFile::state`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileState {
    last_write: LastWrite,
    /// The fingerprint, if the time alone does not tell the next write. What is no database has
    /// none.
    fingerprint: Option<String>,
}

impl FileState {
    /// Returns whether the state is still the same now that it is `now`, with all fingerprints.
    pub(crate) fn is_still(&self, now: &Self) -> bool {
        !self.last_write.is_before_another(&now.last_write)
            && (self.fingerprint.is_none() || self.fingerprint == now.fingerprint)
    }
}

impl StoreFile {
    /// Opens the file at `path`, which is its real path.
    pub(crate) fn open(path: &Path) -> Result<Self, StorageError> {
        Self::of(open_file(path)?).map_err(|source| StorageError::cannot_open(path, source))
    }

    /// Takes a file that is open.
    pub(crate) fn of(file: Input) -> io::Result<Self> {
        Ok(Self { _open: OpenDatabase::of(&file)?, file })
    }

    /// The handle, for reading. It must not be closed.
    pub(crate) fn as_file(&self) -> &File {
        &self.file
    }

    /// Returns what a write to the file changes: its time, wherever the write is, and its
    /// fingerprint, should the write come in the same tick of the clock as the one before it.
    pub(crate) fn state(&self) -> io::Result<FileState> {
        let last_write = LastWrite::of(&self.file)?;
        let fingerprint = if last_write.is_old() { None } else { self.fingerprint().ok() };
        Ok(FileState { last_write, fingerprint })
    }

    /// Returns the state of the file, which has this fingerprint.
    pub(crate) fn state_with(&self, fingerprint: Option<String>) -> io::Result<FileState> {
        Ok(FileState { last_write: LastWrite::of(&self.file)?, fingerprint })
    }

    /// Returns whether the file still has this name.
    pub(crate) fn is_at(&self, path: &Path) -> io::Result<bool> {
        let (own, found) = (self.file.metadata()?, path.metadata()?);
        Ok((own.dev(), own.ino()) == (found.dev(), found.ino()))
    }

    /// Whether the header says that the journal mode is WAL. SQLite would make files beside such a
    /// store only to read it.
    pub(crate) fn is_wal(&self) -> bool {
        self.header().is_some_and(|header| header[JOURNAL_MODES].contains(&WAL))
    }

    /// Returns a setting of the header that Plaso never uses and with which a change that was
    /// interrupted could not be checked and undone: what it is, its value, and what is supported.
    pub(crate) fn unusual_setting(&self) -> Option<(&'static str, String, &'static str)> {
        let header = self.header()?;
        if number(&header, AUTO_VACUUM) != 0 {
            let supported = "off, as Plaso makes it; change a copy with:\n  sqlite3 COPY 'PRAGMA auto_vacuum = none; VACUUM'";
            return Some(("the setting auto_vacuum", "on".into(), supported));
        }
        if number(&header, SCHEMA_FORMAT) == 0 {
            return Some((
                "the schema format",
                "0".into(),
                "1 to 4; change a copy with:\n  sqlite3 COPY VACUUM",
            ));
        }
        let reserved = header[RESERVED];
        let supported =
            "0, as Plaso makes it; change a copy with:\n  sqlite3 COPY '.filectrl reserve_bytes 0' VACUUM";
        (reserved != 0).then(|| ("reserved bytes on each page", reserved.to_string(), supported))
    }

    /// The header; `None` if the file is too short for a database, which SQLite says.
    fn header(&self) -> Option<[u8; 100]> {
        let mut header = [0; 100];
        self.file.read_exact_at(&mut header, 0).ok().map(|()| header)
    }

    /// Returns the SHA-256 of the file in hexadecimal digits. Calls `progress` with the number of
    /// bytes read so far.
    pub(crate) fn sha256(&self, mut progress: impl FnMut(u64)) -> io::Result<String> {
        let (mut digest, mut buffer, mut read) = (Sha256::new(), vec![0; 1 << 20], 0);
        loop {
            let bytes = self.file.read_at(&mut buffer, read)?;
            if bytes == 0 {
                return Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
            }
            digest.update(&buffer[..bytes]);
            read += bytes as u64;
            progress(read);
        }
    }

    /// Says what is wrong with a file most of which was never written. Such a file takes little
    /// room on a disk or in an archive, and can say of itself that it is as large as anybody wants.
    /// How long a store is read is limited by its size, so its size must be real.
    pub(crate) fn check_holes(&self) -> Result<(), String> {
        let length = self.file.metadata().map_err(|error| error.to_string())?.len();
        let (mut written, mut next) = (0, 0);
        while written < length / 2 {
            // What the file system does not tell apart from holes counts as written.
            let seek = |from: u64, whence| lseek(&self.file, i64::try_from(from).unwrap_or(i64::MAX), whence);
            let found = match seek(next, Whence::SeekData) {
                Ok(begin) => seek(begin.unsigned_abs(), Whence::SeekHole).map(|end| (begin, end)),
                Err(Errno::ENXIO) => {
                    return Err(format!(
                        "it has {written} of its {length} bytes, the others were never written; if none is missing, make \
                         a copy without holes (cp --sparse=never)"
                    ));
                }
                Err(error) => Err(error),
            };
            let Ok((begin, end)) = found else { break };
            written += begin.abs_diff(end);
            next = end.unsigned_abs();
        }
        Ok(())
    }

    /// The number of changes that the header counts.
    pub(crate) fn change_counter(&self) -> Option<u32> {
        self.header().map(|header| number(&header, CHANGE_COUNTER))
    }

    /// See [`bytes_behind`].
    pub(crate) fn bytes_behind(&self) -> io::Result<u64> {
        bytes_behind(&Pages::of_database(&self.file)?, self.file.metadata()?.len())
    }

    /// See [`fingerprint`].
    pub(crate) fn fingerprint(&self) -> io::Result<String> {
        fingerprint(&Pages::of_database(&self.file)?)
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::last_write::LONGEST_TICK;

    /// A file system that cannot keep holes has written all of the file.
    #[test]
    fn a_file_with_more_holes_than_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        std::fs::write(&path, vec![7; 1 << 20]).unwrap();
        let check = |length: u64| {
            let file = File::options().write(true).open(&path).unwrap();
            file.set_len(length).unwrap();
            file.sync_all().unwrap();
            StoreFile::open(&path).unwrap().check_holes()
        };
        check(1 << 20).unwrap();
        check(2 << 20).unwrap();
        match check(1 << 40) {
            Err(why) => assert!(why.contains("it has 1048576 of its 1099511627776 bytes"), "{why}"),
            Ok(()) => println!("skipped: this file system keeps no holes"),
        }
        std::fs::write(&path, "").unwrap();
        StoreFile::open(&path).unwrap().check_holes().unwrap();
    }

    #[test]
    fn a_short_file_is_no_database() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "short").unwrap();
        let file = StoreFile::open(&path).unwrap();
        assert!(file.fingerprint().is_err());
        assert!(!file.is_wal());
        assert!(file.unusual_setting().is_none());
        let digest = "f9b0078b5df596d2ea19010c001bbd009e651de2c57e8fb7e355f31eb9d3f739";
        assert_eq!(file.sha256(|bytes| assert_eq!(bytes, 5)).unwrap(), digest);
    }

    /// The content of a file that was just written is read, since its time may not tell the next
    /// write.
    #[test]
    fn a_write_changes_the_state() {
        let store = testing::Store::of("sample");
        let write = |bytes: &[u8]| {
            let file = File::options().write(true).open(store.path()).unwrap();
            std::os::unix::fs::FileExt::write_at(&file, bytes, 5_000).unwrap();
            file
        };
        for (age, reads_content) in [(0, true), (LONGEST_TICK.unsigned_abs() + 10, false)] {
            let time = SystemTime::now() - std::time::Duration::from_secs(age);
            write(b"one").set_modified(time).unwrap();
            let file = StoreFile::open(store.path()).unwrap();
            let now = || file.state_with(Some(file.fingerprint().unwrap())).unwrap();
            let state = file.state().unwrap();
            assert_eq!(state.fingerprint.is_some(), reads_content, "{age}");
            assert!(state.is_still(&now()), "{age}");
            drop(write(b"two"));
            assert!(!state.is_still(&now()), "{age}");
            // In the same tick of the clock.
            write(b"two").set_modified(time).unwrap();
            assert_eq!(state.is_still(&now()), !reads_content, "{age}");
        }
    }

    #[test]
    fn settings_of_the_header() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let found = |position: usize| {
            let mut header = [0; 100];
            header[SCHEMA_FORMAT + 3] = 4;
            header[position] = if position == SCHEMA_FORMAT + 3 { 0 } else { 8 };
            std::fs::write(&path, header).unwrap();
            StoreFile::open(&path).unwrap().unusual_setting().map(|(what, ..)| what)
        };
        assert_eq!(found(0), None);
        assert_eq!(found(RESERVED), Some("reserved bytes on each page"));
        assert_eq!(found(AUTO_VACUUM + 3), Some("the setting auto_vacuum"));
        assert_eq!(found(SCHEMA_FORMAT + 3), Some("the schema format"));
    }
}
