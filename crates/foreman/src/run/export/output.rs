//! Where an export goes.

use anyhow::Context as _;
use events::{ExportFormat, Shown as _};
use files::{NamedStream, NewFile, NewFolder, OutputFile};

use crate::output::begun;
use crate::run::options::ExportOptions;

/// Where an export goes. A file or folder gets its name only when it is complete, and nothing is
/// ever replaced, since it could be evidence.
pub(super) enum Output {
    Stream(NamedStream),
    File(NewFile),
    Folder(NewFolder),
}

impl Output {
    /// Refuses a file that cannot be written, before a folder for parts is made beside it.
    pub(super) fn check(export: &ExportOptions) -> anyhow::Result<()> {
        let file = export.output.as_deref().filter(|path| NamedStream::of(path).is_none());
        let Some(path) = file.filter(|_| export.spec.format != ExportFormat::Parquet) else { return Ok(()) };
        OutputFile::new_only(path).map(drop).with_context(|| format!("cannot write {}", path.shown()))
    }

    /// Begins the output, so that a wrong path is reported before the work.
    pub(super) fn new(export: &ExportOptions) -> anyhow::Result<Self> {
        let Some(path) = &export.output else { return Self::stream(NamedStream::Stdout) };
        if let Some(stream) = NamedStream::of(path) {
            return Self::stream(stream);
        }
        let begun = match export.spec.format {
            ExportFormat::Parquet => NewFolder::begin(path).map(begun).map(Self::Folder),
            _ => OutputFile::new_only(path).and_then(OutputFile::begin).map(Self::File),
        };
        begun.with_context(|| format!("cannot write {}", path.shown()))
    }

    /// Refuses a stream that is closed, in which the export would be lost.
    fn stream(stream: NamedStream) -> anyhow::Result<Self> {
        let is_open = match stream {
            NamedStream::Nothing => Ok(()),
            NamedStream::Stdout => streams::require_stdout(),
            NamedStream::Stderr => streams::require_stderr(),
        };
        is_open.context("the export has no place; name a file with --output")?;
        Ok(Self::Stream(stream))
    }
}
