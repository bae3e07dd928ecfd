//! Why an event cannot be analysed.

use std::fmt;

use events::{BadReference, EventDataError, EventDataId, EventDataStreamId};

use crate::blob::BlobError;

/// Why an event cannot be analysed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It points to no event data.
    #[error("it points to no event data: {0}")]
    Reference(#[from] BadReference),
    /// A column does not hold what it should.
    #[error("its {0} is missing or no {1}")]
    Column(&'static str, &'static str),
    /// Its time is a text, a fraction or a blob. (An event without a time can be analysed.)
    #[error("its timestamp is not an integer")]
    Timestamp,
    /// The event data it points to is not there.
    #[error("its {0} does not exist")]
    NoEventData(EventDataId),
    /// The blob cannot be inflated.
    #[error("in {0}, {1}")]
    Blob(EventDataId, BlobError),
    /// The event data cannot be read.
    #[error("in {0}, {1}")]
    EventData(EventDataId, EventDataError),
    /// What it shares with other events is large, and was looked at for too many events already.
    #[error(
        "its {shared} is shared by too many events: it has {kibibytes} KiB, which would be looked at for each"
    )]
    Shared {
        /// What it shares.
        shared: Shared,
        /// Its size.
        kibibytes: usize,
    },
    /// The stream that the event data points to is not there.
    #[error("in {0}, its {1} does not exist")]
    NoStream(EventDataId, EventDataStreamId),
    /// The labels stored for it cannot be read.
    #[error("its stored labels are not a list of texts")]
    Labels,
}

/// What events can share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shared {
    /// Event data.
    Data(EventDataId),
    /// An event data stream.
    Stream(EventDataStreamId),
}

impl fmt::Display for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(id) => id.fmt(formatter),
            Self::Stream(id) => id.fmt(formatter),
        }
    }
}
