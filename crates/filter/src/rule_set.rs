//! The rules of a tagging file, compiled to be tried on every event.

use events::{AttributeNames, EventView, Label};

use crate::compile::{Compiler, Node};
use crate::condition::Workspace;
use crate::tagging_file::{TaggingFile, TaggingFileErrors};
use crate::{Note, Reads};

/// A compiled tagging file.
#[derive(Debug, Clone)]
pub struct RuleSet {
    labels: Vec<Label>,
    rules: Vec<(usize, Node)>,
    reads: Reads,
    warnings: Vec<String>,
    workspace: Workspace,
}

impl RuleSet {
    /// Compiles the rules; `names` learns the attributes of event data that they read.
    ///
    /// # Errors
    ///
    /// All rules that [`Filter::compile`](crate::Filter::compile) would refuse.
    pub fn compile(file: &TaggingFile, names: &mut AttributeNames) -> Result<Self, TaggingFileErrors> {
        let mut compiler = Compiler::new(names, false);
        let mut errors = file.no_errors();
        let mut rules = Vec::with_capacity(file.rules.len());
        for rule in &file.rules {
            match compiler.compile(&rule.expression.root) {
                Ok(node) => rules.push((rule.label, node)),
                Err(error) => errors.add_in_rule(rule, &error),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            labels: file.labels.clone(),
            rules,
            reads: compiler.reads,
            warnings: compiler.warnings,
            workspace: Workspace::default(),
        })
    }

    /// The labels in the order of the file.
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// Replaces what is in `matched` by the indices of the labels that the event gets, ascending.
    pub fn matches(&self, event: &EventView<'_>, matched: &mut Vec<usize>) {
        matched.clear();
        for (label, node) in &self.rules {
            if !matched.contains(label) && node.matches(event, &self.workspace) {
                matched.push(*label);
            }
        }
    }

    /// What the rules need to know of an event.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// What is odd about the rules, each once.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    /// What was met while matching since the rules were compiled.
    #[must_use]
    pub fn notes(&self) -> Vec<Note> {
        self.workspace.notes.to_vec()
    }
}
