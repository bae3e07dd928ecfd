//! Why a text is not the JSON that Plaso writes.

/// How deep lists and objects may nest. Plaso's own event data stays below 8.
pub const MAXIMUM_DEPTH: usize = 128;

/// Why a text is not the JSON that Plaso writes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Something else stands where the named thing should.
    #[error("expected {expected} at byte {offset}")]
    Expected {
        /// What should stand there.
        expected: &'static str,
        /// Where, in bytes from the text's start.
        offset: usize,
    },
    /// Lists and objects nest deeper than [`MAXIMUM_DEPTH`].
    #[error("lists and objects nest deeper than {MAXIMUM_DEPTH} at byte {offset}")]
    TooDeep {
        /// Where, in bytes from the text's start.
        offset: usize,
    },
}

pub(super) fn expected<T>(expected: &'static str, offset: usize) -> Result<T, JsonError> {
    Err(JsonError::Expected { expected, offset })
}
