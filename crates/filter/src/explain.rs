//! Why an expression matches an event or does not: each part of it, whether it holds, and the values it saw.
//!
//! Matching stops as soon as the outcome is known and keeps no values; this looks at everything, for one event
//! at a time. Comparisons are compiled by the same code, and a property test holds the outcome to that of
//! [`Filter`](crate::Filter) and [`RuleSet`](crate::RuleSet).

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use events::{AttributeNames, EventView, Label};

use crate::ast::{self, Expression};
use crate::compile::{Compiler, Node};
use crate::condition::Workspace;
use crate::occurrence::Occurrence;
use crate::show::{show_time, show_value};
use crate::tagging_file::{Rule, TaggingFile};
use crate::{Diagnostics, FilterError, Reads};

/// What became of a part of an expression for one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Whether it holds.
    pub holds: bool,
    /// Where it stands: the columns of its first comparison's beginning and, not included, its last one's end.
    pub columns: Range<usize>,
    /// What it is, with its parts.
    pub part: Part,
}

/// A part of an expression with what became of its own parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// All of these must hold.
    And(Vec<Explanation>),
    /// One of these must hold.
    Or(Vec<Explanation>),
    /// This must not hold.
    Not(Box<Explanation>),
    /// A comparison.
    Comparison {
        /// How it is written, such as `filename contains 'evil'`.
        text: Arc<str>,
        /// The attribute it reads.
        attribute: Arc<str>,
        /// The attribute's value as an expression would have it, cut if it is long; nothing if the event does not
        /// have it. Contains no control characters.
        value: Option<String>,
    },
}

impl Explanation {
    /// The comparisons, left to right.
    #[must_use]
    pub fn comparisons(&self) -> Vec<&Self> {
        let mut found = Vec::new();
        self.collect(false, &mut found);
        found
    }

    /// The comparisons that decided the outcome, left to right: of what must hold together, those of the first part
    /// that fails; of alternatives, those of the first that holds.
    #[must_use]
    pub fn decisive(&self) -> Vec<&Self> {
        let mut found = Vec::new();
        self.collect(true, &mut found);
        found
    }

    fn collect<'e>(&'e self, decisive: bool, found: &mut Vec<&'e Self>) {
        match &self.part {
            Part::Comparison { .. } => found.push(self),
            Part::Not(part) => part.collect(decisive, found),
            Part::And(parts) | Part::Or(parts) => {
                let decides_alone = matches!(self.part, Part::Or(_));
                match parts.iter().find(|part| part.holds == decides_alone) {
                    Some(first) if decisive => first.collect(decisive, found),
                    _ => parts.iter().for_each(|part| part.collect(decisive, found)),
                }
            }
        }
    }
}

/// An expression made ready for explaining.
#[derive(Debug, Clone)]
pub struct Explainer {
    root: Prepared,
    reads: Reads,
    workspace: Workspace,
}

#[derive(Debug, Clone)]
enum Prepared {
    And(Vec<Prepared>),
    Or(Vec<Prepared>),
    Not(Box<Prepared>),
    Comparison { text: Arc<str>, attribute: Arc<str>, columns: Range<usize>, compiled: Box<Node> },
}

impl Explainer {
    /// Compiles a filter expression; `names` learns the attributes of event data that it reads.
    ///
    /// # Errors
    ///
    /// Those of [`Filter::compile`](crate::Filter::compile).
    pub fn compile(expression: &Expression, names: &mut AttributeNames) -> Result<Self, FilterError> {
        let mut compiler = Compiler::new(names, true);
        let root = Prepared::new(&expression.root, &mut compiler)?;
        Ok(Self { root, reads: compiler.reads, workspace: Workspace::default() })
    }

    /// What the expression makes of the event.
    #[must_use]
    pub fn explain(&self, event: &EventView<'_>) -> Explanation {
        self.root.explain(&Occurrence::new(event, &self.workspace))
    }

    /// What has to be known of an event.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.reads
    }
}

impl Prepared {
    fn new(node: &ast::Node, compiler: &mut Compiler<'_>) -> Result<Self, FilterError> {
        let mut all = |nodes: &[ast::Node]| -> Result<Vec<_>, FilterError> {
            nodes.iter().map(|node| Self::new(node, compiler)).collect()
        };
        Ok(match node {
            ast::Node::And(operands) => Self::And(all(operands)?),
            ast::Node::Or(operands) => Self::Or(all(operands)?),
            ast::Node::Not(operand) => Self::Not(Box::new(Self::new(operand, compiler)?)),
            ast::Node::Comparison(comparison) => Self::Comparison {
                text: comparison.to_string().into(),
                attribute: comparison.attribute.as_str().into(),
                columns: comparison.columns(),
                compiled: Box::new(compiler.leaf(comparison)?),
            },
        })
    }

