//! Comparisons that hold for no value, or for every value.

use crate::ast::{Comparison, Literal, Operator};
use crate::matcher::condition::Test;
use crate::matcher::node::Node;

/// Attributes that are texts in every event.
const TEXTS: [&str; 2] = ["data_type", "timestamp_desc"];

const IN_TEXT: &str = "`inset` asks for a text in quotes, of which the value is a part";

/// Why no value of any attribute satisfies the comparison, negated or not.
pub(super) fn impossible(comparison: &Comparison) -> Option<String> {
    let Comparison { attribute, operator, literal, .. } = comparison;
    let is_number = matches!(literal, Literal::Integer(_) | Literal::Float(_));
    let is_nothing = match literal {
        Literal::Text(text) => text.is_empty(),
        Literal::Integer(number) => *number == 0,
        Literal::Float(number) => *number == 0.0,
        _ => false,
    };
    match (operator, literal) {
        (Operator::Equal, _) if is_nothing => Some("a value that is empty or 0 satisfies no operator".into()),
        (Operator::NotEqual, _) => None,
        (Operator::InSet, _) if is_in_no_text(comparison) => {
            // Negated it holds for events that do not have the attribute.
            (!comparison.negated).then(|| IN_TEXT.into())
        }
        (Operator::InSet, _) => None,
        // The compiler has warned of it.
        (_, Literal::DateTime(..)) => Some("only `timestamp` is compared with a date-time".into()),
        (Operator::Regexp | Operator::InsensitiveRegexp, Literal::Text(pattern)) => {
            cannot_match(pattern).then(|| "the regular expression matches nothing".into())
        }
        (Operator::Regexp | Operator::InsensitiveRegexp, _) => None,
        _ if is_number && TEXTS.contains(&attribute.as_str()) => {
            Some(format!("`{attribute}` is a text, which is compared with a number"))
        }
        _ => None,
    }
}

/// Whether the comparison is an `inset` of something that is not a text.
fn is_in_no_text(comparison: &Comparison) -> bool {
    comparison.operator == Operator::InSet && !matches!(comparison.literal, Literal::Text(_))
}

/// Whether a pattern asks for something before the beginning or behind the end of a text. Only
/// patterns without alternatives, groups, classes and escapes are looked at, so that it is certain.
fn cannot_match(pattern: &str) -> bool {
    if pattern.contains(['\\', '(', '[', '|', '#']) {
        return false;
    }
    let characters: Vec<char> = pattern.chars().collect();
    let is_plain =
        |at: usize| characters.get(at).is_some_and(|c| c.is_alphanumeric() || matches!(c, '/' | '_' | '-'));
    let is_optional = |at: usize| matches!(characters.get(at), Some('?' | '*' | '{'));
    characters.iter().enumerate().any(|(at, c)| match c {
        '^' => at > 0 && is_plain(at - 1) && !is_optional(at + 1),
        '$' => is_plain(at + 1) && !is_optional(at + 2),
        _ => false,
    })
}

/// What is said of a comparison that holds for whatever has the attribute.
pub(super) fn says_little(comparison: &Comparison, compiled: &Node) -> Option<String> {
    let Node::Condition(condition) = compiled else { return None };
    let attribute = &comparison.attribute;
    if condition.negated {
        return is_in_no_text(comparison)
            .then(|| format!("holds only for events without `{attribute}`: {IN_TEXT}"));
    }
    match &condition.test {
        Test::Contains(needle) if needle.exact.is_empty() => {
            Some(format!("holds for every event that has a text in `{attribute}`"))
        }
        Test::Regexp(pattern) if pattern.is_found_everywhere() => {
            Some(format!("holds for every event that has a text in `{attribute}`"))
        }
        Test::InSet(Some(text)) if text.is_empty() => Some("holds for no text".into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::cannot_match;

    #[test]
    fn patterns_that_match_nothing() {
        for pattern in ["a$b", "foo^bar", "x$/y", "a^"] {
            assert!(cannot_match(pattern), "{pattern}");
        }
        for pattern in ["^a$", "a$", "a*^b", "a^?", "a$b?", "a$b*", r"a\$b", "(a|b)$c", "[$a]", "x?^a", "$"] {
            assert!(!cannot_match(pattern), "{pattern}");
        }
    }
}
