//! Keeps SQLite from following links to files of others, and from waiting for a pipe.
//!
//! SQLite looks up the real path of a database when it opens it. Later it opens, and removes, the
//! journal beside it by that path. Who may write to a folder above the database could put a link in
//! its place meanwhile, and SQLite would open and remove a journal in any folder of this user. So
//! its calls to the operating system are replaced by ones that follow no link, and refuse what is
//! neither a file nor a folder without waiting for it: a look at the path before cannot know what
//! is there when SQLite opens it.
#![expect(unsafe_code, reason = "SQLite takes such functions only as pointers, and calls them with pointers")]

use std::ffi::{CStr, OsStr, c_char, c_int};
use std::mem::transmute;
use std::os::fd::{IntoRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Once;

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::libc;
use nix::sys::stat::{Mode, SFlag, fstat};
use rusqlite::ffi;

/// How the names of SQLite's own temporary files begin. They are made with random names, as new
/// files, and the folder for them may be a link.
const TEMPORARY: &[u8] = b"etilqs_";

/// The devices that SQLite opens.
const DEVICES: [&CStr; 2] = [c"/dev/null", c"/dev/urandom"];

/// How SQLite calls what opens, and what removes a file.
type Open = unsafe extern "C" fn(*const c_char, c_int, c_int) -> c_int;
type Remove = unsafe extern "C" fn(*const c_char) -> c_int;

/// Has SQLite follow no links from now on.
pub(crate) fn follow_no_links() {
    static REPLACED: Once = Once::new();
    REPLACED.call_once(|| {
        // SAFETY: the default VFS is there as long as the process, its function for this takes a
        // name that ends with a NUL, and both functions have the types with which SQLite calls
        // what has these names (https://sqlite.org/c3ref/vfs.html, and `aSyscall` in its
        // os_unix.c).
        unsafe {
            let vfs = ffi::sqlite3_vfs_find(std::ptr::null());
            let Some(set) = vfs.as_ref().and_then(|vfs| vfs.xSetSystemCall) else { return };
            set(vfs, c"open".as_ptr(), Some(transmute::<Open, unsafe extern "C" fn()>(open)));
            set(vfs, c"unlink".as_ptr(), Some(transmute::<Remove, unsafe extern "C" fn()>(remove)));
        }
    });
}

/// Opens a file for SQLite. Returns its descriptor, or -1 with the error in `errno`.
///
/// # Safety
///
/// The path must be a string that ends with a NUL.
unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: c_int) -> c_int {
    // SAFETY: the caller says so.
    let path = unsafe { CStr::from_ptr(path) };
    // It is made with its name as a new file, or is a device that may have a link for a name.
    if flags & libc::O_EXCL != 0 || DEVICES.contains(&path) {
        // SAFETY: the path is a string.
        return unsafe { libc::open(path.as_ptr(), flags, mode) };
    }
    let (flags, mode) = (OFlag::from_bits_retain(flags), Mode::from_bits_truncate(mode as _));
    let opened = open_at_once(Path::new(OsStr::from_bytes(path.to_bytes())), flags, mode);
    opened.map_or_else(failed, IntoRawFd::into_raw_fd)
}

/// Opens a file or a folder, without following links and without waiting for another program.
fn open_at_once(path: &Path, flags: OFlag, mode: Mode) -> nix::Result<OwnedFd> {
    // It has no effect on files and folders, so it may stay.
    let flags = flags | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let opened = files::open_without_links(path, flags, mode)?;
    match SFlag::from_bits_truncate(fstat(&opened)?.st_mode) & SFlag::S_IFMT {
        SFlag::S_IFREG | SFlag::S_IFDIR => Ok(opened),
        _ => Err(Errno::ENXIO),
    }
}

