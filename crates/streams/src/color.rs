//! Decides whether output has colours, and colours texts for people.
//!
//! Colours are for terminals: by default, a file and a pipe never get any. The user decides with
//! `--color`, or with the variables `NO_COLOR` and `CLICOLOR_FORCE`.

use std::env;
use std::io::IsTerminal as _;
use std::sync::OnceLock;

/// When output has colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Color {
    /// On a terminal, unless the environment says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What the user has chosen.
static CHOICE: OnceLock<Color> = OnceLock::new();

/// Sets when output has colours. Only the first call has an effect.
pub fn set_color(choice: Color) {
    let _ = CHOICE.set(choice);
}

/// Returns whether text on standard output has colours.
#[must_use]
pub fn color_on_stdout() -> bool {
    has_color(chosen(), std::io::stdout().is_terminal(), env::var_os)
}

/// Returns whether text on standard error has colours.
#[must_use]
pub fn color_on_stderr() -> bool {
    has_color(chosen(), std::io::stderr().is_terminal(), env::var_os)
}

fn chosen() -> Color {
    CHOICE.get().copied().unwrap_or_default()
}

/// Decides as <https://no-color.org> and <https://bixense.com/clicolors> ask.
fn has_color(
    choice: Color,
    is_terminal: bool,
    variable: impl Fn(&'static str) -> Option<std::ffi::OsString>,
) -> bool {
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if is_set("NO_COLOR") => false,
        Color::Auto if variable("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0") => {
            true
        }
        Color::Auto => is_terminal && variable("TERM").is_none_or(|term| term != "dumb"),
    }
}

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const GREEN: &str = "\x1b[32m";
const CYAN: &str = "\x1b[36m";
/// What a rule matched in a text.
const MATCHED: &str = "\x1b[1;32m";
const END: &str = "\x1b[0m";

/// Words that say how serious something is. They are coloured behind `: ` and before `: `.
const LEVELS: [(&str, &str); 4] = [("error", RED), ("warning", YELLOW), ("hint", CYAN), ("note", CYAN)];

/// Words that say how serious a label is. They are coloured if they stand alone.
const SEVERITIES: [(&str, &str); 4] = [("critical", RED), ("high", RED), ("medium", YELLOW), ("low", CYAN)];

/// Colours a text of several lines: headings, what matches and what does not, and how serious
/// something is. The text must be safe for a terminal. It is found by its form, so a hostile text
/// from a store can only be coloured wrongly.
#[must_use]
pub fn colored(text: &str) -> String {
    let mut lines: Vec<String> = text.split('\n').map(line).collect();
    // The first line is a heading, too.
    if let Some(first) = lines.first_mut().filter(|first| !first.is_empty() && !first.contains('\x1b')) {
        *first = format!("{BOLD}{first}{END}");
    }
    lines.join("\n")
}

/// Colours the part of a text that a rule matched. The text must be safe for a terminal.
#[must_use]
pub fn highlighted(text: &str) -> String {
    format!("{MATCHED}{text}{END}")
}

fn line(line: &str) -> String {
    let start = line.trim_start();
    let indentation = &line[..line.len() - start.len()];
    for (sign, ink) in [("✓", GREEN), ("✗", RED)] {
        if let Some(rest) = start.strip_prefix(sign) {
            return format!("{indentation}{ink}{sign}{END}{rest}");
        }
    }
    if !start.is_empty() && start.chars().all(|c| c == '^') {
        return format!("{indentation}{GREEN}{start}{END}");
    }
    for (word, ink) in LEVELS {
        if let Some(rest) = start.strip_prefix(word).filter(|rest| rest.starts_with(": ")) {
            return format!("{indentation}{ink}{word}{END}{rest}");
        }
        if let Some((before, rest)) = line.split_once(&format!(": {word}: ")) {
            return format!("{BOLD}{before}{END}: {ink}{word}{END}: {rest}");
        }
    }
    for (word, ink) in SEVERITIES {
        let at = start.find(word).filter(|_| !indentation.is_empty());
        let Some(at) = at else { continue };
        let (before, rest) = (&start[..at], &start[at + word.len()..]);
        let stands_alone =
            (before.is_empty() || before.ends_with("  ")) && (rest.is_empty() || rest.starts_with("  "));
        if stands_alone {
            return format!("{indentation}{before}{ink}{word}{END}{rest}");
        }
    }
    // A line without indentation is a heading.
    if indentation.is_empty() && !start.is_empty() { format!("{BOLD}{start}{END}") } else { line.to_owned() }
}

/// Colours the name of the program at the start of an error message.
pub(crate) fn colored_error(program: &str, text: &str) -> String {
    format!("{RED}{program}:{END} {text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_decides() {
        let on = |choice, terminal, variables: &[(&str, &str)]| {
            has_color(choice, terminal, |name| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).into())
            })
        };
        assert!(on(Color::Auto, true, &[]));
        assert!(!on(Color::Auto, false, &[]));
        assert!(!on(Color::Auto, true, &[("NO_COLOR", "1")]));
        assert!(on(Color::Auto, true, &[("NO_COLOR", "")]));
        assert!(!on(Color::Auto, true, &[("TERM", "dumb")]));
        assert!(on(Color::Auto, false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!on(Color::Auto, false, &[("CLICOLOR_FORCE", "0")]));
        assert!(!on(Color::Auto, true, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]));
        assert!(on(Color::Always, false, &[("NO_COLOR", "1")]));
        assert!(!on(Color::Never, true, &[("CLICOLOR_FORCE", "1")]));
    }

    /// Without its colours, the text is the same.
    #[test]
    fn colours_only_add() {
        let text = "file: 1 of 2 rules match\n\nlabel: 3 events\n  line 2  a is 1\n  ✓ a is 1\n  ✗ b\n    ^^^\n\
                    rules.txt:1:2: error: expected\nnote: x\n  high  5  label\n  highway\n";
        let colored = colored(text);
        assert!(colored.contains("\x1b[1mlabel: 3 events\x1b[0m"), "{colored}");
        assert!(colored.contains("\x1b[32m✓\x1b[0m a is 1"), "{colored}");
        assert!(colored.contains(": \x1b[1;31merror\x1b[0m: expected"), "{colored}");
        assert!(colored.contains("\x1b[1;31mhigh\x1b[0m  5") && colored.contains("  highway"), "{colored}");
        let mut plain = colored;
        for ink in [BOLD, RED, YELLOW, GREEN, CYAN, END] {
            plain = plain.replace(ink, "");
        }
        assert_eq!(plain, text);
    }
}
