//! What is left of a condition once the value of an attribute is known.

use crate::matcher::condition::Test;
use crate::matcher::equality::{Key, key, key_of_check};
use crate::matcher::node::Node;
use crate::subject::Subject;

/// Returns what is left of the node for events of which the subject has this value, or `None` if
/// all is left.
pub(crate) fn left_of(node: &Node, subject: Subject, value: &Key) -> Option<Node> {
    match node {
        // Another value may meet what this one does not.
        Node::Check(check) if check.subject == subject => {
            (key_of_check(check).as_ref() == Some(value)).then_some(Node::Constant(true))
        }
        Node::Condition(condition) if condition.subject == subject => match &condition.test {
            // What has no key may still equal the value: 5.0 equals 5.
            Test::Equals(operand) => key(operand).and_then(|key| {
                let is_met = key == *value;
                // Another value may meet what this one does not.
                (is_met || subject.is_single() && value.excludes_others())
                    .then_some(Node::Constant(is_met != condition.negated))
            }),
            _ => None,
        },
        Node::Not(operand) => left_of(operand, subject, value).map(|left| match left {
            Node::Constant(truth) => Node::Constant(!truth),
            other => Node::Not(Box::new(other)),
        }),
        Node::And(operands) => left_of_all(operands, subject, value, false).map(|left| match left {
            Some(left) => Node::And(left),
            None => Node::Constant(false),
        }),
        Node::Or(operands) => left_of_all(operands, subject, value, true).map(|left| match left {
            Some(left) if left.is_empty() => Node::Constant(false),
            Some(left) => Node::Or(left),
            None => Node::Constant(true),
        }),
        Node::Condition(_) | Node::Check(_) | Node::Constant(_) | Node::Time(_) | Node::Member(..) => None,
    }
    .map(|left| match left {
        Node::And(operands) if operands.is_empty() => Node::Constant(true),
        other => other,
    })
}

/// What is left of operands, of which one that is `deciding` decides all. The outer nothing says
/// that all are left, the inner one that they are decided.
#[expect(clippy::option_option, reason = "unchanged and decided are two things")]
fn left_of_all(
    operands: &[Node],
    subject: Subject,
    value: &Key,
    deciding: bool,
) -> Option<Option<Vec<Node>>> {
    let left: Vec<_> = operands.iter().map(|operand| left_of(operand, subject, value)).collect();
    if left.iter().all(Option::is_none) {
        return None;
    }
    let mut kept = Vec::new();
    for (operand, left) in operands.iter().zip(left) {
        match left.unwrap_or_else(|| operand.clone()) {
            Node::Constant(truth) if truth == deciding => return Some(None),
            Node::Constant(_) => {}
            other => kept.push(other),
        }
    }
    Some(Some(kept))
}
