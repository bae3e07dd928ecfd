//! All rules of a run, with an account of each.

use std::collections::BTreeSet;

use events::Label;
use filter::Rules;
use filter::condition::Condition;
use serde::Serialize;

use crate::correlation::{Correlation, Field};
use crate::problem::{Problem, WhyNot};
use crate::rule::Metadata;
use crate::rule_filter::UsedFilter;
use crate::unknown_field::UnknownField;

/// How many refused rules a text names.
const MOST_NAMED: usize = 5;

const NAMED_BY_CHECK: &str = ", which `foreman check --sigma-rules` names";

/// Rules, with an account of each.
#[derive(Debug, Clone, Default)]
pub struct Collection {
    /// The rules that can be used, in the order of their files.
    pub used: Vec<UsedRule>,
    /// The correlations that can be used, those that others refer to first.
    pub correlations: Vec<Correlation>,
    /// The filters that are in use, in the order of their files.
    pub filters: Vec<UsedFilter>,
    /// All other rules and filters, in the order of their files.
    pub others: Vec<OtherRule>,
}

/// A rule that can be used.
#[derive(Debug, Clone, Serialize)]
pub struct UsedRule {
    /// What the rule says about itself.
    #[serde(flatten)]
    pub metadata: Metadata,
    /// The label that it gives.
    pub label: String,
    /// Whether events that match get the label.
    pub role: Role,
    /// The data types of the events that it may match.
    pub data_types: BTreeSet<&'static str>,
    /// The fields for which it asks and that its log source does not have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown_fields: Vec<UnknownField>,
    /// What is probably not meant, each with its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
    /// The fields that correlations need of its records.
    #[serde(skip)]
    pub fields: Vec<Field>,
    /// One for each kind of events of its log source.
    #[serde(skip)]
    pub(crate) conditions: Vec<Condition>,
}

/// What a rule is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Events that match get its label.
    Labels,
    /// Only correlations ask whether events match.
    Referenced,
    /// It is the part before `|` of a rule with an aggregation. The rule itself is among the
    /// correlations.
    Part,
}

/// A rule that is not used.
#[derive(Debug, Clone, Serialize)]
pub struct OtherRule {
    /// What the rule says about itself.
    #[serde(flatten)]
    pub metadata: Metadata,
    /// Why it is not used.
    #[serde(flatten)]
    pub why: WhyNot,
}

impl Collection {
    /// Takes the rules that can be used out of the collection, for matching. What they say about
    /// themselves stays. `name` is their name in messages.
    pub fn take_rules(&mut self, name: &str) -> Rules {
        let label = |rule: &UsedRule| Some((Label::new(&rule.label).ok()?, rule.metadata.line));
        let labels: Vec<_> = self.used.iter().filter_map(label).collect();
        let meanings: Vec<_> = self.used.iter().map(|rule| rule.metadata.meaning()).collect();
        let conditions = self.used.iter_mut().enumerate().flat_map(|(number, rule)| {
            let line = rule.metadata.line;
            std::mem::take(&mut rule.conditions).into_iter().map(move |condition| (number, condition, line))
        });
        Rules::of_conditions(name, "", labels, conditions).with_meanings(meanings)
    }

    /// Leaves out the correlations, and the rules that only they refer to, for a caller that does
    /// not evaluate them. `reason` says why.
    pub fn leave_out_correlations(&mut self, reason: &str) {
        let other = |metadata| OtherRule { metadata, why: WhyNot::LeftOut { reason: reason.to_owned() } };
        let (used, rest) =
            std::mem::take(&mut self.used).into_iter().partition(|rule| rule.role == Role::Labels);
        self.used = used;
        let rest: Vec<UsedRule> = rest;
        // The other parts of a rule with an aggregation are among the correlations.
        let referenced = rest.into_iter().filter(|rule| rule.role == Role::Referenced);
        self.others.extend(referenced.map(|rule| other(rule.metadata)));
        self.others.extend(self.correlations.drain(..).map(|correlation| other(correlation.metadata)));
    }

