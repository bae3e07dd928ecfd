//! Makes rules and filters accept the names that other versions of Plaso use for a data type.
//!
//! `data_type is 'a'` becomes `data_type is 'a' or data_type is 'b'` before it is compiled, so the
//! matcher and the explanations need no code for other names.

use std::collections::BTreeSet;

use crate::ast::{Comparison, Expression, Literal, Node, Operator};
use crate::renamed::{new_name, other_names};
use crate::rules::Rules;

/// The data types of Plaso 20230717 to 20250918 (storage format 20230327) that have another name in
/// Plaso 20260720 ([`renamed`](crate::renamed)), and the same attributes.
const WITH_SAME_ATTRIBUTES: [&str; 7] = [
    "ccleaner:configuration",
    "ccleaner:update",
    "setupapi:log:line",
    "task_scheduler:task_cache:entry",
    "windows:wpndatabase:notification",
    "windows:wpndatabase:notification_handler",
    "winrar:history",
];

const DATA_TYPE: &str = "data_type";

/// Names of data types in a rule or a filter, each with its other name.
type OtherNames = BTreeSet<(String, &'static str)>;

impl Rules {
    /// Makes rules that compare the data type by `is` or `!=` also accept its other name. Returns
    /// the names in the rules, each with its other name.
    pub fn accept_other_data_types(&mut self) -> OtherNames {
        // Most rules of a long list name no data type, and need not be read for this.
        let about_data_types = self.rules.iter().filter(|rule| self.is_written_with(rule, DATA_TYPE));
        let conditions = about_data_types.map(|rule| self.condition(rule).into_owned());
        let mut found: OtherNames =
            conditions.flat_map(|mut condition| condition.accept_other_data_types()).collect();
        self.change_kept(|condition| found.extend(condition.accept_other_data_types()));
        self.accept_other_data_types = true;
        found
    }
}

impl Expression {
    /// Makes comparisons of the data type by `is` or `!=` also accept its other name. Returns the
    /// names in the comparisons, each with its other name.
    pub fn accept_other_data_types(&mut self) -> OtherNames {
        let mut found = OtherNames::new();
        accept_in(&mut self.root, &mut found);
        found
    }
}

/// Returns the other name of a data type.
fn other_data_type(name: &str) -> Option<&'static str> {
    if WITH_SAME_ATTRIBUTES.contains(&name) {
        return new_name(name);
    }
    other_names(name).find(|other| WITH_SAME_ATTRIBUTES.contains(other))
}

fn accept_in(node: &mut Node, found: &mut OtherNames) {
    match node {
        Node::And(operands) | Node::Or(operands) => {
            operands.iter_mut().for_each(|operand| accept_in(operand, found));
        }
        Node::Not(operand) => accept_in(operand, found),
        // Its front end knows the names of all versions.
        Node::Test(_) => {}
        Node::Comparison(comparison) => {
            if let Some((asked, other)) = asked_and_other(comparison) {
                found.insert((asked, other));
                *node = with_other(comparison, other);
            }
        }
    }
}

fn asked_and_other(comparison: &Comparison) -> Option<(String, &'static str)> {
    match (comparison.operator, &comparison.literal) {
        (Operator::Equal | Operator::NotEqual, Literal::Text(asked)) if comparison.attribute == DATA_TYPE => {
            Some((asked.clone(), other_data_type(asked)?))
        }
        _ => None,
    }
}

fn with_other(comparison: &Comparison, other: &str) -> Node {
    let differs = (comparison.operator == Operator::NotEqual) != comparison.negated;
    let other = Comparison { literal: Literal::Text(other.into()), ..comparison.clone() };
    let both = vec![Node::Comparison(comparison.clone()), Node::Comparison(other)];
    if differs { Node::And(both) } else { Node::Or(both) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_known_as_renamed() {
        assert!(WITH_SAME_ATTRIBUTES.is_sorted());
        for old in WITH_SAME_ATTRIBUTES {
            assert!(new_name(old).is_some(), "{old}");
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
            let found = expression.accept_other_data_types();
            assert_eq!(found.len(), usize::from(written != meant), "{written}");
            assert_eq!(expression.to_string(), meant, "{written}");
        }
    }
}
