//! Folders in a temporary directory that do not outlive their process for long.
//!
//! A foreman that is killed cannot remove what it has made. So it keeps its folders locked: what nobody has locked is of
//! one that is gone, and the next one removes it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The most folders of dead processes that are removed at once, so that a start never takes long.
const MOST_REMOVED: usize = 100;

/// A folder of this process; dropping it removes it.
#[derive(Debug)]
pub struct LockedFolder {
    path: PathBuf,
    /// Its lock, which the operating system lets go of when the process ends, however it ends.
    _lock: File,
}

impl LockedFolder {
    /// Makes a folder whose name begins with `prefix`, and removes those that processes which are gone have left in the
    /// directory under such names.
    ///
    /// # Errors
    ///
    /// If nothing can be made or locked in the directory.
    pub fn make(directory: &Path, prefix: &str) -> io::Result<Self> {
        Self::remove_dead(directory, prefix);
        loop {
            let made = tempfile::Builder::new().prefix(prefix).tempdir_in(directory)?;
            // Before it is locked, another process may take it for a dead one's, and have it locked or removed.
            let lock = match File::open(made.path()) {
                Err(gone) if gone.kind() == io::ErrorKind::NotFound => continue,
                opened => opened?,
            };
            match lock.try_lock() {
                Ok(()) if is_at(&lock, made.path()) => return Ok(Self { path: made.keep(), _lock: lock }),
                Ok(()) | Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the folders of such names that nobody has locked. What cannot be removed, such as another user's, stays.
    pub fn remove_dead(directory: &Path, prefix: &str) {
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        let ours =
            entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(prefix.as_bytes()));
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
}

impl Drop for LockedFolder {
    fn drop(&mut self) {
        // If it cannot be removed now, the next process does it.
        let _ = fs::remove_dir_all(&self.path);
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
        let dead = directory.join("foreman-test-dead");
        fs::create_dir_all(dead.join(".tmpabc")).unwrap();
        fs::write(directory.join("foreman-test-file"), "").unwrap();
        fs::create_dir(directory.join("foreign")).unwrap();
        std::os::unix::fs::symlink(directory.join("foreign"), directory.join("foreman-test-link")).unwrap();

        let first = LockedFolder::make(directory, "foreman-test-").unwrap();
        assert!(!dead.exists());
        let second = LockedFolder::make(directory, "foreman-test-").unwrap();
        assert!(first.path.exists() && second.path.exists());
        drop((first, second));
        let mut left = names(directory);
        left.sort();
        assert_eq!(left, ["foreign", "foreman-test-file", "foreman-test-link"]);
    }
}
