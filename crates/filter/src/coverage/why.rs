//! Why a rule matches no event, and which event came close.

use events::EventId;

/// Why a rule matches no event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// There is no event of the data types that the rule requires.
    NoDataType {
        /// The data types. Empty if the rule requires several at once.
        data_types: Vec<String>,
        /// A data type of the store with a similar name.
        nearest: Option<String>,
    },
    /// None of the events that come farthest has the attribute of the next condition.
    NoAttribute {
        /// The next condition.
        condition: String,
        /// The attribute.
        attribute: String,
        /// How many events come this far.
        events: u64,
        /// An attribute of events of these data types with a similar name.
        nearest: Option<String>,
    },
    /// None of the events that come farthest meets the next condition.
    NeverTrue {
        /// The condition.
        condition: String,
        /// How many events come this far.
        events: u64,
        /// How many of these events do not have the attribute.
        absent: u64,
        /// Some values that do not meet the condition.
        examples: Vec<Example>,
    },
    /// The store has no readable events.
    NoEvents,
    /// There are too many rules to trace this one, or the events are too large.
    NotFollowed,
}

/// A value that does not meet a condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Example {
    /// The attribute.
    pub attribute: String,
    /// The value, in the syntax of expressions.
    pub value: String,
}

/// An event that came close to matching a rule that matches none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nearest {
    /// The first of the events that came farthest.
    pub event: EventId,
    /// How many conditions hold for it, besides those on the data type.
    pub met: usize,
}
