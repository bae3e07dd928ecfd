//! Reads rule files into a collection.

use std::collections::BTreeMap;

use crate::choice::{LeftOut, Selection};
use crate::collection::{Collection, OtherRule};
use crate::correlation::{References, Unresolved};
use crate::document::Document;
use crate::label::{Labelled, labels};
use crate::linked::{PreparedRule, Ready, linked, without_refused};
use crate::prepare::{FilterInUse, Limits, conditions};
use crate::problem::{Place, Problem, WhyNot};
use crate::rule::{Metadata, Rule};
use crate::rule_file::RuleFile;
use crate::rule_filter::{Filter, Known, KnownRules, UsedFilter};
use crate::unknown_field::unknown_fields;
use crate::yaml;

impl Collection {
    /// Reads rules.
    #[must_use]
    pub fn read(files: &[RuleFile], selection: &Selection) -> Self {
        Self::of(files, selection, false)
    }

    /// Reads files of which somebody says that each is a rule. So a file without a rule is refused,
    /// instead of passed over like the other YAML files of a folder.
    #[must_use]
    pub fn read_named(files: &[RuleFile], selection: &Selection) -> Self {
        Self::of(files, selection, true)
    }

    fn of(files: &[RuleFile], selection: &Selection, are_rules: bool) -> Self {
        let mut candidates = Vec::new();
        for file in files {
            let before = candidates.len();
            read_file(file, selection, &mut candidates);
            if are_rules && before == candidates.len() {
                candidates.push(no_rule(file));
            }
        }
        let mut others = Vec::new();
        let mut limits = Limits::new(selection.state);
        let (candidates, mut filters) = without_filters(candidates, &mut limits, &mut others);
        let ready = ready(candidates, &mut filters, limits, &mut others);
        let filters = used_filters(filters, &ready, &others);
        let ready = labelled(without_refused(ready, &mut others), &mut others);
        Self { filters, ..linked(ready, others) }
    }
}

/// A rule, a correlation or a filter on its way.
struct Candidate {
    metadata: Metadata,
    left_out: Option<LeftOut>,
    content: Result<Content, Problem>,
}

enum Content {
    Rule(Rule),
    Correlation(Unresolved),
    Filter(Filter),
}

/// Returns what is kept of a file without a rule.
fn no_rule(file: &RuleFile) -> Candidate {
    let problem = Problem::whole("it is no Sigma rule: it has no `detection`".into()).into_error();
    let metadata = Metadata { file: file.name.clone(), line: 1, ..Metadata::default() };
    Candidate { metadata, left_out: None, content: Err(problem) }
}

/// Reads the documents of a file.
fn read_file(file: &RuleFile, selection: &Selection, candidates: &mut Vec<Candidate>) {
    let name = &file.name;
    let text = file.text.as_ref().map_err(|reason| Problem::whole(reason.clone()));
    let documents = match text.and_then(|text| yaml::documents(text)) {
        Ok(documents) => documents,
        Err(problem) => {
            let metadata =
                Metadata { file: name.clone(), line: problem.line.unwrap_or(1), ..Metadata::default() };
            return candidates.push(Candidate {
                metadata,
                left_out: None,
                content: Err(problem.into_error()),
            });
        }
    };
    for document in &documents {
        let metadata = Metadata::of(document, name);
        let content = match Document::read(document, &selection.placeholders) {
            Ok(Document::Other) => continue,
            Ok(Document::Filter(filter)) => Ok(Content::Filter(filter)),
            Ok(Document::Rule(rule)) => Ok(Content::Rule(rule)),
            Ok(Document::Correlation(correlation)) => Ok(Content::Correlation(correlation)),
            Err(problem) => Err(problem),
        };
        let left_out = match document.get("filter") {
            Some(_) => selection.left_out_filter(&metadata),
            None => selection.left_out(&metadata),
        };
        candidates.push(Candidate { left_out, metadata, content });
    }
}

/// Takes the filters out of the candidates, each of which keeps its position. Adds filters that the
/// options leave out, and those that cannot be used, to `others`.
fn without_filters(
    candidates: Vec<Candidate>,
    limits: &mut Limits,
    others: &mut Vec<(usize, OtherRule)>,
) -> (Vec<(usize, Candidate)>, Vec<FilterInUse>) {
    let (mut rules, mut filters) = (Vec::new(), Vec::new());
    for (order, candidate) in candidates.into_iter().enumerate() {
        match candidate {
            Candidate { metadata, left_out: None, content: Ok(Content::Filter(filter)) } => {
                match limits.check_filter(&filter) {
                    Ok(()) => filters.push(FilterInUse::new(metadata, filter)),
                    Err(why) => others.push((order, OtherRule { metadata, why })),
                }
            }
            Candidate { metadata, left_out: Some(left_out), content: Ok(Content::Filter(_)) } => {
                let why = WhyNot::LeftOut { reason: left_out.reason };
                others.push((order, OtherRule { metadata, why }));
            }
            rule => rules.push((order, rule)),
        }
    }
    (rules, filters)
}

