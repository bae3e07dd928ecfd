//! Finds the data types that an expression requires, for messages about it.
//!
//! The events of a store have some hundred data types, and most rules require one or two of them.
//! The matcher divides rules by the values of any attribute, so it has code of its own.

use std::collections::BTreeSet;

use crate::ast::{Comparison, Literal, Node, Operator};
use crate::condition::{Case, Check, Part, Values};

/// Data types. An event must have one of them to match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DataTypes<'e> {
    pub(crate) names: BTreeSet<&'e str>,
    /// Whether each event with one of these data types matches.
    pub(crate) suffice: bool,
}

impl<'e> DataTypes<'e> {
    /// Returns the data types that `node` requires, or `None` if events of any data type may match.
    pub(crate) fn of(node: &'e Node) -> Option<Self> {
        match node {
            Node::Comparison(comparison) => {
                let name = compared_with(comparison).filter(|_| !comparison.negated)?;
                // A comparison with an empty value never holds.
                Some(Self { names: [name].into(), suffice: !name.is_empty() })
            }
            Node::And(operands) => {
                let asked: Vec<_> = operands.iter().map(Self::of).collect();
                let all_suffice = asked.iter().all(|types| types.as_ref().is_some_and(|types| types.suffice));
                let names = asked.into_iter().flatten().map(|types| types.names);
                let names = names.reduce(|a, b| a.intersection(&b).copied().collect())?;
                Some(Self { names, suffice: all_suffice })
            }
            Node::Or(operands) => {
                let asked: Option<Vec<_>> = operands.iter().map(Self::of).collect();
                let asked = asked?;
                let suffice = asked.iter().all(|types| types.suffice);
                Some(Self { names: asked.into_iter().flat_map(|types| types.names).collect(), suffice })
            }
            Node::Test(test) => match (&test.values, &test.check) {
                (Values::Of(attribute), Check::Text(Part::Whole, name, Case::Exact))
                    if attribute == "data_type" =>
                {
                    Some(Self { names: [name.as_str()].into(), suffice: true })
                }
                _ => None,
            },
            Node::Not(_) => None,
        }
    }
}

/// Returns the data type that a comparison names, whether it is negated or not.
pub(crate) fn compared_with(comparison: &Comparison) -> Option<&str> {
    match &comparison.literal {
        Literal::Text(name)
            if comparison.attribute == "data_type" && comparison.operator == Operator::Equal =>
        {
            Some(name)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::Expression;

    #[test]
    fn what_an_expression_asks_for() {
        for (expression, expected) in [
            ("data_type is 'a'", Some((&["a"][..], true))),
            ("data_type == 'a' and v is 1", Some((&["a"], false))),
            ("data_type is 'a' or data_type is 'b'", Some((&["a", "b"], true))),
            ("data_type is 'a' or data_type is 'b' and v is 1", Some((&["a", "b"], false))),
            ("(data_type is 'a' or data_type is 'b') and data_type is 'b'", Some((&["b"], true))),
            ("data_type is 'a' and data_type is 'b'", Some((&[], true))),
            ("data_type is ''", Some((&[""], false))),
            ("data_type is 'a' or v is 1", None),
            ("data_type is not 'a'", None),
            ("not data_type is 'a'", None),
            ("data_type contains 'a'", None),
            ("data_type is 5", None),
        ] {
            let parsed = Expression::parse(expression).unwrap().unwrap();
            let found = DataTypes::of(&parsed.root);
            let expected = expected
                .map(|(names, suffice)| DataTypes { names: names.iter().copied().collect(), suffice });
            assert_eq!(found, expected, "{expression}");
        }
    }
}
