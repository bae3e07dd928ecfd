//! All rules of a run, with an account of each.

use std::collections::{BTreeMap, BTreeSet};

use events::{AttributeNames, Label};
use filter::condition::{Check, Condition};
use filter::{RuleSet, Rules};
use serde::Serialize;

use crate::detection::Detection;
use crate::label::labels;
use crate::log_source::events_of;
use crate::placeholders::Placeholders;
use crate::problem::Problem;
use crate::rule::{Document, Filter, Level, LogSource, Metadata, Rule, Status};
use crate::rule_file::RuleFile;
use crate::yaml;

/// Which rules are used.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The least level, or `None` for rules of all levels.
    pub level: Option<Level>,
    /// The states, or none for all but deprecated and unsupported rules.
    pub statuses: BTreeSet<Status>,
    /// Identifiers, names of files, or ends of their paths.
    pub exclude: Vec<String>,
    /// The values of placeholders.
    pub placeholders: Placeholders,
}

/// Rules, with an account of each.
#[derive(Debug, Clone)]
pub struct Collection {
    /// The rules that can be used, in the order of their files.
    pub used: Vec<UsedRule>,
    /// All other rules, in the order of their files.
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
    /// The data types of the events that it may match.
    pub data_types: BTreeSet<&'static str>,
    /// One for each kind of events of its log source.
    #[serde(skip)]
    conditions: Vec<Condition>,
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

/// Why a rule is not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum WhyNot {
    /// The options leave it out.
    LeftOut {
        /// By what.
        reason: String,
    },
    /// Plaso has no events of its log source.
    NoSource {
        /// The log source.
        reason: String,
    },
    /// It is wrong, or needs what is not supported.
    Refused(Problem),
}

/// A rule on its way.
struct Candidate {
    metadata: Metadata,
    rule: Result<Rule, WhyNot>,
}

impl Collection {
    /// Reads rules.
    #[must_use]
    pub fn read(files: &[RuleFile], selection: &Selection) -> Self {
        let mut candidates = Vec::new();
        let mut filters = Vec::new();
        for file in files {
            read_file(file, selection, &mut candidates, &mut filters);
        }
        let mut read = Self { used: Vec::new(), others: Vec::new() };
        let mut ready = Vec::new();
        let mut by_id = BTreeMap::new();
        for Candidate { metadata, rule } in candidates {
            let prepared = rule.and_then(|rule| {
                if let Some(first) = metadata.id.as_ref().and_then(|id| by_id.get(id)) {
                    return Err(refused(&rule, format!("{first} has a rule with the same id")));
                }
                let conditions = conditions(&with_filters(rule.clone(), &metadata, &filters))?;
                Ok((rule, conditions))
            });
            match prepared {
                Ok((rule, conditions)) => {
                    by_id.extend(metadata.id.clone().map(|id| (id, metadata.file.clone())));
                    ready.push((metadata, rule, conditions));
                }
                Err(why) => read.others.push(OtherRule { metadata, why }),
            }
        }
        let labels = labels(ready.iter().map(|(metadata, ..)| metadata));
        for ((metadata, rule, conditions), label) in ready.into_iter().zip(labels) {
            match label {
                Some(label) => read.used.push(UsedRule {
                    metadata,
                    label: label.to_string(),
                    data_types: conditions.iter().map(|(data_type, _)| *data_type).collect(),
                    conditions: conditions.into_iter().map(|(_, condition)| condition).collect(),
                }),
                None => {
                    let why = refused(&rule, "another rule has the same label; rename the file".into());
                    read.others.push(OtherRule { metadata, why });
                }
            }
        }
        read
    }

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

    /// Returns the number of all rules.
    #[must_use]
    pub fn count(&self) -> usize {
        self.used.len() + self.others.len()
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
        format!(
            "{} {rules}: {} used, {no_source} for log sources that Plaso does not read, {refused} refused, {left_out} \
             left out",
            self.count(),
            self.used.len()
        )
    }
}

/// Reads the documents of a file.
fn read_file(
    file: &RuleFile,
    selection: &Selection,
    candidates: &mut Vec<Candidate>,
    filters: &mut Vec<Filter>,
) {
    let name = &file.name;
    let text = file.text.as_ref().map_err(|reason| Problem::whole(reason.clone()));
    let documents = match text.and_then(|text| yaml::documents(text)) {
        Ok(documents) => documents,
        Err(problem) => {
            let metadata =
                Metadata { file: name.clone(), line: problem.line.unwrap_or(1), ..Metadata::default() };
            return candidates.push(Candidate { metadata, rule: Err(WhyNot::Refused(problem)) });
        }
    };
    for document in &documents {
        let metadata = Metadata::of(document, name);
        let rule = match Document::read(document, &selection.placeholders) {
            Ok(Document::Other) => continue,
            Ok(Document::Filter(filter)) => {
                filters.push(filter);
                continue;
            }
            // Options also leave out what cannot be understood.
            Ok(Document::Rule(rule)) => selection.check(&metadata).map(|()| rule),
            Err(problem) => selection.check(&metadata).and(Err(WhyNot::Refused(problem))),
        };
        candidates.push(Candidate { metadata, rule });
    }
}

impl Selection {
    fn check(&self, rule: &Metadata) -> Result<(), WhyNot> {
        let left_out = |reason: String| Err(WhyNot::LeftOut { reason });
        let is_excluded = |exclude: &&String| {
            let (exclude, file) = (exclude.as_str(), rule.file.as_str());
            rule.id.as_deref() == Some(exclude)
                || file == exclude
                || file.strip_suffix(exclude).is_some_and(|before| before.ends_with('/'))
        };
        if let Some(exclude) = self.exclude.iter().find(is_excluded) {
            return left_out(format!("excluded as {exclude}"));
        }
        let retired = [Status::Deprecated, Status::Unsupported];
        match rule.status {
            Some(status) if self.statuses.is_empty() && retired.contains(&status) => {
                return left_out(format!("its status is {}", status.as_str()));
            }
            Some(status) if !self.statuses.is_empty() && !self.statuses.contains(&status) => {
                return left_out(format!("its status is {}", status.as_str()));
            }
            None if !self.statuses.is_empty() => return left_out("it has no status".into()),
            _ => {}
        }
        match (self.level, rule.level) {
            (Some(least), Some(level)) if level < least => {
                left_out(format!("its level is {}", level.as_str()))
            }
            (Some(_), None) => left_out("it has no level".into()),
            _ => Ok(()),
        }
    }
}

/// Adds the conditions of the filters that are about a rule.
fn with_filters(mut rule: Rule, metadata: &Metadata, filters: &[Filter]) -> Rule {
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
fn conditions(rule: &Rule) -> Result<Vec<(&'static str, Condition)>, WhyNot> {
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

fn refused(rule: &Rule, reason: String) -> WhyNot {
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
