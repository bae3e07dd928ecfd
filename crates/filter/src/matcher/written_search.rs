//! Shows that none of many texts is in any value of an event, without decoding the values.
//!
//! Keywords may stand in any value, and an event log has many. To decode all of them for each event
//! would take longer than all other matching. So for each text, a part is known that the event data
//! as it is written must contain. Hardly any event has one of these parts; only for those that do,
//! the values are decoded and searched.
//!
//! An automaton looks at each byte, and needs the result for the byte before. This search looks
//! only at each few bytes, at four of them together, and compares only those parts that have these
//! four.

use std::collections::BTreeSet;

use memchr::{memchr, memmem};

use crate::matcher::context::MatchContext;

/// Shorter parts stand in nearly all event data.
const SHORTEST: usize = GRAM;

/// How many bytes are looked at together.
const GRAM: usize = 4;

/// How many bits say which groups of bytes are in the parts: 8 KiB, which a processor keeps at
/// hand.
const BITS: usize = 1 << 16;

/// Of a longer part, only the beginning is searched for.
const LONGEST: usize = 32;

/// Searches event data as it is written.
#[derive(Debug, Clone)]
pub(crate) struct WrittenSearch {
    /// A bit for the hash of each group of bytes that is in a part.
    bits: Vec<u64>,
    /// The groups of bytes, in ascending order, each with a part and its place there.
    grams: Vec<(u32, usize, Box<str>)>,
    /// Wherever a part stands, one of its groups is at a multiple of this.
    step: usize,
}

impl WrittenSearch {
    /// Prepares to search for texts in lower case. Returns `None` if a text has no long part that
    /// is written as it is.
    pub(crate) fn new(texts: &[Box<str>]) -> Option<Self> {
        let parts: Option<BTreeSet<&str>> = texts.iter().map(|text| verbatim_part(text)).collect();
        let parts = parts?;
        let step = parts.iter().map(|part| part.len()).min()? + 1 - GRAM;
        let (mut bits, mut grams) = (vec![0; BITS / 64], Vec::new());
        for part in parts {
            for (at, bytes) in part.as_bytes().windows(GRAM).take(step).enumerate() {
                let gram = gram(bytes);
                let (word, bit) = word_and_bit(gram);
                bits[word] |= bit;
                grams.push((gram, at, part.into()));
            }
        }
        grams.sort_unstable();
        Some(Self { bits, grams, step })
    }

    fn is_match(&self, written: &[u8]) -> bool {
        let places = written.windows(GRAM).step_by(self.step).enumerate();
        places.map(|(number, bytes)| (number * self.step, gram(bytes))).any(|(at, gram)| {
            let (word, bit) = word_and_bit(gram);
            self.bits[word] & bit != 0 && self.is_part_at(written, at, gram)
        })
    }

    /// Returns whether a part stands where it has this group of bytes at `at`.
    fn is_part_at(&self, written: &[u8], at: usize, gram: u32) -> bool {
        let start = self.grams.partition_point(|(other, ..)| *other < gram);
        let parts = self.grams[start..].iter().take_while(|(other, ..)| *other == gram);
        let is_there = |place: &usize, part: &str| {
            let start = at.checked_sub(*place);
            start.is_some_and(|start| written[start..].starts_with(part.as_bytes()))
        };
        parts.into_iter().any(|(_, place, part)| is_there(place, part))
    }

    /// Returns whether the event data shows that no value contains one of the texts.
    pub(crate) fn shows_that_none_is_in(&self, context: &MatchContext<'_, '_>) -> bool {
        let Some(data) = context.event.data else { return false };
        let written = data.written();
        // Otherwise, a character of a part may be written in another way.
        let is_plain =
            written.is_ascii() && !has_odd_escapes(written) && memmem::find(written, b"&#").is_none();
        let Some(written) = std::str::from_utf8(written).ok().filter(|_| is_plain) else { return false };
        context.scratch.lowered(written, |written| !self.is_match(written.as_bytes()))
    }
}

/// Returns whether JSON has characters that are written with their numbers, or slashes that are
/// escaped without need.
fn has_odd_escapes(written: &[u8]) -> bool {
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

/// Returns the longest part of a text that is the same in a value and where the value is written.
///
/// JSON escapes quotes and backslashes, and XML has entities. A hexadecimal number loses its
/// leading zeros when it is decoded, so no part goes on behind an `x` before a digit. A number may
/// be written in many ways, so a part of nothing but the characters of numbers does not count.
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
    (best.len() >= SHORTEST).then(|| &best[..best.len().min(LONGEST)])
}

fn gram(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

fn word_and_bit(gram: u32) -> (usize, u64) {
    // The upper bits of a product depend on all bits.
    let hash =
        gram.wrapping_mul(0x9e37_79b1) as usize >> (u32::BITS as usize - BITS.trailing_zeros() as usize);
    (hash / 64 % (BITS / 64), 1 << (hash % 64))
}

fn is_of_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e')
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

    #[test]
    fn texts_are_found_wherever_they_stand() {
        let texts = ["sekurlsa", "mimikatz", "dumpcreds", "a very long text with more than 32 characters"];
        let search = WrittenSearch::new(&texts.map(Into::into)).unwrap();
        for text in texts {
            for before in 0..70 {
                for after in [0, 1, 3, 100] {
                    // What begins like a text keeps the search busy.
                    let written =
                        format!("{}{text}{}", &"mimikat.dumpcred".repeat(5)[..before], "x".repeat(after));
                    assert!(search.is_match(written.as_bytes()), "{written}");
                }
            }
        }
        for text in ["", "sek", "mimikat dumpcred", "a very long text with more tha"] {
            assert!(!search.is_match(text.as_bytes()), "{text}");
        }
    }
}
