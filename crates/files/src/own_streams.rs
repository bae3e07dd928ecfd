//! Where standard output and standard error of this process go. A shell opens them before the
//! program can look: `foreman report case.plaso >> case.plaso` would write into the evidence.

use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use nix::sys::stat::SFlag;

use crate::contents::{Content, LENGTH, content};
use crate::directory::FileStatus;
use crate::input_file::open_database;
use crate::named_stream::NamedStream;

/// Which standard streams go to a database or to its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntoDatabases {
    /// Whether standard output does.
    pub stdout: bool,
    /// Whether standard error does.
    pub stderr: bool,
}

/// Returns which standard streams go to a database or to its journal, if any does.
#[must_use]
pub fn streams_into_databases() -> Option<IntoDatabases> {
    // The streams are open for writing only, so they are opened again.
    let [stdout, stderr] =
        ["/dev/fd/1", "/dev/fd/2"].map(|path| is_protected(Path::new(path)).unwrap_or(false));
    (stdout || stderr).then_some(IntoDatabases { stdout, stderr })
}

/// Returns the stream that goes to one of these files, and the file.
#[must_use]
pub fn stream_into_one_of(paths: &[PathBuf]) -> Option<(NamedStream, &Path)> {
    let streams = [
        (NamedStream::Stdout, FileStatus::of(io::stdout())),
        (NamedStream::Stderr, FileStatus::of(io::stderr())),
    ];
    streams.into_iter().find_map(|(stream, status)| {
        let opened = status.ok().filter(|status| status.kind() == SFlag::S_IFREG)?.identity();
        let is_it = |path: &&PathBuf| {
            // The name of the stream itself is no second name of the file.
            NamedStream::of(path).is_none()
                && FileStatus::of_path(path).is_ok_and(|status| status.identity() == opened)
        };
        Some((stream, paths.iter().find(is_it)?.as_path()))
    })
}

fn is_protected(path: &Path) -> io::Result<bool> {
    let mut start = [0; LENGTH];
    let read = open_database(path)?.read_at(&mut start, 0)?;
    Ok(matches!(content(&start[..read]), Content::Database(_) | Content::Journal))
}
