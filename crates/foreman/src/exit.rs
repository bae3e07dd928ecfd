//! How the program ends.

use std::process::ExitCode;

/// The exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// Done.
    Done = 0,
    /// Failed; the store is untouched.
    Failed = 1,
    /// Wrong usage, or a rule file or filter with errors; nothing was done.
    Usage = 2,
    /// Done, but something was set aside, or the summary could not be written.
    Incomplete = 3,
    /// Aborted on request; the store is untouched.
    Aborted = 130,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// Whose output and exit statuses a run has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum CliStyle {
    /// Those of foreman.
    #[default]
    Foreman,
    /// Those of psort.
    Psort,
}

impl CliStyle {
    /// The exit status: psort has 0 for whatever it came to the end of, and 1 for the rest but wrong options.
    pub(crate) fn status(self, status: Status) -> Status {
        match (self, status) {
            (Self::Foreman, status) => status,
            (Self::Psort, Status::Done | Status::Incomplete) => Status::Done,
            (Self::Psort, Status::Failed | Status::Usage | Status::Aborted) => Status::Failed,
        }
    }

    /// The exit status of a run whose summary could not be written. Who asked for it must learn that,
    /// although the results are in the store.
    pub(crate) fn status_without_summary(self, status: Status) -> Status {
        match (self, status) {
            (Self::Foreman, Status::Done) => Status::Incomplete,
            (Self::Foreman, status) => status,
            (Self::Psort, _) => Status::Failed,
        }
    }
}

/// An error with the exit status that it calls for.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: Status,
    pub(crate) error: anyhow::Error,
}

impl Failure {
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self { status: Status::Usage, error: error.into() }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { status: Status::Failed, error: error.into() }
    }
}
