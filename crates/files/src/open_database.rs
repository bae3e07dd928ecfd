//! Reads files without releasing the locks on databases that this process has open.
//!
//! SQLite locks a database with locks that belong to the process, not to a descriptor. If a process
//! closes any descriptor of a file, the kernel releases all locks that the process has on the file,
//! even in the middle of a commit; then another program may write to it, and the database is lost.
//! So the databases that are open are known here, and a descriptor of such a file is closed only
//! when the process does not have the database open any more.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Deref;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The device and the inode of a file, which are the same whatever its names are.
type Identity = (u64, u64);

/// The databases that this process has open.
static OPEN: Mutex<BTreeMap<Identity, Open>> = Mutex::new(BTreeMap::new());

#[derive(Default)]
struct Open {
    /// How many [`OpenDatabase`] there are.
    users: usize,
    /// Descriptors of the file that are not needed any more.
    waiting: Vec<File>,
}

fn open_databases() -> MutexGuard<'static, BTreeMap<Identity, Open>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn identity(file: &File) -> io::Result<Identity> {
    let metadata = file.metadata()?;
    Ok((metadata.dev(), metadata.ino()))
}

/// Says that this process has a database open. It must be made before SQLite opens the database,
/// and be dropped after SQLite has closed it.
#[derive(Debug)]
pub struct OpenDatabase(Identity);

impl OpenDatabase {
    /// Says this of an open file.
    ///
    /// # Errors
    ///
    /// If the operating system does not say which file it is.
    pub fn of(file: &File) -> io::Result<Self> {
        let identity = identity(file)?;
        open_databases().entry(identity).or_default().users += 1;
        Ok(Self(identity))
    }
}

impl Drop for OpenDatabase {
    fn drop(&mut self) {
        let mut open = open_databases();
        let Some(of_file) = open.get_mut(&self.0) else { return };
        of_file.users -= 1;
        if of_file.users == 0 {
            // Closes what waits for it, before anybody can open the database again.
            open.remove(&self.0);
        }
    }
}

/// A file that is read. It can be any file, also a database that this process has open: its locks
/// stay.
#[derive(Debug)]
pub struct Input(Option<File>);

impl From<File> for Input {
    fn from(file: File) -> Self {
        Self(Some(file))
    }
}

impl Deref for Input {
    type Target = File;

    fn deref(&self) -> &File {
        self.0.as_ref().expect("the file is taken only when this is dropped")
    }
}

impl AsFd for Input {
    fn as_fd(&self) -> BorrowedFd<'_> {
        (**self).as_fd()
    }
}

impl Read for Input {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        (&**self).read(bytes)
    }
}

impl Seek for Input {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        (&**self).seek(to)
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        let Some(file) = self.0.take() else { return };
        let identity = identity(&file);
        // Until the end of this function, nobody can open a database.
        let mut open = open_databases();
        match identity.map(|identity| open.get_mut(&identity)) {
            Ok(Some(of_file)) => of_file.waiting.push(file),
            Ok(None) => drop(file),
            // It might be any file.
            Err(_) => std::mem::forget(file),
        }
    }
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc;

    use super::*;

    fn write_lock() -> libc::flock {
        libc::flock {
            l_type: libc::F_WRLCK as libc::c_short,
            l_whence: libc::SEEK_SET as libc::c_short,
            l_start: 0,
            l_len: 1,
            l_pid: 0,
        }
    }

    /// Whether this process holds a lock on the file. Locks of an open file description, unlike
    /// those of a process, see the locks of their own process.
    fn is_locked(other: &File) -> bool {
        let mut lock = write_lock();
        fcntl(other, FcntlArg::F_OFD_GETLK(&mut lock)).unwrap();
        lock.l_type != libc::F_UNLCK as libc::c_short
    }

    #[test]
    fn reading_an_open_database_releases_no_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        std::fs::write(&path, "x").unwrap();
        std::fs::hard_link(&path, folder.path().join("other")).unwrap();
        // The file by which the lock is looked at stays open all the time.
        let looks = File::open(&path).unwrap();
        let locked = File::options().read(true).write(true).open(&path).unwrap();
        let before = Input::from(File::open(&path).unwrap());
        let open = OpenDatabase::of(&locked).unwrap();
        let again = OpenDatabase::of(&locked).unwrap();
        fcntl(&locked, FcntlArg::F_SETLK(&write_lock())).unwrap();
        assert!(is_locked(&looks));
        drop(before);
        for name in ["store", "other"] {
            let input = Input::from(File::open(folder.path().join(name)).unwrap());
            assert_eq!(io::read_to_string(input).unwrap(), "x");
            assert!(is_locked(&looks), "{name}");
        }
        drop(again);
        assert!(is_locked(&looks));
        drop(open);
        assert!(!is_locked(&looks), "what waited is closed");
    }
}
