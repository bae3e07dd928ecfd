//! What a document of a rule file is: a rule, a correlation or a filter.

use crate::correlation::{self, Unresolved};
use crate::level::{Level, Status};
use crate::meant::is_rule;
use crate::placeholders::Placeholders;
use crate::problem::Problem;
use crate::rule::{LogSource, Rule, selections};
use crate::rule_filter::Filter;
use crate::yaml::Node;

/// What a document of a rule file is.
#[derive(Debug, Clone)]
pub(crate) enum Document {
    Rule(Rule),
    Correlation(Unresolved),
    Filter(Filter),
    /// No rule at all, such as a list of log sources.
    Other,
}

impl Document {
    pub(crate) fn read(document: &Node, known: &Placeholders) -> Result<Self, Problem> {
        if !is_rule(document)? {
            return Ok(Self::Other);
        }
        if let Some(action) = document.get("action") {
            let reason =
                "`action` of old rule collections is not supported; write a complete rule in each document";
            return Err(Problem::at(action.place, reason.into()));
        }
        check_words(document)?;
        check_taxonomy(document)?;
        if let Some(correlation) = document.get("correlation") {
            check_alone(document, "correlation", &["detection", "filter", "logsource"])?;
            check_title(document)?;
            return Ok(Self::Correlation(correlation::read(document, correlation)?));
        }
        let source = LogSource::read(document)?;
        if let Some(filter) = document.get("filter") {
            check_alone(document, "filter", &["detection"])?;
            return Ok(Self::Filter(Filter::read(source, filter, known)?));
        }
        check_title(document)?;
        let Some(detection) = document.get("detection") else {
            return Err(Problem::wrong(document.place, "the rule has no `detection`".into()));
        };
        let split = match detection.get("condition") {
            Some(condition) => correlation::split(detection, condition)?,
            None => None,
        };
        if let (None, Some(timeframe)) = (&split, detection.get("timeframe")) {
            let reason = "`timeframe` needs an aggregation such as `| count() > 5` in the condition";
            return Err(Problem::at(timeframe.place, reason.into()));
        }
        let (condition, aggregation) = split.unzip();
        let detection = selections(detection, &["timeframe"], condition.as_ref(), known)?;
        Ok(Self::Rule(Rule { source, detection, aggregation, place: document.place }))
    }
}

fn check_title(document: &Node) -> Result<(), Problem> {
    if document.get("title").and_then(Node::text).is_none_or(|title| title.trim().is_empty()) {
        return Err(Problem::wrong(document.place, "the rule has no title".into()));
    }
    Ok(())
}

/// Refuses a document that is two things, of which only one would be used.
fn check_alone(document: &Node, what: &str, others: &[&str]) -> Result<(), Problem> {
    match document.members().iter().find(|(name, _)| others.contains(&name.text.as_str())) {
        Some((name, _)) => {
            let reason = format!("a document with `{what}` may have no `{}`", name.text);
            Err(Problem::wrong(name.place, reason))
        }
        None => Ok(()),
    }
}

/// Refuses names of fields and log sources that are not Sigma's own.
fn check_taxonomy(document: &Node) -> Result<(), Problem> {
    match document.get("taxonomy") {
        Some(taxonomy) if taxonomy.text().map(str::trim) != Some("sigma") => {
            let name = taxonomy.text().unwrap_or_default();
            let reason = format!("the taxonomy `{name}` is not supported; only `sigma` is");
            Err(Problem::at(taxonomy.place, reason))
        }
        _ => Ok(()),
    }
}

/// Refuses a level or a status that Sigma does not have.
fn check_words(document: &Node) -> Result<(), Problem> {
    let levels = Level::ALL.map(|(name, _)| name);
    let states = Status::ALL.map(|(name, _)| name);
    for (name, words) in [("level", levels), ("status", states)] {
        let Some(value) = document.get(name) else { continue };
        let word = value.text().unwrap_or_default();
        if !words.contains(&word.trim()) {
            let reason = format!("expected {name} to be one of {}; found `{word}`", words.join(", "));
            return Err(Problem::wrong(value.place, reason));
        }
    }
    Ok(())
}
