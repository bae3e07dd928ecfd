//! What can go wrong with a store, in words that a person can act on.

use std::path::{Path, PathBuf};

use events::{Shown as _, quoted_path};
use files::{FullDisk, file_size_limit};
use rusqlite::{ErrorCode, ffi};

use crate::counts_as_write;
use crate::format::supported_versions_text;
use crate::read_failure::{self, Found};
use crate::refused_access::{has_no_locks, may_not_write, missing, read_denied};

/// Why a store could not be opened, read or written. Messages end where their sources begin: report
/// them with the whole chain.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// There is no such file, or it cannot be opened.
    #[error("cannot open {}", path.shown())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A permission to read the file is missing.
    #[error(
        "cannot open {}: permission denied: {what}; ask for the permission, or work on a copy that you own",
        path.shown()
    )]
    Denied {
        /// The file.
        path: PathBuf,
        /// Which permission is missing.
        what: String,
    },
    /// A thread that was to read the store could not be started, or has panicked.
    #[error("cannot read {} in a thread", path.shown())]
    Thread {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file cannot be written, or must not be.
    #[error("cannot write {}", path.shown())]
    Output {
        /// The file.
        path: PathBuf,
        /// Why.
        source: files::OutputError,
    },
    /// The file is something else.
    #[error("{} is not a Plaso storage file: {found}", path.shown())]
    NotPlaso {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        found: String,
    },
    /// A Plaso storage file of another version.
    #[error(
        "{} is a storage file of a Plaso that is {} (storage format {version}); supported are {}; {}",
        path.shown(),
        if *.too_new { "newer than this program knows" } else { "from before 2023, which this program does not read" },
        supported_versions_text(),
        if *.too_new { "use a newer foreman" } else { "make it anew from its source with:\n  log2timeline --storage-file NEW.plaso SOURCE" },
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: i64,
        /// Whether it is newer than every supported version.
        too_new: bool,
    },
    /// A setting of the store that no supported version of Plaso writes.
    #[error("{} has {what} {found:?}; supported: {supported}", path.shown())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What setting.
        what: &'static str,
        /// Its value.
        found: String,
        /// The values that are supported.
        supported: &'static str,
    },
    /// A table, or what belongs to it, is none that Plaso makes.
    #[error(
        "{} has a table {table:?} as Plaso does not make it: {problem}; the file is not used, since reading it might take any \
         time and results might get lost: make it anew with log2timeline",
        path.shown()
    )]
    ForeignTable {
        /// The file.
        path: PathBuf,
        /// The table.
        table: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The database is damaged.
    #[error("{} is damaged ({detail}); if it was copied, compare it with its source", path.shown())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        detail: String,
    },
    /// The disk does not give the content of the file.
    #[error(
        "{} cannot be read: {detail}; this is a read error of its disk, a cable or the network, and trying to read has changed \
         nothing in the file: look for the cause (dmesg), copy the file to another disk with a program that reads past \
         errors, such as ddrescue, or from its source, and analyse the copy",
        path.shown()
    )]
    ReadFailure {
        /// The file.
        path: PathBuf,
        /// What the operating system says, and where.
        detail: String,
    },
    /// Somebody else is writing.
    #[error("{} is locked: another foreman, psort or log2timeline is working on it; wait for it to end and try again", path.shown())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The file system has no locks.
    #[error(
        "{} cannot be locked: its file system has no locks that hold, as a network file system without a lock service; work on a \
         copy on another file system",
        path.shown()
    )]
    NoLocks {
        /// The file.
        path: PathBuf,
    },
    /// Somebody else stores results, or waits to do so until those who read have ended.
    #[error(
        "{} is locked: another foreman or program is storing results in it, or waits to do so until all programs that read it \
         have ended; try again when it has stored them",
        path.shown()
    )]
    BeingStored {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("{} cannot be written ({reason}); work on a copy, or use --dry-run to see the results without storing them", path.shown())]
    ReadOnly {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: &'static str,
    },
    /// Another file has the store's name, or none has it.
    #[error(
        "{} was moved, removed or replaced by another file during the run, so the results are not in the file that has the \
         name now, if one has it: run the analysis on that file, or move the first one back and use --resume",
        path.shown()
    )]
    Moved {
        /// Where the store was.
        path: PathBuf,
    },
    /// The file has another content than when the run began.
    #[error("the content of {} is not what it was when the run began, or was written again", path.shown())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Another file had the store's name when SQLite opened it, or none had it.
    #[error(
        "{} was moved, removed or replaced by another file while it was being opened, so nothing was read; try again when \
         nothing else writes to its folder",
        path.shown()
    )]
    ReplacedWhileOpened {
        /// The file.
        path: PathBuf,
    },
    /// The file is another one than the one that was opened before, or was written to since then.
    #[error(
        "{} was changed by another program, or replaced by another file, after foreman had opened it first {}; try again \
         when nothing else writes to it or to its folder",
        path.shown(),
        counts_as_write(path)
    )]
    NotSame {
        /// The file.
        path: PathBuf,
    },
    /// Another file has the name of the one that was made.
    #[error(
        "{} was moved, removed or replaced by another file while it was being made, so nothing was written to that file; \
         name a folder in which nobody else may write",
        path.shown()
    )]
    ReplacedWhileMade {
        /// The file.
        path: PathBuf,
    },
    /// The file has another content than a moment before.
    #[error(
        "{} was changed while it was being opened, so it was not analysed: if another program, such as another foreman, has \
         just written to it, try again; if not, somebody has put a journal beside it at that moment, which SQLite has played \
         back: compare the file with its source before you use it, and let nobody else write to its folder",
        path.shown()
    )]
    ChangedWhileOpened {
        /// The file.
        path: PathBuf,
    },
    /// The undoing of a change has left another content than the one from before the change.
    #[error(
        "the interrupted change to {} was undone, but the file is not as it was before that change: somebody has put another \
         journal in the place of the one that was checked; do not use the file, and take a copy of the evidence instead",
        path.shown()
    )]
    UndoneOtherwise {
        /// The file.
        path: PathBuf,
    },
    /// A change was undone, and its journal stays.
    #[error(
        "the interrupted change to {} was undone, and the storage file is as it was before that change; but {} cannot be removed, \
         and the change is undone again each time: let files be removed from the folder, then give the same command again",
        path.shown(),
        journal.shown()
    )]
    JournalStays {
        /// The file.
        path: PathBuf,
        /// The journal.
        journal: PathBuf,
    },
    /// A table cannot take as many rows as a run may add.
    #[error(
        "{} has no row numbers left for its table {table:?}: it has given number {last}, and Plaso never gives one twice; \
         analyse a timeline that was made anew with log2timeline",
        path.shown()
    )]
    NoNumbers {
        /// The file.
        path: PathBuf,
        /// The table.
        table: &'static str,
        /// The last number that was given.
        last: i64,
    },
    /// SQLite cannot open the file or one that belongs to it.
    #[error(
        "cannot {action} {}: it, or a file that SQLite needs beside it, cannot be opened; a permission may be missing (to read \
         them, or to write to their folder), or too many files are open",
        path.shown()
    )]
    CannotOpen {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The path is too long for SQLite.
    #[error(
        "cannot {action} {}: its path is too long for SQLite, which takes {LONGEST_PATH} bytes, the names of temporary files included; \
         move the storage file to a folder with a shorter path, or name a folder for the run's files with --temporary-directory",
        path.shown()
    )]
    LongPath {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// No file beside the store can have the names that SQLite and a run need.
    #[error(
        "the name of {} is too long: SQLite makes a file beside it whose name is that of the store and \"-journal\", and this file \
         system has no names of {} bytes; give the storage file, or a copy of it, a shorter name",
        path.shown(),
        length + JOURNAL.len()
    )]
    LongName {
        /// The file.
        path: PathBuf,
        /// How long its name is, in bytes.
        length: usize,
    },
    /// A journal that has nothing to undo cannot be removed.
    #[error("cannot remove {}, which has no effect on the storage file", journal.shown())]
    NotRemoved {
        /// The journal.
        journal: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A change to the store was interrupted.
    #[error(
        "a change to {} seems to be interrupted, and has not been undone yet: {} may undo it, so never copy or move one without the \
         other; if a run of foreman has recorded it as its own, an analysis without --dry-run lets it do so, and so does:\n  \
         foreman clean {}",
        path.shown(),
        journal.shown(),
        quoted_path(path)
    )]
    Unfinished {
        /// The file.
        path: PathBuf,
        /// What undoes the change.
        journal: PathBuf,
    },
    /// What lies in the place of the store's journal is not one that can be trusted to undo a
    /// change to the store.
    #[error(
        "{} is not a journal that may undo a change to {}: {reason}; both are left as they are: {}",
        journal.shown(),
        path.shown(),
        if *.is_recorded {
            "an interrupted run of foreman has recorded this journal as its own, so it alone undoes the change of that run: keep it \
             with the store"
        } else {
            "keep them together until you know what was interrupted: a run with --temporary-directory, another program, or a run over \
             another store that was here"
        }
    )]
    StrangeJournal {
        /// The store.
        path: PathBuf,
        /// What lies in the place of its journal.
        journal: PathBuf,
        /// Why it is refused.
        reason: String,
        /// Whether an interrupted run has recorded it as its own: without it, the change of that
        /// run cannot be undone.
        is_recorded: bool,
        /// Whether it belongs to a later state of the store, so that this is not the file that was
        /// changed.
        is_of_later: bool,
    },
    /// What lies in the place of the store's journal, or the store beside a journal, cannot be
    /// read. So it is not known whether the journal is needed.
    #[error(
        "{} cannot be read: {detail}; {} may be needed to undo an incomplete change to {}, so keep both files together, as they \
         are; {remedy}; then give the command again",
        file.shown(),
        journal.shown(),
        path.shown()
    )]
    UnreadableJournal {
        /// The store.
        path: PathBuf,
        /// What lies in the place of its journal.
        journal: PathBuf,
        /// Which of the two cannot be read.
        file: PathBuf,
        /// What the operating system says.
        detail: String,
        /// What to do.
        remedy: String,
    },
    /// A change could not be undone. The journal is still there.
    #[error(
        "the interrupted change to {} could not be undone ({detail}), and the storage file may have a part of it: {} still undoes \
         it, so keep both files together; {remedy}, then give the command again",
        path.shown(),
        journal.shown()
    )]
    NotUndone {
        /// The store.
        path: PathBuf,
        /// What undoes the change.
        journal: PathBuf,
        /// What has failed.
        detail: String,
        /// What to do first.
        remedy: &'static str,
    },
    /// A write-ahead log lies beside a store that does not use one.
    #[error(
        "{} lies beside {}, which does not use a write-ahead log: nothing is written, since another program could later put what \
         is in that file over the results; if the store is complete without that file, move it away; otherwise let the program \
         that has made it open a copy of both",
        log.shown(),
        path.shown()
    )]
    StrangeLog {
        /// The store.
        path: PathBuf,
        /// The file beside it.
        log: PathBuf,
    },
    /// The disk is full.
    #[error(transparent)]
    DiskFull(FullDisk),
    /// A file would become larger than files may be.
    #[error(
        "cannot {action} {}: no file may become larger than {limit} bytes here; raise the limit (ulimit -f) and try again",
        path.shown()
    )]
    FileTooLarge {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The limit, in bytes.
        limit: u64,
    },
    /// A write failed, and no limit of the process is known for it.
    #[error(
        "cannot {action} {}: a write failed; if there is a quota, make room within it (quota -s), or else look for \
         faults of the disk (dmesg)",
        path.shown()
    )]
    WriteFailed {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// SQLite refused something else.
    #[error("cannot {action} {}", path.shown())]
    Sqlite {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// A value in the store, or a task store, is not what it should be.
    #[error("{}: {detail}", path.shown())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        detail: String,
    },
}

