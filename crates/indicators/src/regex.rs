//! Regular expressions of lists.

use filter::condition::{Patterns, Regex};

/// The longest expression, in bytes.
const LONGEST: usize = 4 << 10;

/// Checks that an expression can be compiled, in Python's syntax, and is not too large. The matcher
/// relies on it.
pub(crate) fn check_regex(pattern: &str) -> Result<(), String> {
    if pattern.len() > LONGEST {
        return Err(format!("the regular expression is longer than {} KiB", LONGEST >> 10));
    }
    Patterns::new([&regex(pattern)]).map(|_| ()).map_err(|error| error.to_string())
}

/// Returns an expression that matches just this text.
pub(crate) fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if character.is_ascii_punctuation() {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

/// Returns an expression of a list as the matcher compiles it: the case of letters counts, and `.`
/// is any character.
pub(crate) fn regex(pattern: &str) -> Regex {
    Regex { pattern: pattern.to_owned(), dot_matches_line_end: true, ..Regex::default() }
}
