//! Filters: conditions that are added to other rules, and what is said of those without effect.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::detection::Detection;
use crate::placeholders::Placeholders;
use crate::problem::{Place, Problem};
use crate::rule::{LogSource, Metadata, selections};
use crate::unknown_field::UnknownField;
use crate::yaml::{Node, Value};

/// How many reasons are given for one filter.
const MOST_REASONS: usize = 5;

/// The text in the place of a list of rules that means all rules of the log source.
const ANY: &str = "any";

/// A filter that is in use.
#[derive(Debug, Clone, Serialize)]
pub struct UsedFilter {
    /// What the filter says about itself.
    #[serde(flatten)]
    pub metadata: Metadata,
    /// To how many rules it is added.
    pub number_of_rules: usize,
    /// Why it is not added to rules that it names, or to no rule at all, and which of its fields no
    /// event of its rules has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub without_effect: Vec<String>,
}

/// A condition that is added to other rules.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    source: LogSource,
    targets: Targets,
    pub(crate) detection: Detection,
    pub(crate) place: Place,
}

/// The rules that a filter names.
#[derive(Debug, Clone)]
enum Targets {
    /// All rules of the log source.
    All,
    /// Identifiers and names.
    Named(BTreeSet<String>),
}

/// What is known of the rules and correlations that filters may name.
#[derive(Debug, Default)]
pub(crate) struct KnownRules<'k> {
    by_name: BTreeMap<&'k str, Vec<Known<'k>>>,
}

/// A rule or correlation that a filter may name.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Known<'k> {
    /// A rule that is used.
    Rule(&'k LogSource),
    Correlation,
    /// One that is refused or left out, or whose log source Plaso does not read.
    Unused,
}

impl Filter {
    /// Reads the member `filter` of a document.
    pub(crate) fn read(source: LogSource, filter: &Node, known: &Placeholders) -> Result<Self, Problem> {
        let Some(rules) = filter.get("rules") else {
            let reason = "the filter has no `rules`; write `rules: any` for all rules of its log source";
            return Err(Problem::wrong(filter.place, reason.into()));
        };
        if let Some(timeframe) = filter.get("timeframe") {
            return Err(Problem::at(timeframe.place, "a filter may have no `timeframe`".into()));
        }
        let targets = Targets::read(rules)?;
        let detection = selections(filter, &["rules"], None, known)?;
        Ok(Self { source, targets, detection, place: filter.place })
    }

    /// Returns whether the filter is added to a rule.
    pub(crate) fn is_for(&self, source: &LogSource, rule: &Metadata) -> bool {
        self.source.includes(source)
            && match &self.targets {
                Targets::All => true,
                Targets::Named(names) => names_of(rule).any(|name| names.contains(name)),
            }
    }

    /// Returns the account of a filter that is added to so many rules, whose events all lack the
    /// unknown fields.
    pub(crate) fn used(
        &self,
        metadata: Metadata,
        number_of_rules: usize,
        unknown_fields: &BTreeSet<UnknownField>,
        known: &KnownRules<'_>,
    ) -> UsedFilter {
        let mut reasons = match &self.targets {
            Targets::All if number_of_rules == 0 => {
                vec![format!("no rule that is used has its log source, {}", self.source)]
            }
            Targets::All => Vec::new(),
            Targets::Named(names) => {
                names.iter().filter_map(|name| self.why_not(name, number_of_rules, known)).collect()
            }
        };
        reasons.extend(unknown_fields.iter().map(|UnknownField { name, similar }| {
            let hint = similar.map_or(String::new(), |name| format!("; did you mean `{name}`?"));
            format!("the events of its rules have no field `{name}`{hint}")
        }));
        if let Some(more @ 1..) = reasons.len().checked_sub(MOST_REASONS) {
            reasons.truncate(MOST_REASONS);
            reasons.push(format!("and so for {more} more names"));
        }
        UsedFilter { metadata, number_of_rules, without_effect: reasons }
    }

    /// Returns why a name has no effect, or `None` if it has, or if nothing needs to be said.
    fn why_not(&self, name: &str, number_of_rules: usize, known: &KnownRules<'_>) -> Option<String> {
        let Some(all) = known.by_name.get(name) else {
            let hint = match name {
                ANY => "; write `rules: any`, without a list, for all rules of the log source",
                _ => "",
            };
            return Some(format!("no rule has the id or the name `{name}`{hint}"));
        };
        let mut sources = all.iter().filter_map(|known| match known {
            Known::Rule(source) => Some(*source),
            _ => None,
        });
        if let Some(source) = sources.clone().next() {
            let is_added = sources.any(|source| self.source.includes(source));
            let own = &self.source;
            return (!is_added)
                .then(|| format!("`{name}` has another log source, {source}; that of the filter is {own}"));
        }
        if all.iter().any(|known| matches!(known, Known::Correlation)) {
            return Some(format!("`{name}` is a correlation, and filters are added to rules only"));
        }
        // The account says already why the rule is not used.
        (number_of_rules == 0).then(|| format!("the rule `{name}` is not used"))
    }
}

impl Targets {
    fn read(rules: &Node) -> Result<Self, Problem> {
        if let Value::Text(text) = &rules.value
            && text.trim() == ANY
        {
            return Ok(Self::All);
        }
        let mut names = BTreeSet::new();
        for rule in rules.list() {
            match rule.text().map(str::trim) {
                Some(name) if !name.is_empty() => names.insert(name.to_owned()),
                _ => return Err(Problem::wrong(rule.place, "expected the id or the name of a rule".into())),
            };
        }
        if names.is_empty() {
            return Err(Problem::wrong(rules.place, "the list of rules is empty".into()));
        }
        Ok(Self::Named(names))
    }
}

impl<'k> KnownRules<'k> {
    /// Adds a rule or a correlation.
    pub(crate) fn add(&mut self, metadata: &'k Metadata, known: Known<'k>) {
        for name in names_of(metadata) {
            self.by_name.entry(name).or_default().push(known);
        }
    }
}

fn names_of(rule: &Metadata) -> impl Iterator<Item = &str> {
    rule.id.as_deref().into_iter().chain(rule.name.as_deref())
}
