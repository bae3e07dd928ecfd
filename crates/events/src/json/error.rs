//! Why a text is not the JSON that Plaso writes.

/// The greatest depth of nested lists and objects. Plaso's own event data stays below 8.
pub const MAXIMUM_DEPTH: usize = 128;

/// Why a text is not the JSON that Plaso writes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// The text has something else than expected.
    #[error("expected {expected} at byte {offset}")]
    Expected {
        /// What was expected.
        expected: &'static str,
        /// The position, in bytes from the start of the text.
        offset: usize,
    },
    /// Lists and objects nest deeper than [`MAXIMUM_DEPTH`].
    #[error("lists and objects nest deeper than {MAXIMUM_DEPTH} at byte {offset}")]
    TooDeep {
        /// The position, in bytes from the start of the text.
        offset: usize,
    },
}

pub(super) fn expected<T>(expected: &'static str, offset: usize) -> Result<T, JsonError> {
    Err(JsonError::Expected { expected, offset })
}
