//! All indicators of a run, in little memory.

mod adding;
mod saved;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use events::Timestamp;

use super::group::{Group, Node};
use super::indicator::{Comparison, Details, Indicator, IndicatorId, Value};
use super::kind::Kind;
use super::list::{LeftOut, List, ListId, OtherFile, Problem, SigmaRule};
use super::strings::{Interner, Span, Strings};
use super::threat_level::ThreatLevel;
use crate::regex::RegexCheck;
pub(crate) use adding::{DetailsId, Full, MAXIMUM_INDICATORS, NewIndicator};

/// The indicators of all lists, with an account of what is not used.
#[derive(Debug, Clone, Default)]
pub struct Indicators {
    lists: Vec<List>,
    stored: Vec<Stored>,
    strings: Strings,
    /// The written forms and the exceptions of those indicators that have one, by their numbers.
    written: Vec<(u32, Span)>,
    except: Vec<(u32, Span)>,
    details: Vec<StoredDetails>,
    interner: Interner,
    groups: Vec<StoredGroup>,
    left_out: Vec<LeftOut>,
    problems: Vec<Problem>,
    /// The number of problems that belong to no list.
    problems_of_files: u64,
    sigma_rules: Vec<SigmaRule>,
    other_files: Vec<OtherFile>,
    regex_check: RegexCheck,
    /// How much memory the wildcards take, also those that were refused, in bytes.
    memory_of_wildcards: usize,
    /// How many of them are beginnings, ends, parts or wildcards.
    wildcards: usize,
    /// The digest of the files.
    digest: String,
}

/// An indicator in 24 bytes.
#[derive(Debug, Clone, Copy)]
struct Stored {
    value: Span,
    line: u32,
    /// The number of its details plus one, or 0 for none.
    details: u32,
    list: ListId,
    kind: Kind,
    comparison: Comparison,
    in_group: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct StoredDetails {
    comment: Span,
    tags: Span,
    /// [`Timestamp`]s, or `i64::MIN` for none.
    times: [i64; 3],
    score: Option<u16>,
    threat_level: Option<ThreatLevel>,
}

#[derive(Debug, Clone)]
struct StoredGroup {
    list: ListId,
    line: u32,
    written: Span,
    details: u32,
    root: Node,
}

impl Indicators {
    /// Returns the lists, in the order of the files.
    #[must_use]
    pub fn lists(&self) -> &[List] {
        &self.lists
    }

    /// Returns a list.
    ///
    /// # Panics
    ///
    /// If the number is of other indicators.
    #[must_use]
    pub fn list(&self, id: ListId) -> &List {
        &self.lists[usize::from(id.0)]
    }

    /// Returns the number of indicators.
    #[must_use]
    pub fn len(&self) -> usize {
        self.stored.len()
    }

    /// Returns whether there are no indicators.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stored.is_empty()
    }

    /// Returns an indicator.
    ///
    /// # Panics
    ///
    /// If the number is of other indicators.
    #[must_use]
    pub fn get(&self, id: IndicatorId) -> Indicator<'_> {
        let stored = &self.stored[id.0 as usize];
        Indicator {
            id,
            list: stored.list,
            line: stored.line,
            kind: stored.kind,
            comparison: stored.comparison,
            value: self.value(stored),
            written: self.rare(&self.written, id),
            except: self.rare(&self.except, id),
            in_group: stored.in_group,
            details: self.details_of(stored.details),
        }
    }

    /// Returns all indicators, in the order of their numbers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Indicator<'_>> {
        (0..self.stored.len()).map(|number| self.get(IndicatorId(number as u32)))
    }

    /// Returns the combinations of indicators.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = Group<'_>> {
        (0..self.groups.len()).map(|number| self.group(number as u32))
    }

    /// Returns a combination of indicators.
    ///
    /// # Panics
    ///
    /// If the number is of other indicators.
    #[must_use]
    pub fn group(&self, number: u32) -> Group<'_> {
        let group = &self.groups[number as usize];
        Group {
            list: group.list,
            line: group.line,
            written: self.strings.text(group.written),
            details: self.details_of(group.details),
            root: &group.root,
        }
    }

    /// Returns the first 10,000 values that are left out. The lists have the number of all.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Returns the first 10,000 problems of the lists, and those of files that are no lists.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Returns the number of all problems.
    #[must_use]
    pub fn number_of_problems(&self) -> u64 {
        let of_lists = self.lists.iter().map(|list| u64::from(list.problems)).sum::<u64>();
        of_lists + self.problems_of_files
    }

    /// Returns the Sigma rules that the lists have.
    #[must_use]
    pub fn sigma_rules(&self) -> &[SigmaRule] {
        &self.sigma_rules
    }

    /// Returns the files that are no lists.
    #[must_use]
    pub fn other_files(&self) -> &[OtherFile] {
        &self.other_files
    }

    /// Returns the digest of the files that they were read from, as
    /// [`keep`](crate::keep) would write them.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Returns the indicators that are wanted by their kind and comparison, in their order.
    pub(crate) fn iter_of(
        &self,
        is_wanted: impl Fn(Kind, Comparison) -> bool,
    ) -> impl Iterator<Item = Indicator<'_>> {
        let numbered = self.stored.iter().zip(0..);
        let wanted = numbered.filter(move |(stored, _)| is_wanted(stored.kind, stored.comparison));
        wanted.map(|(_, number)| self.get(IndicatorId(number)))
    }

    /// Returns the indicators that have exceptions.
    pub(crate) fn with_exceptions(&self) -> impl Iterator<Item = Indicator<'_>> {
        self.except.iter().map(|(number, _)| self.get(IndicatorId(*number)))
    }

    fn value(&self, stored: &Stored) -> Value<'_> {
        match stored.kind {
            kind if kind.is_hash() => Value::Hash(self.strings.bytes(stored.value)),
            Kind::Address => Value::Address(address(self.strings.bytes(stored.value)).0),
            Kind::Network => {
                let (address, prefix) = address(self.strings.bytes(stored.value));
                Value::Network { address, prefix }
            }
            _ => Value::Text(self.strings.text(stored.value)),
        }
    }

    fn rare(&self, spans: &[(u32, Span)], id: IndicatorId) -> Option<&str> {
        let found = spans.binary_search_by_key(&id.0, |(number, _)| *number).ok()?;
        Some(self.strings.text(spans[found].1))
    }

    fn details_of(&self, number: u32) -> Details<'_> {
        let Some(stored) = number.checked_sub(1).map(|number| &self.details[number as usize]) else {
            return Details::default();
        };
        let [first_seen, last_seen, valid_until] =
            stored.times.map(|time| (time != i64::MIN).then_some(Timestamp(time)));
        Details {
            comment: self.strings.text(stored.comment),
            tags: self.strings.text(stored.tags),
            threat_level: stored.threat_level,
            score: stored.score,
            first_seen,
            last_seen,
            valid_until,
        }
    }
}

/// Returns the address that bytes stand for, and the prefix behind it. Without one, it is 0.
fn address(bytes: &[u8]) -> (IpAddr, u8) {
    match *bytes {
        [a, b, c, d] => (Ipv4Addr::new(a, b, c, d).into(), 0),
        [a, b, c, d, prefix] => (Ipv4Addr::new(a, b, c, d).into(), prefix),
        _ => {
            let octets = bytes.first_chunk::<16>().copied().unwrap_or_default();
            (Ipv6Addr::from(octets).into(), bytes.get(16).copied().unwrap_or(0))
        }
    }
}