    /// Returns how many rules were refused, and a text that names the first of them with the
    /// reasons. Returns `None` if none was.
    #[must_use]
    pub fn refused(&self) -> Option<(usize, String)> {
        let all = self.others.iter().filter_map(|rule| match &rule.why {
            WhyNot::Refused(problem) => Some((&rule.metadata.file, problem)),
            _ => None,
        });
        let count = all.clone().count();
        first_named(count, all.map(|(file, problem)| format!("{file}: {problem}")), NAMED_BY_CHECK)
    }

    /// Returns how many filters are added to rules, and a text that names the first of them. The
    /// rules find less with them. Returns `None` if there is no such filter.
    #[must_use]
    pub fn effective_filters(&self) -> Option<(usize, String)> {
        let all = self.filters.iter().filter(|filter| filter.number_of_rules > 0);
        let count = all.clone().count();
        let text =
            |UsedFilter { metadata: Metadata { file, line, .. }, number_of_rules, .. }: &UsedFilter| {
                let rules = if *number_of_rules == 1 { "rule" } else { "rules" };
                format!("{file}: line {line} ({number_of_rules} {rules})")
            };
        first_named(count, all.map(text), "")
    }

    /// Returns how many filters have no effect on rules that they name, or on any rule, or ask for
    /// fields that no event has, and a text that names the first of them with the reasons. Returns
    /// `None` if there is no such filter.
    #[must_use]
    pub fn without_effect(&self) -> Option<(usize, String)> {
        let all = self.filters.iter().filter(|filter| !filter.without_effect.is_empty());
        let count = all.clone().count();
        let text = |filter: &UsedFilter| {
            let Metadata { file, line, .. } = &filter.metadata;
            format!("{file}: line {line}: {}", filter.without_effect.join(", "))
        };
        first_named(count, all.map(text), NAMED_BY_CHECK)
    }

    /// Returns whether a file is broken or does not follow Sigma's specification.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.errors().next().is_some()
    }

    /// Returns the rules that are broken or do not follow Sigma's specification, with the reasons.
    pub fn errors(&self) -> impl Iterator<Item = (&OtherRule, &Problem)> {
        self.others.iter().filter_map(|rule| match &rule.why {
            WhyNot::Refused(problem) if problem.is_error => Some((rule, problem)),
            _ => None,
        })
    }

    /// Returns the number of all rules.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count_used() + self.others.len()
    }

    /// Returns the number of rules and correlations that can be used.
    #[must_use]
    pub fn count_used(&self) -> usize {
        let rules = self.used.iter().filter(|rule| rule.role != Role::Part);
        rules.count() + self.correlations.len()
    }

    /// Returns how many rules are in use, for sources that Plaso does not have, refused and left
    /// out, in words.
    #[must_use]
    pub fn summary(&self) -> String {
        let count =
            |is_meant: fn(&WhyNot) -> bool| self.others.iter().filter(|rule| is_meant(&rule.why)).count();
        let no_source = count(|why| matches!(why, WhyNot::NoSource { .. }));
        let refused = count(|why| matches!(why, WhyNot::Refused(_)));
        let left_out = count(|why| matches!(why, WhyNot::LeftOut { .. }));
        let rules = if self.count() == 1 { "rule" } else { "rules" };
        let correlations = match self.correlations.len() {
            0 => String::new(),
            1 => " (1 of them a correlation)".into(),
            several => format!(" ({several} of them correlations)"),
        };
        let filters = match self.filters.len() {
            0 => String::new(),
            1 => "; 1 filter".into(),
            several => format!("; {several} filters"),
        };
        let without_effect = match self.filters.iter().filter(|filter| filter.number_of_rules == 0).count() {
            0 => String::new(),
            count => format!(", {count} of them without effect"),
        };
        format!(
            "{} {rules}: {} used{correlations}, {no_source} for log sources that Plaso does not read, {refused} \
             refused, {left_out} left out{filters}{without_effect}",
            self.count(),
            self.count_used()
        )
    }
}

/// Returns the count of texts, and the first of them as one. Returns `None` if there are none.
/// `where_named` says where the others are named.
fn first_named(
    count: usize,
    texts: impl Iterator<Item = String>,
    where_named: &str,
) -> Option<(usize, String)> {
    let first: Vec<_> = texts.take(MOST_NAMED).collect();
    let more = match count - first.len() {
        0 => String::new(),
        more => format!("; and {more} more{where_named}"),
    };
    (count > 0).then(|| (count, first.join("; ") + &more))
}
