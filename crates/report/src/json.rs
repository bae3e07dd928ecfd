//! Writes the models as JSON.

use std::fmt::Write as _;

use events::printable;
use serde::Serialize;

/// The version of the models, which the JSON contains. It changes if a field is removed or gets
/// another meaning.
pub const FORMAT_VERSION: u32 = 2;

/// Returns the model as JSON. Characters that control a terminal are escaped.
///
/// # Errors
///
/// If the model cannot be written as JSON. This does not happen with the models of this crate.
pub fn json(model: &impl Serialize) -> serde_json::Result<String> {
    Ok(harmless_json(&serde_json::to_string_pretty(model)?) + "\n")
}

/// Escapes the characters in JSON that control a terminal. The meaning of the JSON stays the same.
#[must_use]
pub fn harmless_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        // In JSON, such characters are only inside texts, where they can be written as escapes.
        if printable(c.encode_utf8(&mut [0; 4])).len() == c.len_utf8() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_nothing_is_a_command() {
        let given = "a\u{1b}[31m\u{9b}\n\u{202e}é\u{7f}\"\\";
        let text = json(&given).unwrap();
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), given);
        assert_eq!(printable(&text), text);
    }
}
