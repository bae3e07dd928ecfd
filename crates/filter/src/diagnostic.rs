//! What is wrong or odd in a tagging file or an expression, and where, for people and for editors.

use std::fmt;
use std::ops::Range;

use unicode_width::UnicodeWidthChar as _;

use crate::FilterError;
use events::is_harmful;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It cannot be used.
    Error,
    /// It can be used, but certainly does not do what was meant.
    Warning,
    /// It is perhaps not what was meant.
    Hint,
}

impl Severity {
    /// The word for it in messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The columns: numbers of characters in the line, the first of which is 1; at least one.
    pub columns: Range<usize>,
}

/// Something that is wrong or odd.
///
/// It prints as `LINE:COLUMN: SEVERITY: MESSAGE`, and below that the line with a mark under what is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands; nothing if it is the whole file.
    pub position: Option<Position>,
    /// What is wrong, all of it in words. Contains no control characters.
    pub message: String,
    /// What should stand there instead, if it is told by its kind.
    pub expected: Option<String>,
    /// What was perhaps meant, as it would be written.
    pub suggestion: Option<String>,
    /// The line and the mark below it.
    pub excerpt: Option<String>,
}

impl Diagnostic {
    /// Something about these columns of a line.
    pub(crate) fn new(
        severity: Severity,
        line: usize,
        source: &str,
        columns: Range<usize>,
        message: String,
    ) -> Self {
        Self {
            severity,
            excerpt: Some(excerpt(source, &columns)),
            position: Some(Position { line, columns }),
            message,
            expected: None,
            suggestion: None,
        }
    }

    /// Something about the whole file.
    pub(crate) fn whole(message: String) -> Self {
        let severity = Severity::Error;
        Self { severity, position: None, message, expected: None, suggestion: None, excerpt: None }
    }

    /// What is wrong with an expression that stands in this line.
    pub(crate) fn from_error(error: &FilterError, line: usize, source: &str) -> Self {
        let columns = error.column()..error.column() + error.length();
        Self {
            expected: Some(error.expected().to_owned()),
            suggestion: error.suggestion().map(str::to_owned),
            ..Self::new(Severity::Error, line, source, columns, error.without_column())
        }
    }

    pub(crate) fn suggesting(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    /// What is about an expression of its own becomes one about the line of it that it stands in.
    pub(crate) fn in_lines_of(mut self, expression: &str) -> Self {
        if let Some(position) = &mut self.position {
            let (line, source, before) = line_of(expression, position.columns.start);
            let length = position.columns.len();
            position.line = line;
            position.columns = before + 1..before + 1 + length;
            self.excerpt = Some(excerpt(source, &position.columns));
        }
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, position, message, excerpt, .. } = self;
        if let Some(Position { line, columns }) = position {
            write!(f, "{line}:{}:", columns.start)?;
        }
        write!(f, " {}: {message}", severity.as_str())?;
        excerpt.iter().try_for_each(|excerpt| write!(f, "\n{excerpt}"))
    }
}

/// The line of a text in which the character of this number, from 1, stands: its number from 1, the line, and how many
/// characters of it come before. The end of a line belongs to it.
pub(crate) fn line_of(text: &str, column: usize) -> (usize, &str, usize) {
    let mut before = column - 1;
    let mut last = (1, "", 0);
    for (number, line) in text.split('\n').enumerate() {
        let length = line.chars().count();
        last = (number + 1, line, before.min(length));
        if before <= length {
            break;
        }
        before -= length + 1;
    }
    last
}

/// The line, and below it a mark under these columns.
///
/// A long line is cut to what stands around them. Tabs become spaces, and what a terminal might act on is shown
/// as `·`; characters that are twice as wide as others, or have no width, are counted as such.
pub(crate) fn excerpt(line: &str, columns: &Range<usize>) -> String {
    const BEFORE: usize = 60;
    const SHOWN: usize = 100;
    let before = columns.start - 1;
    let cut = before.saturating_sub(BEFORE);
    let shown: String = line.chars().skip(cut).take(SHOWN).map(harmless).collect();
    let width = |text: &mut dyn Iterator<Item = char>| text.map(|c| c.width().unwrap_or(0)).sum::<usize>();
    let indentation =
        width(&mut shown.chars().take(before - cut)) + before.saturating_sub(cut + shown.chars().count());
    let marked = width(&mut shown.chars().skip(before - cut).take(columns.len()));
    format!("{shown}\n{}{}", " ".repeat(indentation), "^".repeat(marked.max(1)))
}

fn harmless(c: char) -> char {
    match c {
        '\t' => ' ',
        c if is_harmful(c) => '·',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_under_what_is_meant() {
        for (line, columns, expected) in [
            ("  v iz 'a'", 5..7, "  v iz 'a'\n    ^^"),
            ("data_type\t\u{7}éfoo", 13..14, "data_type ·éfoo\n            ^"),
            ("\tv is '日本' x", 12..13, " v is '日本' x\n             ^"),
            ("v is '日本'", 7..9, "v is '日本'\n      ^^^^"),
            ("v is 'e\u{301}' x", 11..12, "v is 'e\u{301}' x\n         ^"),
            ("v is 😀", 6..7, "v is 😀\n     ^^"),
            ("v is", 5..6, "v is\n    ^"),
            ("", 1..2, "\n^"),
        ] {
            assert_eq!(excerpt(line, &columns), expected);
        }
        let far = excerpt(&"a".repeat(2_000), &(1_000..1_500));
        assert_eq!(far.lines().map(str::len).collect::<Vec<_>>(), [100, 100]);
    }

    #[test]
    fn lines_of_an_expression() {
        for (column, expected) in [(1, (1, "ab", 0)), (3, (1, "ab", 2)), (4, (2, "cd", 0)), (9, (2, "cd", 2))]
        {
            assert_eq!(line_of("ab\ncd", column), expected, "{column}");
        }
    }
}
