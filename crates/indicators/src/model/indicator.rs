//! An indicator.

use std::net::IpAddr;

use events::Timestamp;
use serde::{Deserialize, Serialize};

use super::kind::Kind;
use super::list::ListId;
use super::threat_level::ThreatLevel;

/// The number of an indicator, from 0, in the order of the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IndicatorId(pub u32);

/// A value that shows that something has happened, with what its list says about it.
#[derive(Debug, Clone, Copy)]
pub struct Indicator<'a> {
    /// Its number.
    pub id: IndicatorId,
    /// The list that it is from.
    pub list: ListId,
    /// Its line in the list's file, from 1, or 0 if it has none.
    pub line: u32,
    /// What the value is.
    pub kind: Kind,
    /// How the value is compared with those of events.
    pub comparison: Comparison,
    /// The value in its usual form: refanged, and in lower case where case does not count.
    pub value: Value<'a>,
    /// The value as the list has it, if that differs in more than the case of a hash.
    pub written: Option<&'a str>,
    /// A regular expression. A value that it matches is a false positive.
    pub except: Option<&'a str>,
    /// The indicator is part of a [`Group`](super::group::Group), and counts only there.
    pub in_group: bool,
    /// What the list says about it.
    pub details: Details<'a>,
}

/// How a value of an event is compared with an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Comparison {
    /// It is the same, in the sense of its kind: a domain includes its subdomains, and a path is
    /// compared by its last components.
    Exact,
    /// It begins with the indicator.
    Prefix,
    /// It ends with the indicator.
    Suffix,
    /// It has the indicator in it.
    Contains,
    /// It is of a form with `*` for any text and `?` for any character. There is no other special
    /// character: `\` is a separator.
    Wildcard,
    /// A regular expression in Python's syntax matches somewhere in it. The case of letters counts,
    /// unless the expression begins with `(?i)`. The expression can be compiled.
    Regex,
}

impl Comparison {
    /// All comparisons, in their order.
    pub(crate) const ALL: [Self; 6] =
        [Self::Exact, Self::Prefix, Self::Suffix, Self::Contains, Self::Wildcard, Self::Regex];

    /// Returns whether it is a wildcard, or compares a part of a value, which is one, too.
    pub(crate) fn is_wildcard(self) -> bool {
        !matches!(self, Self::Exact | Self::Regex)
    }
}

/// The value of an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// The bytes of a hash.
    Hash(&'a [u8]),
    /// An address. An IPv4 address that is written as IPv6 (`::ffff:192.0.2.1`) is IPv4 here.
    Address(IpAddr),
    /// The addresses whose first `prefix` bits are those of `address`. The other bits are 0.
    Network {
        /// The first address.
        address: IpAddr,
        /// The number of bits.
        prefix: u8,
    },
    /// Any other value.
    Text(&'a str),
}

/// What a list says about an indicator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Details<'a> {
    /// A comment, a description or a title, or empty.
    pub comment: &'a str,
    /// Tags, separated by `, `, or empty.
    pub tags: &'a str,
    /// How serious it is.
    pub threat_level: Option<ThreatLevel>,
    /// The score of a Loki list, or the confidence of STIX or ThreatFox, from 0 to 100.
    pub score: Option<u16>,
    /// When the value was first seen, or begins to be valid.
    pub first_seen: Option<Timestamp>,
    /// When the value was last seen.
    pub last_seen: Option<Timestamp>,
    /// When the indicator expires.
    pub valid_until: Option<Timestamp>,
}
