//! Where the sockets lie that workers connect to.
//!
//! ipc-channel makes a folder in the temporary directory for each server, which stays there if the foreman is killed
//! before the worker has connected. So all of a foreman's lie in one folder of its own.

use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;

use files::{FolderError, Kind, LockedFolder};

/// The beginning of the folders' names.
const PREFIX: &str = "foreman-sockets-";
/// How a folder of sockets is known again. ipc-channel makes a folder `.tmpXXXXXX` in it for each
/// socket.
const KIND: Kind = Kind {
    marker: "folder.json",
    signature: "{\"format\": \"foreman sockets 1\"}\n",
    is_ours: |name| match name.strip_prefix(".tmp").and_then(|rest| rest.split_once('/')) {
        Some((random, file)) => {
            random.bytes().all(|b| b.is_ascii_alphanumeric()) && matches!(file, "" | "socket")
        }
        None => false,
    },
};
/// A socket's path may have 107 bytes, of which the two folders and its own name take 45. ipc-channel
/// cuts off longer paths without an error. Below a temporary directory longer than this, another one
/// is used.
const LONGEST_TEMPORARY_DIRECTORY: usize = 60;

/// The folder of this process's sockets; dropping it removes it.
#[derive(Debug)]
pub struct Sockets {
    _folder: LockedFolder,
}

impl Sockets {
    /// Makes the folder, and removes those of foremen that were killed. A process makes one at most: ipc-channel asks for
    /// the place once.
    ///
    /// # Errors
    ///
    /// If nothing can be made in the temporary directory, or the process has made one before.
    pub fn open() -> Result<Self, FolderError> {
        static OPENED: OnceLock<()> = OnceLock::new();
        OPENED.set(()).map_err(|()| io::Error::other("the folder for sockets was made before"))?;
        let folder = LockedFolder::make(&directory(), PREFIX, KIND)?;
        tempfile::env::override_temp_dir(folder.folder().path())
            .map_err(|other| io::Error::other(format!("the place for sockets is {}", other.display())))?;
        Ok(Self { _folder: folder })
    }
}

/// Removes what foremen that were killed have left in the system's temporary directory, up to a number that never takes
/// long.
pub fn remove_dead_sockets() {
    LockedFolder::remove_dead(&directory(), PREFIX, KIND);
}

/// Where folders for sockets are made: in the temporary directory, unless ipc-channel cannot use its
/// path, which must be short and UTF-8.
fn directory() -> PathBuf {
    let given = std::env::temp_dir();
    let is_usable = given.as_os_str().len() <= LONGEST_TEMPORARY_DIRECTORY && given.to_str().is_some();
    if is_usable { given } else { "/tmp".into() }
}
