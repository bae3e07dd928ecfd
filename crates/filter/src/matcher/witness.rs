//! What must occur in an event for a condition to hold: its witnesses.
//!
//! A condition with witnesses is looked at only for events in which one of them was found, and all
//! witnesses of an attribute are searched for together.

use crate::compare::Operand;
use crate::matcher::check::{Check, Kind};
use crate::matcher::condition::Test;
use crate::matcher::equality::{Key, key, key_of_check};
use crate::matcher::frequency::Frequency;
use crate::matcher::node::Node;
use crate::pattern::Pattern;
use crate::subject::Subject;

/// What may occur in an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sign {
    /// The attribute equals this.
    Equals(Key),
    /// The text in lower case contains the first, or the list has the second as a member.
    Contains { lower: Box<str>, exact: Box<str> },
    /// The text in lower case contains this; what is no text may always be a match.
    Fragment(Box<str>),
    /// The value is contained in this text.
    IsIn(Box<str>),
    /// The event has the attribute, and it is not empty.
    Present,
    /// The event has the attribute.
    Exists,
}

/// Signs, at least one of which every event shows that meets a condition.
#[derive(Debug, Clone, Default)]
pub(crate) struct Witnesses {
    pub(crate) signs: Vec<(Subject, Sign)>,
    /// How rare the most frequent of them is, roughly.
    rarity: usize,
    /// Whether each event that shows one of them meets the condition.
    pub(crate) suffice: bool,
}

/// A sign of an attribute that equals something is rarer than any text that is contained in it.
const EQUAL: usize = 1 << 10;

/// Of a longer text only the beginning is searched for, in bytes: an automaton takes some tens of
/// bytes for each byte that it searches for.
pub(crate) const LONGEST: usize = 64;

/// Of a text of a condition, even less is searched for, because the condition is tried anyway where
/// its beginning was found.
const LONGEST_FRAGMENT: usize = 24;

/// Returns the witnesses of a condition, or `None` if it may hold for an event that shows nothing.
pub(crate) fn witnesses(node: &Node, frequency: &Frequency) -> Option<Witnesses> {
    match node {
        Node::Condition(condition) if !condition.negated && !condition.subject.is_of_event() => {
            Some(of_test(condition.subject, &condition.test, frequency))
        }
        Node::Check(check) if !check.subject.is_of_event() => Some(of_check(check, frequency)),
        Node::And(operands) => of_all(operands.iter(), frequency),
        // Another member may show it.
        Node::Member(_, operand) => Some(Witnesses { suffice: false, ..witnesses(operand, frequency)? }),
        Node::Or(operands) => {
            let mut any = Witnesses { signs: Vec::new(), rarity: usize::MAX, suffice: true };
            for operand in operands {
                let other = witnesses(operand, frequency)?;
                any.signs.extend(other.signs);
                any.rarity = any.rarity.min(other.rarity);
                any.suffice &= other.suffice;
            }
            Some(any)
        }
        Node::Not(_) | Node::Constant(_) | Node::Time(_) | Node::Condition(_) | Node::Check(_) => None,
    }
}

/// Returns whether a text or a value is known that an event must have to meet the condition.
/// Otherwise the condition is tried on every event, or on every event that has some attributes.
pub(crate) fn is_searched_for(node: &Node) -> bool {
    witnesses(node, &Frequency::default()).is_some_and(|witnesses| witnesses.rarity > 0)
}

/// Returns the rarest witnesses of conditions that must hold together.
pub(crate) fn of_all<'n>(
    operands: impl ExactSizeIterator<Item = &'n Node>,
    frequency: &Frequency,
) -> Option<Witnesses> {
    let several = operands.len() > 1;
    let rarest = rarest(operands.filter_map(|operand| witnesses(operand, frequency)))?;
    Some(Witnesses { suffice: rarest.suffice && !several, ..rarest })
}

