//! Finds rules that the matcher must try on every event.

use super::finding::Finding;
use crate::ast::{Expression, Node};
use crate::condition::Values;
use crate::diagnostic::Severity;
use crate::subject::TIMESTAMP;

/// Returns a hint if the matcher must try the rule on every event, because an event can match it
/// without having any attribute.
///
/// Other rules are tried only on events that have something that the rule requires.
pub(super) fn tried_always(expression: &Expression) -> Option<Finding> {
    if asks_for_something(&expression.root) {
        return None;
    }
    let message = "this rule is tried on every event, because it requires no attribute; \
                   a condition such as `data_type is '…'` makes it faster";
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
        Node::Test(test) => test.values != Values::Of("timestamp_desc".into()),
        Node::Comparison(comparison) => {
            let attribute = comparison.attribute.as_str();
            !comparison.negated && attribute != "timestamp_desc" && !TIMESTAMP.contains(&attribute)
        }
    }
}
