//! A compiled condition of a rule or filter, as a tree.

use std::cmp::Ordering;

use events::EventView;

use crate::fields::Field;
use crate::matcher::check::Check;
use crate::matcher::condition::Condition;
use crate::matcher::context::MatchContext;

/// A compiled expression.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Constant(bool),
    Time(TimeCondition),
    Condition(Box<Condition>),
    Check(Box<Check>),
    /// One member of a registry key meets this alone.
    Member(Field, Box<Node>),
}

/// A comparison of the event's time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimeCondition {
    pub(crate) is_met: fn(Ordering) -> bool,
    pub(crate) negated: bool,
    pub(crate) microseconds: i128,
}

impl Node {
    /// How many nodes it has, itself included.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::And(operands) | Self::Or(operands) => 1 + operands.iter().map(Self::size).sum::<usize>(),
            Self::Not(operand) | Self::Member(_, operand) => 1 + operand.size(),
            Self::Constant(_) | Self::Time(_) | Self::Condition(_) | Self::Check(_) => 1,
        }
    }

    /// Whether it depends on the event itself, so that events of one event data may differ in it.
    pub(crate) fn reads_event(&self) -> bool {
        match self {
            Self::And(operands) | Self::Or(operands) => operands.iter().any(Self::reads_event),
            Self::Not(operand) | Self::Member(_, operand) => operand.reads_event(),
            Self::Constant(_) => false,
            Self::Time(_) => true,
            Self::Condition(condition) => condition.subject.is_of_event(),
            Self::Check(check) => check.reads_event(),
        }
    }

    /// Whether the event matches.
    pub(crate) fn matches(&self, context: &MatchContext<'_, '_>) -> bool {
        match self {
            Self::And(operands) => operands.iter().all(|operand| operand.matches(context)),
            Self::Or(operands) => operands.iter().any(|operand| operand.matches(context)),
            Self::Not(operand) => !operand.matches(context),
            Self::Constant(truth) => *truth,
            Self::Time(condition) => condition.holds(context.event),
            Self::Condition(condition) => condition.holds(context),
            Self::Check(check) => check.holds(context),
            Self::Member(field, operand) => context.has_member(*field, || operand.matches(context)),
        }
    }
}

impl TimeCondition {
    fn holds(&self, event: &EventView<'_>) -> bool {
        // As for any attribute: one that the event does not have meets negated comparisons only.
        let time = event.event.timestamp.map(|time| i128::from(time.0));
        time.is_some_and(|time| (self.is_met)(time.cmp(&self.microseconds))) != self.negated
    }
}
