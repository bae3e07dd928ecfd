//! Says which permission is missing, or that there are no locks.

use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use events::Shown as _;
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, FcntlArg, fcntl};
use nix::libc;
use nix::unistd::{AccessFlags, faccessat, geteuid};

/// Returns which permission is missing so that SQLite cannot open the file, or `None` if none is
/// missing.
pub(crate) fn missing(path: &Path) -> Option<String> {
    if is_denied(path, AccessFlags::R_OK) {
        return Some(read_denied(path));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    is_denied(folder, AccessFlags::W_OK | AccessFlags::X_OK)
        .then(|| format!("you may not write to {}, where SQLite needs files of its own", folder.shown()))
}

/// Returns whether the file may not be written because a permission is missing.
pub(crate) fn may_not_write(path: &Path) -> bool {
    is_denied(path, AccessFlags::W_OK)
}

/// Returns whether the file system says that it has no locks, as a network file system without a
/// lock service does.
pub(crate) fn has_no_locks(path: &Path) -> bool {
    files::open_real_path(path).is_ok_and(|file| is_locked(&file, 0) == Err(Errno::ENOLCK))
}

/// Returns whether another process has locked this byte of a file. The locks of this process do not
/// count.
pub(crate) fn is_locked(file: &File, byte: i64) -> nix::Result<bool> {
    let mut lock = libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: byte,
        l_len: 1,
        l_pid: 0,
    };
    fcntl(file, FcntlArg::F_GETLK(&mut lock))?;
    Ok(lock.l_type != libc::F_UNLCK as libc::c_short)
}

fn is_denied(path: &Path, access: AccessFlags) -> bool {
    faccessat(AT_FDCWD, path, access, AtFlags::AT_EACCESS) == Err(Errno::EACCES)
}

/// Says why the file may not be read.
pub(crate) fn read_denied(path: &Path) -> String {
    let closed = path.ancestors().skip(1).find(|folder| {
        !folder.as_os_str().is_empty() && folder.is_dir() && is_denied(folder, AccessFlags::X_OK)
    });
    let you = geteuid();
    match (closed, std::fs::metadata(path)) {
        (None, Ok(file)) => {
            let (mode, owner) = (file.mode() & 0o7777, file.uid());
            format!("you (user {you}) may not read it; its owner is user {owner}, its mode {mode:o}")
        }
        (Some(folder), _) => format!("you (user {you}) may not enter the folder {}", folder.shown()),
        (None, Err(_)) => format!("you (user {you}) may not enter a folder above it"),
    }
}
