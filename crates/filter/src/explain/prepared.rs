//! A compiled expression that can say of each part whether it holds for an event.

use std::ops::Range;
use std::sync::Arc;

use crate::ast;
use crate::explain::explanation::{Explanation, Part};
use crate::explain::value_seen::value_seen;
use crate::matcher::context::MatchContext;
use crate::matcher::node::Node;

#[derive(Debug, Clone)]
pub(super) enum Prepared {
    And(Vec<Prepared>),
    Or(Vec<Prepared>),
    Not(Box<Prepared>),
    Comparison { text: Arc<str>, attribute: Arc<str>, columns: Range<usize>, compiled: Box<Node> },
}

impl Prepared {
    /// Prepares an expression of which `compiled` is the compiled form, which has the same shape.
    pub(super) fn new(source: &ast::Node, compiled: &Node) -> Self {
        let all = |sources: &[ast::Node], nodes: &[Node]| {
            sources.iter().zip(nodes).map(|(source, node)| Self::new(source, node)).collect()
        };
        match (source, compiled) {
            (ast::Node::And(sources), Node::And(nodes)) => Self::And(all(sources, nodes)),
            (ast::Node::Or(sources), Node::Or(nodes)) => Self::Or(all(sources, nodes)),
            (ast::Node::Not(source), Node::Not(node)) => Self::Not(Box::new(Self::new(source, node))),
            _ => Self::Comparison {
                text: source.to_string().into(),
                attribute: source.attribute().into(),
                columns: source.columns(),
                compiled: Box::new(compiled.clone()),
            },
        }
    }

    /// Returns the number of comparisons.
    pub(super) fn comparisons(&self) -> usize {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::comparisons).sum(),
            Self::Not(part) => part.comparisons(),
            Self::Comparison { .. } => 1,
        }
    }

    pub(super) fn explain(&self, context: &MatchContext<'_, '_>) -> Explanation {
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
            Self::Comparison { text, attribute, columns, compiled } => {
                let holds = compiled.matches(context);
                Explanation {
                    holds,
                    columns: columns.clone(),
                    part: Part::Comparison {
                        text: Arc::clone(text),
                        attribute: Arc::clone(attribute),
                        value: value_seen(compiled, context),
                        matched: match &**compiled {
                            // Otherwise there is nothing to find.
                            Node::Condition(condition) if holds != condition.negated => {
                                condition.find(context)
                            }
                            _ => None,
                        },
                    },
                }
            }
        }
    }
}

fn around(parts: &[Explanation]) -> Range<usize> {
    let start = parts.first().map_or(0, |part| part.columns.start);
    start..parts.last().map_or(start, |part| part.columns.end)
}