/// Removes a file for SQLite. Returns 0, or -1 with the error in `errno`.
///
/// # Safety
///
/// The path must be a string that ends with a NUL.
unsafe extern "C" fn remove(path: *const c_char) -> c_int {
    // SAFETY: the caller says so.
    let path = unsafe { CStr::from_ptr(path) };
    let path = Path::new(OsStr::from_bytes(path.to_bytes()));
    let name = path.file_name().unwrap_or_default().as_bytes();
    let removed = match name.starts_with(TEMPORARY) {
        true => std::fs::remove_file(path),
        false => files::remove_real_path(path),
    };
    // What has no number is a link.
    removed.map_or_else(|error| failed(error.raw_os_error().map_or(Errno::ELOOP, Errno::from_raw)), |()| 0)
}

fn failed(error: Errno) -> c_int {
    error.set();
    -1
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use rusqlite::{Connection, ErrorCode, OpenFlags};

    use super::*;

    /// A pipe that gets the name of a store after the look at it.
    #[test]
    fn a_pipe_is_refused_at_once() {
        follow_no_links();
        let place = tempfile::tempdir().unwrap();
        let place = place.path().canonicalize().unwrap();
        let pipe = place.join("pipe");
        nix::unistd::mkfifo(&pipe, Mode::S_IRWXU).unwrap();
        for flags in [OpenFlags::SQLITE_OPEN_READ_ONLY, OpenFlags::SQLITE_OPEN_READ_WRITE] {
            let opened = Connection::open_with_flags(&pipe, flags);
            let said = opened.and_then(|store| store.query_row("PRAGMA user_version", [], |_| Ok(())));
            assert_eq!(said.unwrap_err().sqlite_error_code(), Some(ErrorCode::CannotOpen));
        }
        for (name, is_open) in [("pipe", false), ("", true)] {
            let opened = open_at_once(&place.join(name), OFlag::O_RDONLY, Mode::empty());
            assert_eq!(opened.map(drop), if is_open { Ok(()) } else { Err(Errno::ENXIO) });
        }

        // A pipe in the place of the journal.
        let store = place.join("store");
        Connection::open(&store).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
        nix::unistd::mkfifo(&place.join("store-journal"), Mode::S_IRWXU).unwrap();
        let store = Connection::open(&store).unwrap();
        store.query_row("SELECT count(*) FROM t", [], |_| Ok(())).unwrap_err();
    }

    /// A store, and a link in the place of its folder to a folder with a journal of another one.
    #[test]
    fn a_journal_behind_a_link_is_neither_opened_nor_removed() {
        follow_no_links();
        let place = tempfile::tempdir().unwrap();
        let place = place.path().canonicalize().unwrap();
        let at = |name: &str| place.join(name);
        for folder in ["own", "other"] {
            std::fs::create_dir(at(folder)).unwrap();
        }
        let exchange = |there: bool| {
            if there {
                std::fs::rename(at("own"), at("away")).unwrap();
                symlink(at("other"), at("own")).unwrap();
            } else {
                std::fs::remove_file(at("own")).unwrap();
                std::fs::rename(at("away"), at("own")).unwrap();
            }
        };
        let journal = at("other/store-journal");
        std::fs::write(&journal, "theirs").unwrap();
        let is_whole = || std::fs::read(&journal).is_ok_and(|bytes| bytes == b"theirs");
        let store = Connection::open(at("own/store")).unwrap();
        store.execute_batch("CREATE TABLE t (a)").unwrap();

        // Before the journal is made.
        store.execute_batch("BEGIN IMMEDIATE").unwrap();
        exchange(true);
        store.execute_batch("INSERT INTO t VALUES (1)").unwrap_err();
        assert!(is_whole());
        exchange(false);
        let _ = store.execute_batch("ROLLBACK");

        // Before the journal is removed.
        store.execute_batch("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)").unwrap();
        exchange(true);
        store.execute_batch("COMMIT").unwrap_err();
        assert!(is_whole());
        exchange(false);
        drop(store);

        // A link that was there before is no attack.
        exchange(true);
        std::fs::remove_file(&journal).unwrap();
        Connection::open(at("own/new")).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
        assert!(at("other/new").exists());
    }
}
