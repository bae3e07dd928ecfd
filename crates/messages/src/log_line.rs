//! Who takes part in a line of a log.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::account::Role;

/// Who takes part in a line of a system log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LogLine<'t> {
    /// The account, and what it has to do with the line.
    pub(crate) account: Option<(&'t str, Role)>,
    /// The account that acted, if that is another one.
    pub(crate) by: Option<Cow<'t, str>>,
    /// Further accounts, each with what it has to do with the line.
    pub(crate) others: Vec<(&'t str, Role)>,
    /// Groups, each with the name of the fact that it is.
    pub(crate) groups: Vec<(&'static str, &'t str)>,
    /// What the line says in words, if its own are no sentence.
    pub(crate) sentence: Option<String>,
    /// What the line says of the effect of the command that it names.
    pub(crate) effect: Option<&'static str>,
    /// The address of another computer.
    pub(crate) address: Option<String>,
    /// Whether it is about a session of PAM. Then only the text says who opened it: the number of
    /// the process is that of a service.
    pub(crate) is_session: bool,
}

impl<'t> LogLine<'t> {
    /// Creates a line about this account.
    pub(crate) fn new(name: &'t str, role: Role) -> Self {
        Self { account: Some((name, role)), ..Self::default() }
    }

    /// Returns all that a line says, for tests.
    #[cfg(test)]
    pub(crate) fn said(self) -> String {
        let mut words = self.sentence.unwrap_or_default();
        words.extend(self.account.map(|(name, role)| format!(" | {role}: {name}")));
        words.extend(self.by.map(|by| format!(" | by: {by}")));
        words.extend(self.others.iter().map(|(name, role)| format!(" | {role}: {name}")));
        words.extend(self.groups.iter().map(|(fact, group)| format!(" | {fact}: {group}")));
        words.extend(self.effect.map(|_| " | effect open"));
        words
    }
}

/// Returns what follows a text.
pub(crate) fn behind<'t>(text: &'t str, start: &str) -> Option<&'t str> {
    text.find(start).map(|at| &text[at + start.len()..])
}

pub(crate) fn first_word(text: &str) -> Option<&str> {
    text.split_whitespace().next()
}

/// Returns the parts of a text that may be addresses.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':');
    // A name such as `deadbeef` has no dot and no colon, so it is no address.
    text.split(move |c: char| !is_part(c)).map(|word| word.trim_matches('.').trim_end_matches(':'))
}

/// Returns the address, if it is that of another computer.
pub(crate) fn other_address(text: &str) -> Option<String> {
    let address = address(text)?;
    (!address.is_loopback() && !address.is_unspecified()).then(|| address.to_string())
}

/// Returns whether an address is that by which each computer reaches itself.
pub(crate) fn is_of_host(text: &str) -> bool {
    address(text).is_some_and(|address| address.is_loopback())
}

fn address(text: &str) -> Option<IpAddr> {
    let address: IpAddr = text.trim().parse().ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_other_computers() {
        for (text, expected) in [
            ("203.0.113.7", Some("203.0.113.7")),
            ("::ffff:203.0.113.7", Some("203.0.113.7")),
            ("fe80::1", Some("fe80::1")),
            ("127.0.0.1", None),
            ("::1", None),
            ("0.0.0.0", None),
            ("LOCAL", None),
        ] {
            assert_eq!(other_address(text).as_deref(), expected, "{text}");
        }
    }
}
