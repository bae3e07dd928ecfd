//! Where standard output and standard error of this process go. A shell opens them before the
//! program can look: `foreman report case.plaso >> case.plaso` would write into the evidence.

use std::error::Error;
use std::io;
use std::iter::successors;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use events::Shown as _;
use nix::sys::stat::SFlag;

use crate::contents::{Content, LENGTH, content};
use crate::directory::{FileStatus, Identity};
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

fn is_protected(path: &Path) -> io::Result<bool> {
    let mut start = [0; LENGTH];
    let read = open_database(path)?.read_at(&mut start, 0)?;
    Ok(matches!(content(&start[..read]), Content::Database(_) | Content::Journal))
}
