//! Text from elsewhere, on its way to a terminal.

use std::borrow::Cow;

/// The text with everything escaped that a terminal could take for a command. Lines stay lines.
///
/// A store, a rule file or a server can hold any text, and messages repeat some of it.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    let is_harmful = |c: char| {
        // Direction marks can make one text look like another.
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        turns || (c.is_control() && c != '\n')
    };
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_harmful(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_command_reaches_a_terminal() {
        assert_eq!(printable("é 😀\nline"), "é 😀\nline");
        assert_eq!(printable("a\u{1b}[31mb\u{9b}c\r\u{202e}"), "a\\u{1b}[31mb\\u{9b}c\\r\\u{202e}");
    }
}
