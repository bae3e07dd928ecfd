//! The error for an expression: its position, what was expected there, and what was found.

use std::borrow::Cow;
use std::fmt;

use events::is_harmful;

use crate::excerpt::{excerpt, line_of};

/// Why an expression cannot be parsed or compiled.
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

    /// Sets the number of characters that the error is about.
    pub(crate) fn over(mut self, characters: usize) -> Self {
        self.length = characters.max(1);
        self
    }

    pub(crate) fn suggesting(mut self, suggestion: Option<impl Into<String>>) -> Self {
        self.suggestion = suggestion.map(Into::into);
        self
    }

    /// Returns the position: the number of a character in the expression, from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }

    /// Returns the number of characters that the error is about, at least one.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// Returns what was expected at this position.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// Returns what was found there, or what is wrong with it. Contains no control characters.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.found
    }

    /// Returns the correction to suggest.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }

    /// Returns the message without the column, for output that shows the position in another way.
    pub(crate) fn without_column(&self) -> String {
        match &self.suggestion {
            Some(meant) => {
                format!("expected {}, found {}; did you mean {meant}?", self.expected, self.found)
            }
            None => format!("expected {}, found {}", self.expected, self.found),
        }
    }

    /// Returns the line with the error, and below it a mark under the characters that the error is
    /// about. `source` is the expression.
    ///
    /// A long line is cut to the part around the mark. Control characters are shown as `·`.
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

/// Makes `text` safe for a message: escapes characters that control a terminal, and cuts a long
/// text.
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
