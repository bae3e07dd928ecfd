//! The parser's position in the source, and the basic steps of parsing.

use std::ops::Range;

use crate::FilterError;
use crate::characters::{is_space, is_word};
use crate::error::visible;

pub(super) struct Parser<'s> {
    pub(super) source: &'s str,
    pub(super) at: usize,
    /// A position before `at`, and its column. Columns are counted from here, not from the start
    /// each time.
    pub(super) counted: (usize, usize),
    /// Whether Plaso groups a part of the expression differently.
    pub(super) plaso_differs: bool,
    /// The range of the last text in quotes before `at`.
    pub(super) last_text: Option<Range<usize>>,
}

impl<'s> Parser<'s> {
    pub(super) fn new(source: &'s str, column: usize) -> Self {
        Self { source, at: 0, counted: (0, column), plaso_differs: false, last_text: None }
    }

    pub(super) fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    pub(super) fn column(&mut self) -> usize {
        let (from, column) = self.counted;
        let column = column + self.source[from..self.at].chars().count();
        self.counted = (self.at, column);
        column
    }

    pub(super) fn skip_space(&mut self) {
        self.at = self.source.len() - self.rest().trim_start_matches(is_space).len();
    }

    /// Skips `text` if it comes next, ignoring case. Returns whether it did.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let found = self.rest().get(..text.len()).is_some_and(|here| here.eq_ignore_ascii_case(text));
        if found {
            self.at += text.len();
        }
        found
    }

    /// Returns the word that comes next, or an empty text if there is none.
    pub(super) fn word(&self) -> &'s str {
        let rest = self.rest();
        // Nearly all words are ASCII, and this is called several times for each.
        let is_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
        let end = rest.bytes().position(|byte| !is_of_word(&byte)).unwrap_or(rest.len());
        if rest.as_bytes().get(end).is_none_or(u8::is_ascii) {
            return &rest[..end];
        }
        &rest[..rest.find(|c| !is_word(c) && c != '.').unwrap_or(rest.len())]
    }

    /// Skips a keyword (a word or a symbol) and the space after it, if it comes next. Returns
    /// whether it did.
    pub(super) fn take_keyword(&mut self, word: &str, symbol: &str) -> bool {
        let found = self.word().eq_ignore_ascii_case(word) && self.take(word) || self.take(symbol);
        if found {
            self.skip_space();
        }
        found
    }

    pub(super) fn error(&mut self, expected: &'static str) -> FilterError {
        let found = self.found();
        FilterError::new(self.column(), expected, found).over(self.found_length())
    }

    /// Returns what comes next, for a message.
    pub(super) fn found(&self) -> String {
        match self.here() {
            "" => "the end".into(),
            here => format!("`{}`", visible(here)),
        }
    }

    /// Returns the length of [`found`](Self::found) in the source, in characters.
    pub(super) fn found_length(&self) -> usize {
        self.here().chars().count()
    }

    /// Returns the word, the text in quotes or the character that comes next. Empty at the end.
    pub(super) fn here(&self) -> &'s str {
        let rest = self.rest();
        let word = self.word();
        let length = match rest.chars().next() {
            None => 0,
            Some(_) if !word.is_empty() => word.len(),
            Some(quote @ ('\'' | '"')) => rest[1..].find(quote).map_or(rest.len(), |end| end + 2),
            Some(c) => c.len_utf8(),
        };
        &rest[..length]
    }
}

pub(super) fn is_one_of(word: &str, keywords: &[&str]) -> bool {
    keywords.iter().any(|keyword| keyword.eq_ignore_ascii_case(word))
}
