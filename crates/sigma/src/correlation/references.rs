//! The names of rules that correlations refer to, before it is known what they mean.

use std::collections::BTreeSet;

use super::read::Unresolved;
use crate::rule::Metadata;

/// The identifiers and names in the lists of all correlations.
#[derive(Debug, Default)]
pub(crate) struct References {
    /// Those of rules that label events all the same.
    with_labels: BTreeSet<String>,
    others: BTreeSet<String>,
}

impl References {
    pub(crate) fn of<'u>(correlations: impl Iterator<Item = &'u Unresolved>) -> Self {
        let mut references = Self::default();
        for correlation in correlations {
            let names =
                if correlation.generate { &mut references.with_labels } else { &mut references.others };
            names.extend(correlation.rules.iter().map(|rule| rule.text.clone()));
        }
        references
    }

    /// Returns whether a correlation refers to a rule.
    pub(crate) fn has(&self, rule: &Metadata) -> bool {
        names(rule).any(|name| self.with_labels.contains(name) || self.others.contains(name))
    }

    /// Returns whether correlations refer to a rule, and none lets it label events.
    pub(crate) fn is_silent(&self, rule: &Metadata) -> bool {
        self.has(rule) && !names(rule).any(|name| self.with_labels.contains(name))
    }
}

fn names(rule: &Metadata) -> impl Iterator<Item = &str> {
    rule.id.as_deref().into_iter().chain(rule.name.as_deref())
}
