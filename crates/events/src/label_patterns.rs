//! Chooses labels by name or by pattern, as `--label` takes them.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Labels that a user chooses: names and patterns such as `credential_*`. An event is chosen if it
/// has one of the labels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LabelPatterns(Vec<String>);

/// Why a text does not choose labels.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a label or a pattern of labels: it has a character other than letters, digits, \
     underscores, * (any text) and ? (any character)"
)]
pub struct InvalidLabelPattern(String);

impl LabelPatterns {
    /// Reads lists of labels and patterns, separated by commas.
    ///
    /// # Errors
    ///
    /// If one of them has a character that neither labels nor patterns have.
    pub fn of<'t>(lists: impl IntoIterator<Item = &'t str>) -> Result<Self, InvalidLabelPattern> {
        let mut patterns = Vec::new();
        let names = lists.into_iter().flat_map(|list| list.split(',')).map(str::trim);
        for name in names.filter(|name| !name.is_empty()) {
            let is_allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'*' | b'?');
            if !name.bytes().all(is_allowed) {
                return Err(InvalidLabelPattern(name.chars().take(64).collect()));
            }
            if !patterns.iter().any(|known| known == name) {
                patterns.push(name.to_owned());
            }
        }
        Ok(Self(patterns))
    }

    /// Returns whether no label is chosen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether a label is chosen.
    #[must_use]
    pub fn matches(&self, label: &str) -> bool {
        self.0.iter().any(|pattern| matches(pattern.as_bytes(), label.as_bytes()))
    }

    /// Returns the names and patterns that choose none of these labels.
    pub fn without_match<'p>(&'p self, labels: &[impl AsRef<str>]) -> Vec<&'p str> {
        let has_match =
            |pattern: &str| labels.iter().any(|label| matches(pattern.as_bytes(), label.as_ref().as_bytes()));
        self.0.iter().map(String::as_str).filter(|pattern| !has_match(pattern)).collect()
    }
}

impl FromStr for LabelPatterns {
    type Err = InvalidLabelPattern;

    fn from_str(list: &str) -> Result<Self, Self::Err> {
        Self::of([list])
    }
}

/// Returns whether the whole text matches the pattern. If it does not match after a `*`, only the
/// last `*` takes one more character, so the time is at most the product of both lengths.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p + 1, t));
                p += 1;
            }
            Some(&c) if c == b'?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((after, from)) = star else { return false };
                star = Some((after, from + 1));
                (p, t) = (after, from + 1);
            }
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_patterns() {
        let chosen = LabelPatterns::of(["log_cleared, credential_*", "session_?", ""]).unwrap();
        for label in ["log_cleared", "credential_", "credential_access", "session_7"] {
            assert!(chosen.matches(label), "{label}");
        }
        for label in ["log_cleared_2", "a_credential_x", "session_12", "session_", ""] {
            assert!(!chosen.matches(label), "{label}");
        }
        assert_eq!(chosen.without_match(&["session_1", "log_cleared"]), ["credential_*"]);
        assert!("*_*c".parse::<LabelPatterns>().unwrap().matches("a_b_c_c"));
        assert!(!"*_*c".parse::<LabelPatterns>().unwrap().matches("a_b_c_d"));
    }

    #[test]
    fn nothing_and_nonsense() {
        assert!(LabelPatterns::of([" , "]).unwrap().is_empty());
        assert!(LabelPatterns::of(["a b"]).unwrap_err().to_string().contains("\"a b\""));
    }
}
