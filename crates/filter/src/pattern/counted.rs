//! A text that counts how often a backtracking pattern goes to it.
//!
//! The engine does not say how much it reads. A part of a pattern that needs no backtracking, such
//! as `.*evil` in `(?=.*evil)`, is no step if it matches and one step if it does not, but it may
//! read the whole rest of the text. Each such part asks for the bytes of the text first, and here
//! this is seen. The counts depend on the pattern and the text alone.

use std::cell::Cell;
use std::ops::Range;

use fancy_regex::Input;

/// A text, and how often its bytes were asked for.
pub(super) struct Counted<'t> {
    text: &'t str,
    times: Cell<u64>,
}

impl<'t> Counted<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, times: Cell::new(0) }
    }

    /// Returns how often its bytes were asked for.
    pub(super) fn times(&self) -> u64 {
        self.times.get()
    }
}

impl Input for Counted<'_> {
    type Match<'m>
        = Range<usize>
    where
        Self: 'm;

    fn len(&self) -> usize {
        self.text.len()
    }

    fn as_bytes(&self) -> &[u8] {
        self.times.set(self.times.get().saturating_add(1));
        self.text.as_bytes()
    }

    fn is_char_boundary(&self, index: usize) -> bool {
        self.text.is_char_boundary(index)
    }

    fn is_ascii(&self) -> bool {
        self.text.is_ascii()
    }

    fn prev_codepoint_ix(&self, index: usize) -> usize {
        <str as Input>::prev_codepoint_ix(self.text, index)
    }

    fn make_match(&self, start: usize, end: usize) -> Range<usize> {
        start..end
    }

    fn advance_position(&self, index: usize) -> usize {
        <str as Input>::advance_position(self.text, index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns how often a pattern goes to a text.
    fn times(pattern: &str, text: &str) -> u64 {
        let counted = Counted::new(text);
        fancy_regex::Regex::new(pattern).unwrap().is_match(&counted).unwrap();
        counted.times()
    }

    #[test]
    fn each_part_that_reads_the_text_is_counted() {
        let text = "a".repeat(1_000);
        assert!((1_000..5_000).contains(&times("(?=.*evil)(?=.*tool)", &text)));
        assert!((2_000..5_000).contains(&times("(?=.*a)(?=.*tool)", &text)));
        assert!(times("^(?!.*evil).*tool", &text) < 10);
    }

    #[test]
    fn matches_are_those_of_the_text() {
        for (pattern, text) in [
            ("(?<=é)b(?!c)", "ébcéb"),
            (r"(.)\1", "a€€"),
            ("(?=😀)", "x😀"),
            (r"(?<!a)\z", "b"),
            ("(?=b)c", ""),
        ] {
            let regex = fancy_regex::Regex::new(pattern).unwrap();
            let expected = regex.find(text).unwrap().map(|found| found.range());
            assert_eq!(regex.find(&Counted::new(text)).unwrap(), expected, "{pattern}");
        }
    }
}
