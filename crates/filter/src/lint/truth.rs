//! Finds expressions that hold for no event or for every event.

mod comparison;
mod contradiction;

use std::collections::BTreeSet;
use std::ops::Range;

use super::finding::{Finding, Scope};
use crate::ast::{self, Comparison, Expression};
use crate::compile::Compiler;
use crate::data_types::DataTypes;
use crate::error::{FilterError, visible};
use crate::matcher::node::Node;
use comparison::{impossible, says_little};
use contradiction::contradictory;

/// Returns the problems of an expression. If one of them makes the expression match never or
/// always, its message says so.
pub(super) fn judge(
    expression: &Expression,
    compiler: &mut Compiler<'_>,
    scope: Scope,
) -> Result<Vec<Finding>, FilterError> {
    compiler.warn_of_grouping(expression);
    let mut judge = Judge { compiler, scope, found: Vec::new(), taken_over: 0 };
    judge.take_over_warnings();
    let judged = judge.node(&expression.root)?;
    let Judge { mut found, .. } = judge;
    let name = scope.name();
    let so = match judged.truth {
        Truth::Never => format!("; so the {name} never matches"),
        Truth::Always => format!("; so the {name} matches every event"),
        Truth::Open => return Ok(found),
    };
    if let Some(cause) = judged.cause.and_then(|cause| found.get_mut(cause)) {
        cause.message.push_str(&so);
    }
    Ok(found)
}

struct Judge<'c, 'n> {
    compiler: &'c mut Compiler<'n>,
    scope: Scope,
    found: Vec<Finding>,
    /// How many of the compiler's warnings are already in `found`.
    taken_over: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    Never,
    Always,
    Open,
}

impl Truth {
    fn of(truth: bool) -> Self {
        if truth { Self::Always } else { Self::Never }
    }
}

/// The verdict on a part of an expression.
struct Judged<'e> {
    truth: Truth,
    /// The finding that gives the reason, as a position in `found`.
    cause: Option<usize>,
    /// The comparisons that must all hold for the part to hold.
    conjuncts: Vec<(&'e Comparison, Node)>,
}

impl Judged<'_> {
    fn new(truth: Truth, cause: Option<usize>) -> Self {
        Self { truth, cause, conjuncts: Vec::new() }
    }
}

impl Judge<'_, '_> {
    /// Adds the compiler's warnings since the last call. Returns the position of the last one
    /// added.
    fn take_over_warnings(&mut self) -> Option<usize> {
        let new = &self.compiler.warnings[self.taken_over..];
        self.taken_over += new.len();
        let warned = !new.is_empty();
        self.found.extend(new.iter().map(|w| Finding::warning(w.columns.clone(), w.message.clone())));
        warned.then(|| self.found.len() - 1)
    }

    fn find(&mut self, columns: Range<usize>, message: String) -> usize {
        self.found.push(Finding::warning(columns, message));
        self.found.len() - 1
    }

    fn node<'e>(&mut self, node: &'e ast::Node) -> Result<Judged<'e>, FilterError> {
        match node {
            ast::Node::Comparison(comparison) => self.comparison(comparison),
            // Its front end says what is odd about it.
            ast::Node::Test(_) => Ok(Judged::new(Truth::Open, None)),
            ast::Node::Not(operand) => {
                let judged = self.node(operand)?;
                Ok(Judged::new(
                    match judged.truth {
                        Truth::Never => Truth::Always,
                        Truth::Always => Truth::Never,
                        Truth::Open => Truth::Open,
                    },
                    judged.cause,
                ))
            }
            ast::Node::Or(operands) => {
                self.repeated(operands);
                let judged = self.all(operands)?;
                Ok(decided(&judged, Truth::Always))
            }
            ast::Node::And(operands) => {
                self.repeated(operands);
                let judged = self.all(operands)?;
                let decided = decided(&judged, Truth::Never);
                let conjuncts: Vec<_> = judged.into_iter().flat_map(|judged| judged.conjuncts).collect();
                if decided.truth == Truth::Open
                    && let Some(cause) = self.contradiction(node, &conjuncts)
                {
                    return Ok(Judged::new(Truth::Never, Some(cause)));
                }
                Ok(Judged { conjuncts, ..decided })
            }
        }
    }

    fn all<'e>(&mut self, operands: &'e [ast::Node]) -> Result<Vec<Judged<'e>>, FilterError> {
        operands.iter().map(|operand| self.node(operand)).collect()
    }

    fn comparison<'e>(&mut self, comparison: &'e Comparison) -> Result<Judged<'e>, FilterError> {
        let compiled = self.compiler.leaf(comparison)?;
        let warned = self.take_over_warnings();
        if let Node::Constant(truth) = compiled {
            let hidden = comparison.attribute == "tag" && self.scope == Scope::Rule;
            let cause = match hidden {
                true => Some(
                    self.find(comparison.columns(), "rules cannot read tags, so `tag` has no value".into()),
                ),
                false => warned,
            };
            return Ok(Judged::new(Truth::of(truth), cause));
        }
        if let Some(why) = impossible(comparison).filter(|_| matches!(compiled, Node::Condition(_))) {
            let cause = match warned {
                Some(warned) => warned,
                None => {
                    let holds = if comparison.negated { "always holds" } else { "never holds" };
                    let message = format!("`{}` {holds}: {why}", visible(&comparison.to_string()));
                    self.find(comparison.columns(), message)
                }
            };
            return Ok(Judged::new(Truth::of(comparison.negated), Some(cause)));
        }
        if let Some(why) = says_little(comparison, &compiled) {
            let message = format!("`{}` {why}", visible(&comparison.to_string()));
            self.find(comparison.columns(), message);
        }
        Ok(Judged { conjuncts: vec![(comparison, compiled)], ..Judged::new(Truth::Open, None) })
    }

    /// Reports a comparison that occurs twice in a chain.
    fn repeated(&mut self, operands: &[ast::Node]) {
        let mut seen = BTreeSet::new();
        for operand in operands {
            if let ast::Node::Comparison(comparison) = operand
                && !seen.insert(comparison.to_string())
            {
                let message = format!("`{}` occurs twice here", visible(&comparison.to_string()));
                self.find(comparison.columns(), message);
            }
        }
    }

    /// Reports two comparisons that cannot hold for the same event.
    fn contradiction(&mut self, and: &ast::Node, conjuncts: &[(&Comparison, Node)]) -> Option<usize> {
        if let Some((first, second)) = contradictory(conjuncts) {
            let text = |comparison: &Comparison| visible(&comparison.to_string());
            let message = format!("`{}` and `{}` never hold together", text(first), text(second));
            return Some(self.find(second.columns(), message));
        }
        let types = DataTypes::of(and)?;
        types
            .names
            .is_empty()
            .then(|| self.find(and.columns(), "the required data types exclude each other".into()))
    }
}

/// Combines the verdicts on operands. If one operand has the truth `decisive`, so has the whole. If
/// all operands have the opposite truth, so has the whole. Otherwise the result is open.
fn decided<'e>(operands: &[Judged<'_>], decisive: Truth) -> Judged<'e> {
    let other = if decisive == Truth::Never { Truth::Always } else { Truth::Never };
    if let Some(one) = operands.iter().find(|operand| operand.truth == decisive) {
        return Judged::new(decisive, one.cause);
    }
    if operands.iter().all(|operand| operand.truth == other) {
        return Judged::new(other, operands.iter().find_map(|operand| operand.cause));
    }
    Judged::new(Truth::Open, None)
}
