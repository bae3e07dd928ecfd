//! Why a journal is refused: because of what it is, or because it cannot be read.
//!
//! The two must not be mixed up: who is told that a file is not a journal of the store may move it
//! away, and a journal that only cannot be read may be the one that undoes a change.

use std::io;
use std::path::{Path, PathBuf};

use nix::errno::Errno;

use crate::StorageError;
use crate::read_failure;
use crate::refused_access::read_denied;

/// Why a journal is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The journal was read, and may not undo a change for this reason.
    Strange(String),
    /// The journal belongs to a later state of the store: this is not the file that was changed.
    OlderStore(String),
    /// The journal cannot be read, so nothing is known of it.
    Unreadable(io::Error),
    /// The store cannot be read, so it is not known whether the journal undoes a change to it.
    UnreadableStore(io::Error),
}

impl Refusal {
    /// Returns the error for this journal of the store at `path`.
    pub(crate) fn of(self, path: &Path, journal: &Path, is_recorded: bool) -> StorageError {
        let (path, journal) = (path.to_owned(), journal.to_owned());
        match self {
            Self::Strange(reason) => {
                StorageError::StrangeJournal { path, journal, reason, is_recorded, is_of_later: false }
            }
            Self::OlderStore(reason) => {
                StorageError::StrangeJournal { path, journal, reason, is_recorded, is_of_later: true }
            }
            Self::Unreadable(error) => unreadable(path, journal.clone(), journal, &error),
            Self::UnreadableStore(error) => unreadable(path.clone(), journal, path, &error),
        }
    }
}

impl From<String> for Refusal {
    fn from(reason: String) -> Self {
        Self::Strange(reason)
    }
}

impl From<&str> for Refusal {
    fn from(reason: &str) -> Self {
        Self::Strange(reason.into())
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // The file ends too early, which is known then.
            io::ErrorKind::UnexpectedEof => Self::Strange("it is too short".into()),
            _ => Self::Unreadable(error),
        }
    }
}

/// Returns the error that `file` cannot be read, which is the store or what lies beside it.
pub(crate) fn unreadable(path: PathBuf, journal: PathBuf, file: PathBuf, error: &io::Error) -> StorageError {
    let (detail, remedy) = (error.to_string(), remedy(error, &file));
    StorageError::UnreadableJournal { path, journal, file, detail, remedy }
}

