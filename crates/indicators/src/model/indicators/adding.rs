//! Adds what readers find.

use std::net::IpAddr;

use events::Timestamp;

use super::{Indicators, Stored, StoredDetails, StoredGroup};
use crate::model::group::Node;
use crate::model::indicator::{Comparison, Details, IndicatorId, Value};
use crate::model::kind::Kind;
use crate::model::list::{Format, LeftOut, List, ListId, NewDetails, OtherFile, Place, Problem, SigmaRule};
use crate::model::strings::Interner;
use crate::regex::RegexCheck;

/// The maximum number of indicators.
pub(crate) const MAXIMUM_INDICATORS: usize = 1 << 22;

/// How many of them may be compared as wildcards, outside of combinations. A worker takes about
/// 1 KB for each.
pub(crate) const MAXIMUM_WILDCARDS: usize = 1 << 18;

/// The maximum number of lists.
const MAXIMUM_LISTS: usize = u16::MAX as usize;

/// How many values that are left out, and how many problems, are kept with their places. The rest
/// is counted.
const MAXIMUM_NAMED: usize = 10_000;

/// How many different reasons a list counts.
const MAXIMUM_REASONS: usize = 200;

/// The longest text of a file in a message, in characters.
const LONGEST_WRITTEN: usize = 200;

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

    /// Returns what checks the regular expressions of all lists.
    pub(crate) fn regex_check(&mut self) -> &mut RegexCheck {
        &mut self.regex_check
    }

    /// Returns how much memory the wildcards of all lists take, for what checks them.
    pub(crate) fn memory_of_wildcards(&mut self) -> &mut usize {
        &mut self.memory_of_wildcards
    }

    /// Returns whether no more wildcards are used.
    pub(crate) fn has_all_wildcards(&self) -> bool {
        self.wildcards >= MAXIMUM_WILDCARDS
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
        self.wildcards += usize::from(new.comparison.is_wildcard() && new.kind != Kind::Keyword);
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
        let id = self.current_id();
        let list = self.current_list();
        let is_known = list.left_out.contains_key(reason) || list.left_out.len() < MAXIMUM_REASONS;
        *list.left_out.entry(if is_known { reason } else { "other reasons" }.to_owned()).or_default() += 1;
        if self.left_out.len() < MAXIMUM_NAMED {
            let place = Place { file: self.current_list().file.clone(), line };
            let (written, reason) = (shortened(written), detailed.to_owned());
            self.left_out.push(LeftOut { list: id, written, reason, place });
        }
    }

    pub(crate) fn add_problem(&mut self, line: u32, written: &str, reason: String) {
        self.current_list().problems += 1;
        if self.problems.len() < MAXIMUM_NAMED {
            let place = Place { file: self.current_list().file.clone(), line };
            let list = Some(self.current_id());
            self.problems.push(Problem { list, written: shortened(written), reason, place });
        }
    }

    pub(crate) fn add_sigma_rule(&mut self, line: u32, text: String) {
        let place = Place { file: self.current_list().file.clone(), line };
        self.sigma_rules.push(SigmaRule { list: self.current_id(), place, text });
    }

    /// Adds a problem that concerns a whole file.
    pub(crate) fn add_problem_of_file(&mut self, file: &str, reason: String) {
        self.add_problem_of_element(file, 0, reason);
    }

    /// Adds a problem that concerns an element of a file that may have several lists.
    pub(crate) fn add_problem_of_element(&mut self, file: &str, line: u32, reason: String) {
        let place = Place { file: file.to_owned(), line };
        self.problems_of_files += 1;
        self.problems.push(Problem { list: None, written: String::new(), reason, place });
    }

    pub(crate) fn add_other_file(&mut self, file: &str, reason: String) {
        self.other_files.push(OtherFile { file: file.to_owned(), reason });
    }

    /// Records the digest of the files, and gives back the memory that only reading needs.
    pub(crate) fn finish(&mut self, digest: String) {
        self.digest = digest;
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
