//! Tells a disk that does not give a file's content from a file whose content is wrong.
//!
//! SQLite says "database disk image is malformed" of both.

use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use files::Input;
use nix::errno::Errno;
use rusqlite::{Error, ffi};

/// How long the file is read to find out. SQLite says neither what the operating system said nor
/// where, so the file is read from its beginning. Each worker does so, and whoever waits for the
/// message waits for that.
const LONGEST: Duration = Duration::from_secs(3);
/// How much is read at once.
const AT_ONCE: usize = 1 << 20;

/// Whether SQLite's error is that of a read.
pub(crate) fn is_of_sqlite(error: &Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_IOERR_READ)
}

/// Whether this error of the operating system says that a disk does not give what is on it.
pub(crate) fn is_one(error: &io::Error) -> bool {
    let of_a_disk = [Errno::EIO, Errno::ENXIO, Errno::ESTALE, Errno::ETIMEDOUT, Errno::EREMOTEIO];
    error.raw_os_error().is_some_and(|number| of_a_disk.contains(&Errno::from_raw(number)))
}

/// Whether all of a file can be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A part cannot be read: the error, with the part.
    Failure(String),
    /// No such part is known.
    Nothing,
    /// The time was too short to read the whole file.
    TooLarge,
}

/// Reads the file, to find out whether all of it can be read.
pub(crate) fn find(path: &Path) -> Found {
    let Ok(file) = files::open_real_path(path) else { return Found::Nothing };
    find_with(&file, LONGEST, |file, part, offset| file.read_at(part, offset))
}

fn find_with(
    file: &Input,
    longest: Duration,
    read: impl Fn(&Input, &mut [u8], u64) -> io::Result<usize>,
) -> Found {
    let since = Instant::now();
    let (mut part, mut offset) = (vec![0; AT_ONCE], 0);
    while since.elapsed() < longest {
        match read(file, &mut part, offset) {
            Ok(0) => return Found::Nothing,
            Ok(bytes) => offset += bytes as u64,
            Err(error) if is_one(&error) => {
                return Found::Failure(format!("{error} in the {AT_ONCE} bytes from byte {offset} on"));
            }
            Err(_) => return Found::Nothing,
        }
    }
    Found::TooLarge
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_cannot_be_read_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        std::fs::write(&path, vec![7; 3 * AT_ONCE]).unwrap();
        assert_eq!(find(&path), Found::Nothing);
        let file = files::open_database(&path).unwrap();
        let failing = |number: Errno| {
            find_with(&file, LONGEST, |file, part, offset| {
                if offset < 2 * AT_ONCE as u64 { file.read_at(part, offset) } else { Err(number.into()) }
            })
        };
        let Found::Failure(found) = failing(Errno::EIO) else { panic!("no failure is found") };
        assert!(found.ends_with("in the 1048576 bytes from byte 2097152 on"), "{found}");
        assert_eq!(failing(Errno::EACCES), Found::Nothing);
        // What was not read may be what the disk does not give.
        let slow = find_with(&file, Duration::ZERO, |_, _, _| panic!("there is no time"));
        assert_eq!(slow, Found::TooLarge);
    }
}
