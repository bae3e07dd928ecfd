//! Formats numbers, durations and texts for people.

use std::time::Duration;

pub(crate) use report::{bytes, number};

use crate::clock;

/// Returns a duration in words.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.2} s", duration.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{}:{:02} min", seconds / 60, seconds % 60),
        _ => format!("{}:{:02}:{:02} h", seconds / 3600, seconds / 60 % 60, seconds % 60),
    }
}

/// Returns an estimated duration in words.
pub(crate) fn about(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{} s", seconds.max(1)),
        10..60 => format!("{} s", seconds.next_multiple_of(5)),
        60..3570 => format!("{} min", (seconds + 30) / 60),
        _ => format!("{}:{:02} h", (seconds + 150) / 3600, (seconds + 150) / 300 * 5 % 60),
    }
}

/// Wraps a text into lines of this width, if its words allow it. All lines are indented. Line ends
/// in the text stay.
pub(crate) fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut rest = line;
        let room = width.saturating_sub(indent).max(10);
        while let Some((end, c)) = rest.char_indices().nth(room) {
            let words = rest.len() - rest.trim_start().len();
            let last = rest[..end + c.len_utf8()].rfind(' ').filter(|&space| space > words);
            // A word that is longer than a line gets its own line.
            let next = || rest[words..].find(' ').map(|space| words + space);
            let Some(space) = last.or_else(next) else { break };
            lines.push(format!("{:indent$}{}", "", rest[..space].trim_end()));
            rest = rest[space..].trim_start();
        }
        lines.push(format!("{:indent$}{rest}", ""));
    }
    lines.join("\n")
}

/// Returns the current time for a line of JSON, in the format of ISO 8601.
pub(crate) fn timestamp() -> String {
    format!("{:.6}", clock::now())
}

/// Returns the text in at most this many characters. If something was cut off, the last is an
/// ellipsis.
pub(crate) fn cut(text: &str, width: usize) -> String {
    match text.char_indices().nth(width) {
        None => text.to_owned(),
        Some(_) => text.chars().take(width.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (given, text) in [(0.5, "0.50 s"), (59.9, "59 s"), (61.0, "1:01 min"), (3723.0, "1:02:03 h")] {
            assert_eq!(duration(Duration::from_secs_f64(given)), text);
        }
    }

    #[test]
    fn guesses_are_not_too_precise() {
        for (seconds, text) in [
            (0, "1 s"),
            (9, "9 s"),
            (11, "15 s"),
            (58, "60 s"),
            (80, "1 min"),
            (3569, "59 min"),
            (3570, "1:00 h"),
            (8000, "2:15 h"),
        ] {
            assert_eq!(about(Duration::from_secs(seconds)), text, "{seconds}");
        }
    }

    #[test]
    fn lines_are_wrapped_between_words() {
        for (text, indent, width, expected) in [
            ("", 2, 20, ""),
            ("short", 2, 20, "  short"),
            ("one two three four five", 2, 14, "  one two\n  three four\n  five"),
            ("0123456789 123", 0, 10, "0123456789\n123"),
            ("unbreakable_word and another", 0, 12, "unbreakable_word\nand another"),
            ("a\n  indented line", 1, 13, " a\n   indented\n line"),
        ] {
            assert_eq!(wrapped(text, indent, width), expected, "{text}");
        }
    }
}
