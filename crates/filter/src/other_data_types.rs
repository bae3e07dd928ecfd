//! Rules and filters for data types that another version of Plaso stores under another name.
//!
//! `data_type is 'a'` becomes `data_type is 'a' or data_type is 'b'` before it is compiled, so that the
//! matcher and the explanations need not know of it.

use crate::ast::{Comparison, Expression, Literal, Node, Operator};
use crate::data_types::compared_with;
use crate::rules::Rules;

/// The name in plaso 20230717 to 20250918 (storage format 20230327), and the name in plaso 20260720. The attributes of
/// these data types are the same. [`renamed`](crate::renamed) has the names of versions before these, too.
const RENAMED: [(&str, &str); 7] = [
    ("ccleaner:configuration", "windows:registry:ccleaner:configuration"),
    ("ccleaner:update", "windows:registry:ccleaner:update"),
    ("setupapi:log:line", "windows:setupapi:log:line"),
    ("task_scheduler:task_cache:entry", "windows:registry:task_scheduler:task_cache:entry"),
    ("windows:wpndatabase:notification", "windows:push_notification:notification"),
    ("windows:wpndatabase:notification_handler", "windows:push_notification:notification_handler"),
    ("winrar:history", "windows:registry:winrar:history"),
];

impl Rules {
    /// Has rules that ask for a data type by `is` match it under its other name, too.
    pub fn accept_other_data_types(&mut self) {
        self.rules.iter_mut().for_each(|rule| rule.condition.accept_other_data_types());
    }
}

impl Expression {
    /// Has comparisons that ask for a data type by `is` or `!=` accept its other name, too.
    pub fn accept_other_data_types(&mut self) {
        accept_in(&mut self.root);
    }
}

/// Returns the other name of a data type.
pub(crate) fn other_data_type(name: &str) -> Option<&'static str> {
    RENAMED.iter().find_map(|&(old, new)| match name {
        _ if old == name => Some(new),
        _ if new == name => Some(old),
        _ => None,
    })
}

fn accept_in(node: &mut Node) {
    match node {
        Node::And(operands) | Node::Or(operands) => operands.iter_mut().for_each(accept_in),
        Node::Not(operand) => accept_in(operand),
        Node::Comparison(comparison) => {
            if let Some(both) = with_other(comparison) {
                *node = both;
            }
        }
    }
}

fn with_other(comparison: &Comparison) -> Option<Node> {
    let equal = Comparison { operator: Operator::Equal, ..comparison.clone() };
    let differs = (comparison.operator == Operator::NotEqual) != comparison.negated;
    let other = match comparison.operator {
        Operator::Equal | Operator::NotEqual => other_data_type(compared_with(&equal)?)?,
        _ => return None,
    };
    let other = Comparison { literal: Literal::Text(other.into()), ..comparison.clone() };
    let both = vec![Node::Comparison(comparison.clone()), Node::Comparison(other)];
    Some(if differs { Node::And(both) } else { Node::Or(both) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::renamed::new_name;

    #[test]
    fn all_are_known_as_renamed() {
        assert!(RENAMED.is_sorted());
        for (old, new) in RENAMED {
            assert_eq!(new_name(old), Some(new));
        }
    }

    #[test]
    fn either_name_stands_for_both() {
        for (written, meant) in [
            (
                "data_type is 'winrar:history'",
                "data_type is 'winrar:history' or data_type is 'windows:registry:winrar:history'",
            ),
            (
                "data_type != 'windows:setupapi:log:line' and v is 1",
                "(data_type != 'windows:setupapi:log:line' and data_type != 'setupapi:log:line') and v is 1",
            ),
            (
                "not data_type is not 'ccleaner:update'",
                "not (data_type is not 'ccleaner:update' and data_type is not 'windows:registry:ccleaner:update')",
            ),
            ("data_type contains 'winrar:history'", "data_type contains 'winrar:history'"),
            (
                "data_type is 'fs:stat' or v is 'winrar:history'",
                "data_type is 'fs:stat' or v is 'winrar:history'",
            ),
        ] {
            let mut expression = Expression::parse(written).unwrap().unwrap();
            expression.accept_other_data_types();
            assert_eq!(expression.to_string().replace(" not is ", " is not "), meant, "{written}");
        }
    }
}
