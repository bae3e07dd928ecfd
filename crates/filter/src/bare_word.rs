//! `x is not None`, `x is true`: words that are values elsewhere, and what to write instead.
//!
//! The word in quotes would be a text, which matches nothing, or with `not` nearly everything.

use crate::ast::Operator;

/// Whether the word is a value elsewhere.
pub(crate) fn is_known(word: &str) -> bool {
    ["true", "false", "none", "null", "nil"].iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Returns the comparison that means what the word says, or `None` if the word is not such a one.
pub(crate) fn meant(word: &str, attribute: &str, operator: Operator, negated: bool) -> Option<String> {
    let word = word.to_ascii_lowercase();
    let is_not = negated || operator == Operator::NotEqual;
    let meant = match (word.as_str(), operator) {
        // Whatever is there is different from an empty text; an empty text itself counts as
        // missing.
        ("none" | "null" | "nil", Operator::Equal | Operator::NotEqual) => {
            let not = if is_not { "" } else { "not " };
            format!("{not}{attribute} != ''")
        }
        ("true" | "false", Operator::Equal | Operator::NotEqual) => {
            // False satisfies no operator, as if it were missing.
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
