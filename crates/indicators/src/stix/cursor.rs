//! The words, texts and signs of a STIX pattern.

use std::borrow::Cow;

/// A place in a pattern.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// Why a pattern cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column} of the pattern: {reason}")]
pub(crate) struct PatternError {
    /// The column, from 1, in characters.
    pub(crate) column: usize,
    /// The reason.
    pub(crate) reason: String,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut cursor = Self { text, at: 0 };
        cursor.skip_space();
        cursor
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    /// Returns the text from a position up to here.
    pub(super) fn since(&self, start: usize) -> &'a str {
        self.text[start..self.at].trim_end()
    }

    pub(super) fn error(&self, reason: impl Into<String>) -> PatternError {
        PatternError { column: self.text[..self.at].chars().count() + 1, reason: reason.into() }
    }

    /// Returns an error that says what should be here.
    pub(super) fn expected(&self, what: &str) -> PatternError {
        let found: String = self.rest().chars().take(20).collect();
        let found = if found.is_empty() { "the end of the pattern".into() } else { format!("`{found}`") };
        self.error(format!("expected {what}, found {found}"))
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Passes a sign. Returns whether it was there.
    pub(super) fn take(&mut self, sign: &str) -> bool {
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
            self.skip_space();
        }
        found
    }

    /// Passes a sign, or fails.
    pub(super) fn require(&mut self, sign: &str) -> Result<(), PatternError> {
        if self.take(sign) { Ok(()) } else { Err(self.expected(&format!("`{sign}`"))) }
    }

    /// Returns the word here, without passing it, or the empty text.
    pub(super) fn peek_word(&self) -> &'a str {
        let rest = self.rest();
        let end =
            rest.find(|character: char| !(character.is_ascii_alphanumeric() || "-_".contains(character)));
        &rest[..end.unwrap_or(rest.len())]
    }

    pub(super) fn take_word(&mut self) -> &'a str {
        let word = self.peek_word();
        self.at += word.len();
        self.skip_space();
        word
    }

    /// Passes a word in any case. Returns whether it was there.
    pub(super) fn take_keyword(&mut self, keyword: &str) -> bool {
        let found = self.peek_word().eq_ignore_ascii_case(keyword);
        if found {
            self.take_word();
        }
        found
    }

    /// Passes a text in quotation marks.
    pub(super) fn take_text(&mut self) -> Result<Cow<'a, str>, PatternError> {
        if !self.rest().starts_with('\'') {
            return Err(self.expected("a text in single quotation marks"));
        }
        let inner = &self.rest()[1..];
        let mut value = Cow::Borrowed("");
        let mut start = 0;
        let mut characters = inner.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '\'' => {
                    append(&mut value, &inner[start..at]);
                    self.at += at + 2;
                    self.skip_space();
                    return Ok(value);
                }
                '\\' => {
                    append(&mut value, &inner[start..at]);
                    // The character behind the backslash is itself.
                    start = at + 1;
                    characters.next();
                }
                _ => {}
            }
        }
        Err(self.error("the text has no end: a single quotation mark is missing"))
    }

    fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            let spaces = rest.len() - rest.trim_start().len();
            self.at += spaces;
            let comment = match self.rest() {
                rest if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
                rest if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
                _ => 0,
            };
            self.at += comment;
            if spaces + comment == 0 {
                return;
            }
        }
    }
}

fn append<'a>(value: &mut Cow<'a, str>, text: &'a str) {
    if value.is_empty() {
        *value = Cow::Borrowed(text);
    } else {
        value.to_mut().push_str(text);
    }
}
