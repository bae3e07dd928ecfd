//! The rules that may have given a label, and which values of an event they match.

use events::{AttributeNames, EventView, Reads, StreamAttribute};
use filter::{Diagnostics, Explanation, MatchedText, Part, RuleExplainer, Rules, tagging_file};
use storage::ReadPlan;

/// The maximum number of values that the rules looked at.
const MAXIMUM_VALUES: usize = 24;

/// The rules that may have given a label.
pub(crate) struct CandidateRules {
    label: String,
    explainers: Vec<RuleExplainer>,
    /// Whether they are from a tagging file that the user named. Only then are their lines shown.
    are_named: bool,
    pub(crate) plan: ReadPlan,
}

/// What the rules of the label matched in an event.
#[derive(Default)]
pub(crate) struct MatchedRules {
    /// The lines of the rules that match, if the user named the tagging file.
    pub(crate) lines: Vec<usize>,
    /// The attributes whose values made them match, each with the part of a long text that did.
    pub(crate) attributes: Vec<(String, Option<MatchedText>)>,
}

impl CandidateRules {
    pub(crate) fn new(label: &str, tagging_file: Option<(&str, &Rules)>) -> Result<Self, Diagnostics> {
        let built_in: Vec<Rules>;
        let files: Vec<&Rules> = match tagging_file {
            Some((_, file)) => vec![file],
            None => {
                built_in =
                    tagging_file::BUILT_IN.iter().filter_map(|name| tagging_file::built_in(name)).collect();
                built_in.iter().filter(|file| file.labels().any(|known| known.as_str() == label)).collect()
            }
        };
        let mut names = AttributeNames::default();
        let mut explainers = Vec::new();
        for file in files {
            let mut file = file.clone();
            file.accept_other_data_types();
            explainers.push(RuleExplainer::compile(&file, &mut names)?);
        }
        names.accept_other_names();
        let labels = explainers.iter().any(|explainer| explainer.reads().labels);
        let reads = Reads { event_data: true, stream: StreamAttribute::ALL.into(), labels };
        let plan = ReadPlan::new(names, &reads);
        Ok(Self { label: label.into(), explainers, are_named: tagging_file.is_some(), plan })
    }

    /// Returns what the rules of the label match in an event of this data type.
    pub(crate) fn matched(&self, event: &EventView<'_>, data_type: &str) -> MatchedRules {
        let mut matched = MatchedRules::default();
        for rule in self.explainers.iter().flat_map(RuleExplainer::rules) {
            if rule.label().as_str() != self.label || !rule.is_about(data_type) {
                continue;
            }
            let explanation = rule.explain(event);
            if !explanation.holds {
                continue;
            }
            if self.are_named {
                matched.lines.push(rule.line());
            }
            for part in explanation.decisive() {
                matched.add(part);
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
            Some((_, known)) => *known = known.take().or_else(|| matched.clone()),
            None if is_full => {}
            None => self.attributes.push((attribute.to_string(), matched.clone())),
        }
    }
}
