//! Tells a user who chooses a label that no event has which label may be meant, and which labels
//! there are.

use std::collections::BTreeSet;

use events::{Label, LabelPattern, LabelPatterns};
use filter::tagging_file;
use storage::{StorageError, Store};

use crate::labels::is_session;
use crate::table::short;

/// The maximum number of labels that are kept for suggestions.
const MAXIMUM_KNOWN: usize = 20_000;
/// The maximum number of labels that an error names.
const MAXIMUM_NAMED: usize = 60;
/// The length from which a name may differ in a letter from the one that was meant.
const SHORTEST: usize = 4;

/// What a store has of the labels that the user asks for.
#[derive(Debug)]
pub(crate) struct SeenLabels<'c> {
    choice: &'c LabelPatterns,
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
    is_pattern: bool,
    nearest: Option<String>,
    /// Some labels of the store.
    known: BTreeSet<String>,
    /// The number of further labels.
    more: usize,
    /// Whether these are the labels of several stores.
    are_of_several: bool,
}

impl<'c> SeenLabels<'c> {
    pub(crate) fn new(choice: &'c LabelPatterns) -> Self {
        Self { choice, are_found: vec![false; choice.as_slice().len()], others: BTreeSet::new() }
    }

    /// Takes note of a label of the store. Returns whether the user asks for it.
    pub(crate) fn see(&mut self, label: &str) -> bool {
        let mut is_wanted = false;
        for (wanted, is_found) in self.choice.as_slice().iter().zip(&mut self.are_found) {
            if wanted.matches(label) {
                *is_found = true;
                is_wanted = true;
            }
        }
        let is_new = || self.others.len() < MAXIMUM_KNOWN && !self.others.contains(label);
        if !is_wanted && is_new() && !is_session(label) {
            self.others.insert(short(label));
        }
        is_wanted
    }

    /// Returns what the user asks for that is neither in the store nor among the labels of `rules`.
    /// `found` has the labels of the store that the user asks for.
    pub(crate) fn unknown<'l>(
        &'l self,
        found: impl Iterator<Item = &'l str>,
        rules: &[&'l str],
    ) -> Vec<UnknownLabel> {
        let is_of_rules = |wanted: &LabelPattern| rules.iter().any(|label| wanted.matches(label));
        let missing = self.choice.as_slice().iter().zip(&self.are_found);
        let missing = missing.filter(|(wanted, is_found)| !**is_found && !is_of_rules(wanted));
        let missing: Vec<_> = missing.map(|(wanted, _)| wanted).collect();
        if missing.is_empty() {
            return Vec::new();
        }
        let mut known: BTreeSet<&str> = self.others.iter().map(String::as_str).collect();
        known.extend(found);
        let error = |wanted: &LabelPattern| {
            let candidates = known.iter().chain(rules).copied();
            UnknownLabel {
                label: short(wanted.as_str()),
                is_pattern: wanted.has_wildcard(),
                nearest: filter::nearest(wanted.as_str(), SHORTEST, candidates).map(str::to_owned),
                more: known.len().saturating_sub(MAXIMUM_NAMED),
                known: known.iter().take(MAXIMUM_NAMED).map(|label| (*label).to_owned()).collect(),
                are_of_several: false,
            }
        };
        missing.into_iter().map(error).collect()
    }
}

/// Returns the labels and patterns that neither the store nor the built-in rules know.
///
/// # Errors
///
/// If the store cannot be read.
pub fn unknown_labels(store: &Store, choice: &LabelPatterns) -> Result<Vec<UnknownLabel>, StorageError> {
    let mut seen = SeenLabels::new(choice);
    let mut found = BTreeSet::new();
    store.visit_tags(
        |_| false,
        |tag| {
            for label in tag.labels.iter().flatten().filter(|_| tag.event.is_some()) {
                if seen.see(label) && found.len() < MAXIMUM_KNOWN && !found.contains(label) {
                    found.insert(short(label));
                }
            }
        },
    )?;
    let built_in: Vec<_> = tagging_file::BUILT_IN.into_iter().filter_map(tagging_file::built_in).collect();
    let of_rules: Vec<_> = built_in.iter().flat_map(|rules| rules.labels().map(Label::as_str)).collect();
    Ok(seen.unknown(found.iter().map(String::as_str), &of_rules))
}

impl UnknownLabel {
    /// Returns the label or pattern that the user gave.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Adds what another store has instead of the label.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.nearest = self.nearest.or(other.nearest);
        self.known.extend(other.known);
        self.more += other.more + self.known.len().saturating_sub(MAXIMUM_NAMED);
        self.known = self.known.into_iter().take(MAXIMUM_NAMED).collect();
        self.are_of_several = true;
        self
    }

    fn words(&self) -> String {
        let Self { label, is_pattern, nearest, known, more, are_of_several } = self;
        let what = if *is_pattern { "a label like" } else { "the label" };
        let meant =
            nearest.as_ref().map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default();
        let known = match (known.is_empty(), are_of_several) {
            (true, false) => "the store has no labels but those of sessions, if any".to_owned(),
            (true, true) => "the stores have no labels but those of sessions, if any".to_owned(),
            (false, _) => {
                let known = known.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                format!("the labels of the {} are {known}", if *are_of_several { "stores" } else { "store" })
            }
        };
        let more = match (*more, are_of_several) {
            (0, _) => String::new(),
            // Several stores can have the same label.
            (_, true) => " and more".to_owned(),
            (more, false) => format!(" and {more} more"),
        };
        format!("no event has {what} `{label}`{meant}\n{known}{more}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(list: &str, rules: &[&str]) -> Option<String> {
        let choice = LabelPatterns::of([list]);
        let mut seen = SeenLabels::new(&choice);
        let store = ["log_cleared", "ssh_login", "session_7"];
        let found: Vec<_> = store.into_iter().filter(|label| seen.see(label)).collect();
        seen.unknown(found.into_iter(), rules).first().map(UnknownLabel::to_string)
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

    #[test]
    fn several_stores_are_told_together() {
        let unknown = |labels: &[&str]| {
            let choice = LabelPatterns::of(["ssh_logn"]);
            let mut seen = SeenLabels::new(&choice);
            labels.iter().for_each(|label| assert!(!seen.see(label)));
            seen.unknown(std::iter::empty(), &[]).remove(0)
        };
        assert_eq!(
            unknown(&[]).and(unknown(&["ssh_login"])).and(unknown(&["log_cleared", "ssh_login"])).to_string(),
            "no event has the label `ssh_logn`; did you mean `ssh_login`?\n\
             the labels of the stores are log_cleared, ssh_login"
        );
        let many: Vec<_> = (0..MAXIMUM_NAMED).map(|number| format!("x{number:02}")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        let text = unknown(&many).and(unknown(&["a"])).to_string();
        assert!(text.contains("are a, x00, ") && text.ends_with("x58 and more"), "{text}");
    }
}