    fn explain(&self, occurrence: &Occurrence<'_, '_>) -> Explanation {
        let all = |parts: &[Self]| parts.iter().map(|part| part.explain(occurrence)).collect::<Vec<_>>();
        match self {
            Self::And(parts) => {
                let parts = all(parts);
                Explanation {
                    holds: parts.iter().all(|part| part.holds),
                    columns: around(&parts),
                    part: Part::And(parts),
                }
            }
            Self::Or(parts) => {
                let parts = all(parts);
                Explanation {
                    holds: parts.iter().any(|part| part.holds),
                    columns: around(&parts),
                    part: Part::Or(parts),
                }
            }
            Self::Not(part) => {
                let part = part.explain(occurrence);
                Explanation {
                    holds: !part.holds,
                    columns: part.columns.clone(),
                    part: Part::Not(Box::new(part)),
                }
            }
            Self::Comparison { text, attribute, columns, compiled } => Explanation {
                holds: compiled.matches(occurrence),
                columns: columns.clone(),
                part: Part::Comparison {
                    text: Arc::clone(text),
                    attribute: Arc::clone(attribute),
                    value: value_seen(compiled, occurrence),
                },
            },
        }
    }
}

fn around(parts: &[Explanation]) -> Range<usize> {
    let start = parts.first().map_or(0, |part| part.columns.start);
    start..parts.last().map_or(start, |part| part.columns.end)
}

/// What a comparison compares, shown; nothing if the event has no such attribute, or none has.
pub(crate) fn value_seen(comparison: &Node, occurrence: &Occurrence<'_, '_>) -> Option<String> {
    match comparison {
        Node::Time(_) => occurrence.event.event.timestamp.map(show_time),
        Node::Condition(condition) => occurrence.with_value(condition.subject, |value| value.map(show_value)),
        _ => None,
    }
}

/// The rules of a tagging file, made ready for explaining.
#[derive(Debug, Clone)]
pub struct RuleExplainer {
    rules: Vec<ExplainableRule>,
    reads: Reads,
}

/// One rule, made ready for explaining.
#[derive(Debug, Clone)]
pub struct ExplainableRule {
    label: Label,
    line: usize,
    data_types: Option<BTreeSet<String>>,
    root: Prepared,
}

impl RuleExplainer {
    /// Compiles the rules of a tagging file; `names` learns the attributes of event data that they read.
    ///
    /// # Errors
    ///
    /// Those of [`RuleSet::compile`](crate::RuleSet::compile).
    pub fn compile(file: &TaggingFile, names: &mut AttributeNames) -> Result<Self, Diagnostics> {
        let mut compiler = Compiler::new(names, false);
        let mut errors = file.no_problems();
        let mut rules = Vec::new();
        for rule in &file.rules {
            match Prepared::new(&rule.expression.root, &mut compiler) {
                Ok(root) => rules.push(ExplainableRule::new(file, rule, root)),
                Err(error) => errors.push(file.error_in(rule, &error)),
            }
        }
        if errors.is_empty() { Ok(Self { rules, reads: compiler.reads }) } else { Err(errors) }
    }

    /// The rules in the order of the file.
    #[must_use]
    pub fn rules(&self) -> &[ExplainableRule] {
        &self.rules
    }

    /// What has to be known of an event.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.reads
    }
}

impl ExplainableRule {
    fn new(file: &TaggingFile, rule: &Rule, root: Prepared) -> Self {
        let data_types = rule.expression.root.data_types();
        Self {
            label: file.labels[rule.label].clone(),
            line: rule.line.number,
            data_types: data_types.map(|types| types.into_iter().map(str::to_owned).collect()),
            root,
        }
    }

    /// The label that the rule gives.
    #[must_use]
    pub fn label(&self) -> &Label {
        &self.label
    }

    /// The line of the tagging file it stands in, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// Whether events of this data type can match, as far as the rule asks for a data type.
    #[must_use]
    pub fn is_about(&self, data_type: &str) -> bool {
        self.data_types.as_ref().is_none_or(|types| types.contains(data_type))
    }

    /// What the rule makes of the event.
    #[must_use]
    pub fn explain(&self, event: &EventView<'_>) -> Explanation {
        self.root.explain(&Occurrence::new(event, &Workspace::default()))
    }
}
