//! Makes text from outside safe for a terminal.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};

/// Returns the text with all characters escaped that a terminal could take for a command. Line ends
/// stay, because many messages have several lines.
///
/// A store, a rule file or a server can contain any text, and messages quote such text. A name in a
/// message goes through [`Shown`] first, so that its line ends make no lines.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(Cow::Borrowed(text), |c| is_harmful(c) && c != '\n')
}

/// A name from outside that a message, a log or a report shows.
///
/// The name of a file can have line ends. Without this trait, such a name could add a line to a
/// message that looks as if the program had written it. So messages show paths with this trait only
/// and never with [`Path::display`], which `xtask` checks.
pub trait Shown {
    /// Returns the name in one line. Characters that end lines or that a terminal might act on are
    /// escaped.
    fn shown(&self) -> Cow<'_, str>;
}

impl Shown for str {
    fn shown(&self) -> Cow<'_, str> {
        escaped(Cow::Borrowed(self), is_harmful)
    }
}

impl Shown for OsStr {
    fn shown(&self) -> Cow<'_, str> {
        escaped(self.to_string_lossy(), is_harmful)
    }
}

impl Shown for OsString {
    fn shown(&self) -> Cow<'_, str> {
        self.as_os_str().shown()
    }
}

impl Shown for Path {
    fn shown(&self) -> Cow<'_, str> {
        self.as_os_str().shown()
    }
}

impl Shown for PathBuf {
    fn shown(&self) -> Cow<'_, str> {
        self.as_os_str().shown()
    }
}

fn escaped(text: Cow<'_, str>, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(|c| is_escaped(c) || shapes_neighbour(c)) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = None;
    for c in text.chars() {
        // Beside an ASCII character, or at the start, there is nothing to shape: it hides there.
        let hides = shapes_neighbour(c) && before.is_none_or(|before: char| before.is_ascii());
        if is_escaped(c) || hides {
            out.extend(c.escape_default())
        } else {
            out.push(c)
        }
        before = Some(c);
    }
    Cow::Owned(out)
}

/// Returns whether a terminal might act on the character instead of showing it, or show nothing.
/// Such characters are controls, characters that end lines or change the direction of text, and
/// invisible ones, since these can make one text look like another.
#[must_use]
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}')
        || c > '\u{ac}' && is_invisible(c) && !shapes_neighbour(c)
}

/// Returns whether the character changes the form of the one before or after it: languages such as
/// Persian and Hindi need the joiners, and emoji the joiner and the last two variation selectors.
fn shapes_neighbour(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}')
}

/// Returns whether nothing is seen of the character: Unicode's `Default_Ignorable_Code_Point`, and
/// the pattern of Braille without dots.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Returns the arguments of a command as a message may repeat them, or `None` if it may repeat them
/// as they are. An argument can be a file name that somebody else chose.
#[must_use]
pub fn shown_arguments(arguments: &[OsString]) -> Option<Vec<OsString>> {
    let shown: Vec<OsString> =
        arguments.iter().map(|argument| argument.shown().into_owned().into()).collect();
    let is_harmful = |argument: &OsString| argument.to_string_lossy().contains(is_harmful);
    arguments.iter().any(is_harmful).then_some(shown)
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

    #[test]
    fn no_character_is_invisible() {
        let hidden = "\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{180e}\u{200b}\u{2060}\u{2800}\u{3164}\u{fe00}\u{feff}\
                      \u{ffa0}\u{fff0}\u{1d173}\u{e0001}\u{e0041}\u{e01ef}\u{e0fff}";
        for c in hidden.chars() {
            let (text, code) = (format!("ä{c}b"), u32::from(c));
            assert_eq!(text.shown(), format!("ä\\u{{{code:x}}}b"));
        }
        // What languages and emoji need stays, but not where it has nothing to join or to vary.
        for whole in ["❤\u{fe0f}", "👩\u{200d}💻", "می\u{200c}خواهم"] {
            assert_eq!(whole.shown(), whole);
        }
        assert_eq!("a\u{fe0f}.ex\u{200d}e".shown(), "a\\u{fe0f}.ex\\u{200d}e");
        assert_eq!("\u{200c}".shown(), "\\u{200c}");
    }

    #[test]
    fn a_name_is_one_line() {
        let name = "é\n  foreman clean x\r\t\u{1b}[31m\u{202e}.plaso";
        let shown = "é\\n  foreman clean x\\r\\t\\u{1b}[31m\\u{202e}.plaso";
        assert_eq!((name.shown(), Path::new(name).shown()), (shown.into(), shown.into()));
    }
}
