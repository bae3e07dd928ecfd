//! Shows that none of many texts is in a value, or in any value of an event, without decoding it.
//!
//! Long values are searched, and keywords may stand in any value, of which an event log has many.
//! To decode all of them for each event would take longer than all other matching. So for each
//! text, a part is known that a value must contain as it is written. Hardly any event has one of
//! these parts; only for those that do, the values are decoded and searched.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use memchr::memchr;
use memchr::memmem::Finder;

use crate::matcher::grams::GRAM;
use crate::matcher::text_search::TextSearch;

/// Shorter parts of a text stand in nearly all values.
const SHORTEST: usize = GRAM;

/// Of a longer part, only the beginning is searched for.
const LONGEST: usize = 32;

/// What begins a character that JSON writes with its number.
static ESCAPED_NUMBER: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(br"\u"));

/// A slash that JSON escapes without need.
static ESCAPED_SLASH: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(br"\/"));

/// What begins a character that XML writes with its number.
static XML_NUMBER: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(b"&#"));

/// Searches values as JSON writes them.
#[derive(Debug, Clone)]
pub(crate) struct WrittenSearch {
    parts: TextSearch,
}

impl WrittenSearch {
    /// Prepares to search for texts in lower case. Returns `None` if a text has no long part that
    /// is written as it is. `fast` is that of [`TextSearch::new`].
    pub(crate) fn new(texts: &[Box<str>], fast: &mut usize) -> Option<Self> {
        let parts: Option<BTreeSet<&str>> = texts.iter().map(|text| verbatim_part(text)).collect();
        Some(Self { parts: TextSearch::in_long(parts?.into_iter().map(Into::into).collect(), fast) })
    }

    /// Returns whether a value as JSON writes it shows that it contains none of the texts.
    pub(crate) fn shows_that_none_is_in(&self, written: &[u8]) -> bool {
        // Otherwise, a character of a part may be written in another way.
        let is_plain = written.is_ascii() && !has_odd_escapes(written);
        is_plain && !self.parts.is_match_in_any_case(written)
    }

    /// Returns whether a whole event data as JSON writes it shows that none of its values, and of
    /// the fields in them, contains one of the texts.
    pub(crate) fn shows_that_none_is_in_any(&self, written: &[u8]) -> bool {
        // XML may write a character with its number.
        XML_NUMBER.find(written).is_none() && self.shows_that_none_is_in(written)
    }
}

/// Returns whether JSON has characters that are written with their numbers, or slashes that are
/// escaped without need.
fn has_odd_escapes(written: &[u8]) -> bool {
    // Windows paths have many backslashes, but hardly any before these.
    if ESCAPED_NUMBER.find(written).is_none() && ESCAPED_SLASH.find(written).is_none() {
        return false;
    }
    let mut rest = written;
    while let Some(at) = memchr(b'\\', rest) {
        match rest.get(at + 1..) {
            Some([b'u' | b'/', ..]) => return true,
            Some([_, after @ ..]) => rest = after,
            _ => return false,
        }
    }
    false
}

/// Returns the longest part of a text that is the same in a value and where the value is written,
/// unless it is a short part of a longer text.
///
/// JSON escapes quotes and backslashes, and XML has entities. A hexadecimal number loses its
/// leading zeros when it is decoded, so no part goes on behind an `x` before a digit. A number may
/// be written in many ways, and too large a number is `inf`, so a part of nothing but the
/// characters of numbers does not count.
fn verbatim_part(text: &str) -> Option<&str> {
    let (mut best, mut start) = ("", 0);
    let bytes = text.as_bytes();
    for at in 0..=bytes.len() {
        let byte = bytes.get(at).copied().unwrap_or(b'"');
        let is_verbatim =
            matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'&' | b'\'');
        let ends_number = byte.is_ascii_hexdigit() && at > 0 && bytes[at - 1] == b'x';
        if is_verbatim && !ends_number {
            continue;
        }
        let part = text.get(start..at).unwrap_or_default();
        if part.len() > best.len() && !part.bytes().all(is_of_number) {
            best = part;
        }
        start = if is_verbatim { at } else { at + 1 };
    }
    let is_enough = best.len() >= SHORTEST || !best.is_empty() && best.len() == bytes.len();
    is_enough.then(|| &best[..best.len().min(LONGEST)])
}

fn is_of_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'i' | b'n' | b'f')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_are_written_as_they_are() {
        for (text, part) in [
            ("mimikatz", Some("mimikatz")),
            (r"\\appdata\\roaming\\", Some("appdata")),
            (r"a\\b", None),
            ("sekurlsa::log", Some("sekurlsa::log")),
            ("größe der datei", Some("e der datei")),
            ("<script>alert(1)</script>", Some("alert(1)")),
            ("sb://x", Some("sb://x")),
            ("0x1410", None),
            ("a.exe -x 0x1410", Some("e -x 0x")),
            ("1e+16", None),
            ("-inf", None),
            ("4688 1", Some("4688 1")),
        ] {
            assert_eq!(verbatim_part(text), part, "{text}");
        }
    }

    #[test]
    fn odd_escapes() {
        for (written, expected) in [
            (r#"{"a": "C:\\users\n\""}"#, false),
            (r#"{"a": "\u0041"}"#, true),
            (r#"{"a": "\\\u0041"}"#, true),
            (r#"{"a": "\/"}"#, true),
            (r#"{"a": "/"}"#, false),
            ("\\", false),
        ] {
            assert_eq!(has_odd_escapes(written.as_bytes()), expected, "{written}");
        }
    }

    fn search_for(texts: impl Iterator<Item = String>) -> Option<WrittenSearch> {
        WrittenSearch::new(&texts.map(Into::into).collect::<Vec<_>>(), &mut 0)
    }

    #[test]
    fn all_texts_need_a_part() {
        let texts = |count: usize| (0..count).map(|number| format!("{number:08} is a long text"));
        assert!(search_for(texts(1_000)).is_some());
        assert!(search_for(texts(3).chain(["sys".into()])).is_some());
        assert!(search_for(texts(3).chain([r"a\b".into()])).is_none());
    }

    #[test]
    fn what_is_shown() {
        let search = search_for(["sys", r"\temp\loader.ps1"].map(Into::into).into_iter()).unwrap();
        for (written, expected) in [
            (r#""C:\\TEMP\\loader.bat""#, true),
            (r#""C:\\TEMP\\Loader.PS1""#, false),
            (r#""a.SYS""#, false),
            (r#"["a", "b.dll"]"#, true),
            (r#"["a", "b.sys"]"#, false),
            (r#""\u0041""#, false),
            (r#""\u212a""#, false),
            ("\"\u{212a}\"", false),
        ] {
            assert_eq!(search.shows_that_none_is_in(written.as_bytes()), expected, "{written}");
        }
    }
}
