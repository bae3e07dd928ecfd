//! The bytes of a store's file: what must be known before SQLite opens it, and what tells whether
//! it was changed.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::StorageError;

/// Where the header says which journal mode the file is written and read in.
const JOURNAL_MODES: std::ops::Range<u64> = 18..20;
/// What stands there in WAL mode.
const WAL: u8 = 2;
/// Where the header has the number of changes: every transaction of any SQLite increments it.
const CHANGE_COUNTER: u64 = 24;

/// How much of the file the fingerprint reads: all of it up to 16 MiB, otherwise this many blocks
/// spread over it.
const BLOCKS: u64 = 256;
const BLOCK: usize = 64 << 10;

/// A handle on a store's file beside SQLite's own.
///
/// Closing any handle on a file lets go of all locks that this process holds on it (POSIX locks
/// belong to the process). So this one stays open as long as SQLite's, and is closed after it.
#[derive(Debug)]
pub(crate) struct StoreFile(File);

impl StoreFile {
    /// Opens the file at `path`, which must be a regular file: opening a pipe would wait for ever.
    pub(crate) fn open(path: &Path) -> Result<Self, StorageError> {
        crate::connection::require_regular(path)?;
        match File::open(path) {
            Ok(file) => Ok(Self(file)),
            Err(source) => Err(StorageError::Open { path: path.to_owned(), source }),
        }
    }

    /// The handle, for reading. It must not be closed.
    pub(crate) fn as_file(&self) -> &File {
        &self.0
    }

    /// Whether the header says that the journal mode is WAL. SQLite would make files beside such a
    /// store only to read it.
    pub(crate) fn is_wal(&self) -> bool {
        let mut modes = [0; 2];
        // A shorter file is no database, which SQLite says.
        self.0.read_exact_at(&mut modes, JOURNAL_MODES.start).is_ok() && modes.contains(&WAL)
    }

    /// The file's size, SQLite's count of changes, and a checksum of what is in it, of a large file
    /// in parts of it.
    pub(crate) fn fingerprint(&self) -> io::Result<String> {
        let size = self.0.metadata()?.len();
        let mut counter = [0; 4];
        self.0.read_exact_at(&mut counter, CHANGE_COUNTER)?;
        let mut checksum = libdeflater::Crc::new();
        let mut block = vec![0; BLOCK];
        for start in blocks(size) {
            let length = usize::try_from(size - start).map_or(BLOCK, |rest| rest.min(BLOCK));
            self.0.read_exact_at(&mut block[..length], start)?;
            checksum.update(&block[..length]);
        }
        let (counter, checksum) = (u32::from_be_bytes(counter), checksum.sum());
        Ok(format!("{size} bytes, change counter {counter}, checksum {checksum:08x}"))
    }
}

/// Where the blocks begin that the fingerprint reads: always the first and the last, the others at
/// equal distances.
fn blocks(size: u64) -> impl Iterator<Item = u64> {
    let all = size.div_ceil(BLOCK as u64);
    let read = all.min(BLOCKS);
    (0..read).map(move |number| number * (all - 1) / (read - 1).max(1) * BLOCK as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_spread_over_the_file() {
        let starts = |size| blocks(size).collect::<Vec<_>>();
        let block = BLOCK as u64;
        assert!(starts(0).is_empty());
        assert_eq!(starts(1), [0]);
        assert_eq!(starts(2 * block + 1), [0, block, 2 * block]);
        for size in [BLOCKS * block, 5 << 30, 1 << 45] {
            let starts = starts(size);
            assert_eq!(starts.len() as u64, BLOCKS);
            assert_eq!((starts[0], starts[255]), (0, size - block));
            assert!(starts.is_sorted_by(|a, b| a < b));
        }
    }

    #[test]
    fn any_change_of_a_small_file_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut bytes = vec![7; 300_000];
        let mut fingerprint = |position: usize| {
            bytes[position] += 1;
            std::fs::write(&path, &bytes).unwrap();
            StoreFile::open(&path).unwrap().fingerprint().unwrap()
        };
        let found: std::collections::BTreeSet<_> = [0, 24, 100_000, 299_999].map(&mut fingerprint).into();
        assert_eq!(found.len(), 4);
        std::fs::write(&path, "short").unwrap();
        assert!(StoreFile::open(&path).unwrap().fingerprint().is_err());
        assert!(!StoreFile::open(&path).unwrap().is_wal());
    }
}
