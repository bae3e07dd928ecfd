//! Two comparisons of one attribute that cannot both hold.

use std::collections::BTreeMap;

use events::Value;

use crate::ast::{Comparison, Literal, Operator};
use crate::matcher::condition::Test;
use crate::matcher::node::Node;
use crate::matcher::scratch::Scratch;

/// How many comparisons of a chain are compared with each other.
const MAXIMUM_COMPARED: usize = 300;

/// Returns two comparisons that cannot both hold for one event, in the order of the source.
pub(super) fn contradictory<'e>(
    conjuncts: &[(&'e Comparison, Node)],
) -> Option<(&'e Comparison, &'e Comparison)> {
    // A field may have several values: one meets the one comparison, another the other.
    let is_single = |node: &Node| match node {
        Node::Condition(condition) => condition.subject.is_single(),
        _ => true,
    };
    let single = conjuncts.iter().filter(|(_, node)| is_single(node));
    let conjuncts: Vec<_> =
        single.take(MAXIMUM_COMPARED).map(|(comparison, node)| (*comparison, node)).collect();
    fixed_otherwise(&conjuncts).or_else(|| empty_range(&conjuncts))
}

/// Finds two comparisons of an attribute that contradict each other: one requires a certain value,
/// and the other does not hold for this value.
fn fixed_otherwise<'e>(conjuncts: &[(&'e Comparison, &Node)]) -> Option<(&'e Comparison, &'e Comparison)> {
    let scratch = Scratch::default();
    for (fixing, compiled) in conjuncts {
        let value = match (&fixing.literal, fixing.operator, compiled) {
            (Literal::Text(text), Operator::Equal, Node::Condition(_)) => Value::String(text.into()),
            (Literal::Integer(number), Operator::Equal, Node::Condition(_)) => Value::Integer(*number),
            _ => continue,
        };
        if fixing.negated {
            continue;
        }
        let is_text = matches!(value, Value::String(_));
        for (other, compiled) in conjuncts.iter().filter(|(other, _)| other.attribute == fixing.attribute) {
            let Node::Condition(condition) = compiled else { continue };
            // 5, 5.0 and True are equal, but only the first is the text `5` for a regular
            // expression.
            if !is_text && matches!(condition.test, Test::Regexp(_)) {
                continue;
            }
            if !condition.holds_for(Some(&value), &scratch) {
                let in_order = fixing.attribute_column < other.attribute_column;
                return Some(if in_order { (fixing, other) } else { (other, fixing) });
            }
        }
    }
    None
}

/// A bound: the number, whether the number itself is excluded, and the comparison that sets the
/// bound.
type Bound<'e> = (i128, bool, &'e Comparison);

/// Finds two comparisons of a time or number that leave no value between them.
fn empty_range<'e>(conjuncts: &[(&'e Comparison, &Node)]) -> Option<(&'e Comparison, &'e Comparison)> {
    let mut ranges: BTreeMap<&str, (Option<Bound<'e>>, Option<Bound<'e>>)> = BTreeMap::new();
    for (comparison, compiled) in conjuncts.iter().filter(|(comparison, _)| !comparison.negated) {
        let (attribute, number) = match (compiled, &comparison.literal) {
            (Node::Time(condition), _) => ("timestamp", condition.microseconds),
            (_, Literal::Integer(number)) => (comparison.attribute.as_str(), *number),
            _ => continue,
        };
        let (least, most) = ranges.entry(attribute).or_default();
        let excluded = matches!(comparison.operator, Operator::Less | Operator::Greater);
        let bound = (number, excluded, *comparison);
        let (raises, lowers) = match comparison.operator {
            Operator::Equal => (true, true),
            Operator::Greater | Operator::GreaterOrEqual => (true, false),
            Operator::Less | Operator::LessOrEqual => (false, true),
            _ => continue,
        };
        if raises && least.is_none_or(|(held, held_excluded, _)| (held, held_excluded) < (number, excluded)) {
            *least = Some(bound);
        }
        if lowers && most.is_none_or(|(held, held_excluded, _)| (held, !held_excluded) > (number, !excluded))
        {
            *most = Some(bound);
        }
        if let (Some((low, low_excluded, low_by)), Some((high, high_excluded, high_by))) = (*least, *most)
            && (low > high || (low == high && (low_excluded || high_excluded)))
        {
            let in_order = low_by.attribute_column < high_by.attribute_column;
            return Some(if in_order { (low_by, high_by) } else { (high_by, low_by) });
        }
    }
    None
}
