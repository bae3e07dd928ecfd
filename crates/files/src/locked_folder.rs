//! Temporary folders that are removed soon after their process ends.
//!
//! A foreman that is killed cannot remove its folders. So each process locks its folders. If nobody
//! has locked a folder, its process has ended, and the next process removes the folder.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use crate::folder::{Folder, Kind};
use crate::folder_error::{FolderError, check_removable};
use crate::left_folders::LeftFolders;
use crate::unfinished::{are_random_digits, random_digits};

/// The maximum number of folders of ended processes that are removed at once, so that a start is
/// always quick.
const MOST_REMOVED: usize = 100;

/// How often a folder is made before this is given up. Each failure but the last needs another
/// process that takes the new folder at the same moment.
const MOST_ATTEMPTS: usize = 100;

/// A folder of this process. Dropping it removes the folder.
#[derive(Debug)]
pub struct LockedFolder {
    folder: Folder,
    /// The lock. The operating system releases it when the process ends, however it ends.
    _lock: File,
    /// The folders of ended processes that were found when this one was made.
    left: LeftFolders,
}

impl LockedFolder {
    /// Makes a folder whose name begins with `prefix`. Also removes such folders in the directory
    /// whose processes have ended.
    ///
    /// # Errors
    ///
    /// If a folder cannot be made or locked in the directory, or could not be removed from it.
    pub fn make(directory: &Path, prefix: &str, kind: Kind) -> Result<Self, FolderError> {
        Self::make_with(directory, prefix, kind, File::try_lock)
    }

    /// Makes a folder. `try_lock` takes the lock, and may fail in tests.
    fn make_with(
        directory: &Path,
        prefix: &str,
        kind: Kind,
        try_lock: fn(&File) -> Result<(), TryLockError>,
    ) -> Result<Self, FolderError> {
        check_removable(directory).map_err(FolderError::AppendOnly)?;
        let left = Self::remove_dead(directory, prefix, kind);
        let mut last = io::Error::other("other processes always take it");
        for _ in 0..MOST_ATTEMPTS {
            let path = directory.join(format!("{prefix}{}", random_digits()));
            let folder = match Folder::make_unmarked(&path, kind) {
                // Before the new folder is locked, another process may take it for that of an ended
                // process, and lock or remove it.
                Err(FolderError::System(error))
                    if error.kind() == io::ErrorKind::AlreadyExists
                        || error.kind() == io::ErrorKind::NotFound && directory.is_dir() =>
                {
                    last = error;
                    continue;
                }
                made => made?,
            };
            let locked = Self::lock(&folder, directory, try_lock).inspect_err(|_| folder.give_up())?;
            if let Some(lock) = locked {
                return Ok(Self { folder, _lock: lock, left });
            }
        }
        // In some folders, such as /proc or one that was removed, nobody can make anything,
        // although they exist.
        Err(FolderError::NotMade { parent: directory.to_owned(), why: last })
    }

    /// Locks and marks a new folder. Returns `None` if another process has taken it.
    fn lock(
        folder: &Folder,
        directory: &Path,
        try_lock: fn(&File) -> Result<(), TryLockError>,
    ) -> Result<Option<File>, FolderError> {
        let lock = folder.lock_file()?;
        match try_lock(&lock) {
            Ok(()) if folder.is_in_place()? => {
                folder.mark()?;
                Ok(Some(lock))
            }
            Ok(()) | Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(why)) => Err(FolderError::NoLocks { parent: directory.to_owned(), why }),
        }
    }

    /// Returns the folder.
    #[must_use]
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Returns the folders of ended processes that were found when this one was made.
    #[must_use]
    pub fn left(&self) -> &LeftFolders {
        &self.left
    }

    /// Removes the folders with this prefix and of this kind that belong to this user and that
    /// nobody has locked. Returns their number.
    pub fn remove_dead(directory: &Path, prefix: &str, kind: Kind) -> LeftFolders {
        let directory = directory.canonicalize();
        let entries = directory.and_then(fs::read_dir).into_iter().flatten().flatten();
        let is_name_of_ours = |name: &str| name.strip_prefix(prefix).is_some_and(are_random_digits);
        let ours = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_name_of_ours));
        let mut left = LeftFolders::default();
        for entry in ours {
            // Folders that cannot be removed, such as those of other users, stay.
            if let Ok(Some(folder)) = Folder::open(&entry.path(), kind)
                && let Some(_lock) = folder.lock_left()
            {
                // A process that is just making this one has not marked it yet, and makes another.
                let was_in_use = folder.has_marker();
                left.add(entry.path(), folder.remove(), was_in_use);
            }
            if left.removed >= MOST_REMOVED {
                break;
            }
        }
        left
    }
}

