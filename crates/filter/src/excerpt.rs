//! Shows the part of a source that a message is about, with a mark below it.

use std::ops::Range;

use events::is_harmful;
use unicode_width::UnicodeWidthChar as _;

/// Finds the line that contains a character. `column` is the number of the character in the text,
/// from 1. Returns the number of the line (from 1), the line, and how many of its characters come
/// before. The newline belongs to the line that it ends.
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

/// Returns the line, and below it a mark under these columns.
///
/// A long line is cut to the part around the mark. Tabs become spaces, and characters that control
/// a terminal become `·`. The mark allows for characters that are two columns wide or have no
/// width.
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
