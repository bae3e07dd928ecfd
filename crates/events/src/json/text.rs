//! Checks the characters of a JSON text.
//!
//! Most of a text is never decoded, and texts without escapes are compared as they are written. So
//! the characters of all of it are checked at once, before anything is read.

use super::error::{JsonError, expected};
use super::string_end::WORD;

/// Checks that a JSON text is UTF-8, and has no control characters but line ends and tabs between
/// its values.
pub(crate) fn check_characters(json: &[u8]) -> Result<(), JsonError> {
    if is_plain_ascii(json) { Ok(()) } else { check_others(json) }
}

/// Returns whether a text is of ASCII without control characters below the blank, as all that Plaso
/// writes is.
///
/// To look at all of it, a word at once, is faster than to stop at the first other byte.
fn is_plain_ascii(text: &[u8]) -> bool {
    const ONES: u64 = u64::MAX / 0xff;
    // The highest bit of a byte that is not ASCII, or of the first one that is below the blank.
    let others = |word: &[u8; WORD]| {
        let word = u64::from_le_bytes(*word);
        word | word.wrapping_sub(ONES * u64::from(b' '))
    };
    let (words, rest) = text.as_chunks::<WORD>();
    let (fours, words) = words.as_chunks::<4>();
    let of_four = |[a, b, c, d]: &[[u8; WORD]; 4]| others(a) | others(b) | others(c) | others(d);
    let found = fours.iter().fold(0, |found, four| found | of_four(four));
    let found = words.iter().fold(found, |found, word| found | others(word));
    found & (ONES << 7) == 0 && rest.iter().all(|byte| (b' '..=0x7f).contains(byte))
}

fn check_others(json: &[u8]) -> Result<(), JsonError> {
    if let Err(error) = std::str::from_utf8(json) {
        return expected("UTF-8", error.valid_up_to());
    }
    let mut is_in_string = false;
    let mut is_escaped = false;
    for (at, byte) in json.iter().enumerate() {
        let is_space = !is_in_string && matches!(byte, b'\t' | b'\n' | b'\r');
        if *byte < b' ' && !is_space {
            return expected("no control character", at);
        }
        is_in_string ^= *byte == b'"' && !is_escaped;
        is_escaped = is_in_string && *byte == b'\\' && !is_escaped;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn control_characters_are_refused_in_strings() {
        for text in ["{}", "{\"a\":\n\t\"b\"\r\n}", "{\"é\": \"\\\"\u{7f}\"}", "{\"\\\\\": \t\"\\\"\"\n}"] {
            assert_eq!(check_characters(text.as_bytes()), Ok(()), "{text}");
        }
        for (text, at) in [
            ("\"a\tb\"", 2),
            ("\"\u{0}\"", 1),
            ("\"a\n\"", 2),
            ("[\"é\", \"\\\"\r\"]", 10),
            ("[\"\\\\\",\u{0}1]", 6),
            ("{}\u{1f}", 2),
        ] {
            assert_eq!(check_characters(text.as_bytes()), expected("no control character", at), "{text:?}");
        }
        assert_eq!(check_characters(b"\"ab\xff\""), expected("UTF-8", 3));
    }

    #[test]
    fn each_byte_of_a_text_is_looked_at() {
        for byte in 0..=u8::MAX {
            for length in 1..50 {
                for at in 0..length {
                    for other in [b' ', 0x7f, b'a'] {
                        let mut text = vec![other; length];
                        text[at] = byte;
                        assert_eq!(is_plain_ascii(&text), (b' '..0x80).contains(&byte), "{text:?}");
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn strings_are_those_that_serde_json_reads(inside in "[a-c\t\n\u{0}\u{1f}\u{7f}é😀]{0,40}") {
            let text = format!("\"{inside}\"");
            let is_valid = serde_json::from_str::<String>(&text).is_ok();
            prop_assert_eq!(check_characters(text.as_bytes()).is_ok(), is_valid);
        }

        #[test]
        fn only_utf_8_is_read(bytes in prop::collection::vec(any::<u8>(), 0..12)) {
            let is_utf_8 = std::str::from_utf8(&bytes).is_ok();
            let has_control = bytes.iter().any(|byte| *byte < b' ');
            let expected = is_utf_8 && !has_control;
            let text = [b"\"", &bytes[..], b"\""].concat();
            prop_assume!(!bytes.contains(&b'"') && !bytes.contains(&b'\\'));
            prop_assert_eq!(check_characters(&text).is_ok(), expected);
        }
    }
}
