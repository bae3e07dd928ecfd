//! Where the sockets lie that workers connect to.
//!
//! ipc-channel makes a folder in the temporary directory for each server, which stays there if the foreman is killed
//! before the worker has connected. So all of a foreman's lie in one folder of its own, which it keeps locked: what
//! nobody has locked is of a foreman that is gone, and the next one removes it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The beginning of the folders' names.
const PREFIX: &str = "foreman-sockets-";
/// A socket's path may have 107 bytes, of which the two folders and its own name take 45; ipc-channel cuts longer ones
/// without a word. Below a temporary directory longer than this, another one is used.
const LONGEST_TEMPORARY_DIRECTORY: usize = 60;
/// The most folders of dead foremen that are removed at once, so that a start never takes long.
const MOST_REMOVED: usize = 100;

/// The folder of this process's sockets; dropping it removes it.
#[derive(Debug)]
pub struct Sockets {
    folder: PathBuf,
    /// Its lock, which the operating system lets go of when the process ends, however it ends.
    _lock: File,
}

impl Sockets {
    /// Makes the folder, and removes those of foremen that were killed. A process makes one at most: ipc-channel asks for
    /// the place once.
    ///
    /// # Errors
    ///
    /// If nothing can be made in the temporary directory, or the process has made one before.
    pub fn open() -> io::Result<Self> {
        static OPENED: OnceLock<()> = OnceLock::new();
        OPENED.set(()).map_err(|()| io::Error::other("the folder for sockets was made before"))?;
        let sockets = Self::in_directory(&directory())?;
        tempfile::env::override_temp_dir(&sockets.folder)
            .map_err(|other| io::Error::other(format!("the place for sockets is {}", other.display())))?;
        Ok(sockets)
    }

    fn in_directory(directory: &Path) -> io::Result<Self> {
        remove_dead(directory);
        loop {
            let made = tempfile::Builder::new().prefix(PREFIX).tempdir_in(directory)?;
            // Before it is locked, another foreman may take it for a dead one's, and have it locked or removed.
            let lock = match File::open(made.path()) {
                Err(gone) if gone.kind() == io::ErrorKind::NotFound => continue,
                opened => opened?,
            };
            match lock.try_lock() {
                Ok(()) if is_at(&lock, made.path()) => return Ok(Self { folder: made.keep(), _lock: lock }),
                Ok(()) | Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }
}

impl Drop for Sockets {
    fn drop(&mut self) {
        // If it cannot be removed now, the next foreman does it.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Removes what foremen that were killed have left in the system's temporary directory, up to a number that never takes
/// long.
pub fn remove_dead_sockets() {
    remove_dead(&directory());
}

/// Where folders for sockets are made.
fn directory() -> PathBuf {
    let given = std::env::temp_dir();
    if given.as_os_str().len() <= LONGEST_TEMPORARY_DIRECTORY { given } else { "/tmp".into() }
}

/// Removes the folders that nobody has locked. What cannot be removed, such as another user's, stays.
fn remove_dead(directory: &Path) {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes()));
    let mut removed = 0;
    for entry in ours {
        // The type of the entry itself: a link leads elsewhere.
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let path = entry.path();
        if let Ok(folder) = File::open(&path)
            && folder.try_lock().is_ok()
            && is_at(&folder, &path)
        {
            removed += usize::from(fs::remove_dir_all(&path).is_ok());
        }
        if removed >= MOST_REMOVED {
            break;
        }
    }
}

/// Whether an open folder is the one that now lies at this path.
fn is_at(open: &File, path: &Path) -> bool {
    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    match (open.metadata(), fs::symlink_metadata(path)) {
        (Ok(open), Ok(there)) => identity(open) == identity(there),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_folder_goes_with_its_owner_and_dead_ones_go_with_the_next() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        let dead = directory.join("foreman-sockets-dead");
        fs::create_dir_all(dead.join(".tmpabc")).unwrap();
        fs::write(directory.join("foreman-sockets-file"), "").unwrap();
        fs::create_dir(directory.join("foreign")).unwrap();
        std::os::unix::fs::symlink(directory.join("foreign"), directory.join("foreman-sockets-link"))
            .unwrap();

        let first = Sockets::in_directory(directory).unwrap();
        assert!(!dead.exists());
        let second = Sockets::in_directory(directory).unwrap();
        assert!(first.folder.exists() && second.folder.exists());
        drop((first, second));
        let mut left = names(directory);
        left.sort();
        assert_eq!(left, ["foreign", "foreman-sockets-file", "foreman-sockets-link"]);
    }
}
