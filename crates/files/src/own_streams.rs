//! Where standard output and standard error of this process go. A shell opens them before the
//! program can look: `foreman report case.plaso >> case.plaso` would write into the evidence.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use crate::contents::{Content, LENGTH, content};
use crate::named_stream::NamedStream;

/// The streams, and under which name each can be opened for reading.
const STREAMS: [(NamedStream, &str); 2] =
    [(NamedStream::Stdout, "/dev/fd/1"), (NamedStream::Stderr, "/dev/fd/2")];

/// Which standard streams go to a database or to its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntoDatabases {
    /// Whether standard output does.
    pub stdout: bool,
    /// Whether standard error does.
    pub stderr: bool,
}

/// Returns which standard streams go to a database or to its journal, if any does. Call this
/// before any database is opened, because a file that is closed takes the locks of this process
/// along.
#[must_use]
pub fn streams_into_databases() -> Option<IntoDatabases> {
    let [stdout, stderr] = STREAMS.map(|(stream, path)| {
        let content = || start_of(path).map(|start| content(&start));
        identity(stream).is_some() && matches!(content(), Ok(Content::Database(_) | Content::Journal))
    });
    (stdout || stderr).then_some(IntoDatabases { stdout, stderr })
}

/// Returns the stream that goes to one of these files, and the file.
#[must_use]
pub fn stream_into_one_of(paths: &[PathBuf]) -> Option<(NamedStream, &Path)> {
    STREAMS.into_iter().find_map(|(stream, _)| {
        let opened = identity(stream)?;
        let is_it = |path: &&PathBuf| {
            // The name of the stream itself is no second name of the file.
            NamedStream::of(path).is_none()
                && path.metadata().is_ok_and(|status| (status.dev(), status.ino()) == opened)
        };
        Some((stream, paths.iter().find(is_it)?.as_path()))
    })
}

/// Returns which regular file a stream goes to.
fn identity(stream: NamedStream) -> Option<(u64, u64)> {
    let file = match stream {
        NamedStream::Stdout => io::stdout().as_fd().try_clone_to_owned(),
        NamedStream::Stderr => io::stderr().as_fd().try_clone_to_owned(),
        NamedStream::Nothing => return None,
    };
    let status = File::from(file.ok()?).metadata().ok()?;
    status.is_file().then(|| (status.dev(), status.ino()))
}

/// Reads the beginning of the file that a stream goes to, which was opened for writing only.
fn start_of(path: &str) -> io::Result<Vec<u8>> {
    let mut start = [0; LENGTH];
    let read = File::open(path)?.read_at(&mut start, 0)?;
    Ok(start[..read].to_vec())
}
