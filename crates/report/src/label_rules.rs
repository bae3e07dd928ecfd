//! The rules that may have given a label, and which values of an event they match.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use events::{AttributeNames, EventView, Label, LabelPatterns, Reads, StreamAttribute};
use filter::{Diagnostics, Explainer, Explanation, ExplanationLimit, MatchedText, Part, Rules, tagging_file};
use storage::ReadPlan;

use crate::words::cut;

/// The maximum number of parts of a text.
const MAXIMUM_PARTS: usize = 8;
/// The maximum number of values that the rules looked at.
const MAXIMUM_VALUES: usize = 24;

/// The maximum number of characters of the condition of a rule.
const MAXIMUM_CONDITION: usize = 1_000;

/// The rules that may have given a label.
pub(crate) struct CandidateRules {
    /// The labels of the rules that the user asks for.
    labels: BTreeSet<String>,
    explainers: Vec<RulesOfFile>,
    /// Whether they are from a tagging file that the user named. Only then are their lines shown.
    are_named: bool,
    /// Whether only rules are taken whose label the event has.
    are_of_stored_labels: bool,
    pub(crate) plan: ReadPlan,
}

/// The rules of a file.
struct RulesOfFile {
    name: String,
    explainer: Explainer,
    /// The techniques of the rules that have some of their own, by line.
    techniques: BTreeMap<usize, Vec<String>>,
}

/// What the rules of the label matched in an event.
#[derive(Default)]
pub(crate) struct MatchedRules {
    /// The lines of the rules that match, if the user named the tagging file.
    pub(crate) lines: Vec<usize>,
    /// The rules that match.
    pub(crate) rules: Vec<MatchedRule>,
    /// The attributes whose values made them match, each with the parts of a long text that did.
    pub(crate) attributes: Vec<(String, Vec<MatchedText>)>,
}

/// A rule that matches an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchedRule {
    /// The label that it gives.
    pub label: String,
    /// The name of its file.
    pub file: String,
    /// Its line in the file, from 1.
    pub line: usize,
    /// The ATT&CK techniques that it has of its own, such as `T1055`.
    pub techniques: Vec<String>,
    /// The comparisons of the line that decided. Of parts between `or`, these are in the first one
    /// that holds.
    pub condition: String,
}

impl MatchedRule {
    /// Returns the name of its file without the folder.
    pub(crate) fn set(&self) -> &str {
        let name = Path::new(&self.file).file_name().and_then(|name| name.to_str());
        name.unwrap_or(&self.file)
    }

    /// Returns where the rule is, such as `windows:41`.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

impl CandidateRules {
    /// Takes the rules of these tagging files, or the built-in ones if there is none.
    pub(crate) fn new(choice: &LabelPatterns, tagging_files: &[Rules]) -> Result<Self, Diagnostics> {
        let built_in: Vec<Rules>;
        let files: Vec<&Rules> = if tagging_files.is_empty() {
            built_in =
                tagging_file::BUILT_IN.iter().filter_map(|name| tagging_file::built_in(name)).collect();
            built_in.iter().filter(|file| file.labels().any(|known| choice.matches(known.as_str()))).collect()
        } else {
            tagging_files.iter().collect()
        };
        let mut names = AttributeNames::default();
        let (mut explainers, mut labels) = (Vec::new(), BTreeSet::new());
        for file in files {
            let mut file = file.clone();
            file.accept_other_data_types();
            let asked = file.labels().map(Label::as_str).filter(|label| choice.matches(label));
            labels.extend(asked.map(str::to_owned));
            explainers.push(RulesOfFile {
                name: file.name().to_owned(),
                explainer: Explainer::of_rules(&file, &mut names)?,
                techniques: file.techniques_of_rules().clone(),
            });
        }
        names.accept_other_names();
        let reads_labels = explainers.iter().any(|file| file.explainer.reads().labels);
        let reads = Reads { event_data: true, stream: StreamAttribute::ALL.into(), labels: reads_labels };
        let plan = ReadPlan::new(names, &reads);
        Ok(Self {
            labels,
            explainers,
            are_named: !tagging_files.is_empty(),
            are_of_stored_labels: false,
            plan,
        })
    }

    /// Returns the labels of the rules that the user asks for.
    pub(crate) fn labels(&self) -> Vec<&str> {
        self.labels.iter().map(String::as_str).collect()
    }

    /// Also reads the labels of each event, and takes only rules whose label the event has.
    pub(crate) fn of_stored_labels(mut self) -> Self {
        self.are_of_stored_labels = true;
        self.plan = self.plan.with_labels();
        self
    }

    /// Returns what the rules of the labels match in an event.
    pub(crate) fn matched(&self, event: &EventView<'_>) -> MatchedRules {
        let mut matched = MatchedRules::default();
        let mut limit = ExplanationLimit::default();
        for RulesOfFile { name, explainer, techniques } in &self.explainers {
            let outcomes = explainer.outcomes(event);
            for &position in outcomes.matching() {
                let rule = &explainer.rules()[position];
                let label = rule.label().as_str();
                let is_stored =
                    || !self.are_of_stored_labels || event.labels.iter().any(|known| known == label);
                if !self.labels.contains(label) || !is_stored() {
                    continue;
                }
                let explanation = outcomes.explain(position, &mut limit);
                if self.are_named {
                    let condition = explanation.as_ref().map(decisive_condition);
                    let condition = condition.unwrap_or_else(|| rule.source().to_owned());
                    matched.lines.push(rule.line());
                    matched.rules.push(MatchedRule {
                        label: label.to_owned(),
                        file: name.clone(),
                        line: rule.line(),
                        techniques: techniques.get(&rule.line()).cloned().unwrap_or_default(),
                        condition: cut(&condition, MAXIMUM_CONDITION),
                    });
                }
                for part in explanation.iter().flat_map(Explanation::decisive) {
                    matched.add(part);
                }
            }
        }
        matched
    }
}

impl MatchedRules {
    /// Adds the attribute of a comparison, except for attributes that are shown for every event
    /// anyway.
    fn add(&mut self, comparison: &Explanation) {
        let Part::Comparison { attribute, value: Some(_), matched, .. } = &comparison.part else {
            return;
        };
        if matches!(&**attribute, "data_type" | "timestamp" | "timestamp_desc") {
            return;
        }
        let is_full = self.attributes.len() == MAXIMUM_VALUES;
        match self.attributes.iter_mut().find(|(known, _)| *known == **attribute) {
            Some((_, known)) => known
                .extend(matched.clone().filter(|new| known.len() < MAXIMUM_PARTS && !known.contains(new))),
            None if is_full => {}
            None => self.attributes.push((attribute.to_string(), matched.iter().cloned().collect())),
        }
    }
}

/// Returns the comparisons that made a rule match. One inside a `not` does not hold.
fn decisive_condition(explanation: &Explanation) -> String {
    let words = |comparison: &&Explanation| match &comparison.part {
        Part::Comparison { text, .. } if comparison.holds => Some(text.to_string()),
        Part::Comparison { text, .. } => Some(format!("not {text}")),
        Part::And(_) | Part::Or(_) | Part::Not(_) => None,
    };
    explanation.decisive().iter().filter_map(words).collect::<Vec<_>>().join(" and ")
}
