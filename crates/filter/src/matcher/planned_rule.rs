//! What is left to meet of a rule while rules are sorted.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::matcher::bucket::Rest;
use crate::matcher::equality::{self, Equalities, Key};
use crate::matcher::node::Node;
use crate::subject::Subject;

/// What is left to meet of a rule.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) label: u32,
    pub(crate) of_data: Vec<Part>,
    pub(crate) of_event: Rc<Vec<Node>>,
    /// The number of the rule of which this is left.
    pub(crate) number: u32,
}

/// A condition of a rule.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Parts of the same number are the same.
    pub(crate) number: u32,
    pub(crate) node: Rc<Node>,
}

/// What tells rules apart: the numbers of the rule and of its parts that are left.
pub(crate) type Identity = (u32, Vec<u32>);

impl Rule {
    pub(crate) fn is_met(&self) -> bool {
        self.of_data.is_empty() && self.of_event.is_empty()
    }

    pub(crate) fn equalities(&self) -> Equalities {
        equality::of_all(self.of_data.iter().map(|part| &*part.node))
    }

    /// The rule without the parts that every event meets of which the subject has one of these
    /// values.
    pub(crate) fn without_decided(mut self, subject: Subject, keys: &BTreeSet<Key>) -> Self {
        self.of_data.retain(|part| {
            let equalities = equality::equalities(&part.node);
            !equalities.get(&subject).is_some_and(|values| values.suffice && keys.is_subset(&values.keys))
        });
        self
    }

    /// How many nodes its conditions have.
    pub(crate) fn size(&self) -> usize {
        self.of_data.iter().map(|part| part.node.size()).sum()
    }

    pub(crate) fn identity(&self) -> Identity {
        (self.number, self.of_data.iter().map(|part| part.number).collect())
    }

    /// The rule to be tried, if this bucket was reached.
    pub(crate) fn finish(self, bucket: Option<u32>) -> Rest {
        Rest {
            bucket,
            label: self.label,
            of_data: self.of_data.into_iter().map(|part| Rc::unwrap_or_clone(part.node)).collect(),
            of_event: Rc::unwrap_or_clone(self.of_event),
        }
    }
}

/// Takes apart what must hold together; returns `false` if that can never be.
pub(crate) fn flatten(node: Node, take: &mut impl FnMut(Node)) -> bool {
    match node {
        Node::And(operands) => operands.into_iter().all(|operand| flatten(operand, take)),
        Node::Constant(truth) => truth,
        other => {
            take(other);
            true
        }
    }
}
