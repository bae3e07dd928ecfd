//! Why an expression is refused, told so that it can be mended: where, what should stand there,
//! what does.

use std::borrow::Cow;
use std::fmt;

use events::is_harmful;

use crate::excerpt::{excerpt, line_of};

/// Why an expression is not one, or cannot be matched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct FilterError {
    column: usize,
    length: usize,
    expected: Cow<'static, str>,
    found: String,
    suggestion: Option<String>,
}

impl FilterError {
    pub(crate) fn new(
        column: usize,
        expected: impl Into<Cow<'static, str>>,
        found: impl Into<String>,
    ) -> Self {
        Self { column, length: 1, expected: expected.into(), found: found.into(), suggestion: None }
    }

    /// It is about so many characters, not only one.
    pub(crate) fn over(mut self, characters: usize) -> Self {
        self.length = characters.max(1);
        self
    }

    pub(crate) fn suggesting(mut self, suggestion: Option<impl Into<String>>) -> Self {
        self.suggestion = suggestion.map(Into::into);
        self
    }

    /// Where: the character's number in the expression, from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }

    /// How many characters it is about, at least one.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// What should stand there.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// What stands there, or what is wrong with it. Contains no control characters.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.found
    }

    /// What was perhaps meant.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }

    /// The message without the column, for where the position is told otherwise.
    pub(crate) fn without_column(&self) -> String {
        match &self.suggestion {
            Some(meant) => {
                format!("expected {}, found {}; did you mean {meant}?", self.expected, self.found)
            }
            None => format!("expected {}, found {}", self.expected, self.found),
        }
    }

    /// The line of `source` (the expression) that the error is in, and below it a mark under what
    /// it is about.
    ///
    /// A long line is cut to what stands around it. Control characters are shown as `·`.
    #[must_use]
    pub fn render(&self, source: &str) -> String {
        let (_, line, before) = line_of(source, self.column);
        excerpt(line, &(before + 1..before + 1 + self.length))
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.without_column())
    }
}

/// `text` made fit for a message: what a terminal might act on is escaped, and what is long is cut.
pub(crate) fn visible(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut out = String::new();
    for (number, c) in text.chars().enumerate() {
        if number == LONGEST {
            out.push('…');
            break;
        }
        if is_harmful(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caret_stands_under_the_column() {
        let error = FilterError::new(13, "an operator", "`foo`").suggesting(Some("`is`"));
        assert_eq!(error.to_string(), "column 13: expected an operator, found `foo`; did you mean `is`?");
        assert_eq!(error.over(3).render("data_type\nxyfoo"), "xyfoo\n  ^^^");
    }

    #[test]
    fn nothing_reaches_a_terminal_raw() {
        assert_eq!(visible("a\u{1b}[31m\u{202e}é"), "a\\u{1b}[31m\\u{202e}é");
        assert_eq!(visible(&"x".repeat(100)).chars().count(), 61);
    }
}
