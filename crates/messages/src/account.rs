//! What an account has to do with an event.

use std::borrow::Cow;
use std::fmt;

/// Accounts of an event.
#[derive(Debug, Default)]
pub(crate) struct Accounts<'a> {
    /// The account that matters most, and what it has to do with the event.
    pub(crate) user: Option<(Cow<'a, str>, Role)>,
    /// The account that acted, if that is another one.
    pub(crate) by: Option<Cow<'a, str>>,
}

/// What the account of an event has to do with it. Only some events say who acted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It did what happened.
    Acted,
    /// It logged on or off, asked for a ticket, or is what the event describes.
    Account,
    /// Somebody tried to log on with it.
    Tried,
    /// It was created, changed, locked or deleted.
    Changed,
    /// Something runs as this account.
    RunsAs,
    /// The event names it as its user and says no more.
    #[default]
    User,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Role {
    /// Returns the word that stands before the account.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Acted => "by",
            Self::Account => "account",
            Self::Tried => "account tried",
            Self::Changed => "account changed",
            Self::RunsAs => "runs as",
            Self::User => "user",
        }
    }

    /// Returns whether the account is not the one that acted, so that it must be said who did.
    #[must_use]
    pub fn is_of_others(self) -> bool {
        matches!(self, Self::Tried | Self::Changed)
    }
}
