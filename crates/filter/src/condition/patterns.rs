//! Many regular expressions.

use super::Regex;
use crate::matcher::text_search::TextSearch;
use crate::pattern::{BadPattern, MAXIMUM_PATTERN_SIZE, OTHERS, Pattern};

/// The maximum size of all compiled patterns together, in bytes.
const MAXIMUM_SIZE: usize = 1 << 30;

/// How many bytes of texts get the fast form of automaton.
const FAST: usize = 1 << 14;

/// The length of the beginning of a required text that is searched for.
const LONGEST: usize = 64;

/// Many regular expressions, of which those are found that match somewhere in a value.
///
/// The texts that the patterns cannot match without are searched for together, and a pattern is
/// tried only if one of its texts was found. So thousands of patterns cost little more than a few.
#[derive(Debug, Clone)]
pub struct Patterns {
    patterns: Vec<Pattern>,
    /// The patterns without required texts, which are always tried.
    always: Vec<u32>,
    /// Searches for the required texts, and has the patterns of each of them.
    search: Option<(TextSearch, Vec<Vec<u32>>)>,
    /// The size of all compiled patterns together, in bytes.
    size: usize,
}

/// A regular expression cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the regular expression cannot be used: {reason}")]
pub struct UnusablePattern {
    /// The position of the expression.
    pub number: usize,
    /// The reason.
    pub reason: String,
    /// How much of the expression was compiled before it was refused, in bytes.
    pub compiled: usize,
}

impl Patterns {
    /// Compiles regular expressions. They are numbered by their positions.
    ///
    /// # Errors
    ///
    /// If one of them is not valid, or they take more than 1 GiB together.
    pub fn new<'r>(regexes: impl IntoIterator<Item = &'r Regex>) -> Result<Self, UnusablePattern> {
        let mut patterns = Vec::new();
        let mut always = Vec::new();
        let mut required = Vec::new();
        let mut size = 0;
        for (number, regex) in regexes.into_iter().enumerate() {
            let unusable = |reason| UnusablePattern { number, reason, compiled: 0 };
            let pattern = Pattern::new(&regex.pattern, regex.flags()).map_err(|bad| match bad {
                BadPattern::TooLarge(reason) => {
                    UnusablePattern { compiled: MAXIMUM_PATTERN_SIZE, ..unusable(reason) }
                }
                BadPattern::Other(reason) => unusable(reason),
            })?;
            size += pattern.size.min(MAXIMUM_PATTERN_SIZE).max(pattern.folded);
            if size > MAXIMUM_SIZE {
                return Err(unusable("all expressions together take too much memory".into()));
            }
            let number = u32::try_from(number).map_err(|_| unusable("there are too many".into()))?;
            match pattern.required() {
                Some(texts) => required.extend(texts.iter().map(|text| (beginning(text), number))),
                None => always.push(number),
            }
            patterns.push(pattern);
        }
        required.sort_unstable();
        let mut texts = Vec::<Box<str>>::new();
        let mut numbers = Vec::<Vec<u32>>::new();
        for (text, number) in required {
            if texts.last() != Some(&text) {
                texts.push(text);
                numbers.push(Vec::new());
            }
            numbers.last_mut().into_iter().for_each(|of_text| of_text.push(number));
        }
        let search = (!texts.is_empty()).then(|| (TextSearch::new(texts, &mut { FAST }), numbers));
        Ok(Self { patterns, always, search, size })
    }

    /// Returns the size of all compiled patterns together, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Returns the number of patterns.
    #[must_use]
    pub fn len(&self) -> usize {
        self.patterns.len()
    }

    /// Returns whether there are no patterns.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Calls `found` with the number of each pattern that matches somewhere in a value, ascending.
    /// Returns `false` if a pattern was not tried, or was stopped, because it would take too long.
    pub fn find(&self, value: &str, mut found: impl FnMut(usize)) -> bool {
        let mut tried = self.always.clone();
        if !value.is_ascii() && value.contains(OTHERS) {
            tried = (0..self.patterns.len() as u32).collect();
        } else if let Some((search, numbers)) = &self.search {
            let mut add = |value: &str| {
                search.search(value, |text| {
                    tried.extend(&numbers[text]);
                    true
                });
            };
            if value.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
                add(value);
            } else {
                add(&value.to_lowercase());
            }
        }
        tried.sort_unstable();
        tried.dedup();
        let mut all_decided = true;
        for number in tried {
            match self.patterns[number as usize].is_found_in(value) {
                Ok(true) => found(number as usize),
                Ok(false) => {}
                Err(_) => all_decided = false,
            }
        }
        all_decided
    }
}

/// Returns the beginning of a required text, which is ASCII.
fn beginning(text: &str) -> Box<str> {
    text[..text.len().min(LONGEST)].into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(patterns: &[&str]) -> Result<Patterns, UnusablePattern> {
        let regex = |pattern: &&str| Regex { pattern: (*pattern).into(), ..Regex::default() };
        let regexes: Vec<_> = patterns.iter().map(regex).collect();
        Patterns::new(&regexes)
    }

    #[test]
    fn patterns_are_found_with_and_without_required_texts() {
        let all =
            patterns(&[r"\\evil\.exe$", "(?i)EVIL", "^.$", "(abc|abd)x", "(?!a)b.d", "(?i)sss"]).unwrap();
        for (value, expected) in [
            (r"C:\evil.exe", &[0, 1][..]),
            (r"C:\Evil.exe", &[1]),
            ("evil.exe.txt", &[1]),
            ("x", &[2]),
            ("abdx", &[3]),
            ("b-d", &[4]),
            ("ſſſ", &[5]),
            ("", &[]),
        ] {
            let mut found = Vec::new();
            assert!(all.find(value, |number| found.push(number)));
            assert_eq!(found, expected, "{value}");
        }
        assert_eq!((all.len(), all.is_empty()), (6, false));
        assert!(!patterns(&["(?!a)b"]).unwrap().find(&"x".repeat(1 << 15), |_| {}));
        assert_eq!(patterns(&["a", "("]).unwrap_err().number, 1);
    }
}
