//! Why an export fails.

use std::io;
use std::path::{Path, PathBuf};

use events::json::JsonError;
use events::{EventDataId, EventDataStream, EventDataStreamId, Shown as _, StreamAttribute};
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

/// Why an event cannot be exported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unexportable {
    /// A value in the event data cannot be read.
    #[error("its data is not valid JSON: {0}")]
    EventData(#[from] JsonError),
    /// An attribute of the event data stream cannot be read.
    #[error("in {stream}, its {attribute} is not valid JSON: {why}")]
    Stream {
        /// The event data stream.
        stream: EventDataStreamId,
        /// The name of the attribute.
        attribute: &'static str,
        /// Why.
        why: JsonError,
    },
}

impl Unexportable {
    pub(crate) fn stream(stream: &EventDataStream, attribute: StreamAttribute, why: JsonError) -> Self {
        Self::Stream { stream: stream.id, attribute: attribute.name(), why }
    }

    /// Returns the reason with the row where it is, for an event with this event data.
    #[must_use]
    pub fn in_words(&self, data: EventDataId) -> String {
        match self {
            Self::EventData(_) => format!("in {data}, {self}"),
            Self::Stream { .. } => self.to_string(),
        }
    }
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
