//! Words such as `None` and `true`, which are values in other languages, and what to write instead.
//!
//! The word in quotes would be a text, which matches nothing (or nearly everything after `not`).

use crate::ast::Operator;

/// Returns whether the word is a value in other languages.
pub(crate) fn is_known(word: &str) -> bool {
    ["true", "false", "none", "null", "nil"].iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Returns a comparison with the meaning that the word has in other languages, or `None` if there
/// is none.
pub(crate) fn meant(word: &str, attribute: &str, operator: Operator, negated: bool) -> Option<String> {
    let word = word.to_ascii_lowercase();
    let is_not = negated || operator == Operator::NotEqual;
    let meant = match (word.as_str(), operator) {
        // Every value differs from an empty text, except the empty text itself, which counts as
        // missing.
        ("none" | "null" | "nil", Operator::Equal | Operator::NotEqual) => {
            let not = if is_not { "" } else { "not " };
            format!("{not}{attribute} != ''")
        }
        ("true" | "false", Operator::Equal | Operator::NotEqual) => {
            // A comparison with a value that is false never holds, as if the value were missing.
            let not = if (word == "true") == is_not { "not " } else { "" };
            format!("{attribute} is {not}1")
        }
        ("true", Operator::Contains) => {
            let not = if negated { "not " } else { "" };
            format!("{attribute} {not}contains 1")
        }
        _ => return None,
    };
    Some(format!("`{meant}`"))
}
