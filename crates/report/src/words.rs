//! Formats numbers and sizes, and makes text from a store safe to show in one line.

use std::borrow::Cow;

use events::printable;

/// Formats `1234567` as `1,234,567`.
#[must_use]
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Formats a size in the largest unit in which it is at least 1.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit behind the point")]
    let size = bytes as f64;
    match bytes {
        0..0x400 => format!("{bytes} B"),
        0x400..0x10_0000 => format!("{:.1} KiB", size / 1024.0),
        0x10_0000..0x4000_0000 => format!("{:.1} MiB", size / 1024.0 / 1024.0),
        _ => format!("{:.1} GiB", size / 1024.0 / 1024.0 / 1024.0),
    }
}

/// Formats a number with the thing that is counted: `1 event`, `2,000 events`.
pub(crate) fn counted(count: u64, thing: &str) -> String {
    let plural = match count {
        1 => "",
        _ if thing.ends_with('s') => "es",
        _ => "s",
    };
    format!("{} {thing}{plural}", number(count))
}

/// Formats a duration in microseconds with its two largest units.
pub(crate) fn span(microseconds: u64) -> String {
    let seconds = microseconds / 1_000_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0..60 => format!("{}.{} s", seconds, microseconds / 100_000 % 10),
        60..3600 => format!("{minutes} min {} s", seconds % 60),
        3600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{} d {} h", number(days), hours % 24),
    }
}

/// Formats a long duration in microseconds with its largest unit.
pub(crate) fn rough_span(microseconds: u64) -> String {
    let hours = microseconds / 3_600_000_000;
    match hours / 24 {
        0..2 => counted(hours, "hour"),
        days @ 2..60 => counted(days, "day"),
        days @ 60..730 => counted(days / 30, "month"),
        days => counted(days / 365, "year"),
    }
}

/// Returns the text in one line. Escapes characters that control a terminal or are invisible.
pub(crate) fn line(text: &str) -> String {
    let invisible = |c: char| {
        matches!(
            c,
            '\u{200b}'
                ..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{61c}' | '\u{2028}' | '\u{2029}'
        )
    };
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '\n' => out.push_str("\\n"),
            c if invisible(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Returns at most `maximum` characters of the text. If something was cut off, the last character
/// is an ellipsis.
#[must_use]
pub fn cut(text: &str, maximum: usize) -> String {
    match text.char_indices().nth(maximum) {
        None => text.to_owned(),
        Some(_) => text.chars().take(maximum.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// Returns at most `maximum` characters of the text. If something was cut off, says how much.
pub(crate) fn cut_saying(text: &str, maximum: usize) -> String {
    match text.char_indices().nth(maximum) {
        None => text.to_owned(),
        Some((end, _)) => {
            let left_out = text[end..].chars().count() as u64;
            format!("{}… ({} left out here)", &text[..end], counted(left_out, "character"))
        }
    }
}

/// Words of the alphabet of base64 from this number of characters on are code for programs.
const CODE: usize = 240;
/// How many characters of such a word are shown from its start, and from its end.
const OF_CODE: (usize, usize) = (80, 20);

/// Returns the text with very long words of code shortened in the middle, so that what follows them
/// is seen. Says how much was left out.
pub(crate) fn squeezed(text: &str) -> Cow<'_, str> {
    let is_code = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let words = || text.split_inclusive(|c| !is_code(c));
    if words().all(|word| word.len() < CODE) {
        return Cow::Borrowed(text);
    }
    let squeeze = |word: &str| {
        let code = word.trim_end_matches(|c| !is_code(c));
        if code.len() < CODE {
            return word.to_owned();
        }
        let (start, end) = (&code[..OF_CODE.0], &code[code.len() - OF_CODE.1..]);
        let left_out = counted((code.len() - OF_CODE.0 - OF_CODE.1) as u64, "character");
        format!("{start}… ({left_out} left out here) …{end}{}", &word[code.len()..])
    };
    words().map(squeeze).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_code_is_shortened_in_the_middle() {
        let code = "A".repeat(CODE - 2) + "==";
        let shown = format!("{}… (140 characters left out here) …{}==", "A".repeat(80), "A".repeat(18));
        assert_eq!(squeezed(&format!("é {code}') and {code} é")), format!("é {shown}') and {shown} é"));
        let short = format!("{} é {}", "A".repeat(CODE - 1), "B".repeat(CODE - 1));
        assert_eq!(squeezed(&short), short);
    }

    #[test]
    fn numbers() {
        for (given, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(number(given), text);
        }
        for (given, text) in [(0, "0 B"), (1536, "1.5 KiB"), (2 << 20, "2.0 MiB"), (3 << 30, "3.0 GiB")] {
            assert_eq!(bytes(given), text);
        }
        for (given, text) in
            [(0, "0.0 s"), (59_900_000, "59.9 s"), (3_723_000_000, "1 h 2 min"), (90_000_000_000, "1 d 1 h")]
        {
            assert_eq!(span(given), text);
        }
        for (hours, text) in
            [(1, "1 hour"), (47, "47 hours"), (48, "2 days"), (2_400, "3 months"), (17_520, "2 years")]
        {
            assert_eq!(rough_span(hours * 3_600_000_000), text);
        }
        assert_eq!((counted(1, "event"), counted(2000, "event")), ("1 event".into(), "2,000 events".into()));
    }

    #[test]
    fn lines() {
        assert_eq!(line("a\nb\u{1b}[1m\u{202e}\u{200b}é"), "a\\nb\\u{1b}[1m\\u{202e}\\u{200b}é");
        assert_eq!((cut("abcd", 4), cut("abcde", 4)), ("abcd".into(), "abc…".into()));
        assert_eq!(cut("äöü", 2), "ä…");
        assert_eq!(
            (cut_saying("äöü", 3), cut_saying("äöüß", 3)),
            ("äöü".into(), "äöü… (1 character left out here)".into())
        );
    }
}
