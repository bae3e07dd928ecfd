//! All indicators of a run, in little memory.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use events::Timestamp;

use super::group::{Group, Node};
use super::indicator::{Comparison, Details, Indicator, IndicatorId, ThreatLevel, Value};
use super::kind::Kind;
use super::list::{Format, LeftOut, List, ListId, NewDetails, OtherFile, Place, Problem, SigmaRule};
use super::strings::{Interner, Span, Strings};

/// The maximum number of indicators.
pub(crate) const MAXIMUM_INDICATORS: usize = 1 << 22;

/// The maximum number of lists.
const MAXIMUM_LISTS: usize = u16::MAX as usize;

/// How many values that are left out, and how many problems, are kept with their places. The rest
/// is counted.
const MAXIMUM_NAMED: usize = 10_000;

/// How many different reasons a list counts.
const MAXIMUM_REASONS: usize = 200;

/// The longest text of a file in a message, in characters.
const LONGEST_WRITTEN: usize = 200;

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

/// The number of details that indicators share.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct DetailsId(u32);

/// There are too many indicators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

/// An indicator as a reader makes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewIndicator<'a> {
    pub(crate) kind: Kind,
    pub(crate) comparison: Comparison,
    pub(crate) value: Value<'a>,
    pub(crate) written: Option<&'a str>,
    pub(crate) except: Option<&'a str>,
    pub(crate) in_group: bool,
    pub(crate) line: u32,
    pub(crate) details: DetailsId,
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

/// What readers add. Everything belongs to the list that was begun last.
impl Indicators {
    pub(crate) fn begin_list(
        &mut self,
        file: &str,
        title: Option<String>,
        format: Format,
    ) -> Result<(), Full> {
        if self.lists.len() == MAXIMUM_LISTS {
            return Err(Full);
        }
        self.lists.push(List {
            file: file.to_owned(),
            title,
            format,
            kinds: Default::default(),
            groups: 0,
            left_out: Default::default(),
            problems: 0,
        });
        Ok(())
    }

    /// Sets what is known of the current list only after its first indicators.
    pub(crate) fn current_list(&mut self) -> &mut List {
        self.lists.last_mut().expect("a reader begins a list first")
    }

    fn current_id(&self) -> ListId {
        ListId(self.lists.len().saturating_sub(1) as u16)
    }

    pub(crate) fn details(&mut self, new: &NewDetails) -> Result<DetailsId, Full> {
        if *new == NewDetails::default() {
            return Ok(DetailsId(0));
        }
        let (hash, known) = self.interner.find(new);
        if let Some(number) = known
            && self.is_same(number, new)
        {
            return Ok(DetailsId(number));
        }
        let time = |time: Option<Timestamp>| time.map_or(i64::MIN, |time| time.0);
        self.details.push(StoredDetails {
            comment: self.strings.add_text(new.comment()).ok_or(Full)?,
            tags: self.strings.add_text(&new.tags).ok_or(Full)?,
            times: [time(new.first_seen), time(new.last_seen), time(new.valid_until)],
            score: new.score,
            threat_level: new.threat_level,
        });
        let number = u32::try_from(self.details.len()).map_err(|_| Full)?;
        self.interner.add(hash, number);
        Ok(DetailsId(number))
    }

    fn is_same(&self, number: u32, new: &NewDetails) -> bool {
        let comment = new.comment();
        let NewDetails { comment: _, tags, threat_level, score, first_seen, last_seen, valid_until } = new;
        let (threat_level, score) = (*threat_level, *score);
        let (first_seen, last_seen, valid_until) = (*first_seen, *last_seen, *valid_until);
        self.details_of(number)
            == Details { comment, tags, threat_level, score, first_seen, last_seen, valid_until }
    }

