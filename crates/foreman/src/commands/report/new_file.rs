//! The files of a report.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use events::Shown as _;
use files::{NamedStream, NewFile, OutputError, OutputFile};

/// Where a report goes.
pub(super) enum Output<'p> {
    Stream(NamedStream),
    File(&'p Path, OutputFile),
}

impl<'p> Output<'p> {
    /// Checks the path, or returns standard output if there is none.
    pub(super) fn new(path: Option<&'p Path>) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self::Stream(NamedStream::Stdout)) };
        match NamedStream::of(path) {
            Some(stream) => Ok(Self::Stream(stream)),
            None => Ok(Self::File(path, new_only(path)?)),
        }
    }
}

/// Returns a place for a file that must not exist. To replace an existing file could destroy
/// evidence.
pub(super) fn new_only(path: &Path) -> anyhow::Result<OutputFile> {
    OutputFile::new_only(path).with_context(|| cannot_write(path))
}

pub(super) fn write_new(place: OutputFile, text: &str) -> Result<(), OutputError> {
    written(place, text)?.publish().map(drop)
}

/// Writes a file that does not have its name yet.
pub(super) fn written(place: OutputFile, text: &str) -> Result<NewFile, OutputError> {
    let mut new = place.begin()?;
    new.file().write_all(text.as_bytes())?;
    new.file().sync_all()?;
    Ok(new)
}

pub(super) fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.shown())
}
