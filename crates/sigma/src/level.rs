//! The levels and states of rules, and the words for them.

use serde::{Deserialize, Serialize};

/// How much a match matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It is worth knowing.
    Informational,
    /// It matters little.
    Low,
    /// It should be looked at.
    Medium,
    /// It should be looked at soon.
    High,
    /// It must be looked at at once.
    Critical,
}

/// How well tried a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is in use, and rarely wrong.
    Stable,
    /// It is nearly stable.
    Test,
    /// It may often be wrong.
    Experimental,
    /// Another rule replaces it.
    Deprecated,
    /// It needs what tools do not support.
    Unsupported,
}

impl Level {
    /// All levels with their names, the least first.
    pub const ALL: [(&'static str, Self); 5] = [
        ("informational", Self::Informational),
        ("low", Self::Low),
        ("medium", Self::Medium),
        ("high", Self::High),
        ("critical", Self::Critical),
    ];

    /// Returns the name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, level)| *level == self).map_or("", |(name, _)| name)
    }
}

impl Status {
    /// All states with their names.
    pub const ALL: [(&'static str, Self); 5] = [
        ("stable", Self::Stable),
        ("test", Self::Test),
        ("experimental", Self::Experimental),
        ("deprecated", Self::Deprecated),
        ("unsupported", Self::Unsupported),
    ];

    /// Returns the name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, status)| *status == self).map_or("", |(name, _)| name)
    }
}

/// A word that Sigma does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {}, found `{found}`", .words.join(", "))]
pub struct UnknownWord {
    found: String,
    words: [&'static str; 5],
}

impl std::str::FromStr for Level {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let unknown = || UnknownWord { found: word.into(), words: Self::ALL.map(|(name, _)| name) };
        named(&Self::ALL, word).ok_or_else(unknown)
    }
}

impl std::str::FromStr for Status {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let unknown = || UnknownWord { found: word.into(), words: Self::ALL.map(|(name, _)| name) };
        named(&Self::ALL, word).ok_or_else(unknown)
    }
}

pub(crate) fn named<T: Copy>(words: &[(&str, T)], word: &str) -> Option<T> {
    words.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
}
