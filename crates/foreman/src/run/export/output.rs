//! Where an export goes.

use anyhow::Context as _;
use events::{ExportFormat, Shown as _};
use files::{NamedStream, NewFile, NewFolder, OutputFile};

use crate::run::options::ExportOptions;

/// Where an export goes. A file or folder gets its name only when it is complete, and nothing is
/// ever replaced, since it could be evidence.
pub(super) enum Output {
    Stream(NamedStream),
    File(NewFile),
    Folder(NewFolder),
}

impl Output {
    /// Begins the output, so that a wrong path is reported before the work.
    pub(super) fn new(export: &ExportOptions) -> anyhow::Result<Self> {
        let Some(path) = &export.output else { return Ok(Self::Stream(NamedStream::Stdout)) };
        if let Some(stream) = NamedStream::of(path) {
            return Ok(Self::Stream(stream));
        }
        let begun = match export.spec.format {
            ExportFormat::Parquet => NewFolder::begin(path).map(Self::Folder),
            _ => OutputFile::new_only(path).and_then(OutputFile::begin).map(Self::File),
        };
        begun.with_context(|| format!("cannot write {}", path.shown()))
    }
}
