//! A change to a store that was interrupted, and the journal that undoes it.
//!
//! SQLite undoes such a change by itself, as soon as a program opens the store for writing, and
//! takes any journal for it that has the right name. A journal beside a store is untrusted, though:
//! another store may have been put in the place of its own, or somebody may have made it up. So
//! nothing here or elsewhere in this program opens a store for writing while there is a journal to
//! be played back, except for [`undo_interrupted`], which lets SQLite do so if an interrupted run
//! has recorded the journal as its own.

mod aftermath;
pub(crate) mod bytes;
pub(crate) mod fit;
mod idle;
mod overflow;
mod own;
pub(crate) mod pages;
pub(crate) mod refusal;
mod results;
mod rollback;
mod rows;
pub(crate) mod schema_size;
pub(crate) mod shared_pages;
#[cfg(test)]
mod tests;
mod whole;
mod writable;

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use files::{Input, OpenDatabase};
use nix::libc;
use nix::unistd::geteuid;

pub use aftermath::{Aftermath, Baseline};
pub use fit::InterruptedRun;
pub use idle::idle_journal;
pub(crate) use idle::remove_idle;
pub use own::is_journal;
pub(crate) use own::{begun, content_without_change, is_of_another, refuse_other_journal};
pub(crate) use results::digest;
pub use results::holds_results;

use crate::StorageError;
use crate::connection::{open, open_file};
use crate::error::JOURNAL;
use crate::fingerprint::{fingerprint, whole_fingerprint};
use crate::refused_access::is_locked;
use pages::Pages;
use refusal::{Refusal, is_missing, not_undone, with_journal};
use rollback::RollbackJournal;

/// The byte that a writer to an SQLite database locks for all of its transaction.
const RESERVED_BYTE: i64 = 0x4000_0001;

/// A change that was undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// The journal that undid it, which is gone.
    pub journal: PathBuf,
    /// The size of the store before, in bytes.
    pub from: u64,
    /// The size of the store now, which is the one from before the change.
    pub to: u64,
}

/// Undoes the change that a killed run has left half done in the store at `path`, if there is one
/// and `run` has recorded the journal as its own.
///
/// No lock on the store may be held by this process: the store is opened and closed.
///
/// # Errors
///
/// If there is a journal that is not the run's or does not fit the store, if somebody is writing to
/// the store, or if the change cannot be undone. Unless it is the latter, store and journal are as
/// they were.
pub fn undo_interrupted(
    path: &Path,
    run: Option<&InterruptedRun<'_>>,
) -> Result<Option<Undone>, StorageError> {
    let found = look(path)?;
    let Found::Hot(journal) = found else { return Ok(None) };
    let store = open_file(path).map_err(|error| with_journal(error, &journal.path))?;
    if is_being_written(&store) {
        return Err(StorageError::Locked { path: path.to_owned() });
    }
    let (content, expected, compared) = checked((path, &store), &journal, run)?;
    let length = store.metadata().map_err(|source| StorageError::cannot_open(path, source))?.len();
    drop(store);
    let played = play_back(path);
    // SQLite finds the journal by its name. Somebody may have put another in its place meanwhile.
    let undone = refuse_other_content(path, &expected, compared);
    match (played, undone) {
        (Ok(()), undone) => undone?,
        // What failed came after it. Who uses the store next is told.
        (Err(_), Ok(())) if is_missing(&journal.path) => {}
        // In an append-only folder, SQLite writes all pages back and fails to remove the journal.
        (Err(_), Ok(())) => {
            return Err(StorageError::JournalStays { path: path.to_owned(), journal: journal.path });
        }
        (Err(error), Err(_)) => return Err(not_undone(error, path, journal.path)),
    }
    let to = u64::from(content.page_count) * content.page_size as u64;
    Ok(Some(Undone { journal: journal.path, from: length, to }))
}

