//! Why reading ends early.

use std::io;

use crate::model::Full;

/// Why a file with lines cannot be read to its end.
pub(crate) enum Stopped {
    Io(io::Error),
    Full,
}

impl From<Full> for Stopped {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
