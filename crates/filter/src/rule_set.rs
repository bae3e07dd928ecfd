//! Compiled rules that find the labels of events (by [`matcher`](crate::matcher)).
//!
//! [`Filter`](crate::Filter) defines what a rule means. A property test checks that a rule set
//! gives the same answers.

use std::cell::LazyCell;

use events::{AttributeNames, EventView, Label, Note, Reads};

use crate::compile::Compiler;
use crate::diagnostics::Diagnostics;
use crate::matcher::Matcher;
use crate::matcher::planner::Planner;
use crate::rules::Rules;

/// Compiled rules.
#[derive(Debug)]
pub struct RuleSet {
    labels: Vec<Label>,
    /// Made for the first event. A foreman compiles rules only to check them, and a third of the
    /// work is making this.
    matcher: LazyCell<Matcher, MakeMatcher>,
    reads: Reads,
    warnings: Vec<String>,
}

type MakeMatcher = Box<dyn FnOnce() -> Matcher>;

impl RuleSet {
    /// Compiles rules. Registers in `names` the attributes of event data that they read.
    ///
    /// # Errors
    ///
    /// One error for each rule that [`Filter::compile`](crate::Filter::compile) would refuse.
    pub fn compile(rules: &Rules, names: &mut AttributeNames) -> Result<Self, Diagnostics> {
        let mut compiler = Compiler::new(names, false);
        let mut planner = Planner::default();
        rules.compile_each(|rule, condition| {
            let node = compiler.compile(condition)?;
            planner.add(node, rule.label());
            Ok(())
        })?;
        Ok(Self::of_plan(rules, compiler, planner))
    }

    /// Compiles rules as [`compile`](Self::compile) does, in less memory: each rule is dropped when
    /// it is compiled.
    ///
    /// # Errors
    ///
    /// Those of [`compile`](Self::compile).
    pub fn compile_owned(mut rules: Rules, names: &mut AttributeNames) -> Result<Self, Diagnostics> {
        let mut compiler = Compiler::new(names, false);
        let mut planner = Planner::default();
        rules.compile_all(|label, condition| {
            planner.add(compiler.compile(condition)?, label);
            Ok(())
        })?;
        Ok(Self::of_plan(&rules, compiler, planner))
    }

    fn of_plan(rules: &Rules, mut compiler: Compiler<'_>, planner: Planner) -> Self {
        let (labels, fields) = (rules.labels.len(), compiler.take_fields());
        let matcher: MakeMatcher = Box::new(move || Matcher::new(planner, labels, fields));
        Self {
            labels: rules.labels().cloned().collect(),
            matcher: LazyCell::new(matcher),
            warnings: compiler.messages(),
            reads: compiler.reads,
        }
    }

    /// Returns the labels in the order of their source.
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// Replaces the contents of `matched` by the indices of the labels that the event gets, in
    /// ascending order.
    pub fn matches(&self, event: &EventView<'_>, matched: &mut Vec<usize>) {
        self.matcher.find(event, matched);
    }

    /// Returns the parts of an event that the rules read.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// Returns the warnings about the rules, each once.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    /// Returns how often a single rule was tried on an event so far. Other rules were not tried,
    /// because the events had nothing that these rules require.
    #[must_use]
    pub fn tried(&self) -> u64 {
        self.matcher.tried()
    }

    /// Returns the notes from matching since the last call, such as values that could not be
    /// compared.
    #[must_use]
    pub fn take_notes(&self) -> Vec<Note> {
        self.matcher.take_notes()
    }
}
