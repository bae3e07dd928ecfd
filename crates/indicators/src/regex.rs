//! Regular expressions of lists.

use filter::condition::{Patterns, Regex};

/// The longest expression, in bytes.
const LONGEST: usize = 4 << 10;

/// How much is compiled for all expressions together, in bytes. The matcher cannot hold more.
const MOST: usize = 1 << 30;

const TOO_LARGE_TOGETHER: &str =
    "the regular expressions before it are too large together, so this one is not used; divide the lists";

/// Checks the expressions of lists. A short expression can take long to compile, and a list may
/// have many, so all of them together are bounded.
#[derive(Debug, Clone, Default)]
pub(crate) struct RegexCheck {
    /// How much was compiled so far, in bytes.
    compiled: usize,
}

impl RegexCheck {
    /// Checks that an expression can be compiled, in Python's syntax, and is not too large. The
    /// matcher relies on it.
    pub(crate) fn check(&mut self, pattern: &str) -> Result<(), String> {
        if pattern.len() > LONGEST {
            return Err(format!("the regular expression is longer than {} KiB", LONGEST >> 10));
        }
        if self.compiled >= MOST {
            return Err(TOO_LARGE_TOGETHER.into());
        }
        match Patterns::new([&regex(pattern)]) {
            Ok(compiled) if self.compiled.saturating_add(compiled.size()) > MOST => {
                // No later one is compiled only to be refused.
                self.compiled = MOST;
                Err(TOO_LARGE_TOGETHER.into())
            }
            Ok(compiled) => {
                self.compiled += compiled.size();
                Ok(())
            }
            Err(error) => {
                self.compiled = self.compiled.saturating_add(error.compiled);
                Err(error.to_string())
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Each of them takes as long to refuse as the largest one that is accepted.
    #[test]
    fn expressions_are_no_longer_compiled_if_they_are_too_large_together() {
        let mut check = RegexCheck::default();
        let reasons: Vec<_> = (0..500).map(|_| check.check("(a{0,900}){0,900}").unwrap_err()).collect();
        let compiled = reasons.iter().filter(|reason| !reason.contains("together")).count();
        assert!((50..=110).contains(&compiled), "{compiled} were compiled");
        assert!(check.check("a").unwrap_err().contains("this one is not used"));
        // A matcher can hold all that were accepted, even if the last ones are of other sizes.
        let mut check = RegexCheck::default();
        let (small, large) = ("a?b(?!c)".to_owned(), "a{9000}(?!c)".to_owned());
        let of_number = |number: usize| if number == 0 { &small } else { &large };
        let accepted = (0..5_000).map(of_number).filter(|pattern| check.check(pattern).is_ok());
        let accepted: Vec<_> = accepted.map(|pattern| regex(pattern)).collect();
        assert!((2..5_000).contains(&accepted.len()), "{}", accepted.len());
        Patterns::new(&accepted).unwrap();
        // A slip costs nothing.
        let mut check = RegexCheck::default();
        (0..500).for_each(|_| assert!(check.check("(").is_err()));
        check.check("a").unwrap();
    }
}
