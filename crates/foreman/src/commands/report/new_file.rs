//! The files of a report.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use events::Shown as _;
use files::{NamedStream, NewFile, OutputError, OutputFile};

use crate::supervise::stop::StopRequests;
use crate::supervise::stopped::Stopped;

/// Where a report goes.
pub(super) enum Output<'p> {
    Stream(NamedStream),
    File(Box<NewReport<'p>>),
}

/// A file that does not exist yet. A request to stop removes what is written, and ends the process.
pub(super) struct NewReport<'p> {
    pub(super) path: &'p Path,
    pub(super) place: OutputFile,
    pub(super) stop: StopRequests,
}

impl<'p> Output<'p> {
    /// Checks the path, or returns standard output if there is none. No thread may be started
    /// before.
    pub(super) fn new(path: Option<&'p Path>) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self::Stream(NamedStream::Stdout)) };
        if let Some(stream) = NamedStream::of(path) {
            return Ok(Self::Stream(stream));
        }
        let stop = StopRequests::watch(Stopped::Output, || ())?;
        Ok(Self::File(Box::new(NewReport { path, place: new_only(path)?, stop })))
    }
}

impl NewReport<'_> {
    /// Writes the file.
    pub(super) fn write(self, text: &str) -> anyhow::Result<()> {
        let write = || -> Result<(), OutputError> {
            let new = written(self.place, text)?;
            // A request comes too late from now on.
            self.stop.begin();
            new.publish()?;
            self.stop.at_once_says("");
            Ok(())
        };
        write().with_context(|| cannot_write(self.path))
    }
}

/// Returns a place for a file that must not exist. To replace an existing file could destroy
/// evidence.
fn new_only(path: &Path) -> anyhow::Result<OutputFile> {
    OutputFile::new_only(path).with_context(|| cannot_write(path))
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
