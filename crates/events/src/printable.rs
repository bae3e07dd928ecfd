//! Makes text from outside safe for a terminal.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::borrow::Cow;
use std::panic::PanicHookInfo;

/// Returns the text with all characters escaped that a terminal could take for a command. Line ends
/// stay.
///
/// A store, a rule file or a server can contain any text, and messages quote such text.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    let is_harmful = |c| is_harmful(c) && c != '\n';
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_harmful(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// Returns whether a terminal might act on the character instead of showing it. Such characters are
/// controls, and characters that end lines or change the direction of text, since these can make
/// one text look like another.
#[must_use]
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns the message for a panic of the program. The panic's own text can quote data from
/// outside, so it is made printable.
#[must_use]
pub fn panic_text(panic: &PanicHookInfo<'_>) -> String {
    let thread = std::thread::current();
    let mut text = format!("thread {:?} {panic}", thread.name().unwrap_or("without a name"));
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        text.push_str(&format!("\n{backtrace}"));
    }
    printable(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_command_reaches_a_terminal() {
        assert_eq!(printable("é 😀\nline"), "é 😀\nline");
        assert_eq!(printable("a\u{1b}[31mb\u{9b}c\r\u{202e}"), "a\\u{1b}[31mb\\u{9b}c\\r\\u{202e}");
        assert_eq!(printable("\u{2028}\u{61c}\0\u{7f}"), "\\u{2028}\\u{61c}\\u{0}\\u{7f}");
    }
}
