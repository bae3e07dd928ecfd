//! The models as JSON.

use std::fmt::Write as _;

use events::printable;
use serde::Serialize;

/// The version of the models, which the JSON says; it changes when a field changes its meaning or
/// goes.
pub const FORMAT_VERSION: u32 = 1;

/// The model as JSON, with all escaped that a terminal could take for a command.
///
/// # Errors
///
/// If it cannot be written as JSON, which no model of this crate is a reason for.
pub fn json(model: &impl Serialize) -> serde_json::Result<String> {
    Ok(harmless_json(&serde_json::to_string_pretty(model)?) + "\n")
}

/// JSON with all escaped that a terminal could take for a command. It says the same.
#[must_use]
pub fn harmless_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        // Such characters stand within texts only, where JSON has an escape of its own for them.
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
