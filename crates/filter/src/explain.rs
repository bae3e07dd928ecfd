//! Explains why an expression matches an event or does not: whether each part holds, and the values
//! that it compared.
//!
//! Matching stops as soon as the outcome is known, and keeps no values. An explanation evaluates
//! every part, for one event at a time. Both use the same compiled comparisons. A property test
//! checks that the outcome is the same as with [`Filter`](crate::Filter) and
//! [`RuleSet`](crate::RuleSet).

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use events::{AttributeNames, EventView, Label, Reads, Value};

use crate::ast::{self, Expression};
use crate::compile::Compiler;
use crate::data_types::DataTypes;
use crate::diagnostics::Diagnostics;
use crate::error::FilterError;
use crate::fields::FieldNames;
use crate::matched_text::MatchedText;
use crate::matcher::check::Check;
use crate::matcher::context::MatchContext;
use crate::matcher::node::Node;
use crate::matcher::scratch::Scratch;
use crate::rules::Rules;
use crate::show::{show_time, show_value};
use crate::subject::Subject;

/// The outcome of a part of an expression for one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Whether the part holds.
    pub holds: bool,
    /// The columns from the start of its first comparison to the end of its last one (exclusive).
    pub columns: Range<usize>,
    /// The part itself, with the outcomes of its own parts.
    pub part: Part,
}

/// A part of an expression, with the outcomes of its own parts.
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
        /// The comparison as text, such as `filename contains 'evil'`.
        text: Arc<str>,
        /// The attribute that is compared.
        attribute: Arc<str>,
        /// The attribute's value in the syntax of expressions, or `None` if the event does not have
        /// it. A long value is cut. Contains no control characters. If any value of the event
        /// counts, it is the first one that meets the comparison.
        value: Option<String>,
        /// The part of a long text that the comparison found, or `None` if the text is short or
        /// the comparison looks at the whole value. Contains the text as it is in the store.
        matched: Option<MatchedText>,
    },
}

impl Explanation {
    /// Returns all comparisons, from left to right.
    #[must_use]
    pub fn comparisons(&self) -> Vec<&Self> {
        let mut found = Vec::new();
        self.collect(false, &mut found);
        found
    }

    /// Returns the comparisons that decided the outcome, from left to right. If an `and` fails,
    /// these are in its first part that fails. If an `or` holds, these are in its first part that
    /// holds.
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

/// A compiled expression that explains its outcome for events.
#[derive(Debug, Clone)]
pub struct Explainer {
    root: Prepared,
    reads: Reads,
    scratch: Scratch,
}

#[derive(Debug, Clone)]
enum Prepared {
    And(Vec<Prepared>),
    Or(Vec<Prepared>),
    Not(Box<Prepared>),
    Comparison { text: Arc<str>, attribute: Arc<str>, columns: Range<usize>, compiled: Box<Node> },
}

impl Explainer {
    /// Compiles a filter expression. Registers in `names` the attributes of event data that it
    /// reads.
    ///
    /// # Errors
    ///
    /// Those of [`Filter::compile`](crate::Filter::compile).
    pub fn compile(expression: &Expression, names: &mut AttributeNames) -> Result<Self, FilterError> {
        let mut compiler = Compiler::new(names, true);
        let root = Prepared::new(&expression.root, &mut compiler)?;
        let scratch = Scratch::new(compiler.take_fields());
        Ok(Self { root, reads: compiler.reads, scratch })
    }

    /// Explains the outcome of the expression for the event.
    #[must_use]
    pub fn explain(&self, event: &EventView<'_>) -> Explanation {
        self.root.explain(&MatchContext::new(event, &self.scratch))
    }

    /// Returns the parts of an event that must be read.
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
            ast::Node::Test(test) => Self::Comparison {
                text: test.to_string().into(),
                attribute: test.values.to_string().into(),
                columns: node.columns(),
                compiled: Box::new(compiler.test(test)?),
            },
            ast::Node::Comparison(comparison) => Self::Comparison {
                text: comparison.to_string().into(),
                attribute: comparison.attribute.as_str().into(),
                columns: comparison.columns(),
                compiled: Box::new(compiler.leaf(comparison)?),
            },
        })
    }

    fn explain(&self, context: &MatchContext<'_, '_>) -> Explanation {
        let all = |parts: &[Self]| parts.iter().map(|part| part.explain(context)).collect::<Vec<_>>();
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
                let part = part.explain(context);
                Explanation {
                    holds: !part.holds,
                    columns: part.columns.clone(),
                    part: Part::Not(Box::new(part)),
                }
            }
            Self::Comparison { text, attribute, columns, compiled } => Explanation {
                holds: compiled.matches(context),
                columns: columns.clone(),
                part: Part::Comparison {
                    text: Arc::clone(text),
                    attribute: Arc::clone(attribute),
                    value: value_seen(compiled, context),
                    matched: match &**compiled {
                        Node::Condition(condition) => condition.find(context),
                        _ => None,
                    },
                },
            },
        }
    }
}

