//! The exit statuses of the program.

use std::process::ExitCode;

/// The exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// Done.
    Done = 0,
    /// Failed. The message says in which state the store is, which is mostly untouched.
    Failed = 1,
    /// Wrong usage, a rule file or filter with errors, or lists with nothing to compare. Nothing
    /// was done.
    Usage = 2,
    /// Done, but something was skipped, or the summary could not be written.
    Incomplete = 3,
    /// Aborted by a request to stop. The store is untouched.
    Aborted = 130,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// The program whose output and exit statuses a run imitates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum CliStyle {
    /// Foreman's own.
    #[default]
    Foreman,
    /// psort's.
    Psort,
}

impl CliStyle {
    /// Returns the exit status in this style. psort exits with 0 if it reaches its end, and with 1
    /// otherwise, except for wrong options.
    pub(crate) fn status(self, status: Status) -> Status {
        match (self, status) {
            (Self::Foreman, status) => status,
            (Self::Psort, Status::Done | Status::Incomplete) => Status::Done,
            (Self::Psort, Status::Failed | Status::Usage | Status::Aborted) => Status::Failed,
        }
    }

    /// Returns the exit status of a run whose summary could not be written. The user must learn
    /// this, although the results are in the store.
    pub(crate) fn status_without_summary(self, status: Status) -> Status {
        match (self, status) {
            (Self::Foreman, Status::Done) => Status::Incomplete,
            (Self::Foreman, status) => status,
            (Self::Psort, _) => Status::Failed,
        }
    }
}

/// An error and its exit status.
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
