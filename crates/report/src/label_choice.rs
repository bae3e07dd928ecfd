//! The labels whose events are reported: names, and patterns such as `ssh_*`.

use std::collections::BTreeSet;

use crate::labels::{SESSION, numbered};
use crate::table::short;

/// The maximum number of labels that are kept for suggestions.
const MAXIMUM_KNOWN: usize = 20_000;
/// The maximum number of labels that an error names.
const MAXIMUM_NAMED: usize = 60;
/// The length from which a name may differ in a letter from the one that was meant.
const SHORTEST: usize = 4;

/// The labels that the user asks for: names and patterns.
#[derive(Debug)]
pub(crate) struct LabelChoice(Vec<String>);

/// What a store has of the labels that the user asks for.
#[derive(Debug)]
pub(crate) struct SeenLabels<'c> {
    choice: &'c LabelChoice,
    /// For each name and pattern, whether the store has a label that fits.
    are_found: Vec<bool>,
    /// Other labels of the store, without those of sessions.
    others: BTreeSet<String>,
}

/// The user asks for a label that neither the store nor the rules have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct UnknownLabel {
    label: String,
    nearest: Option<String>,
    /// Some labels of the store.
    known: Vec<String>,
    /// The number of further labels.
    more: usize,
}

impl LabelChoice {
    /// Reads a list of labels and patterns, which has commas between them.
    pub(crate) fn new(list: &str) -> Self {
        Self(list.split(',').map(str::trim).filter(|label| !label.is_empty()).map(str::to_owned).collect())
    }

    /// Takes exactly this label of a store. One that reads like a pattern is that of no rule.
    pub(crate) fn exactly(label: &str) -> Self {
        Self(if is_pattern(label) { Vec::new() } else { vec![label.to_owned()] })
    }

    /// Returns the label if the user asks for exactly one.
    pub(crate) fn only(&self) -> Option<&str> {
        match self.0.as_slice() {
            [only] if !is_pattern(only) => Some(only),
            _ => None,
        }
    }

    /// Returns whether the user asks for this label.
    pub(crate) fn has(&self, label: &str) -> bool {
        self.0.iter().any(|wanted| fits(wanted, label))
    }
}

impl<'c> SeenLabels<'c> {
    pub(crate) fn new(choice: &'c LabelChoice) -> Self {
        Self { choice, are_found: vec![false; choice.0.len()], others: BTreeSet::new() }
    }

    /// Takes note of a label of the store. Returns whether the user asks for it.
    pub(crate) fn see(&mut self, label: &str) -> bool {
        let mut is_wanted = false;
        for (wanted, is_found) in self.choice.0.iter().zip(&mut self.are_found) {
            if fits(wanted, label) {
                *is_found = true;
                is_wanted = true;
            }
        }
        let is_session = || matches!(numbered(label), Some((SESSION, _)));
        let is_new = || self.others.len() < MAXIMUM_KNOWN && !self.others.contains(label);
        if !is_wanted && is_new() && !is_session() {
            self.others.insert(short(label));
        }
        is_wanted
    }

    /// Returns the error if something that the user asks for is neither in the store nor among the
    /// labels of `rules`. `found` has the labels of the store that the user asks for.
    pub(crate) fn check<'l>(
        &'l self,
        found: impl Iterator<Item = &'l str>,
        rules: &[&'l str],
    ) -> Result<(), UnknownLabel> {
        let is_of_rules = |wanted: &str| rules.iter().any(|label| fits(wanted, label));
        let unknown = self.choice.0.iter().zip(&self.are_found);
        let unknown = unknown.filter(|(_, is_found)| !**is_found).map(|(wanted, _)| wanted.as_str());
        let Some(unknown) = unknown.into_iter().find(|wanted| !is_of_rules(wanted)) else { return Ok(()) };
        let mut known: BTreeSet<&str> = self.others.iter().map(String::as_str).collect();
        known.extend(found);
        let candidates = known.iter().chain(rules).copied();
        let nearest = filter::nearest(unknown, SHORTEST, candidates);
        Err(UnknownLabel {
            label: short(unknown),
            nearest: nearest.map(str::to_owned),
            more: known.len().saturating_sub(MAXIMUM_NAMED),
            known: known.into_iter().take(MAXIMUM_NAMED).map(str::to_owned).collect(),
        })
    }
}

impl UnknownLabel {
    fn words(&self) -> String {
        let Self { label, nearest, known, more } = self;
        let what = if is_pattern(label) { "a label like" } else { "the label" };
        let meant =
            nearest.as_ref().map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default();
        let known = match known.as_slice() {
            [] => "the store has no labels but those of sessions, if any".to_owned(),
            known => format!("the labels of the store are {}", known.join(", ")),
        };
        let more = if *more > 0 { format!(" and {more} more") } else { String::new() };
        format!("no event has {what} `{label}`{meant}\n{known}{more}")
    }
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Returns whether the label fits the pattern, in which `*` stands for any characters and `?` for
/// one.
fn fits(pattern: &str, label: &str) -> bool {
    let (pattern, label) = (pattern.as_bytes(), label.as_bytes());
    let (mut at, mut read) = (0, 0);
    // Where the last `*` is, and how much of the label it stands for so far.
    let mut star = None;
    while read < label.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(&c) if c == b'?' || c == label[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((star_at, end)) = star else { return false };
                star = Some((star_at, end + 1));
                (at, read) = (star_at + 1, end + 1);
            }
        }
    }
    pattern[at..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            assert_eq!(fits(pattern, label), expected, "{pattern} {label}");
        }
        // This takes no exponential time.
        assert!(!fits(&"*a".repeat(40), &"a".repeat(39)));
    }

    fn error(list: &str, rules: &[&str]) -> Option<String> {
        let choice = LabelChoice::new(list);
        let mut seen = SeenLabels::new(&choice);
        let store = ["log_cleared", "ssh_login", "session_7"];
        let found: Vec<_> = store.into_iter().filter(|label| seen.see(label)).collect();
        seen.check(found.into_iter(), rules).err().map(|error| error.to_string())
    }

    #[test]
    fn a_wrong_label_is_told_with_what_was_meant() {
        for right in ["log_cleared", "log_*, ssh_login", "session_7", "malware"] {
            assert_eq!(error(right, &["malware"]), None, "{right}");
        }
        assert_eq!(
            error("ssh_login,log_claered", &[]).unwrap(),
            "no event has the label `log_claered`; did you mean `log_cleared`?\n\
             the labels of the store are log_cleared, ssh_login"
        );
        let text = error("x_*", &[]).unwrap();
        assert!(text.starts_with("no event has a label like `x_*`\n"), "{text}");
        assert!(error("malwere", &["malware"]).unwrap().contains("did you mean `malware`?"));
    }
}
