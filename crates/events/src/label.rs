//! Labels of event tags.

use std::fmt;
use std::sync::Arc;

/// The label that Plaso gives to the events of what it recovered.
pub const RECOVERED: &str = "recovered";

/// Why a text cannot be a label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a valid label: a label consists of the letters A to Z and a to z, digits and underscores"
)]
pub struct InvalidLabel(pub String);

/// A label: letters, digits and underscores.
///
/// Plaso silently drops all tags of an event if one of its labels has another character. So a label
/// with other characters cannot exist here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(Arc<str>);

impl Label {
    /// Makes a label from a text.
    ///
    /// # Errors
    ///
    /// If the text is empty or has a character other than `[A-Za-z0-9_]`.
    pub fn new(text: &str) -> Result<Self, InvalidLabel> {
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            Ok(Self(text.into()))
        } else {
            Err(InvalidLabel(text.chars().take(64).collect()))
        }
    }

    /// Returns the label's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_word_characters() {
        assert_eq!(Label::new("session_12").unwrap().as_str(), "session_12");
        for text in ["", "a b", "a-b", "é", "a\u{1b}[31m"] {
            assert!(Label::new(text).is_err(), "{text:?}");
        }
    }
}
