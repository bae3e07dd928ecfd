//! Quotes words of commands in messages, so that a shell gets exactly these words when a user
//! copies a command.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::is_harmful;

/// Returns the text as one word for a shell. Characters that a terminal might act on are written as
/// numbers, which `printf` converts back. So the word stays the same in a message, on a terminal
/// and in a paste. It works in all shells whose `printf` follows POSIX. Only a text that ends with
/// line ends needs a shell that knows `$'…'`, as Bash and Zsh do.
#[must_use]
pub fn quoted(text: impl AsRef<OsStr>) -> String {
    let bytes = text.as_ref().as_bytes();
    // Command substitution removes line ends at its end, so they get quotes of their own. They are
    // written as `\n`, because a name must not add a line to a message.
    let end = bytes.iter().rposition(|&b| b != b'\n').map_or(0, |last| last + 1);
    let (text, line_ends) = bytes.split_at(end);
    let word = match str::from_utf8(text) {
        Ok(text) if !text.contains(is_harmful) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => format!("\"$(printf %b '{}')\"", as_numbers(text)),
    };
    if line_ends.is_empty() { word } else { format!("{word}$'{}'", r"\n".repeat(line_ends.len())) }
}

/// Returns the path as one word for a shell. No program takes the word for an option.
#[must_use]
pub fn quoted_path(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    let starts_with_hyphen = path.as_os_str().as_bytes().starts_with(b"-");
    if starts_with_hyphen { quoted(Path::new(".").join(path)) } else { quoted(path) }
}

/// Returns the text from which `printf %b` makes these bytes.
fn as_numbers(bytes: &[u8]) -> String {
    let number = |b: &u8| format!("\\0{b:03o}");
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_harmful(c) || matches!(c, '\'' | '\\') {
                out.extend(c.encode_utf8(&mut [0; 4]).as_bytes().iter().map(number));
            } else {
                out.push(c);
            }
        }
        out.extend(chunk.invalid().iter().map(number));
    }
    out
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Returns what a shell makes of the word.
    fn taken_by_a_shell(word: &str) -> Vec<u8> {
        let shell = if word.ends_with(r"\n'") { "bash" } else { "sh" };
        let printed = Command::new(shell).args(["-c", &format!("printf '%s|' {word}")]).output().unwrap();
        printed.stdout
    }

    #[test]
    fn words_for_a_shell() {
        assert_eq!(quoted("it's a case.plaso"), r"'it'\''s a case.plaso'");
        assert_eq!(quoted(OsStr::from_bytes(b"a\x1bb\xff")), r#""$(printf %b 'a\0033b\0377')""#);
        assert_eq!(quoted_path("-w.plaso"), "'./-w.plaso'");
        assert_eq!(quoted_path("a-w.plaso"), "'a-w.plaso'");
    }

    #[test]
    fn a_shell_gets_the_text_back() {
        for text in [
            &b""[..],
            b"x; touch PWNED; .plaso",
            b"$(touch PWNED) `touch PWNED` $HOME ${HOME} \"q\" !! ~ * ? [a] {a,b} # &",
            b"it's",
            b"back\\slash \\n \\0101 %s %b",
            b"-n",
            b"\x1b]0;title\x07'\\%s\x7f",
            b"tab\tand\nlines\n\n",
            b"\n",
            b"\xff\xfe'\xe2\x80",
            "Grüße 日本\u{202e}\u{2028}\u{9b}".as_bytes(),
        ] {
            let word = quoted(OsStr::from_bytes(text));
            assert_eq!(taken_by_a_shell(&word), [text, b"|"].concat(), "{word}");
            assert!(!word.contains(is_harmful), "{word:?}");
        }
    }
}
