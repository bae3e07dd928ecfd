//! Makes conditions of a rule.

use events::{AttributeNames, Label};
use filter::condition::{Check, Condition};
use filter::{RuleSet, Rules};

use crate::detection::Detection;
use crate::log_source::events_of;
use crate::problem::{Problem, WhyNot};
use crate::rule::{Filter, LogSource, Metadata, Rule};

/// Adds the conditions of the filters that are about a rule.
pub(crate) fn with_filters(mut rule: Rule, metadata: &Metadata, filters: &[Filter]) -> Rule {
    for filter in filters.iter().filter(|filter| filter.source.includes(&rule.source)) {
        let is_named =
            |name: &String| Some(name) == metadata.id.as_ref() || Some(name) == metadata.name.as_ref();
        if filter.rules.as_ref().is_none_or(|rules| rules.iter().any(is_named)) {
            rule.detection = Detection::All(vec![rule.detection, filter.detection.clone()]);
        }
    }
    rule
}

/// Returns the conditions of a rule, each with the data type of its events.
pub(crate) fn conditions(rule: &Rule) -> Result<Vec<(&'static str, Condition)>, WhyNot> {
    let no_source = || WhyNot::NoSource { reason: rule.source.to_string() };
    let events = events_of(&rule.source).ok_or_else(no_source)?;
    let mut conditions = Vec::new();
    let mut missing = None;
    for events in events {
        match events.condition(&rule.detection) {
            Ok(condition) => conditions.push((events.data_type.as_str(), condition)),
            Err(field) => missing = Some(field),
        }
    }
    if let (true, Some(field)) = (conditions.is_empty(), missing) {
        return Err(refused(rule, no_field(field, &rule.source)));
    }
    check_patterns(rule, &conditions)?;
    Ok(conditions)
}

fn no_field(field: &str, source: &LogSource) -> String {
    format!("Plaso has no field `{field}` for the log source {source}")
}

pub(crate) fn refused(rule: &Rule, reason: String) -> WhyNot {
    WhyNot::Refused(Problem::at(rule.place, reason))
}

/// Refuses a rule with a pattern that cannot be compiled. Only patterns can fail.
fn check_patterns(rule: &Rule, conditions: &[(&'static str, Condition)]) -> Result<(), WhyNot> {
    let mut has_patterns = false;
    rule.detection
        .tests(&mut |test| has_patterns |= matches!(test.check, Check::Regex(_) | Check::Wildcard(..)));
    let (true, Ok(label)) = (has_patterns, Label::new("rule")) else { return Ok(()) };
    let conditions = conditions.iter().map(|(_, condition)| (0, condition.clone(), 1));
    let rules = Rules::of_conditions("", "", [(label, 1)], conditions);
    match RuleSet::compile(&rules, &mut AttributeNames::default()) {
        Ok(_) => Ok(()),
        Err(errors) => {
            let first = errors.iter().next().map(|error| error.message.clone());
            Err(refused(rule, first.unwrap_or_else(|| "a pattern cannot be used".into())))
        }
    }
}