fn rarest(all: impl Iterator<Item = Witnesses>) -> Option<Witnesses> {
    all.reduce(|best, other| {
        let is_better = (other.rarity, best.signs.len()) > (best.rarity, other.signs.len());
        if is_better { other } else { best }
    })
}

fn of_test(subject: Subject, test: &Test, frequency: &Frequency) -> Witnesses {
    let one = |sign, rarity, suffice| Witnesses { signs: vec![(subject, sign)], rarity, suffice };
    match test {
        Test::Equals(operand) => match key(operand) {
            Some(key) => one(Sign::Equals(key), EQUAL, true),
            None => one(Sign::Present, 0, false),
        },
        Test::Contains(needle) => {
            let start = needle.lower.floor_char_boundary(LONGEST);
            let sign = Sign::Contains { lower: needle.lower[..start].into(), exact: needle.exact.clone() };
            one(sign, frequency.rarity(subject, &needle.lower, start), start == needle.lower.len())
        }
        // Tried even if found: a list is in a text if all its members are.
        Test::InSet(Some(text)) => one(Sign::IsIn(text.clone()), 1, false),
        Test::Regexp(pattern) => {
            of_pattern(subject, pattern, frequency).unwrap_or_else(|| one(Sign::Present, 0, false))
        }
        Test::HasMember(Operand::Number(_) | Operand::Text(_) | Operand::DateTime | Operand::Path(_))
        | Test::Differs(_)
        | Test::Order(..)
        | Test::ContainsPath(_)
        | Test::InSet(None) => one(Sign::Present, 0, false),
    }
}

fn of_check(check: &Check, frequency: &Frequency) -> Witnesses {
    let one = |sign, rarity, suffice| Witnesses { signs: vec![(check.subject, sign)], rarity, suffice };
    if let Some(key) = key_of_check(check) {
        return one(Sign::Equals(key), EQUAL, !check.reads_event());
    }
    match &check.kind {
        Kind::Text(form) => {
            let fragment = fragment(form.longest_text());
            let rarity = frequency.rarity(check.subject, form.longest_text(), fragment.len());
            match fragment.is_empty() {
                true => one(Sign::Exists, 0, false),
                false => one(Sign::Fragment(fragment.as_str().into()), rarity, false),
            }
        }
        Kind::Regex(pattern) => {
            of_pattern(check.subject, pattern, frequency).unwrap_or_else(|| one(Sign::Exists, 0, false))
        }
        Kind::Exists => one(Sign::Exists, 0, true),
        Kind::Number(..) | Kind::Network(_) | Kind::Other(..) | Kind::OneOf(_) => one(Sign::Exists, 0, false),
    }
}

/// Returns the rarest texts that a pattern cannot match without, or `None` if none are known. Each
/// event that has them costs a try of the pattern, so a text of many rules, such as `mozilla/5.0`,
/// is worse than a shorter one of this rule alone.
fn of_pattern(subject: Subject, pattern: &Pattern, frequency: &Frequency) -> Option<Witnesses> {
    rarest(pattern.all_required().iter().map(|fragments| of_fragments(subject, fragments, frequency)))
}

fn of_fragments(subject: Subject, fragments: &[String], frequency: &Frequency) -> Witnesses {
    let rarity = |text: &String| frequency.rarity(subject, text, text.len());
    Witnesses {
        rarity: fragments.iter().map(rarity).min().unwrap_or(0),
        signs: fragments
            .iter()
            .map(|text| (subject, Sign::Fragment(text[..text.len().min(LONGEST_FRAGMENT)].into())))
            .collect(),
        suffice: false,
    }
}

/// The longest part of a text that each text in lower case has too, cut to what is searched for. A
/// sigma has two forms in lower case.
pub(crate) fn fragment(text: &str) -> String {
    let lower = text.to_lowercase();
    let longest = lower.split(['σ', 'ς']).max_by_key(|part| part.len()).unwrap_or_default();
    longest[..longest.floor_char_boundary(LONGEST_FRAGMENT)].to_owned()
}