fn around(parts: &[Explanation]) -> Range<usize> {
    let start = parts.first().map_or(0, |part| part.columns.start);
    start..parts.last().map_or(start, |part| part.columns.end)
}

/// Returns the value that a comparison compares, as text. Returns `None` if the event has no such
/// attribute, or no event can have it.
pub(crate) fn value_seen(comparison: &Node, context: &MatchContext<'_, '_>) -> Option<String> {
    match comparison {
        Node::Time(_) => context.event.event.timestamp.map(show_time),
        Node::Condition(condition) => shown(condition.subject, context),
        Node::Check(check) if check.subject == Subject::AnyValue => any_value_seen(check, context),
        Node::Check(check) => shown(check.subject, context),
        _ => None,
    }
}

/// Returns the value of the event that passes the test.
fn any_value_seen(check: &Check, context: &MatchContext<'_, '_>) -> Option<String> {
    let mut seen = None;
    check.finds(context, &mut |value| {
        seen = value.with_text(|text| show_value(&Value::String(text.into())));
    });
    seen
}

fn shown(subject: Subject, context: &MatchContext<'_, '_>) -> Option<String> {
    let Subject::Field(field) = subject else {
        return context.with_value(subject, |value| value.map(show_value));
    };
    context.with_split(field, |split| {
        let values: Vec<_> =
            split.all_values(field).map(|text| show_value(&Value::String(text.into()))).collect();
        (!values.is_empty()).then(|| values.join(", "))
    })
}

/// Compiled rules that explain their outcome for events.
#[derive(Debug, Clone)]
pub struct RuleExplainer {
    rules: Vec<ExplainableRule>,
    reads: Reads,
}

/// One compiled rule that explains its outcome for events.
#[derive(Debug, Clone)]
pub struct ExplainableRule {
    label: Label,
    line: usize,
    source: Box<str>,
    data_types: Option<BTreeSet<String>>,
    root: Prepared,
    /// The fields inside attributes that the rules compare.
    fields: Arc<FieldNames>,
}

impl RuleExplainer {
    /// Compiles rules. Registers in `names` the attributes of event data that they read.
    ///
    /// # Errors
    ///
    /// Those of [`RuleSet::compile`](crate::RuleSet::compile).
    pub fn compile(rules: &Rules, names: &mut AttributeNames) -> Result<Self, Diagnostics> {
        let mut compiler = Compiler::new(names, false);
        let mut explainable = rules.compile_each(|rule, condition| {
            let root = Prepared::new(&condition.root, &mut compiler)?;
            let label = &rules.labels[rule.label()].label;
            let place = rule.place();
            let source = rules.source.line(place);
            Ok(ExplainableRule::new(label, (place.line, source), &condition.root, root))
        })?;
        let fields = compiler.take_fields();
        for rule in &mut explainable {
            rule.fields = Arc::clone(&fields);
        }
        Ok(Self { rules: explainable, reads: compiler.reads })
    }

    /// Returns the rules in the order of their source.
    #[must_use]
    pub fn rules(&self) -> &[ExplainableRule] {
        &self.rules
    }

    /// Returns the parts of an event that must be read.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.reads
    }
}

impl ExplainableRule {
    fn new(label: &Label, (line, source): (usize, &str), condition: &ast::Node, root: Prepared) -> Self {
        let data_types = DataTypes::of(condition);
        Self {
            label: label.clone(),
            line,
            source: source.trim().into(),
            data_types: data_types.map(|types| types.names.into_iter().map(str::to_owned).collect()),
            root,
            fields: Arc::default(),
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

    /// Explains the outcome of the rule for the event.
    #[must_use]
    pub fn explain(&self, event: &EventView<'_>) -> Explanation {
        self.root.explain(&MatchContext::new(event, &Scratch::new(Arc::clone(&self.fields))))
    }
}
