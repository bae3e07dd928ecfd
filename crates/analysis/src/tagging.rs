//! `tagging`: labels events by the rules of tagging files.

use std::collections::BTreeMap;
use std::path::Path;

use events::{AttributeNames, EventView, Label, Note, Reads};
use filter::{Diagnostics, RuleSet, Rules, tagging_file};

use crate::description::{FileRole, OptionDescription, OptionKind, PluginDescription};
use crate::error::PrepareError;
use crate::plugin::{AnalysisPlugin, DataTypes, EventFindings, Needs, PluginError, RunContext};
use crate::rules_read::RulesRead;
use crate::settings::Settings;
use crate::spec::Spec;

const TAGGING_FILE: OptionDescription = OptionDescription::new(
    "--tagging-file",
    OptionKind::File(FileRole::Rules("tagging-rules.txt")),
    "A file with rules, a folder of them, linux, macos or windows for the built-in rules, or auto \
     for those that fit the storage file. Several are separated by commas, or the option is repeated.",
)
.required("a file, or linux, macos, windows or auto");

pub(crate) const SPEC: Spec = Spec {
    check_rules: Some(tagging_file::warnings),
    ..Spec::new(
        PluginDescription {
            name: "tagging",
            summary: "Labels events by the rules of tagging files.",
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
    let mut files = Vec::new();
    for path in settings.paths(&TAGGING_FILE)? {
        let mut rules = load_and_count(&path, &context.rules_read)?;
        if !context.strict_compat {
            rules.accept_other_data_types();
        } else if !tagging_file::is_built_in(&path) {
            // Plaso has no built-in rules, so these may ask for what it does not know.
            rules.refuse_fields()?;
        }
        files.push(rules);
    }
    Ok(Box::new(Tagging::new(&files, names)?))
}

/// Loads rules, and keeps their digest.
fn load_and_count(path: &Path, read: &RulesRead) -> Result<Rules, PrepareError> {
    if tagging_file::is_built_in(path) || !path.exists() {
        return load_tagging_file(path);
    }
    let (rules, digest) = tagging_file::load_with_digest(path)?;
    read.add(path, digest);
    Ok(rules)
}

/// Loads the built-in rules of this name, or the rules of a file.
///
/// # Errors
///
/// If there are no such rules, or the rules are not valid.
pub fn load_tagging_file(path: &Path) -> Result<Rules, PrepareError> {
    match path.to_str().filter(|_| tagging_file::is_built_in(path)).and_then(tagging_file::built_in) {
        Some(rules) => Ok(rules),
        None if path.exists() => Ok(tagging_file::load(path)?),
        None => Err(PrepareError::NoTaggingFile(path.to_owned())),
    }
}

/// Returns the labels that the rules of a file give, or those of the built-in rules of this name,
/// with what they mean, but without the rules. Errors in the rules are not found.
///
/// # Errors
///
/// If there are no such rules, or the file cannot be read.
pub fn load_labels(path: &Path) -> Result<Rules, PrepareError> {
    match path.to_str().filter(|_| tagging_file::is_built_in(path)).and_then(tagging_file::built_in_labels) {
        Some(rules) => Ok(rules),
        None if path.exists() => Ok(tagging_file::load_labels(path)?),
        None => Err(PrepareError::NoTaggingFile(path.to_owned())),
    }
}

/// Returns the errors, warnings and hints of the built-in rules of this name, or of the rules in a
/// file.
///
/// # Errors
///
/// If there are no such rules.
pub fn check_tagging_file(path: &Path) -> Result<Diagnostics, PrepareError> {
    match path.to_str().filter(|_| tagging_file::is_built_in(path)).and_then(tagging_file::check_built_in) {
        Some(found) => Ok(found),
        None if path.exists() => Ok(tagging_file::check_file(path)),
        None => Err(PrepareError::NoTaggingFile(path.to_owned())),
    }
}

/// Counts the events that got a label, in addition to the counts of labels. The name is Plaso's.
const TAGGED_EVENTS: &str = "event_tags";

pub(crate) struct Tagging {
    /// The rules of each file.
    files: Vec<OneFile>,
    /// The labels of all files, each once.
    labels: Vec<Label>,
    needs: Needs,
    /// The labels that match the current event, as positions in `labels`.
    matched: Vec<usize>,
    /// Whether a label is among those that match the current event. It is used if there are several
    /// files.
    is_matched: Vec<bool>,
}

struct OneFile {
    rules: RuleSet,
    /// The position of each label of the rules in the labels of all files.
    positions: Vec<usize>,
    /// The labels of this file that match the current event.
    matched: Vec<usize>,
}

impl Tagging {
    pub(crate) fn new(files: &[Rules], names: &mut AttributeNames) -> Result<Self, Diagnostics> {
        let mut known = BTreeMap::new();
        let mut tagging = Self {
            files: Vec::new(),
            labels: Vec::new(),
            needs: Needs { data_types: DataTypes::Any, reads: Reads::default() },
            matched: Vec::new(),
            is_matched: Vec::new(),
        };
        for rules in files {
            let rules = RuleSet::compile(rules, names)?;
            tagging.needs.reads.merge(rules.reads());
            let mut positions = Vec::new();
            for label in rules.labels() {
                positions.push(*known.entry(label.clone()).or_insert_with(|| {
                    tagging.labels.push(label.clone());
                    tagging.labels.len() - 1
                }));
            }
            tagging.files.push(OneFile { rules, positions, matched: Vec::new() });
        }
        tagging.is_matched.resize(tagging.labels.len(), false);
        Ok(tagging)
    }

    /// Finds the labels of an event: in the order of the files, and each once.
    fn find(&mut self, event: &EventView<'_>) {
        if let [only] = self.files.as_mut_slice() {
            return only.rules.matches(event, &mut self.matched);
        }
        self.matched.clear();
        for file in &mut self.files {
            file.rules.matches(event, &mut file.matched);
            for &label in &file.matched {
                let position = file.positions[label];
                if !std::mem::replace(&mut self.is_matched[position], true) {
                    self.matched.push(position);
                }
            }
        }
        self.matched.iter().for_each(|&position| self.is_matched[position] = false);
    }
}

impl AnalysisPlugin for Tagging {
    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn examine(&mut self, event: &EventView<'_>, found: &mut EventFindings) -> Result<(), PluginError> {
        self.find(event);
        found.tag_all(self.matched.iter().map(|&position| &self.labels[position]));
        if !self.matched.is_empty() {
            found.count_labels();
            found.count(TAGGED_EVENTS);
        }
        Ok(())
    }

    fn take_notes(&mut self) -> Vec<Note> {
        self.files.iter_mut().flat_map(|file| file.rules.take_notes()).collect()
    }
}
