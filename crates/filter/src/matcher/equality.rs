//! The values that an attribute must have for a condition to hold.
//!
//! Most rules begin with a data type, a source or an event identifier. An event has one value of
//! each of them, so the rules that ask for others need not be looked at.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::compare::Operand;
use crate::condition::Case;
use crate::matcher::check::{Check, Kind};
use crate::matcher::condition::Test;
use crate::matcher::node::Node;
use crate::number::Number;
use crate::subject::Subject;

/// A value that an attribute may equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// The value is this text.
    Text(Box<str>),
    /// The value is this number.
    Number(i128),
    /// One of the values ([`crate::matcher::values`]) is this text, in this case.
    One(Case, Box<str>),
}

impl Key {
    /// Whether a subject that has at most one value can have no other key of this kind besides.
    pub(crate) fn excludes_others(&self) -> bool {
        !matches!(self, Self::One(..))
    }
}

/// The values of an attribute, one of which an event must have to meet a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Values {
    pub(crate) keys: BTreeSet<Key>,
    /// Whether each event that has one of the values meets the condition.
    pub(crate) suffice: bool,
}

impl Values {
    fn exclude_others(&self) -> bool {
        self.keys.iter().all(Key::excludes_others)
    }
}

/// What attributes must equal for a condition to hold.
pub(crate) type Equalities = BTreeMap<Subject, Values>;

/// Returns the attributes of event data that must have one of some values for the node to hold.
pub(crate) fn equalities(node: &Node) -> Equalities {
    match node {
        Node::Condition(condition) if !condition.negated && !condition.subject.is_of_event() => {
            let Test::Equals(operand) = &condition.test else {
                return Equalities::new();
            };
            let keys =
                key(operand).map(|key| (condition.subject, Values { keys: [key].into(), suffice: true }));
            keys.into_iter().collect()
        }
        Node::Check(check) if !check.reads_event() => {
            let keys =
                key_of_check(check).map(|key| (check.subject, Values { keys: [key].into(), suffice: true }));
            keys.into_iter().collect()
        }
        Node::And(operands) => of_all(operands.iter()),
        Node::Or(operands) => of_any(operands),
        _ => Equalities::new(),
    }
}

/// The key of an operand. An empty text and 0 have none: Plaso takes these for missing, though a
/// field may be the text `0`.
pub(crate) fn key(operand: &Operand) -> Option<Key> {
    match operand {
        Operand::Text(text) if !text.is_empty() => Some(Key::Text(text.clone())),
        Operand::Number(Number::Integer(number)) if *number != 0 => Some(Key::Number(*number)),
        _ => None,
    }
}

/// The key of a check: the text that one of its subject's values must be.
pub(crate) fn key_of_check(check: &Check) -> Option<Key> {
    match &check.kind {
        Kind::Text(form) => form.only_text().map(|text| Key::One(form.case, text.into())),
        _ => None,
    }
}

/// Returns what attributes must equal for all of the nodes to hold.
pub(crate) fn of_all<'n>(operands: impl ExactSizeIterator<Item = &'n Node>) -> Equalities {
    let mut all = Equalities::new();
    let mut sufficing = BTreeMap::<Subject, usize>::new();
    let count = operands.len();
    for operand in operands {
        for (subject, values) in equalities(operand) {
            let sufficing = sufficing.entry(subject).or_default();
            match all.entry(subject) {
                Entry::Vacant(entry) => {
                    *sufficing += usize::from(values.suffice);
                    entry.insert(values);
                }
                Entry::Occupied(mut entry)
                    if subject.is_single() && values.exclude_others() && entry.get().exclude_others() =>
                {
                    *sufficing += usize::from(values.suffice);
                    entry.get_mut().keys.retain(|key| values.keys.contains(key));
                }
                // One value may meet the one, and another the other.
                Entry::Occupied(entry) => {
                    *sufficing += usize::from(values.suffice && values.keys == entry.get().keys);
                }
            }
        }
    }
    for (subject, values) in &mut all {
        values.suffice = sufficing.get(subject) == Some(&count);
    }
    all
}

fn of_any(operands: &[Node]) -> Equalities {
    let mut operands = operands.iter().map(equalities);
    let Some(mut any) = operands.next() else {
        return Equalities::new();
    };
    for other in operands {
        any.retain(|subject, values| match other.get(subject) {
            Some(others) => {
                values.keys.extend(others.keys.iter().cloned());
                values.suffice &= others.suffice;
                true
            }
            None => false,
        });
    }
    any
}
