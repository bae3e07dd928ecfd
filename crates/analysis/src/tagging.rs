//! `tagging`: labels events by the rules of a tagging file.

use std::path::Path;

use events::{AttributeNames, EventView, Note};
use filter::{Diagnostics, RuleSet, Rules, tagging_file};

use crate::description::{FileRole, OptionDescription, OptionKind, PluginDescription};
use crate::error::PrepareError;
use crate::plugin::{AnalysisPlugin, DataTypes, EventFindings, Needs, PluginError, RunContext};
use crate::settings::Settings;
use crate::spec::Spec;

const TAGGING_FILE: OptionDescription = OptionDescription::new(
    "--tagging-file",
    OptionKind::File(FileRole::Rules("tagging-rules.txt")),
    "A file with rules, or linux, macos or windows for the built-in rules.",
)
.required("a file, or linux, macos or windows");

pub(crate) const SPEC: Spec = Spec {
    check_rules: Some(check_tagging_file),
    ..Spec::new(
        PluginDescription {
            name: "tagging",
            summary: "Labels events by the rules of a tagging file.",
            reads: "Every event, with the attributes that the rules use.",
            writes: "The labels of the rules that match; the report counts each label, and the events with a label as event_tags.",
            options: &[TAGGING_FILE],
        },
        prepare,
    )
};

fn prepare(
    settings: &Settings<'_>,
    names: &mut AttributeNames,
    context: &RunContext,
) -> Result<Box<dyn AnalysisPlugin>, PrepareError> {
    let path = settings.path(&TAGGING_FILE)?;
    let mut rules = load_tagging_file(&path)?;
    if !context.strict_compat {
        rules.accept_other_data_types();
    } else if path.exists() {
        // Plaso has no built-in rules, so these may ask for what it does not know.
        rules.refuse_fields()?;
    }
    Ok(Box::new(Tagging::new(&rules, names)?))
}

/// Loads the rules of a file, or the built-in rules if there is no such file.
///
/// # Errors
///
/// If there are no such rules, or the rules are not valid.
pub fn load_tagging_file(path: &Path) -> Result<Rules, PrepareError> {
    if path.exists() {
        return Ok(tagging_file::load(path)?);
    }
    path.to_str().and_then(tagging_file::built_in).ok_or_else(|| PrepareError::NoTaggingFile(path.to_owned()))
}

/// Returns the errors, warnings and hints of the rules in a file, or of built-in rules if there is
/// no such file.
///
/// # Errors
///
/// If there are no such rules.
pub fn check_tagging_file(path: &Path) -> Result<Diagnostics, PrepareError> {
    if path.exists() {
        return Ok(tagging_file::check_file(path));
    }
    let built_in = path.to_str().and_then(tagging_file::check_built_in);
    built_in.ok_or_else(|| PrepareError::NoTaggingFile(path.to_owned()))
}

/// Counts the events that got a label, in addition to the counts of labels. The name is Plaso's.
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
