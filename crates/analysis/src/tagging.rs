//! `tagging`: labels events by the rules of a tagging file.

use events::{AttributeNames, EventView, Note};
use filter::{Diagnostics, RuleSet, Rules};

use crate::description::{OptionDescription, PluginDescription};
use crate::plugin::{AnalysisPlugin, DataTypes, EventFindings, Needs, PluginError};

pub(crate) const DESCRIPTION: PluginDescription = PluginDescription {
    name: "tagging",
    summary: "Labels events by the rules of a tagging file.",
    reads: "Every event, and of it what the rules ask for.",
    writes: "The labels of the rules that match; the report counts each, and as event_tags the events with any.",
    options: &[OptionDescription {
        name: "--tagging-file",
        value: Some("FILE"),
        required: true,
        default: None,
        summary: "The file with the rules, or linux, macos or windows for the built-in ones.",
    }],
};

/// Counts the events that got any label, beside the labels themselves; Plaso's name.
const TAGGED_EVENTS: &str = "event_tags";

pub(crate) struct Tagging {
    rules: RuleSet,
    needs: Needs,
    /// The labels that match the current event, as positions in the rule set.
    matched: Vec<usize>,
}

impl Tagging {
    pub(crate) fn new(rules: &Rules, names: &mut AttributeNames) -> Result<Self, Diagnostics> {
        let rules = RuleSet::compile(rules, names)?;
        let needs = Needs { data_types: DataTypes::Any, reads: rules.reads().clone() };
        Ok(Self { rules, needs, matched: Vec::new() })
    }
}

impl AnalysisPlugin for Tagging {
    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn examine(&mut self, event: &EventView<'_>, found: &mut EventFindings) -> Result<(), PluginError> {
        self.rules.matches(event, &mut self.matched);
        found.tag_all(self.matched.iter().map(|&position| &self.rules.labels()[position]));
        if !self.matched.is_empty() {
            found.count_labels();
            found.count(TAGGED_EVENTS);
        }
        Ok(())
    }

    fn take_notes(&mut self) -> Vec<Note> {
        self.rules.take_notes()
    }
}
