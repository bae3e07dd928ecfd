//! Tells a disk that does not give a file's content from a file whose content is wrong.
//!
//! SQLite says "database disk image is malformed" of both.

use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use files::Input;
use nix::errno::Errno;
use rusqlite::{Error, ErrorCode, ffi};

/// How long the file is read to find out. Most files are read completely in this time.
const LONGEST: Duration = Duration::from_secs(10);
/// How much is read at once.
const AT_ONCE: usize = 1 << 20;

/// Whether SQLite's error is, or can be, that of a read.
pub(crate) fn may_be(error: &Error) -> bool {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt) => true,
        Some(ErrorCode::SystemIoFailure) => {
            error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_IOERR_READ)
        }
        _ => false,
    }
}

/// Whether this error of the operating system says that a disk does not give what is on it.
pub(crate) fn is_one(error: &io::Error) -> bool {
    let of_a_disk = [Errno::EIO, Errno::ENXIO, Errno::ESTALE, Errno::ETIMEDOUT, Errno::EREMOTEIO];
    error.raw_os_error().is_some_and(|number| of_a_disk.contains(&Errno::from_raw(number)))
}

/// Reads the file, and returns the error if a part of it cannot be read, with the part.
pub(crate) fn find(path: &Path) -> Option<String> {
    find_with(&files::open_database(path).ok()?, |file, part, offset| file.read_at(part, offset))
}

fn find_with(file: &Input, read: impl Fn(&Input, &mut [u8], u64) -> io::Result<usize>) -> Option<String> {
    let since = Instant::now();
    let (mut part, mut offset) = (vec![0; AT_ONCE], 0);
    while since.elapsed() < LONGEST {
        match read(file, &mut part, offset) {
            Ok(0) => return None,
            Ok(bytes) => offset += bytes as u64,
            Err(error) if is_one(&error) => {
                return Some(format!("{error} in the {AT_ONCE} bytes from byte {offset} on"));
            }
            Err(_) => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_cannot_be_read_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        std::fs::write(&path, vec![7; 3 * AT_ONCE]).unwrap();
        assert_eq!(find(&path), None);
        let file = files::open_database(&path).unwrap();
        let failing = |number: Errno| {
            find_with(&file, |file, part, offset| {
                if offset < 2 * AT_ONCE as u64 { file.read_at(part, offset) } else { Err(number.into()) }
            })
        };
        let found = failing(Errno::EIO).unwrap();
        assert!(found.ends_with("in the 1048576 bytes from byte 2097152 on"), "{found}");
        assert_eq!(failing(Errno::EACCES), None);
    }
}