/// Returns the account of the filters.
fn used_filters(
    filters: Vec<FilterInUse>,
    ready: &[Ready],
    others: &[(usize, OtherRule)],
) -> Vec<UsedFilter> {
    let mut known = KnownRules::default();
    for Ready { metadata, rule, .. } in ready {
        known.add(metadata, rule.as_ref().map_or(Known::Correlation, |rule| Known::Rule(&rule.source)));
    }
    for (_, other) in others {
        known.add(&other.metadata, Known::Unused);
    }
    filters.into_iter().map(|filter| filter.used(&known)).collect()
}

/// Makes conditions of all rules that are chosen or that correlations refer to. Adds what cannot be
/// used to `others`.
fn ready(
    candidates: Vec<(usize, Candidate)>,
    filters: &mut [FilterInUse],
    mut limits: Limits,
    others: &mut Vec<(usize, OtherRule)>,
) -> Vec<Ready> {
    let correlations = candidates.iter().filter_map(|(_, candidate)| match &candidate.content {
        Ok(Content::Correlation(correlation)) => Some(correlation),
        _ => None,
    });
    let references = References::of(correlations);
    let mut by_id = BTreeMap::new();
    let mut ready = Vec::new();
    for (order, Candidate { metadata, left_out, content }) in candidates {
        let is_out = |left_out: &&LeftOut| left_out.is_excluded || !references.has(&metadata);
        let prepared = match (left_out.as_ref().filter(is_out), content) {
            // Options also leave out what cannot be understood.
            (Some(left_out), _) => Err(WhyNot::LeftOut { reason: left_out.reason.clone() }),
            (None, Err(problem)) => Err(WhyNot::Refused(problem)),
            (None, Ok(content)) => prepared(content, &metadata, filters, &by_id, &mut limits),
        };
        match prepared {
            Ok((rule, correlation)) => {
                if let Some(PreparedRule { source, .. }) = &rule {
                    filters
                        .iter_mut()
                        .filter(|used| used.filter.is_for(source, &metadata))
                        .for_each(|used| used.add_rule(source, limits.state));
                }
                by_id.extend(metadata.id.clone().map(|id| (id, metadata.file.clone())));
                let label = String::new();
                ready.push(Ready { order, metadata, left_out, label, rule, correlation });
            }
            Err(why) => others.push((order, OtherRule { metadata, why })),
        }
    }
    ready
}

/// Gives each rule its label. Adds rules whose label another one has to `others`.
fn labelled(ready: Vec<Ready>, others: &mut Vec<(usize, OtherRule)>) -> Vec<Ready> {
    let references = References::of(ready.iter().filter_map(|rule| rule.correlation.as_ref()));
    let is_given = |rule: &Ready| rule.left_out.is_none() && !references.is_silent(&rule.metadata);
    let labels =
        labels(ready.iter().map(|rule| Labelled { metadata: &rule.metadata, is_given: is_given(rule) }));
    let mut labelled = Vec::new();
    for (rule, label) in ready.into_iter().zip(labels) {
        if let Some(label) = label {
            labelled.push(Ready { label: label.to_string(), ..rule });
        } else {
            let reason = "another rule has the same label; rename the file".into();
            let why = WhyNot::Refused(Problem::at(rule.place(), reason));
            others.push((rule.order, OtherRule { metadata: rule.metadata, why }));
        }
    }
    labelled
}

/// Returns the rule and the correlation that a document is. A rule with an aggregation is both.
fn prepared(
    content: Content,
    metadata: &Metadata,
    filters: &[FilterInUse],
    by_id: &BTreeMap<String, String>,
    limits: &mut Limits,
) -> Result<(Option<PreparedRule>, Option<Unresolved>), WhyNot> {
    let check_id = |place: Place| match metadata.id.as_ref().and_then(|id| by_id.get(id)) {
        Some(first) => {
            Err(WhyNot::Refused(Problem::at(place, format!("{first} has a rule with the same id"))))
        }
        None => Ok(()),
    };
    match content {
        // Filters were taken out before.
        Content::Filter(_) => Ok((None, None)),
        Content::Correlation(correlation) => {
            check_id(correlation.place)?;
            Ok((None, Some(correlation)))
        }
        Content::Rule(rule) => {
            check_id(rule.place)?;
            let hints = rule.detection.hints();
            let conditions = conditions(&rule, metadata, filters, limits)?;
            let unknown_fields = unknown_fields(&rule.source, &rule.detection);
            let Rule { source, aggregation, place, .. } = rule;
            let correlation = aggregation.map(|aggregation| aggregation.correlation(place));
            Ok((Some(PreparedRule { source, place, unknown_fields, hints, conditions }), correlation))
        }
    }
}
