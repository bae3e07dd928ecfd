//! What requests to stop end, and what is said of it.

use crate::exit::{CliStyle, Status};

/// What is said when the process exits at once and nothing else is known.
pub(super) const NOT_COMPLETE: &str =
    "ended at once, as asked for the third time; what was begun may not be complete";

/// What requests to stop end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// A run, with the exit statuses of this program.
    Run(CliStyle),
    /// The writing of an output, which cannot be resumed.
    Output,
}

impl Default for Stopped {
    fn default() -> Self {
        Self::Run(CliStyle::default())
    }
}

impl Stopped {
    /// Returns what is said when a request has ended the process before anything had begun.
    pub(super) fn unbegun(self) -> &'static str {
        match self {
            Self::Run(_) => "aborted before the run began; nothing was stored",
            Self::Output => "aborted; nothing was written",
        }
    }

    /// Returns the same for a third request, if what was made until then may stay.
    pub(super) fn unremoved(self) -> &'static str {
        match self {
            Self::Run(_) => self.unbegun(),
            Self::Output => NOT_COMPLETE,
        }
    }

    /// Returns the exit status of a process that a request ends at once. While results are stored,
    /// this is a failure.
    pub(super) fn status(self, is_storing: bool) -> Status {
        let status = if is_storing { Status::Failed } else { Status::Aborted };
        match self {
            Self::Run(style) => style.status(status),
            Self::Output => status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// psort has no status of its own for runs that are aborted.
    #[test]
    fn the_status_at_an_exit_at_once() {
        for (stopped, is_storing, status) in [
            (Stopped::default(), false, Status::Aborted),
            (Stopped::default(), true, Status::Failed),
            (Stopped::Run(CliStyle::Psort), false, Status::Failed),
            (Stopped::Run(CliStyle::Psort), true, Status::Failed),
            (Stopped::Output, false, Status::Aborted),
        ] {
            assert_eq!(stopped.status(is_storing), status, "{stopped:?} {is_storing}");
        }
    }
}
