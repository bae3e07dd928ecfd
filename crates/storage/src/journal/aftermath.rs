//! What a change that failed has left of a store: it is looked at, not assumed.
//!
//! SQLite undoes a change that fails, but that can fail, too: a disk that does not take the change
//! may not take the old pages back either.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use rusqlite::{Connection, OpenFlags};

use super::bytes::number;
use super::fit::{self, Fit};
use super::rollback::RollbackJournal;
use super::{Found, Journal, look};
use crate::connection::uri;

/// A store before a change: its length and its first page, which every change changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    path: PathBuf,
    /// Device and inode of the file.
    identity: (u64, u64),
    length: u64,
    first_page: Vec<u8>,
}

/// What a change that failed has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aftermath {
    /// The store is as it was.
    Untouched,
    /// The store is as it was, but the journal lies beside it and could not be removed.
    UntouchedWithJournal(PathBuf),
    /// The store has the whole change, and no journal undoes it.
    Changed,
    /// The store has all of the change or a part of it, and the journal undoes it.
    Undoable {
        /// What undoes the change.
        journal: PathBuf,
        /// Whether the store has all of the change.
        whole: bool,
    },
    /// The store has a part of the change, and nothing undoes it.
    Damaged,
    /// It cannot be told, for this reason.
    Unknown(String),
}

impl Baseline {
    pub(crate) fn of(path: &Path, file: &File) -> io::Result<Self> {
        let (length, first_page) = read(file)?;
        Ok(Self { path: path.to_owned(), identity: identity(file)?, length, first_page })
    }

    /// Looks at what a change by this run has left. The store must not be open in this process any
    /// more.
    #[must_use]
    pub fn compare(&self, run: &str) -> Aftermath {
        let present = self.open().and_then(|file| Ok((read(&file)?, file)));
        let ((length, first_page), file) = match present {
            Ok(present) => present,
            Err(error) => return Aftermath::Unknown(error.to_string()),
        };
        let is_same = length == self.length && first_page == self.first_page;
        match look(&self.path) {
            Err(error) => Aftermath::Unknown(error.to_string()),
            Ok(Found::Hot(journal)) => self.with_journal(&file, length, journal, run),
            Ok(Found::Nothing) if is_same => Aftermath::Untouched,
            Ok(Found::Nothing) if holds_all(&self.path, run) => Aftermath::Changed,
            Ok(Found::Nothing) => Aftermath::Damaged,
        }
    }

    /// Opens the store, if it still is the file of this name. Somebody may have put a pipe in its
    /// place, which must not be waited for.
    fn open(&self) -> io::Result<File> {
        let file = File::options().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(&self.path)?;
        if identity(&file)? != self.identity {
            return Err(io::Error::other("another file has its name now"));
        }
        Ok(file)
    }

    fn with_journal(&self, store: &File, length: u64, journal: Journal, run: &str) -> Aftermath {
        let fits = RollbackJournal::read(&journal.file, journal.length)
            .and_then(|content| fit::check(store, length, (&content, &journal.file), Some(run)));
        match fits {
            Ok(Fit::Same) => Aftermath::UntouchedWithJournal(journal.path),
            Ok(Fit::Undoes) => {
                Aftermath::Undoable { journal: journal.path, whole: holds_all(&self.path, run) }
            }
            Err(reason) => Aftermath::Unknown(format!("{}: {reason}", journal.path.display())),
        }
    }
}

fn identity(file: &File) -> io::Result<(u64, u64)> {
    let metadata = file.metadata()?;
    Ok((metadata.dev(), metadata.ino()))
}

fn read(file: &File) -> io::Result<(u64, Vec<u8>)> {
    let mut header = [0; 100];
    file.read_exact_at(&mut header, 0)?;
    let page_size = match number(&header, 14) & 0xffff {
        1 => 65_536,
        size => size as usize,
    };
    let mut first_page = vec![0; page_size];
    file.read_exact_at(&mut first_page, 0)?;
    Ok((file.metadata()?.len(), first_page))
}

/// Whether the store, without regard to a journal, is whole and has the session of this run.
fn holds_all(path: &Path, run: &str) -> bool {
    let look = || -> rusqlite::Result<bool> {
        let flags =
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(uri(path, "immutable=1"), flags)?;
        let sql = "SELECT count(*) FROM session WHERE identifier = ?1";
        let sessions: i64 = connection.query_row(sql, [run], |row| row.get(0))?;
        let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        Ok(sessions > 0 && check == "ok")
    };
    look().unwrap_or(false)
}
