//! Explains why an expression matches an event or does not: whether each part holds, and the values
//! that it compared.
//!
//! Matching stops as soon as the outcome is known, and keeps no values. An explanation evaluates
//! every part, one after the other, so it takes much longer. That is why an [`Explainer`] first
//! asks the matcher which expressions match, whatever their number, and explains only those that
//! its caller wants to see, within an [`ExplanationLimit`]. Both use the same compiled comparisons.
//! A property test checks that the outcome is the same.

mod explanation;
mod limit;
mod prepared;
pub(crate) mod value_seen;

use std::collections::BTreeSet;

use events::{AttributeNames, EventView, Label, Reads};

use crate::ast::{self, Expression};
use crate::compile::Compiler;
use crate::data_types::DataTypes;
use crate::diagnostics::Diagnostics;
use crate::error::FilterError;
use crate::matcher::Matcher;
use crate::matcher::context::MatchContext;
use crate::matcher::planner::Planner;
use crate::matcher::scratch::Scratch;
use crate::rules::Rules;

pub use explanation::{Explanation, Part};
pub use limit::ExplanationLimit;
use prepared::Prepared;

/// Compiled rules, or one compiled filter, that explain their outcomes for events.
#[derive(Debug, Clone)]
pub struct Explainer {
    /// Empty for a filter.
    rules: Vec<ExplainableRule>,
    expressions: Vec<Prepared>,
    /// Each expression is a label of its own.
    matcher: Matcher,
    scratch: Scratch,
    reads: Reads,
}

/// What is known of a rule without an event.
#[derive(Debug, Clone)]
pub struct ExplainableRule {
    label: Label,
    line: usize,
    source: Box<str>,
    data_types: Option<BTreeSet<String>>,
}

/// An event, and which expressions match it.
pub struct Outcomes<'x, 'v> {
    expressions: &'x [Prepared],
    context: MatchContext<'x, 'v>,
    matching: Vec<usize>,
}

impl Explainer {
    /// Compiles a filter expression. Registers in `names` the attributes of event data that it
    /// reads.
    ///
    /// # Errors
    ///
    /// Those of [`Filter::compile`](crate::Filter::compile).
    pub fn of_filter(expression: &Expression, names: &mut AttributeNames) -> Result<Self, FilterError> {
        let mut compiler = Compiler::new(names, true);
        let mut parts = Parts::default();
        parts.add(expression, &mut compiler)?;
        Ok(parts.finish(Vec::new(), compiler))
    }

    /// Compiles rules. Registers in `names` the attributes of event data that they read.
    ///
    /// # Errors
    ///
    /// Those of [`RuleSet::compile`](crate::RuleSet::compile).
    pub fn of_rules(rules: &Rules, names: &mut AttributeNames) -> Result<Self, Diagnostics> {
        let mut compiler = Compiler::new(names, false);
        let mut parts = Parts::default();
        let explainable = rules.compile_each(|rule, condition| {
            parts.add(condition, &mut compiler)?;
            let label = &rules.labels[rule.label()].label;
            let place = rule.place();
            Ok(ExplainableRule::new(label, (place.line, rules.source.line(place)), &condition.root))
        })?;
        Ok(parts.finish(explainable, compiler))
    }

    /// Returns the rules in the order of their source. A filter has none.
    #[must_use]
    pub fn rules(&self) -> &[ExplainableRule] {
        &self.rules
    }

    /// Returns the parts of an event that must be read.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// Finds out which of the expressions match an event.
    #[must_use]
    pub fn outcomes<'x, 'v>(&'x self, event: &'x EventView<'v>) -> Outcomes<'x, 'v> {
        let mut matching = Vec::new();
        self.matcher.find(event, &mut matching);
        let context = MatchContext::new(event, &self.scratch);
        Outcomes { expressions: &self.expressions, context, matching }
    }
}

impl Outcomes<'_, '_> {
    /// Returns the positions of the rules that match, in ascending order. If a filter matches, its
    /// position is 0.
    #[must_use]
    pub fn matching(&self) -> &[usize] {
        &self.matching
    }

    /// Returns whether the rule at this position, or the filter at position 0, matches.
    #[must_use]
    pub fn matches(&self, position: usize) -> bool {
        self.matching.binary_search(&position).is_ok()
    }

    /// Explains the outcome of the rule at this position, or of the filter at position 0. Returns
    /// `None` if that exceeds the limit.
    pub fn explain(&self, position: usize, limit: &mut ExplanationLimit) -> Option<Explanation> {
        let expression = &self.expressions[position];
        let is_allowed = limit.take(self.context.event, expression.comparisons());
        is_allowed.then(|| expression.explain(&self.context))
    }
}

/// The parts of an [`Explainer`] that is being made.
#[derive(Default)]
struct Parts {
    expressions: Vec<Prepared>,
    planner: Planner,
}

impl Parts {
    fn add(&mut self, expression: &Expression, compiler: &mut Compiler<'_>) -> Result<(), FilterError> {
        let node = compiler.compile(expression)?;
        let position = self.expressions.len();
        self.expressions.push(Prepared::new(&expression.root, &node));
        self.planner.add(node, position);
        Ok(())
    }

    fn finish(self, rules: Vec<ExplainableRule>, mut compiler: Compiler<'_>) -> Explainer {
        let fields = compiler.take_fields();
        Explainer {
            rules,
            matcher: Matcher::new(self.planner, self.expressions.len(), fields.clone()),
            expressions: self.expressions,
            scratch: Scratch::new(fields),
            reads: compiler.reads,
        }
    }
}

impl ExplainableRule {
    fn new(label: &Label, (line, source): (usize, &str), condition: &ast::Node) -> Self {
        let data_types = DataTypes::of(condition);
        Self {
            label: label.clone(),
            line,
            source: source.trim().into(),
            data_types: data_types.map(|types| types.names.into_iter().map(str::to_owned).collect()),
        }
    }

    /// Returns the label that the rule gives.
    #[must_use]
    pub fn label(&self) -> &Label {
        &self.label
    }

    /// Returns the line of the rule in its source, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// Returns the text of this line.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Returns whether events of this data type can match. This is `true` if the rule requires no
    /// data type.
    #[must_use]
    pub fn is_about(&self, data_type: &str) -> bool {
        self.data_types.as_ref().is_none_or(|types| types.contains(data_type))
    }
}
