//! Rules that every event must be tried on.

use super::finding::Finding;
use crate::ast::{Expression, Node};
use crate::diagnostic::Severity;
use crate::subject::TIMESTAMP;

/// Hints that a rule is tried on every event, because an event need not have any attribute to
/// match.
///
/// The matcher tries a rule only on events that show something that the rule asks for.
pub(super) fn tried_always(expression: &Expression) -> Option<Finding> {
    if asks_for_something(&expression.root) {
        return None;
    }
    let message = "this rule is tried on every event, because it asks for no attribute that an event must have; \
                   one such as `data_type is '…'` makes it faster";
    Some(Finding {
        severity: Severity::Hint,
        columns: expression.root.columns(),
        message: message.into(),
        suggestion: None,
    })
}

fn asks_for_something(node: &Node) -> bool {
    match node {
        Node::And(operands) => operands.iter().any(asks_for_something),
        Node::Or(operands) => operands.iter().all(asks_for_something),
        Node::Not(_) => false,
        Node::Comparison(comparison) => {
            let attribute = comparison.attribute.as_str();
            !comparison.negated && attribute != "timestamp_desc" && !TIMESTAMP.contains(&attribute)
        }
    }
}