    pub(crate) fn add(&mut self, new: NewIndicator<'_>) -> Result<IndicatorId, Full> {
        if self.stored.len() == MAXIMUM_INDICATORS {
            return Err(Full);
        }
        let number = self.stored.len() as u32;
        let value = match new.value {
            Value::Hash(bytes) => self.strings.add_bytes(bytes),
            Value::Address(address) => self.strings.add_bytes(&bytes_of(address, None)),
            Value::Network { address, prefix } => self.strings.add_bytes(&bytes_of(address, Some(prefix))),
            Value::Text(text) => self.strings.add_text(text),
        };
        if let Some(written) = new.written {
            self.written.push((number, self.strings.add_text(written).ok_or(Full)?));
        }
        if let Some(except) = new.except {
            self.except.push((number, self.strings.add_text(except).ok_or(Full)?));
        }
        self.stored.push(Stored {
            value: value.ok_or(Full)?,
            line: new.line,
            details: new.details.0,
            list: self.current_id(),
            kind: new.kind,
            comparison: new.comparison,
            in_group: new.in_group,
        });
        *self.current_list().kinds.entry(new.kind).or_default() += 1;
        Ok(IndicatorId(number))
    }

    pub(crate) fn add_group(
        &mut self,
        line: u32,
        written: &str,
        details: DetailsId,
        root: Node,
    ) -> Result<(), Full> {
        let written = self.strings.add_text(written).ok_or(Full)?;
        let list = self.current_id();
        self.groups.push(StoredGroup { list, line, written, details: details.0, root });
        self.current_list().groups += 1;
        Ok(())
    }

    pub(crate) fn leave_out(&mut self, line: u32, written: &str, reason: &str) {
        self.leave_out_in_detail(line, written, reason, reason);
    }

    /// Leaves a value out for a reason that is counted, and is said with more words.
    pub(crate) fn leave_out_in_detail(&mut self, line: u32, written: &str, reason: &str, detailed: &str) {
        let (list, file) = (self.current_id(), self.current_list().file.clone());
        let counts = &mut self.current_list().left_out;
        let known = counts.contains_key(reason) || counts.len() < MAXIMUM_REASONS;
        *counts.entry(if known { reason } else { "other reasons" }.to_owned()).or_default() += 1;
        if self.left_out.len() < MAXIMUM_NAMED {
            let place = Place { file, line };
            self.left_out.push(LeftOut {
                list,
                written: shortened(written),
                reason: detailed.to_owned(),
                place,
            });
        }
    }

    pub(crate) fn add_problem(&mut self, line: u32, written: &str, reason: String) {
        let list = self.current_list();
        list.problems += 1;
        let place = Place { file: list.file.clone(), line };
        if self.problems.len() < MAXIMUM_NAMED {
            self.problems.push(Problem { written: shortened(written), reason, place });
        }
    }

    pub(crate) fn add_sigma_rule(&mut self, line: u32, text: String) {
        let place = Place { file: self.current_list().file.clone(), line };
        self.sigma_rules.push(SigmaRule { list: self.current_id(), place, text });
    }

    /// Adds a problem that concerns a whole file.
    pub(crate) fn add_problem_of_file(&mut self, file: &str, reason: String) {
        let place = Place { file: file.to_owned(), line: 0 };
        self.problems_of_files += 1;
        self.problems.push(Problem { written: String::new(), reason, place });
    }

    pub(crate) fn add_other_file(&mut self, file: &str, reason: String) {
        self.other_files.push(OtherFile { file: file.to_owned(), reason });
    }

    /// Gives back the memory that only reading needs.
    pub(crate) fn finish(&mut self) {
        self.interner = Interner::default();
        self.stored.shrink_to_fit();
        self.details.shrink_to_fit();
        self.strings.shrink();
    }
}

/// Returns the beginning of a text, in one line.
fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST_WRITTEN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Returns the bytes of an address, followed by its prefix.
fn bytes_of(address: IpAddr, prefix: Option<u8>) -> Vec<u8> {
    let mut bytes = match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    bytes.extend(prefix);
    bytes
}

/// Returns what [`bytes_of`] was given. Without a prefix, it is 0.
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