impl Drop for LockedFolder {
    fn drop(&mut self) {
        // If it cannot be removed now, the next process does it.
        let _ = self.folder.remove_own_files();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};

    use super::*;

    /// A removed folder exists as long as it is somebody's current folder, and so does /proc.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_directory_in_which_no_folder_can_be_made() {
        let error = LockedFolder::make(Path::new("/proc"), "foreman-test-", KIND).unwrap_err();
        assert!(matches!(error, FolderError::NotMade { .. }), "{error}");
        let said = error.to_string();
        assert!(said.contains("/proc") && said.contains("--temporary-directory"), "{said}");
    }

    /// A folder that cannot be locked would look like one of an ended process, and each attempt
    /// would leave another.
    #[test]
    fn a_file_system_without_locks() {
        let directory = tempfile::tempdir().unwrap();
        let fail = |_: &File| Err(TryLockError::Error(io::Error::from_raw_os_error(nix::libc::EOPNOTSUPP)));
        for _ in 0..3 {
            let error = LockedFolder::make_with(directory.path(), "foreman-test-", KIND, fail).unwrap_err();
            assert!(matches!(error, FolderError::NoLocks { .. }), "{error}");
            assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "something is left behind");
        }
    }

    const KIND: Kind = Kind {
        marker: "folder.json",
        signature: "{\"format\": \"test\"",
        is_ours: |name| name == "inner/" || name == "inner/socket",
    };

    #[test]
    fn a_folder_goes_with_its_owner_and_dead_ones_go_with_the_next() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        let at = |name: &str| directory.join(name);
        let dead = at("foreman-test-0123456789");
        for (folder, file) in [("", ""), ("/inner", "/inner/socket")] {
            fs::create_dir(format!("{}{folder}", dead.display())).unwrap();
            if !file.is_empty() {
                fs::write(format!("{}{file}", dead.display()), "").unwrap();
            }
        }
        fs::write(dead.join(KIND.marker), KIND.signature).unwrap();
        fs::DirBuilder::new().mode(0o700).create(at("foreman-test-aaaaaaaaaa")).unwrap();
        // These only look like folders of foreman.
        fs::write(at("foreman-test-bbbbbbbbbb"), "").unwrap();
        fs::create_dir_all(at("foreign/inner")).unwrap();
        fs::write(at("foreign").join(KIND.marker), KIND.signature).unwrap();
        std::os::unix::fs::symlink(at("foreign"), at("foreman-test-cccccccccc")).unwrap();
        fs::create_dir(at("foreman-test-2026-results")).unwrap();
        fs::create_dir(at("foreman-test-dddddddddd")).unwrap();
        fs::write(at("foreman-test-dddddddddd/notes.txt"), "mine").unwrap();
        fs::create_dir(at("foreman-test-ffffffffff")).unwrap();
        fs::set_permissions(at("foreman-test-ffffffffff"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(at("foreman-test-eeeeeeeeee")).unwrap();
        fs::write(at("foreman-test-eeeeeeeeee").join(KIND.marker), "{\"of\": \"others\"}").unwrap();

        // Somebody has put a file of his own into one of these.
        let with_notes = Folder::make(&at("foreman-test-abababab12"), KIND).unwrap();
        fs::write(with_notes.path().join("notes.txt"), "mine").unwrap();
        fs::write(with_notes.path().join("socket"), "").unwrap();

        let first = LockedFolder::make(directory, "foreman-test-", KIND).unwrap();
        assert_eq!(first.left().kept, [with_notes.path()]);
        assert_eq!(fs::read_dir(with_notes.path()).unwrap().count(), 3, "nothing in it is removed");
        fs::remove_dir_all(with_notes.path()).unwrap();
        assert!(!dead.exists() && !at("foreman-test-aaaaaaaaaa").exists());
        // One without a marker is removed, too, and is not said to be that of a killed process.
        assert_eq!(first.left().removed, 1);
        let second = LockedFolder::make(directory, "foreman-test-", KIND).unwrap();
        assert!(first.folder.path().exists() && second.folder.path().exists());
        drop((first, second));
        let mut left: Vec<_> = fs::read_dir(directory).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        let stays = ["2026-results", "bbbbbbbbbb", "cccccccccc", "dddddddddd", "eeeeeeeeee", "ffffffffff"];
        let stays = stays.map(|name| format!("foreman-test-{name}"));
        assert_eq!(left[0], "foreign");
        assert_eq!(left[1..], stays.map(std::ffi::OsString::from));
        assert!(at("foreign/inner").exists() && at("foreign").join(KIND.marker).exists());
    }
}
