//! Rules made ready to be tried on every event ([`matcher`](crate::matcher)).
//!
//! [`Filter`](crate::Filter) tells what a rule means; a property test holds this to it.

use events::{AttributeNames, EventView, Label, Note, Reads};

use crate::compile::Compiler;
use crate::diagnostics::Diagnostics;
use crate::matcher::Matcher;
use crate::matcher::planner::Planner;
use crate::rules::Rules;

/// Compiled rules.
#[derive(Debug, Clone)]
pub struct RuleSet {
    labels: Vec<Label>,
    matcher: Matcher,
    reads: Reads,
    warnings: Vec<String>,
}

impl RuleSet {
    /// Compiles rules; `names` learns the attributes of event data that they read.
    ///
    /// # Errors
    ///
    /// All rules that [`Filter::compile`](crate::Filter::compile) would refuse.
    pub fn compile(rules: &Rules, names: &mut AttributeNames) -> Result<Self, Diagnostics> {
        let mut compiler = Compiler::new(names, false);
        let mut planner = Planner::default();
        rules.compile_each(|rule| {
            let node = compiler.compile(&rule.condition)?;
            planner.add(node, rule.label);
            Ok(())
        })?;
        Ok(Self {
            labels: rules.labels().cloned().collect(),
            matcher: Matcher::new(planner, rules.labels.len(), compiler.take_fields()),
            warnings: compiler.messages(),
            reads: compiler.reads,
        })
    }

    /// The labels in the order of their source.
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// Replaces what is in `matched` by the indices of the labels that the event gets, ascending.
    pub fn matches(&self, event: &EventView<'_>, matched: &mut Vec<usize>) {
        self.matcher.find(event, matched);
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

    /// How many rules were tried one by one so far. The others were not looked at, because nothing
    /// that they ask for was in the events.
    #[must_use]
    pub fn tried(&self) -> u64 {
        self.matcher.tried()
    }

    /// What was met while matching since the last call.
    #[must_use]
    pub fn take_notes(&self) -> Vec<Note> {
        self.matcher.take_notes()
    }
}
