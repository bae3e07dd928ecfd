//! Regular expressions that are none in any syntax.

use regex_syntax::ast::ErrorKind;
use regex_syntax::ast::parse::Parser;

/// Returns whether a pattern that was refused is no regular expression in any syntax.
pub(super) fn is_malformed(pattern: &str) -> bool {
    let Err(error) = Parser::new().parse(pattern) else { return false };
    matches!(
        error.kind(),
        ErrorKind::ClassRangeInvalid
            | ErrorKind::ClassUnclosed
            | ErrorKind::EscapeUnexpectedEof
            | ErrorKind::GroupUnclosed
            | ErrorKind::GroupUnopened
            | ErrorKind::RepetitionMissing
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_malformed() {
        for pattern in ["(a", "a)", "*a", "[a", "[z-a]", "a\\"] {
            assert!(is_malformed(pattern), "{pattern}");
        }
        for pattern in ["a", "(?=a)?", "(a)\\1", "\\p{Nothing}", "\\Ga", "(a{1000}){1000}"] {
            assert!(!is_malformed(pattern), "{pattern}");
        }
    }
}
