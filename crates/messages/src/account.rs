//! What an account has to do with an event. All words for it are here: findings, tables, texts and
//! JSON have the same.

use std::borrow::Cow;
use std::fmt;

/// Accounts of an event.
#[derive(Debug, Default)]
pub(crate) struct Accounts<'a> {
    /// The account that matters most, and what it has to do with the event.
    pub(crate) user: Option<(Cow<'a, str>, Role)>,
    /// The account that acted or reported, if that is another one.
    pub(crate) by: Option<Cow<'a, str>>,
}

/// An account that an event names beside its user and the one that acted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FurtherAccount {
    /// What it has to do with the event.
    pub role: Role,
    /// Its name or security identifier.
    pub name: String,
    /// What is said of it behind the name.
    pub note: String,
}

impl FurtherAccount {
    pub(crate) fn new(role: Role, name: impl Into<String>) -> Self {
        Self { role, name: name.into(), note: String::new() }
    }

    /// Returns the account with what is said of it.
    #[must_use]
    pub fn in_words(&self) -> String {
        format!("{}{}", self.name, self.note)
    }
}

/// What an account has to do with an event. Only some events say who acted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It did what happened.
    Acted,
    /// It logged on or off, asked for a ticket, or is what the event describes.
    Account,
    /// Somebody tried to log on with it.
    Tried,
    /// Its credentials were given.
    Used,
    /// It handed a logon to the system, whoever tried.
    Reported,
    /// It was created.
    Created,
    /// It was changed or locked, or something was given to it or taken from it.
    Changed,
    /// It was deleted.
    Deleted,
    /// Somebody tried to create, change or delete it, and failed.
    NotChanged,
    /// It came into a group.
    MemberAdded,
    /// It left a group.
    MemberRemoved,
    /// Something runs as this account.
    RunsAs,
    /// A process acted with its rights.
    ActedAs,
    /// It had logged on in the session of a process.
    Session,
    /// A file is its own.
    Owner,
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
    /// All roles.
    pub const ALL: [Self; 16] = [
        Self::Acted,
        Self::Account,
        Self::Tried,
        Self::Used,
        Self::Reported,
        Self::Created,
        Self::Changed,
        Self::Deleted,
        Self::NotChanged,
        Self::MemberAdded,
        Self::MemberRemoved,
        Self::RunsAs,
        Self::ActedAs,
        Self::Session,
        Self::Owner,
        Self::User,
    ];

    /// Returns the word that stands before the account.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acted => "by",
            Self::Account => "account",
            Self::Tried => "account tried",
            Self::Used => "account used",
            Self::Reported => "reported by",
            Self::Created => "account created",
            Self::Changed => "account changed",
            Self::Deleted => "account deleted",
            Self::NotChanged => "account not changed",
            Self::MemberAdded => "member added",
            Self::MemberRemoved => "member removed",
            Self::RunsAs => "runs as",
            Self::ActedAs => "acted as",
            Self::Session => "session",
            Self::Owner => "owner",
            Self::User => "user",
        }
    }

    /// Returns the word as the heading of several accounts.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Self::Acted => "By",
            Self::Account => "Accounts",
            Self::Tried => "Accounts tried",
            Self::Used => "Accounts used",
            Self::Reported => "Reported by",
            Self::Created => "Accounts created",
            Self::Changed => "Accounts changed",
            Self::Deleted => "Accounts deleted",
            Self::NotChanged => "Accounts not changed",
            Self::MemberAdded => "Members added",
            Self::MemberRemoved => "Members removed",
            Self::RunsAs => "Run as",
            Self::ActedAs => "Acted as",
            Self::Session => "Sessions",
            Self::Owner => "Owners",
            Self::User => "Users",
        }
    }

    /// Returns the role that a word means.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// Returns whether the account logged on, or somebody tried to log on with it.
    #[must_use]
    pub fn is_logon(self) -> bool {
        matches!(self, Self::Account | Self::Tried)
    }

    /// Returns whether the account was created, changed or deleted.
    #[must_use]
    pub fn is_change(self) -> bool {
        matches!(self, Self::Created | Self::Changed | Self::Deleted)
    }
}

/// How the name of an account of Unix begins of which an event has only the number.
pub(crate) const UNIX_USER: &str = "user number ";
/// The number of the account that may do everything, and its name.
const ROOT: (&str, &str) = ("0", "root");

/// Returns the name of an account of Unix of which an event has only the number. All systems have
/// `root` under the same number.
pub(crate) fn unix_user(number: &str) -> String {
    match number == ROOT.0 {
        true => format!("{UNIX_USER}{number} ({})", ROOT.1),
        false => format!("{UNIX_USER}{number}"),
    }
}

/// Returns the name in `jxs (user number 1005)` and in `user number 0 (root)`.
#[must_use]
pub fn name_of_unix_user(account: &str) -> Option<&str> {
    let (before, inside) = account.strip_suffix(')')?.split_once(" (")?;
    let is_number = |text: &str| {
        text.strip_prefix(UNIX_USER)
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match (is_number(before), is_number(inside)) {
        (true, false) if inside == ROOT.1 => Some(inside),
        (false, true) => Some(before),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_role_has_a_word_of_its_own() {
        let words: BTreeSet<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
        assert_eq!(words.len(), Role::ALL.len());
        assert!(Role::ALL.is_sorted());
        for role in Role::ALL {
            assert_eq!(Role::of(role.as_str()), Some(role));
            // A heading is the word for several accounts.
            let first = |text: &str| text.to_lowercase().chars().take(3).collect::<String>();
            assert_eq!(first(role.heading()), first(role.as_str()), "{role}");
        }
        assert_eq!(Role::of("acted"), None);
    }

    #[test]
    fn the_number_of_root_has_its_name() {
        assert_eq!([unix_user("0"), unix_user("501")], ["user number 0 (root)", "user number 501"]);
        for (account, name) in [
            ("user number 0 (root)", Some("root")),
            ("root (user number 0)", Some("root")),
            ("jxs (user number 1005)", Some("jxs")),
            ("user number 501", None),
            ("user number 92 (_securityagent on macOS)", None),
            ("postgres (database postgres)", None),
            ("eve (user number x)", None),
        ] {
            assert_eq!(name_of_unix_user(account), name, "{account}");
        }
    }
}
