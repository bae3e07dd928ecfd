//! Where standard output and standard error of this process go. A shell opens them before the
//! program can look: `foreman report case.plaso >> case.plaso` would write into the evidence.

use std::error::Error;
use std::fs::File;
use std::io;
use std::iter::successors;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use events::Shown as _;
use nix::sys::stat::SFlag;

use crate::contents::{Content, LENGTH, content, is_name_of_companion};
use crate::directory::{FileStatus, Identity};
use crate::input_file::open_database;
use crate::named_stream::NamedStream;
use crate::open_database::Input;

/// Which standard streams go to a database or to its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntoDatabases {
    /// Whether standard output does.
    pub stdout: bool,
    /// Whether standard error does.
    pub stderr: bool,
}

/// Returns which standard streams go to a database or to its journal, if any does. What this user
/// may not read is taken for one if its size or its name is that of one.
#[must_use]
pub fn streams_into_databases() -> Option<IntoDatabases> {
    let stdout = is_protected(io::stdout().as_fd(), Path::new("/dev/fd/1"));
    let stderr = is_protected(io::stderr().as_fd(), Path::new("/dev/fd/2"));
    (stdout || stderr).then_some(IntoDatabases { stdout, stderr })
}

/// Standard output, standard error or both go to files that the command reads or writes.
#[derive(Debug, thiserror::Error)]
#[error("{stream} goes to {}, which the command itself reads or writes; send it to another file", path.shown())]
pub struct SharedStream {
    stream: NamedStream,
    path: PathBuf,
    both: bool,
}

impl SharedStream {
    /// Returns whether standard output, and whether standard error, goes to such a file, if that is
    /// among the causes of an error.
    #[must_use]
    pub fn among_causes(error: &(dyn Error + 'static)) -> (bool, bool) {
        let causes = successors(Some(error), |error| (*error).source());
        let found = causes.filter_map(|error| error.downcast_ref::<Self>()).next();
        let goes = |stream| found.is_some_and(|found| found.both || found.stream == stream);
        (goes(NamedStream::Stdout), goes(NamedStream::Stderr))
    }
}

/// Refuses standard output or standard error that goes to one of these files. An input would get
/// what is printed, and an output that replaces the file would lose it.
///
/// # Errors
///
/// If a stream does. The error says which one, and to which file.
pub fn refuse_streams_into(paths: &[PathBuf]) -> Result<(), SharedStream> {
    let goes_to_one = |stream| {
        let opened = regular_file(stream)?;
        let is_it = |path: &&Path| {
            // The name of the stream itself is no second name of the file.
            NamedStream::of(path).is_none()
                && FileStatus::of_path(path).is_ok_and(|status| status.identity() == opened)
        };
        paths.iter().map(PathBuf::as_path).find(is_it).map(Path::to_owned)
    };
    let [stdout, stderr] = [NamedStream::Stdout, NamedStream::Stderr].map(goes_to_one);
    let both = stdout.is_some() && stderr.is_some();
    let stdout = stdout.map(|path| (NamedStream::Stdout, path));
    match stdout.or(stderr.map(|path| (NamedStream::Stderr, path))) {
        Some((stream, path)) => Err(SharedStream { stream, path, both }),
        None => Ok(()),
    }
}

/// Returns the regular file to which a stream goes, if it goes to one.
fn regular_file(stream: NamedStream) -> Option<Identity> {
    let status = match stream {
        NamedStream::Nothing => return None,
        NamedStream::Stdout => FileStatus::of(io::stdout()),
        NamedStream::Stderr => FileStatus::of(io::stderr()),
    };
    status.ok().filter(|status| status.kind() == SFlag::S_IFREG).map(|status| status.identity())
}

fn is_protected(stream: BorrowedFd<'_>, path: &Path) -> bool {
    let Ok(status) = FileStatus::of(stream) else { return false };
    if status.kind() != SFlag::S_IFREG {
        return false;
    }
    // Most streams are open for writing only, so they are opened again.
    let start = open_database(path).and_then(|file| start_of(&file));
    let start = start.or_else(|_| start_of(&Input::from(File::from(stream.try_clone_to_owned()?))));
    match start {
        Ok(start) => matches!(content(&start), Content::Database(_) | Content::Journal),
        // This user may write to the file, because another user has opened it, but may not read it.
        Err(_) => may_be_database(status.size(), &std::fs::read_link(path).unwrap_or_default()),
    }
}

fn start_of(file: &File) -> io::Result<Vec<u8>> {
    let mut start = vec![0; LENGTH];
    let read = file.read_at(&mut start, 0)?;
    start.truncate(read);
    Ok(start)
}

/// Returns whether a file that cannot be read may be a database or its journal, by its size and
/// name. A database has pages of 512 bytes or more. Few logs have the size of one by chance.
fn may_be_database(size: u64, name: &Path) -> bool {
    let is_companion = is_name_of_companion(name.as_os_str().as_bytes());
    size > 0 && (size.is_multiple_of(512) || is_companion)
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd as _;

    use super::*;

    #[test]
    fn what_cannot_be_read() {
        for (size, name, expected) in [
            (0, "a.plaso", false),
            (4_096, "a.plaso", true),
            (4_096, "", true),
            (4_097, "all.log", false),
            (4_097, "a.plaso-journal", true),
        ] {
            assert_eq!(may_be_database(size, Path::new(name)), expected, "{size} {name}");
        }
    }

    #[test]
    fn what_a_stream_goes_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let nowhere = Path::new("/dev/fd/none");
        for (content, expected) in
            [("", false), ("a log", false), ("SQLite format 3\0", true), (&*"x".repeat(512), false)]
        {
            std::fs::write(&path, content).unwrap();
            let read = File::options().read(true).append(true).open(&path).unwrap();
            let again = format!("/dev/fd/{}", read.as_raw_fd());
            assert_eq!(is_protected(read.as_fd(), Path::new(&again)), expected, "{content}");
            assert_eq!(is_protected(read.as_fd(), nowhere), expected, "{content}");
        }
        // It cannot be opened again, and is open for writing only.
        let append = File::options().append(true).open(&path).unwrap();
        assert!(is_protected(append.as_fd(), nowhere));
        std::fs::write(&path, "a log").unwrap();
        assert!(!is_protected(append.as_fd(), nowhere));
        let null = File::options().write(true).open("/dev/null").unwrap();
        assert!(!is_protected(null.as_fd(), nowhere));
    }
}
