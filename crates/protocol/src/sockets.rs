//! The folder of the sockets that workers connect to.
//!
//! ipc-channel makes a folder in the temporary directory for each server. That folder stays there
//! if the foreman is killed before the worker has connected. So all such folders of a foreman are
//! made in one folder, which the next foreman can remove.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use events::Shown as _;
use files::{FolderError, Kind, LockedFolder};

/// How the names of these folders begin.
const PREFIX: &str = "foreman-sockets-";
/// How such a folder is recognised. ipc-channel makes a folder `.tmpXXXXXX` in it for each socket.
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
/// A socket's path can have 107 bytes. The two folders and the socket's own name take 45 of them.
/// ipc-channel cuts off longer paths without an error, so a longer temporary directory than this is
/// not used.
const LONGEST_TEMPORARY_DIRECTORY: usize = 60;

/// The folder of this process's sockets, until it is removed.
static FOLDER: Mutex<Option<LockedFolder>> = Mutex::new(None);

/// The use of the folder of this process's sockets. Dropping it removes the folder.
#[must_use]
#[derive(Debug)]
pub struct Sockets(());

impl Sockets {
    /// Makes the folder, and removes the folders of foremen that were killed. A process can do this
    /// only once, because ipc-channel asks for the place only once.
    ///
    /// # Errors
    ///
    /// If the temporary directory cannot be written, or the process has already made its folder.
    pub fn open() -> Result<Self, FolderError> {
        static OPENED: OnceLock<()> = OnceLock::new();
        OPENED.set(()).map_err(|()| io::Error::other("the folder for sockets is already made"))?;
        let parent = directory();
        // Whoever could put another folder in the place of this one could give commands to the
        // workers, which have no other proof of who their foreman is. If the directory cannot be
        // looked at, nothing can be made in it either, and that error says more.
        let parent = match files::trusted_folder(&parent) {
            Ok(Err(why)) => return Err(FolderError::Open { parent, why }),
            Ok(Ok(real)) => real,
            Err(_) => parent,
        };
        let folder = match LockedFolder::make(&parent, PREFIX, KIND) {
            Err(FolderError::System(why)) => return Err(FolderError::NotMade { parent, why }),
            made => made?,
        };
        tempfile::env::override_temp_dir(folder.folder().path())
            .map_err(|other| io::Error::other(format!("sockets are already made in {}", other.shown())))?;
        *FOLDER.lock().unwrap_or_else(PoisonError::into_inner) = Some(folder);
        Ok(Self(()))
    }
}

impl Drop for Sockets {
    fn drop(&mut self) {
        remove_own_sockets();
    }
}

/// Removes the folder of this process's sockets, if there is one. A process that exits at once
/// drops nothing, so it calls this.
pub fn remove_own_sockets() {
    let folder = FOLDER.lock().unwrap_or_else(PoisonError::into_inner).take();
    drop(folder);
}

/// Removes the folders that killed foremen have left in the system's temporary directory, but only
/// a limited number, so that this is always quick.
pub fn remove_dead_sockets() {
    LockedFolder::remove_dead(&directory(), PREFIX, KIND);
}

/// Returns the directory in which folders for sockets are made. This is the temporary directory,
/// unless its path is too long for ipc-channel or not UTF-8. A link on the path is resolved here,
/// once and for all: its owner may let it lead elsewhere later.
fn directory() -> PathBuf {
    let given = std::env::temp_dir();
    let real = given.canonicalize().unwrap_or(given);
    let is_usable = real.as_os_str().len() <= LONGEST_TEMPORARY_DIRECTORY && real.to_str().is_some();
    if is_usable { real } else { "/tmp".into() }
}
