//! Comparisons that hold for no value or for every value.

use crate::ast::{Comparison, Literal, Operator};
use crate::fields::FieldNames;
use crate::matcher::condition::Test;
use crate::matcher::node::Node;

/// Attributes that are a text in every event.
const TEXTS: [&str; 2] = ["data_type", "timestamp_desc"];

const IN_TEXT: &str = "`inset` needs a text in quotes that contains the value";

/// Returns the reason if the comparison, without its `not`, holds for no value. Otherwise returns
/// `None`.
pub(super) fn impossible(comparison: &Comparison) -> Option<String> {
    let Comparison { attribute, operator, literal, .. } = comparison;
    let is_number = matches!(literal, Literal::Integer(_) | Literal::Float(_));
    let is_nothing = match literal {
        Literal::Text(text) => text.is_empty(),
        // A field is a text, such as `0`.
        _ if FieldNames::split(attribute).is_some() => false,
        Literal::Integer(number) => *number == 0,
        Literal::Float(number) => *number == 0.0,
        _ => false,
    };
    match (operator, literal) {
        (Operator::Equal, _) if is_nothing => Some("an empty value or 0 never satisfies a comparison".into()),
        (Operator::NotEqual, _) => None,
        (Operator::InSet, _) if is_in_no_text(comparison) => {
            // With `not` it holds for events without the attribute.
            (!comparison.negated).then(|| IN_TEXT.into())
        }
        (Operator::InSet, _) => None,
        // The compiler has warned about this.
        (_, Literal::DateTime(..)) => Some("only `timestamp` is compared with a date-time".into()),
        (Operator::Regexp | Operator::InsensitiveRegexp, Literal::Text(pattern)) => {
            cannot_match(pattern).then(|| "the regular expression matches nothing".into())
        }
        (Operator::Regexp | Operator::InsensitiveRegexp, _) => None,
        _ if is_number && TEXTS.contains(&attribute.as_str()) => {
            Some(format!("`{attribute}` is a text and is compared with a number"))
        }
        _ => None,
    }
}

/// Returns whether the comparison is an `inset` with a value that is not a text.
fn is_in_no_text(comparison: &Comparison) -> bool {
    comparison.operator == Operator::InSet && !matches!(comparison.literal, Literal::Text(_))
}

/// Returns whether a pattern requires something before the start or after the end of a text.
/// Patterns with alternatives, groups, classes or escapes are not examined, so that the answer is
/// certain.
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

/// Returns a message if the comparison holds for every event, or for no event, that has the
/// attribute.
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
