//! Which format an event has.

use crate::Attributes;
use crate::built_in::BuiltIn;

/// The maximum size of a message, in bytes.
const MAXIMUM_MESSAGE: usize = 1 << 20;

/// Says how events of each data type become a message.
#[derive(Debug, Clone)]
pub struct Formats {
    built_in: BuiltIn,
}

impl Formats {
    /// The built-in formats.
    #[must_use]
    pub fn built_in() -> Self {
        Self { built_in: BuiltIn::new() }
    }

    /// Returns the message of an event. It depends on the event data alone, so the events that
    /// share an event data have the same message. It may have several lines, and is cut at 1 MiB.
    #[must_use]
    pub fn message(&self, attributes: &Attributes<'_>) -> String {
        let mut message = self.built_in.message(attributes).unwrap_or_else(|| attributes.in_words());
        if message.len() > MAXIMUM_MESSAGE {
            message.truncate(message.floor_char_boundary(MAXIMUM_MESSAGE));
            message.push('…');
        }
        message
    }
}
