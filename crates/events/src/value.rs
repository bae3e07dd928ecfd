//! Values of event data attributes.

use std::borrow::Cow;

/// The value of an attribute, as the filter language and the plugins see it.
///
/// A string borrows from the stored JSON if it has no escape sequence.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// JSON `null`. Plaso does not store attributes that are null, but a list can contain null.
    Null,
    /// A truth value.
    Boolean(bool),
    /// A whole number. Python's integers have no limit; one that needs more than 128 bits is read
    /// as a [`Value::Float`].
    Integer(i128),
    /// A number with a fraction or an exponent, or NaN, or an infinity.
    Float(f64),
    /// A text. A lone surrogate, which Python can write, is read as U+FFFD.
    String(Cow<'a, str>),
    /// A list or a tuple. Python's `==` distinguishes the two.
    List {
        /// The members in their order.
        members: Vec<Value<'a>>,
        /// Whether it is a tuple.
        tuple: bool,
    },
    /// Any other object: a date and time, a path specification, a dictionary. The filter language
    /// cannot see its contents.
    Object,
}

impl Value<'_> {
    /// Returns whether the value is true in Python: not `None`, `False`, 0, an empty string or an
    /// empty list.
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

    /// Returns the text, or `None` if the value is not a text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the name of the value's type for messages.
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