impl StorageError {
    /// Refuses a table as one that Plaso does not make.
    pub(crate) fn foreign(path: &Path, table: &str, problem: String) -> Self {
        Self::ForeignTable { path: path.to_owned(), table: table.to_owned(), problem }
    }

    /// Returns the error for a file that cannot be opened.
    #[must_use]
    pub fn cannot_open(path: &Path, source: std::io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            std::io::ErrorKind::PermissionDenied => Self::Denied { what: read_denied(&path), path },
            _ if read_failure::is_one(&source) => Self::ReadFailure { path, detail: source.to_string() },
            _ => Self::Open { path, source },
        }
    }

    /// Returns whether the error tells of this machine and its disks, and not of the content of a
    /// file.
    #[must_use]
    pub fn is_of_system(&self) -> bool {
        match self {
            Self::ReadFailure { .. } | Self::Denied { .. } | Self::Thread { .. } | Self::DiskFull(_) => true,
            Self::Locked { .. } | Self::NoLocks { .. } | Self::WriteFailed { .. } => true,
            // A read error that has passed is of no known cause.
            Self::Sqlite { source, .. } | Self::CannotOpen { source, .. } => matches!(
                source.sqlite_error_code(),
                Some(ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory | ErrorCode::CannotOpen)
            ),
            _ => false,
        }
    }

    /// Returns the error for a file in which something is wrong, or that of a disk that does not
    /// give a part of the file.
    pub(crate) fn damaged(path: &Path, detail: String) -> Self {
        let path = path.to_owned();
        match read_failure::find(&path) {
            Found::Failure(detail) => Self::ReadFailure { path, detail },
            Found::Nothing => Self::Damaged { path, detail },
            Found::TooLarge => Self::Damaged { path, detail: format!("{detail} ({MAY_BE_THE_DISK})") },
        }
    }

    /// Puts what SQLite says into words.
    pub(crate) fn sqlite(action: &'static str, path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        let source = in_one_line(source);
        if source.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) {
            return Self::damaged(&path, source.to_string());
        }
        if read_failure::is_of_sqlite(&source)
            && let Found::Failure(detail) = read_failure::find(&path)
        {
            return Self::ReadFailure { path, detail };
        }
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotPlaso { path, found: NO_DATABASE.into() },
            // SQLite takes a file system without locks for a lock of somebody else.
            Some(ErrorCode::DatabaseBusy) if has_no_locks(&path) => Self::NoLocks { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
            Some(ErrorCode::ReadOnly) => match source.sqlite_error().map(|error| error.extended_code) {
                Some(ffi::SQLITE_READONLY_DBMOVED) => Self::Moved { path },
                // The connection only reads, and a program was killed in its commit meanwhile.
                Some(ffi::SQLITE_READONLY_ROLLBACK) => {
                    let mut journal = path.as_os_str().to_owned();
                    journal.push("-journal");
                    Self::Unfinished { journal: journal.into(), path }
                }
                Some(ffi::SQLITE_READONLY_DIRECTORY) => {
                    Self::ReadOnly { path, reason: "its folder is read-only, where SQLite writes a journal" }
                }
                _ if may_not_write(&path) => {
                    Self::ReadOnly { path, reason: "permission denied: you may not write it" }
                }
                _ => Self::ReadOnly { path, reason: "it or its folder is read-only" },
            },
            Some(ErrorCode::CannotOpen) if is_long(&path) => Self::LongPath { action, path },
            Some(ErrorCode::CannotOpen) => match missing(&path) {
                Some(what) => Self::Denied { path, what },
                None => Self::CannotOpen { action, path, source },
            },
            Some(ErrorCode::DiskFull) => Self::DiskFull(FullDisk::at(&path)),
            // SQLite does not say why a write failed. Where there is a limit, it is that.
            Some(ErrorCode::SystemIoFailure) if is_write_error(&source) => match file_size_limit() {
                Some(limit) => Self::FileTooLarge { action, path, limit },
                None => Self::WriteFailed { action, path, source },
            },
            _ => Self::Sqlite { action, path, source },
        }
    }
}

