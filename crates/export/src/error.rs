//! Why an export fails.

use std::io;
use std::path::{Path, PathBuf};

use events::Shown as _;
use files::OutputError;

/// Why an export fails.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A part cannot be made.
    #[error("cannot write {}", path.shown())]
    Part {
        /// The part.
        path: PathBuf,
        /// Why.
        source: OutputError,
    },
    /// A file of the run cannot be read.
    #[error("cannot read {}", path.shown())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of the run has something else than a worker wrote into it.
    #[error("{} is damaged: {detail}", path.shown())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// The output cannot be written.
    #[error(transparent)]
    Output(#[from] io::Error),
    /// The user asked to stop.
    #[error("stopped")]
    Stopped,
}

impl ExportError {
    pub(crate) fn part(path: &Path, source: impl Into<OutputError>) -> Self {
        Self::Part { path: path.to_owned(), source: source.into() }
    }

    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }

    pub(crate) fn damaged(path: &Path, detail: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), detail: detail.into() }
    }
}
