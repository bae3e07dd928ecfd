//! How many bytes of values a message may take.

use events::Value;

/// How many bytes of values a message may read and make, if they are not a single value. A hostile
/// file of formatters can name a long value a million times without writing any of it.
pub(super) const MAXIMUM_READ: usize = 16 << 20;

/// Returns the approximate size of a value in bytes.
pub(super) fn size(value: &Value<'_>) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::List { members, .. } => members.iter().map(|member| 16 + size(member)).sum(),
        _ => 8,
    }
}