/// Returns what the journal undoes and what the store must be then, if the journal is that of `run`
/// and fits the store.
fn checked(
    (path, store): (&Path, &Input),
    journal: &Journal,
    run: Option<&InterruptedRun<'_>>,
) -> Result<(RollbackJournal, String, Compared), StorageError> {
    let content = RollbackJournal::read(&journal.file, journal.length);
    let recorded = run.and_then(|run| run.journal);
    let is_recorded =
        recorded.is_some_and(|recorded| content.as_ref().is_ok_and(|content| content.header == recorded));
    let refused = |refusal: Refusal| refusal.of(path, &journal.path, is_recorded);
    let log = companion(path, "-wal");
    match std::fs::symlink_metadata(&log) {
        Ok(_) => return Err(refused("a write-ahead log lies beside the store, too".into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            return Err(refusal::unreadable(path.to_owned(), journal.path.clone(), log, &error));
        }
    }
    let content = content.map_err(refused)?;
    let length = store.metadata().map_err(|error| refused(Refusal::UnreadableStore(error)))?.len();
    fit::check((path, store), length, (&content, &journal.file), run).map_err(refused)?;
    let compared: Compared = if others_may_plant(path) { whole_fingerprint } else { fingerprint };
    let undone = Pages::undone(store, &content, &journal.file);
    let expected = compared(&undone)
        .map_err(|error| refused(undone.failure().unwrap_or(Refusal::UnreadableStore(error))))?;
    Ok((content, expected, compared))
}

/// Lets SQLite undo the change: it does so before it reads the first row.
fn play_back(path: &Path) -> Result<(), StorageError> {
    let open_file = OpenDatabase::of(&*open_file(path)?);
    let _open = open_file.map_err(|source| StorageError::cannot_open(path, source))?;
    let connection = open(path, true)?;
    connection
        .pragma_query_value(None, "schema_version", |_| Ok(()))
        .map_err(|source| StorageError::sqlite("undo the interrupted change to", path, source))?;
    drop(connection);
    refuse_unfinished(path)
}

/// What is compared of a store before and after a change is undone.
type Compared = fn(&Pages<'_>) -> io::Result<String>;

/// Whether other users may put a journal beside the store: the sticky bit of a folder does not keep
/// them from it.
fn others_may_plant(store: &Path) -> bool {
    // What cannot be known may be so.
    std::fs::metadata(store.parent().unwrap_or(store)).map_or(true, |folder| {
        let is_trusted = folder.uid() == 0 || folder.uid() == geteuid().as_raw();
        !is_trusted || folder.mode() & 0o022 != 0
    })
}

/// Refuses a store that is not as the undoing of a change must have left it.
fn refuse_other_content(path: &Path, expected: &str, compared: Compared) -> Result<(), StorageError> {
    let read = || -> io::Result<String> {
        let file = files::open_real_path(path)?;
        compared(&Pages::of_database(&file)?)
    };
    match read() {
        Ok(found) if found == expected => Ok(()),
        Ok(_) => Err(StorageError::UndoneOtherwise { path: path.to_owned() }),
        Err(source) => Err(StorageError::cannot_open(path, source)),
    }
}

/// Refuses a store in which a change was interrupted: using it would mean to undo that first.
pub(crate) fn refuse_unfinished(path: &Path) -> Result<(), StorageError> {
    match look(path)? {
        Found::Hot(journal) => Err(StorageError::Unfinished { path: path.to_owned(), journal: journal.path }),
        Found::Idle(_) | Found::Nothing => Ok(()),
    }
}

/// As [`refuse_unfinished`], for a store that is about to be locked: if somebody is writing to it,
/// the journal is theirs.
pub(crate) fn refuse_interrupted(path: &Path) -> Result<(), StorageError> {
    let refused = refuse_unfinished(path);
    if matches!(refused, Err(StorageError::Unfinished { .. }))
        && files::open_real_path(path).is_ok_and(|store| is_being_written(&store))
    {
        return Err(StorageError::Locked { path: path.to_owned() });
    }
    refused
}

/// What lies beside a store in the place of its journal.
enum Found {
    /// No journal.
    Nothing,
    /// A journal that has nothing to undo: SQLite passes it over.
    Idle(Journal),
    /// A journal that SQLite would play back.
    Hot(Journal),
}

struct Journal {
    path: PathBuf,
    file: Input,
    length: u64,
}

/// Looks at the journal beside a store, without touching it or waiting for anything.
fn look(path: &Path) -> Result<Found, StorageError> {
    let journal = companion(path, JOURNAL);
    refuse_long_name(path, &journal)?;
    let refused = |refusal: Refusal| refusal.of(path, &journal, false);
    let Some((mut file, length)) = open_journal(path, &journal).map_err(refused)? else {
        return Ok(Found::Nothing);
    };
    let mut start = [0; 12];
    let read = read_start(&mut file, &mut start).map_err(|error| refused(error.into()))?;
    match start[..read].iter().position(|&byte| byte != 0) {
        Some(0) => Ok(Found::Hot(Journal { path: journal, file, length })),
        Some(_) => Err(refused("it does not begin as a journal of SQLite does".into())),
        None => {
            // Not that of a handle on the store: closing it would let go of its lock.
            let store = match std::fs::metadata(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
                store => store.map_err(|error| refused(Refusal::UnreadableStore(error)))?.len(),
            };
            match rollback::is_idle(&file, length, store) {
                Ok(true) => Ok(Found::Idle(Journal { path: journal, file, length })),
                Ok(false) => Err(refused(
                    "it begins with zeros, as a journal of SQLite that is not in use, but what follows is something else".into(),
                )),
                Err(error) => Err(refused(error.into())),
            }
        }
    }
}

/// Refuses a store whose journal could not be made, because its name would be too long.
fn refuse_long_name(path: &Path, journal: &Path) -> Result<(), StorageError> {
    match std::fs::symlink_metadata(journal) {
        Err(error) if error.raw_os_error() == Some(libc::ENAMETOOLONG) => {
            let length = path.file_name().map_or(0, |name| name.len());
            Err(StorageError::LongName { path: path.to_owned(), length })
        }
        _ => Ok(()),
    }
}

/// Opens what lies in the place of a store's journal, without waiting for anything, and returns its
/// length, too. Returns `None` if nothing is there.
fn open_journal(store: &Path, journal: &Path) -> Result<Option<(Input, u64)>, Refusal> {
    match std::fs::symlink_metadata(journal) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
        Ok(metadata) => refuse_foreign(&metadata, store)?,
    }
    let opened = File::options().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(journal);
    let file = match opened {
        // Its program has just completed the change.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        // A link has just replaced it.
        Err(error) if error.raw_os_error() == Some(libc::ELOOP) => return Err(NO_FILE.into()),
        opened => opened?,
    };
    let file = Input::from(file);
    let metadata = file.metadata()?;
    refuse_foreign(&metadata, store)?;
    Ok(Some((file, metadata.len())))
}

fn read_start(file: &mut Input, start: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < start.len() {
        match file.read(&mut start[read..])? {
            0 => break,
            more => read += more,
        }
    }
    Ok(read)
}

const NO_FILE: &str = "it is not a regular file";

/// Refuses what SQLite would not have made as a journal for this person and this store.
fn refuse_foreign(journal: &Metadata, store: &Path) -> Result<(), String> {
    if !journal.is_file() {
        return Err(NO_FILE.into());
    }
    if journal.nlink() > 1 {
        return Err("it has another name, too, by a hard link".into());
    }
    let owner_of_store = std::fs::metadata(store).map(|store| store.uid());
    let is_own = journal.uid() == nix::unistd::geteuid().as_raw();
    if !is_own && owner_of_store.is_ok_and(|owner| owner != journal.uid()) {
        return Err(format!("it belongs to another user (number {})", journal.uid()));
    }
    Ok(())
}

/// Whether another process holds the lock of a writer. The locks of this process do not count.
fn is_being_written(store: &File) -> bool {
    is_locked(store, RESERVED_BYTE).unwrap_or(false)
}

/// Returns where the journal of the store at `store` lies, if it has one.
#[must_use]
pub fn journal_path(store: &Path) -> PathBuf {
    companion(store, JOURNAL)
}

/// The place of a file of SQLite's beside a database: `-journal` or `-wal`.
#[must_use]
pub fn companion(store: &Path, suffix: &str) -> PathBuf {
    let mut companion = store.as_os_str().to_owned();
    companion.push(suffix);
    companion.into()
}
