//! Lists, and what is not used of them.

use std::collections::BTreeMap;
use std::fmt;

use events::{Shown as _, Timestamp};
use serde::{Deserialize, Serialize};

use super::kind::Kind;
use super::threat_level::ThreatLevel;

/// The longest comment, in characters.
const LONGEST_COMMENT: usize = 500;

/// The number of a list, from 0, in the order of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ListId(pub u16);

/// A list of indicators: a MISP event, a STIX bundle, or a file of any other format. A file with
/// several MISP events has several lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// The path of the file, below the folder that was given.
    pub file: String,
    /// The title that the file gives it.
    pub title: Option<String>,
    /// The format, which was recognised by the content.
    pub format: Format,
    /// The number of indicators of each kind, with those in groups.
    pub kinds: BTreeMap<Kind, u32>,
    /// The number of groups.
    pub groups: u32,
    /// The number of values that are left out, by reason.
    pub left_out: BTreeMap<String, u32>,
    /// The number of problems.
    pub problems: u32,
}

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A MISP event, a search result of MISP, or a file of a MISP feed.
    Misp,
    /// A STIX 2 bundle.
    Stix,
    /// An OpenIOC 1.0 or 1.1 file.
    OpenIoc,
    /// A list of Loki or THOR.
    Loki,
    /// CSV with column names.
    Csv,
    /// One value on each line, which may be followed by a description.
    Text,
}

impl Format {
    /// Returns the name in messages, such as `MISP`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Misp => "MISP",
            Self::Stix => "STIX",
            Self::OpenIoc => "OpenIOC",
            Self::Loki => "Loki",
            Self::Csv => "CSV",
            Self::Text => "text",
        }
    }
}

/// Where something is in the files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The path of the file, below the folder that was given.
    pub file: String,
    /// The line, from 1, or 0 for the whole file.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 { write!(f, ", line {}", self.line) } else { Ok(()) }
    }
}

/// A value that is not looked for, although it is in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The list.
    pub list: ListId,
    /// The value as the list has it, shortened.
    pub written: String,
    /// The reason, such as `to_ids is false`.
    pub reason: String,
    /// Where it is.
    pub place: Place,
}

/// A file, a value or a combination that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The list, or `None` if the file is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<ListId>,
    /// What the file has there, shortened, or empty if the problem concerns the whole file.
    pub written: String,
    /// The reason, and what to do.
    pub reason: String,
    /// Where it is.
    pub place: Place,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.written.is_empty() {
            write!(f, "`{}`: ", self.written.shown())?;
        }
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Problem {}

/// A file of a folder that is no list of indicators, such as a text about the lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherFile {
    /// The path of the file, below the folder that was given.
    pub file: String,
    /// Why it is no list.
    pub reason: String,
}

/// A Sigma rule that a list has: for Sigma's front end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigmaRule {
    /// The list.
    pub list: ListId,
    /// Where it is.
    pub place: Place,
    /// The rule.
    pub text: String,
}

/// What a reader knows about an indicator; see [`Details`](super::indicator::Details).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct NewDetails {
    pub(crate) comment: String,
    pub(crate) tags: String,
    pub(crate) threat_level: Option<ThreatLevel>,
    pub(crate) score: Option<u16>,
    pub(crate) first_seen: Option<Timestamp>,
    pub(crate) last_seen: Option<Timestamp>,
    pub(crate) valid_until: Option<Timestamp>,
}

impl NewDetails {
    /// Returns the beginning of the comment. Some lists have whole reports there.
    pub(crate) fn comment(&self) -> &str {
        let end = self.comment.char_indices().nth(LONGEST_COMMENT).map_or(self.comment.len(), |(at, _)| at);
        &self.comment[..end]
    }
}
