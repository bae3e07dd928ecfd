//! Makes conditions of a rule.

use std::collections::BTreeSet;

use filter::condition::Condition;

use crate::budget::Budget;
use crate::choice::StateEvents;
use crate::detection::Detection;
use crate::log_source::{events_of, similar_sources};
use crate::pattern_check::{PatternCheck, is_pattern};
use crate::problem::{Problem, WhyNot};
use crate::rule::{LogSource, Metadata, Rule};
use crate::rule_filter::{Filter, KnownRules, UsedFilter};
use crate::unknown_field::{FieldsOf, UnknownField};

/// What all rules of a run may use, and take together.
pub(crate) struct Limits {
    budget: Budget,
    pub(crate) state: StateEvents,
    patterns: PatternCheck,
    /// The patterns of filters, each once. Those of a rule with its filters count as its own, too.
    patterns_of_filters: PatternCheck,
}

impl Limits {
    /// Returns new limits.
    pub(crate) fn new(state: StateEvents) -> Self {
        let (patterns, patterns_of_filters) = (PatternCheck::default(), PatternCheck::default());
        Self { budget: Budget::of_collection(), state, patterns, patterns_of_filters }
    }

    /// Refuses a filter with a pattern that cannot be compiled. Otherwise, all rules to which the
    /// filter is added would be refused for it.
    pub(crate) fn check_filter(&mut self, filter: &Filter) -> Result<(), WhyNot> {
        let mut patterns = Vec::new();
        filter.detection.tests(&mut |test| {
            if is_pattern(test) {
                patterns.push(Condition::of_event(test.check.clone()));
            }
        });
        let refused = self.patterns_of_filters.check(&filter.detection, &[], filter.place, &patterns);
        refused.map_err(WhyNot::Refused)
    }
}

/// A filter with its description, and to how many rules it is added so far.
pub(crate) struct FilterInUse {
    pub(crate) metadata: Metadata,
    pub(crate) filter: Filter,
    pub(crate) number_of_rules: usize,
    /// The fields that the events of none of these rules have, or `None` before the first rule.
    unknown_fields: Option<BTreeSet<UnknownField>>,
}

impl FilterInUse {
    pub(crate) fn new(metadata: Metadata, filter: Filter) -> Self {
        Self { metadata, filter, number_of_rules: 0, unknown_fields: None }
    }

    /// Counts a rule to which the filter is added.
    pub(crate) fn add_rule(&mut self, source: &LogSource, state: StateEvents) {
        self.number_of_rules += 1;
        let fields = || FieldsOf::source(source, state.are_used());
        match &mut self.unknown_fields {
            Some(unknown) if unknown.is_empty() => {}
            Some(unknown) => {
                let fields = fields();
                unknown.retain(|field| !fields.has(&field.name));
            }
            None => self.unknown_fields = Some(fields().unknown(&self.filter.detection)),
        }
    }

    /// Returns the account of the filter.
    pub(crate) fn used(self, known: &KnownRules<'_>) -> UsedFilter {
        let unknown_fields = self.unknown_fields.unwrap_or_default();
        self.filter.used(self.metadata, self.number_of_rules, &unknown_fields, known)
    }
}

/// Returns the conditions of a rule with its filters, each with the data type of its events.
pub(crate) fn conditions(
    rule: &Rule,
    metadata: &Metadata,
    filters: &[FilterInUse],
    limits: &mut Limits,
) -> Result<Vec<(&'static str, Condition)>, WhyNot> {
    let no_source = |more: &str| WhyNot::NoSource { reason: format!("{}{more}", rule.source) };
    let mut events = events_of(&rule.source).ok_or_else(|| {
        let similar = similar_sources(&rule.source);
        if similar.is_empty() { no_source("") } else { refused(rule, unknown_source(&rule.source, &similar)) }
    })?;
    events.retain(|events| limits.state.are_used() || !events.is_state);
    if events.is_empty() {
        let is_optional = limits.state == StateEvents::OnRequest;
        return Err(no_source(if is_optional { ", without --sigma-state" } else { "" }));
    }
    let weight = rule.detection.weight().saturating_mul(events.len());
    limits.budget.take(weight).map_err(|reason| refused(rule, reason))?;
    let filters = filters_of(rule, metadata, filters, events.len(), limits)?;
    let mut conditions = Vec::new();
    let mut missing = None;
    for events in events {
        match events.condition(&rule.detection, &filters) {
            Ok(condition) => conditions.push((events.data_type.as_str(), condition)),
            Err(field) => missing = Some(field),
        }
    }
    if let (true, Some(field)) = (conditions.is_empty(), missing) {
        return Err(refused(rule, no_field(field, &rule.source)));
    }
    let translated = conditions.iter().map(|(_, condition)| condition);
    limits.patterns.check(&rule.detection, &filters, rule.place, translated).map_err(WhyNot::Refused)?;
    Ok(conditions)
}

/// Returns the detections of the filters that are about a rule, and counts what they take for so
/// many kinds of events.
fn filters_of<'f>(
    rule: &Rule,
    metadata: &Metadata,
    filters: &'f [FilterInUse],
    number_of_kinds: usize,
    limits: &Limits,
) -> Result<Vec<&'f Detection>, WhyNot> {
    let mut size = rule.detection.size();
    let mut detections = Vec::new();
    for FilterInUse { filter, .. } in filters.iter().filter(|used| used.filter.is_for(&rule.source, metadata))
    {
        size = size.saturating_add(filter.detection.size());
        Detection::check_size(size).map_err(|reason| refused(rule, format!("with filters, {reason}")))?;
        let weight = filter.detection.weight().saturating_mul(number_of_kinds);
        limits.budget.take(weight).map_err(|reason| refused(rule, reason))?;
        detections.push(&filter.detection);
    }
    Ok(detections)
}

fn unknown_source(source: &LogSource, similar: &[&LogSource]) -> String {
    let known: Vec<_> = similar.iter().map(|known| format!("({known})")).collect();
    format!("the log source ({source}) is not known; write one that is: {}", known.join(" or "))
}

fn no_field(field: &str, source: &LogSource) -> String {
    format!("Plaso has no field `{field}` for the log source {source}")
}

fn refused(rule: &Rule, reason: String) -> WhyNot {
    WhyNot::Refused(Problem::at(rule.place, reason))
}