/// Whether it is known that nothing is at this path.
pub(super) fn is_missing(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// As an error, if the disk does not give the content of a store that has a journal to be played
/// back: a copy of the store alone, as is advised otherwise, would be of no use.
pub(super) fn with_journal(error: StorageError, journal: &Path) -> StorageError {
    match error {
        StorageError::ReadFailure { path, detail } => StorageError::UnreadableJournal {
            file: path.clone(),
            path,
            journal: journal.to_owned(),
            detail,
            remedy: OF_A_DISK.into(),
        },
        other => other,
    }
}

/// Returns the error that SQLite has given when it was to undo the change to the store at `path`.
/// If the journal is still there, the store is not damaged, whatever SQLite says of it, and must
/// not be copied alone.
pub(super) fn not_undone(error: StorageError, path: &Path, journal: PathBuf) -> StorageError {
    let (detail, remedy) = match &error {
        StorageError::Damaged { detail, .. } => (detail.clone(), KERNEL),
        StorageError::Sqlite { source, .. }
        | StorageError::WriteFailed { source, .. }
        | StorageError::CannotOpen { source, .. } => (source.to_string(), KERNEL),
        StorageError::ReadOnly { reason, .. } => (format!("it cannot be written: {reason}"), ELSEWHERE),
        StorageError::Denied { what, .. } => (format!("permission denied: {what}"), ELSEWHERE),
        StorageError::NoLocks { .. } => ("its file system has no locks that hold".into(), ELSEWHERE),
        StorageError::DiskFull(full) => (full.to_string(), "make room"),
        _ => return with_journal(error, &journal),
    };
    match is_missing(&journal) {
        true => error,
        false => StorageError::NotUndone { path: path.to_owned(), journal, detail, remedy },
    }
}

const KERNEL: &str = "look for the cause in the log of the kernel (dmesg)";
const ELSEWHERE: &str = "change that, or copy the file, its journal and the folder of the interrupted run together to where they can \
     be written, and name the copy of the folder as the file with .foreman at its end";

const OF_A_DISK: &str = "this is a read error of the disk, a cable or the network: look for the cause in the log of the kernel \
     (dmesg), and copy both files to another disk";

/// Returns what to do about an error of reading a file.
fn remedy(error: &io::Error, file: &Path) -> String {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::EMFILE) => "raise the limit of open files (ulimit -n)".into(),
        Some(Errno::ENFILE) => {
            "too many files are open on this computer: end programs that have many files open".into()
        }
        Some(Errno::EACCES | Errno::EPERM) => {
            format!("{}: get the permission to read it", read_denied(file))
        }
        _ if read_failure::is_one(error) => OF_A_DISK.into(),
        _ => "find the cause".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Somebody who moves a journal away that cannot be read loses what undoes the change.
    #[test]
    fn what_cannot_be_read_is_never_to_be_moved() {
        let (store, journal) = (Path::new("/case.plaso"), Path::new("/case.plaso-journal"));
        for (number, remedy) in [
            (Errno::EIO, "look for the cause in the log of the kernel (dmesg), and copy both files"),
            (Errno::EMFILE, "raise the limit of open files (ulimit -n)"),
            (Errno::ENFILE, "too many files are open on this computer"),
            (Errno::EACCES, "get the permission to read it"),
            (Errno::ENOMEM, "find the cause"),
        ] {
            type Kind = fn(io::Error) -> Refusal;
            for (refusal, file) in [(Refusal::from as Kind, journal), (Refusal::UnreadableStore, store)] {
                let error = refusal(io::Error::from(number)).of(store, journal, false);
                let said = error.to_string();
                let expected = format!("{} cannot be read: {}; ", file.display(), io::Error::from(number));
                assert!(said.contains(&expected), "{said}");
                assert!(said.contains("may be needed to undo an incomplete change"), "{said}");
                assert!(said.contains("keep both files together, as they are"), "{said}");
                assert!(said.contains(remedy) && said.ends_with("then give the command again"), "{said}");
                for wrong in ["move", "mv ", "remove", "not a journal"] {
                    assert!(!said.contains(wrong), "{said}");
                }
            }
        }
        let short = Refusal::from(io::Error::from(io::ErrorKind::UnexpectedEof));
        assert!(matches!(short.of(store, journal, false), StorageError::StrangeJournal { .. }));
    }

    /// A copy of the file alone, which is good advice otherwise, would be half changed.
    #[test]
    fn nobody_is_told_to_copy_a_half_changed_store_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (store, journal) = (folder.path().join("case.plaso"), folder.path().join("case.plaso-journal"));
        let path = || store.clone();
        std::fs::write(&journal, "").unwrap();
        for error in [
            StorageError::ReadOnly { path: path(), reason: "it or its folder is read-only" },
            StorageError::Denied { path: path(), what: "you may not write it".into() },
            StorageError::NoLocks { path: path() },
            StorageError::ReadFailure { path: path(), detail: "Input/output error".into() },
        ] {
            let said = not_undone(error, &store, journal.clone()).to_string();
            assert!(said.contains("keep both files together"), "{said}");
            assert!(!said.contains("work on a copy"), "{said}");
        }
        // The change was undone.
        std::fs::remove_file(&journal).unwrap();
        let error = StorageError::ReadOnly { path: path(), reason: "it or its folder is read-only" };
        assert!(not_undone(error, &store, journal).to_string().contains("work on a copy"));
    }
}
