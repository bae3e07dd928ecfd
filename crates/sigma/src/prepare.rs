//! Makes conditions of a rule.

use filter::ConditionChecker;
use filter::condition::{Check, Condition};

use crate::budget::Budget;
use crate::choice::StateEvents;
use crate::detection::{Detection, Test};
use crate::log_source::{events_of, similar_sources};
use crate::problem::{Problem, WhyNot};
use crate::rule::{LogSource, Metadata, Rule};
use crate::rule_filter::Filter;

/// What all rules of a run may use, and take together.
pub(crate) struct Limits {
    budget: Budget,
    patterns: ConditionChecker,
    state: StateEvents,
    /// Whether the patterns of all rules together have reached a limit.
    is_full: bool,
    /// How many patterns were compiled only to be refused.
    refused_patterns: usize,
}

/// How many patterns are compiled only to be refused, because they are too large. Each takes up to
/// two tenths of a second, and a few bytes of a rule are enough for one.
const MOST_REFUSED: usize = 20;

impl Limits {
    /// Returns new limits.
    pub(crate) fn new(state: StateEvents) -> Self {
        Self {
            budget: Budget::of_collection(),
            patterns: ConditionChecker::default(),
            state,
            is_full: false,
            refused_patterns: 0,
        }
    }
}

/// A filter with its description, and to how many rules it is added so far.
pub(crate) struct FilterInUse {
    pub(crate) metadata: Metadata,
    pub(crate) filter: Filter,
    pub(crate) number_of_rules: usize,
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
    events.retain(|events| limits.state == StateEvents::Used || !events.is_state);
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
    check_patterns(rule, &conditions, limits)?;
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

pub(crate) fn refused(rule: &Rule, reason: String) -> WhyNot {
    WhyNot::Refused(Problem::at(rule.place, reason))
}

/// Refuses a rule with a pattern that cannot be compiled, or that is one too many for all rules
/// together. Only patterns can fail.
fn check_patterns(
    rule: &Rule,
    conditions: &[(&'static str, Condition)],
    limits: &mut Limits,
) -> Result<(), WhyNot> {
    let (mut has_patterns, mut has_regex) = (false, false);
    rule.detection.tests(&mut |test| {
        has_patterns |= is_pattern(test);
        has_regex |= matches!(test.check, Check::Regex(_));
    });
    if has_patterns {
        if has_regex && limits.refused_patterns >= MOST_REFUSED {
            let reason = format!(
                "{MOST_REFUSED} patterns of rules before it are too large, so no further ones are compiled"
            );
            return Err(refused(rule, reason));
        }
        for (_, condition) in conditions {
            limits.patterns.check(condition).map_err(|reason| refused_pattern(rule, reason, limits))?;
        }
    }
    Ok(())
}

/// Returns why a rule with patterns is refused, with the place of the pattern that fails alone.
fn refused_pattern(rule: &Rule, reason: String, limits: &mut Limits) -> WhyNot {
    // To look for the pattern takes time, and now there may be none.
    if !limits.is_full {
        let mut found = None;
        rule.detection.tests(&mut |test| {
            if found.is_none() && is_pattern(test) {
                let alone = ConditionChecker::default().check(&Condition::of_event(test.check.clone()));
                found = alone.err().map(|reason| (test, reason));
            }
        });
        if let Some((test, reason)) = found {
            let problem = Problem::at(test.place, reason);
            let is_broken = matches!(&test.check, Check::Regex(regex) if regex.is_malformed());
            limits.refused_patterns += usize::from(!is_broken);
            return WhyNot::Refused(if is_broken { problem.into_error() } else { problem });
        }
        limits.is_full = true;
    }
    refused(rule, reason)
}

fn is_pattern(test: &Test) -> bool {
    matches!(test.check, Check::Regex(_) | Check::Wildcard(..))
}
