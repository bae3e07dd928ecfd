//! Values of event data attributes.

use std::borrow::Cow;

/// The value of an attribute, as the filter language and the plugins see it.
///
/// Strings borrow from the stored JSON where they contain no escape.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// JSON `null`; Plaso leaves such attributes out, but lists contain it.
    Null,
    /// A truth value.
    Boolean(bool),
    /// A whole number. Python's have no bound: one beyond 128 bits is read as a [`Value::Float`].
    Integer(i128),
    /// A number with a fraction or an exponent, NaN and the infinities included.
    Float(f64),
    /// A text. A lone surrogate, which Python can write, is read as U+FFFD.
    String(Cow<'a, str>),
    /// A list or a tuple; the flag tells which (Python's `==` does).
    List {
        /// The members in their order.
        members: Vec<Value<'a>>,
        /// Whether it is a tuple.
        tuple: bool,
    },
    /// Anything else: a date-time, a path specification, a dictionary. Nothing in the filter language can
    /// look into it.
    Object,
}

impl Value<'_> {
    /// Whether Python would take the value as true: not `None`, `False`, 0, "" nor an empty list.
    #[must_use]
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Boolean(value) => *value,
            Self::Integer(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::String(text) => !text.is_empty(),
            Self::List { members, .. } => !members.is_empty(),
            Self::Object => true,
        }
    }

    /// The text, if the value is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// What to call the value's type in a message.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Boolean(_) => "a truth value",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a floating-point number",
            Self::String(_) => "a text",
            Self::List { .. } => "a list",
            Self::Object => "an object",
        }
    }
}
