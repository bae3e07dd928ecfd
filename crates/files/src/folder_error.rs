//! Why a folder of foreman's cannot be made, used or removed.

use std::io;
use std::path::{Path, PathBuf};

use events::Shown as _;

use crate::directory::is_append_only;
use crate::trust::Replaceable;

/// No file can be removed from a folder, so what is made in it would stay.
#[derive(Debug, thiserror::Error)]
#[error("no file can be removed from {} (it is append-only, as chattr +a makes it)", folder.shown())]
pub struct AppendOnly {
    folder: PathBuf,
}

/// Refuses a folder from which no file can be removed, as far as its file system tells.
///
/// # Errors
///
/// If the folder is append-only.
pub fn check_removable(folder: &Path) -> Result<(), AppendOnly> {
    if is_append_only(folder) { Err(AppendOnly { folder: folder.to_owned() }) } else { Ok(()) }
}

/// Why a folder cannot be used or removed.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is something else at the path.
    #[error("it is a symbolic link or a file, not a folder")]
    NoFolder,
    /// The folder belongs to another user.
    #[error("it belongs to user {0}")]
    Owner(u32),
    /// The folder was not made by this program.
    #[error("foreman did not make it")]
    Foreign,
    /// The folder has files that foreman did not make.
    #[error("it was not removed, because it has files that foreman did not make: {}", listed(.0))]
    Occupied(Vec<String>),
    /// No folder can be made, although its parent folder seems to exist.
    #[error(
        "no folder can be made in {} ({why}); name another folder for temporary files with the variable TMPDIR, or, for \
         the folder of a run, with --temporary-directory",
        parent.shown()
    )]
    NotMade {
        /// The parent folder.
        parent: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// What is made in the parent folder would stay there.
    #[error(
        "{0}; name another folder for temporary files with the variable TMPDIR, or, for an export or a dry run, with \
         --temporary-directory"
    )]
    AppendOnly(AppendOnly),
    /// The parent folder is on a file system without locks, so nobody could tell the folders of
    /// active processes from those of ended ones.
    #[error(
        "the file system of {} has no locks ({why}), which foreman needs for its folders; name a folder on another disk \
         for temporary files with the variable TMPDIR, or, for an export or a dry run, with --temporary-directory",
        parent.shown()
    )]
    NoLocks {
        /// The parent folder.
        parent: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// Other users may exchange what is in the parent folder.
    #[error(
        "other users could exchange what foreman makes in {} ({}); name another folder for temporary files with the \
         variable TMPDIR{}",
        parent.shown(),
        why.reason,
        why.remedy
    )]
    Open {
        /// The parent folder.
        parent: PathBuf,
        /// Why, and what helps.
        why: Replaceable,
    },
    /// There is another folder at the path now.
    #[error("there is another folder in its place now")]
    Replaced,
    /// The operating system refuses.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// Returns the first few names as a text.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let mut text = names.iter().take(SHOWN).map(|name| name.shown()).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text += ", …";
    }
    text
}
