//! The tests of comparisons in Plaso's language.

use std::cmp::Ordering;

use crate::ast::{Comparison, Literal, Operator};
use crate::compare::Operand;
use crate::matcher::condition::{Needle, Test};
use crate::path::Segments;

/// Returns what an order must be to satisfy the operator.
pub(super) fn order_test(operator: Operator) -> fn(Ordering) -> bool {
    match operator {
        Operator::NotEqual => Ordering::is_ne,
        Operator::Less => Ordering::is_lt,
        Operator::LessOrEqual => Ordering::is_le,
        Operator::Greater => Ordering::is_gt,
        Operator::GreaterOrEqual => Ordering::is_ge,
        _ => Ordering::is_eq,
    }
}

/// Returns the test of a comparison without a regular expression.
pub(super) fn test(comparison: &Comparison) -> Test {
    let literal = &comparison.literal;
    let operand = Operand::of(literal);
    match comparison.operator {
        Operator::Equal => Test::Equals(operand),
        Operator::NotEqual => Test::Differs(operand),
        Operator::Contains => match literal {
            Literal::Text(text) => Test::Contains(Box::new(Needle::new(text))),
            Literal::Path(path) => Test::ContainsPath(Segments::of(path)),
            _ => Test::HasMember(operand),
        },
        Operator::InSet => Test::InSet(match literal {
            Literal::Text(text) => Some(text.as_str().into()),
            _ => None,
        }),
        order => Test::Order(order_test(order), operand),
    }
}
