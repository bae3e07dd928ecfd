//! Where standard output and standard error of this process go. A shell opens them before the
//! program can look: `foreman report case.plaso >> case.plaso` would write into the evidence.

use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use events::Shown as _;

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

/// Standard output or standard error goes to a file that the command reads or writes.
#[derive(Debug, thiserror::Error)]
#[error("{stream} goes to {}, which the command itself reads or writes; send it to another file", path.shown())]
pub struct SharedStream {
    stream: NamedStream,
    path: PathBuf,
}

/// Refuses standard output or standard error that goes to one of these files. An input would get
/// what is printed, and an output that replaces the file would lose it.
///
/// # Errors
///
/// If a stream does. The error says which one, and to which file.
pub fn refuse_streams_into(paths: &[PathBuf]) -> Result<(), SharedStream> {
    for path in paths {
        // The name of the stream itself is no second name of the file.
        let status = if NamedStream::of(path).is_none() { FileStatus::of_path(path).ok() } else { None };
        if let Some(stream) = status.and_then(|status| NamedStream::that_goes_to(&status)) {
            return Err(SharedStream { stream, path: path.clone() });
        }
    }
    Ok(())
}

fn is_protected(path: &Path) -> io::Result<bool> {
    let mut start = [0; LENGTH];
    let read = open_database(path)?.read_at(&mut start, 0)?;
    Ok(matches!(content(&start[..read]), Content::Database(_) | Content::Journal))
}
