//! Where an export goes.

use anyhow::Context as _;
use files::{NewFile, OutputFile};

use crate::run::options::ExportOptions;

/// Where an export goes. A file gets its name only when it is complete, and an existing file is
/// never replaced, since it could be evidence.
pub(super) enum Output {
    Stdout,
    File(NewFile),
}

impl Output {
    /// Begins the output, so that a wrong path is reported before the work.
    pub(super) fn new(export: &ExportOptions) -> anyhow::Result<Self> {
        let Some(path) = &export.output else { return Ok(Self::Stdout) };
        let begun = OutputFile::new_only(path).and_then(OutputFile::begin);
        begun.map(Self::File).with_context(|| format!("cannot write {}", path.display()))
    }
}
