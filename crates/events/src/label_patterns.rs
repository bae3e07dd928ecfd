//! Chooses labels by name or by pattern, as `--label` takes them in all commands.

use serde::{Deserialize, Serialize};

/// A label, or a pattern of labels: `*` stands for any text, `?` for any character.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LabelPattern(String);

/// Labels that a user chooses. An event is chosen if it has one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LabelPatterns(Vec<LabelPattern>);

impl LabelPattern {
    /// Returns the text that the user gave.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether this may stand for several labels.
    #[must_use]
    pub fn has_wildcard(&self) -> bool {
        self.0.contains(['*', '?'])
    }

    /// Returns whether a label is chosen.
    #[must_use]
    pub fn matches(&self, label: &str) -> bool {
        matches(self.0.as_bytes(), label.as_bytes())
    }
}

impl LabelPatterns {
    /// Reads lists of labels and patterns, separated by commas.
    pub fn of<'t>(lists: impl IntoIterator<Item = &'t str>) -> Self {
        let mut patterns: Vec<LabelPattern> = Vec::new();
        let names = lists.into_iter().flat_map(|list| list.split(',')).map(str::trim);
        for name in names.filter(|name| !name.is_empty()) {
            if !patterns.iter().any(|known| known.0 == name) {
                patterns.push(LabelPattern(name.to_owned()));
            }
        }
        Self(patterns)
    }

    /// Chooses exactly these labels of a store. A label that reads like a pattern cannot be chosen.
    pub fn exactly<'l>(labels: impl IntoIterator<Item = &'l str>) -> Self {
        let patterns = labels.into_iter().map(|label| LabelPattern(label.to_owned()));
        Self(patterns.filter(|pattern| !pattern.has_wildcard()).collect())
    }

    /// Returns the label if exactly one is chosen.
    #[must_use]
    pub fn only(&self) -> Option<&str> {
        match self.0.as_slice() {
            [only] if !only.has_wildcard() => Some(only.as_str()),
            _ => None,
        }
    }

    /// Returns the labels and patterns, in the order in which they were given.
    #[must_use]
    pub fn as_slice(&self) -> &[LabelPattern] {
        &self.0
    }

    /// Returns whether no label is chosen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether a label is chosen.
    #[must_use]
    pub fn matches(&self, label: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(label))
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
        let chosen = LabelPatterns::of(["log_cleared, credential_*", "session_?", ""]);
        for label in ["log_cleared", "credential_", "credential_access", "session_7"] {
            assert!(chosen.matches(label), "{label}");
        }
        for label in ["log_cleared_2", "a_credential_x", "session_12", "session_", ""] {
            assert!(!chosen.matches(label), "{label}");
        }
        assert!(LabelPatterns::of([" , "]).is_empty());
    }

    #[test]
    fn one_label() {
        assert_eq!(LabelPatterns::of(["log_cleared, log_cleared"]).only(), Some("log_cleared"));
        assert_eq!(LabelPatterns::of(["log_*"]).only(), None);
        assert_eq!(LabelPatterns::of(["a,b"]).only(), None);
        assert!(LabelPatterns::exactly(["a", "log_cleared"]).matches("log_cleared"));
        assert!(LabelPatterns::exactly(["*"]).is_empty());
    }

    #[test]
    fn patterns() {
        for (pattern, label, expected) in [
            ("ssh_login", "ssh_login", true),
            ("ssh_login", "ssh_login_failed", false),
            ("ssh_*", "ssh_login", true),
            ("ssh_*", "ssh_", true),
            ("ssh_*", "ssh", false),
            ("*login*", "ssh_login_failed", true),
            ("*_f*d", "ssh_login_failed", true),
            ("*_f*x", "ssh_login_failed", false),
            ("logon_?", "logon_2", true),
            ("logon_?", "logon_", false),
            ("*", "", true),
            ("", "", true),
            ("?", "", false),
            ("*_*c", "a_b_c_c", true),
            ("*_*c", "a_b_c_d", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), label.as_bytes()), expected, "{pattern} {label}");
        }
        // This takes no exponential time.
        assert!(!matches("*a".repeat(40).as_bytes(), "a".repeat(39).as_bytes()));
    }
}