/// SQLite repeats names that the file gives to tables and columns. They can have line ends.
fn in_one_line(error: rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, Some(message)) => {
            rusqlite::Error::SqliteFailure(code, Some(message.shown().into_owned()))
        }
        rusqlite::Error::SqlInputError { error, msg, sql, offset } => {
            rusqlite::Error::SqlInputError { error, msg: msg.shown().into_owned(), sql, offset }
        }
        other => other,
    }
}

/// What is said of a file that SQLite calls malformed and that is too large to be read again.
const MAY_BE_THE_DISK: &str =
    "or its disk does not give all of it, which takes too long to find out: look for read errors with dmesg";

/// How the name of a journal ends.
pub(crate) const JOURNAL: &str = "-journal";

/// What is said of a file that is no database.
pub(crate) const NO_DATABASE: &str = "it is no SQLite database";

/// The most bytes of a path that SQLite opens: 512 with the journal's `-journal`.
const LONGEST_PATH: usize = 504;

/// Returns whether SQLite cannot open a file because of the length of its path.
fn is_long(path: &Path) -> bool {
    // While a task store is written, its name is longer by `.` and `.0123456789.unfinished`.
    const UNFINISHED: usize = 23;
    // SQLite follows links. A file that does not exist yet has none.
    let real = path.canonicalize().or_else(|_| std::path::absolute(path));
    real.is_ok_and(|real| real.as_os_str().len() + UNFINISHED > LONGEST_PATH)
}

fn is_write_error(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| {
        matches!(error.extended_code, ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_TRUNCATE)
    })
}

#[cfg(test)]
mod tests;
