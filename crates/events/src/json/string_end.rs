//! Finds the end of a string by its quotes.

use super::error::{JsonError, expected};

/// Returns the offset after the closing quote of the string that opens at `start`.
pub(super) fn string_end(json: &[u8], start: usize) -> Result<usize, JsonError> {
    let mut at = start + 1;
    while let Some(found) = quote(json.get(at..).unwrap_or_default()) {
        let before = &json[at..at + found];
        at += found + 1;
        // Two backslashes are one that is escaped. Texts have more escapes than escaped quotes.
        if before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0 {
            return Ok(at);
        }
    }
    expected("the end of a string", json.len())
}

/// Returns where the first quote stands.
///
/// Most strings are short, and long ones have many quotes. So the first words are looked at here;
/// `memchr` is faster only for longer pieces.
fn quote(text: &[u8]) -> Option<usize> {
    const WORDS: usize = 4;
    let (words, _) = text.as_chunks();
    let mut at = 0;
    for word in words.iter().take(WORDS) {
        match first_in_word(*word, b'"') {
            WORD => at += WORD,
            found => return Some(at + found),
        }
    }
    memchr::memchr(b'"', &text[at..]).map(|found| at + found)
}

/// Returns whether a text, most of which are short, has a byte.
#[inline]
pub(super) fn has_byte(text: &[u8], byte: u8) -> bool {
    let (words, rest) = text.as_chunks();
    let is_in = |word: &[u8; WORD]| first_in_word(*word, byte) != WORD;
    // The last word of a text that has one may overlap the one before.
    let is_at_end = || text.last_chunk().map_or_else(|| rest.contains(&byte), is_in);
    words.iter().any(is_in) || is_at_end()
}

/// How many bytes a word has.
pub(super) const WORD: usize = 8;

/// Returns where the first such byte stands in a word, or [`WORD`] if there is none.
#[inline]
pub(super) fn first_in_word(word: [u8; WORD], byte: u8) -> usize {
    const ONES: u64 = u64::MAX / 0xff;
    let word = u64::from_le_bytes(word) ^ (ONES * u64::from(byte));
    // The highest bit of the first byte that is 0, and of no byte before it.
    let zeros = word.wrapping_sub(ONES) & !word & (ONES << 7);
    zeros.trailing_zeros() as usize / 8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The end of a string, said as simply as possible.
    fn simply(json: &[u8]) -> Option<usize> {
        let mut at = 1;
        loop {
            match json.get(at)? {
                b'"' => return Some(at + 1),
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
    }

    proptest! {
        #[test]
        fn strings_end_at_quotes_that_are_not_escaped(
            before in "[a-c\\\\\"]{0,12}",
            middle in "[a-c]{0,40}",
            after in "[a\\\\\"]{0,12}",
        ) {
            let json = format!("\"{before}{middle}{after}");
            prop_assert_eq!(string_end(json.as_bytes(), 0).ok(), simply(json.as_bytes()), "{}", json);
        }
    }

    #[test]
    fn a_byte_is_found_wherever_it_stands() {
        for length in 0..40 {
            let text = vec![b'a'; length];
            assert!(!has_byte(&text, b'\\'));
            for at in 0..length {
                let mut text = text.clone();
                text[at] = b'\\';
                assert!(has_byte(&text, b'\\'), "{length} {at}");
            }
        }
    }

    #[test]
    fn quotes_are_found_wherever_they_stand() {
        for length in 0..50 {
            assert_eq!(quote(&vec![b'#'; length]), None);
            for at in 0..length {
                // Its neighbours in the table of characters, and bytes with the highest bit.
                for other in [b'!', b'#', b'\\', 0xa2, 0xff, 0] {
                    let mut text = vec![other; length];
                    text[at] = b'"';
                    assert_eq!(quote(&text), Some(at), "{text:?}");
                    text[at + 1..].fill(b'"');
                    assert_eq!(quote(&text), Some(at), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn the_first_byte_in_a_word() {
        for byte in [b'"', b'\\', 0, 0x80, 0xff] {
            for other in [byte.wrapping_sub(1), byte.wrapping_add(1), byte ^ 0x80] {
                assert_eq!(first_in_word([other; WORD], byte), WORD);
                for at in 0..WORD {
                    let mut word = [other; WORD];
                    word[at] = byte;
                    assert_eq!(first_in_word(word, byte), at, "{word:?}");
                    word[at + 1..].fill(byte);
                    assert_eq!(first_in_word(word, byte), at, "{word:?}");
                }
            }
        }
    }

    #[test]
    fn a_string_ends_at_the_first_quote_that_is_not_escaped() {
        for backslashes in 0..40 {
            for before in 0..20 {
                let string = format!("\"{}{}\"", "x".repeat(before), "\\".repeat(backslashes));
                let json = format!("{string}: \"y\"");
                let end = if backslashes % 2 == 0 { string.len() } else { string.len() + 3 };
                assert_eq!(string_end(json.as_bytes(), 0), Ok(end), "{json}");
            }
        }
        for json in ["\"", "\"\\\"", "\"x\\", "\"\\\\\\\""] {
            assert!(string_end(json.as_bytes(), 0).is_err(), "{json}");
        }
    }
}
