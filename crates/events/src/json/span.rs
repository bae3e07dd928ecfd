//! Finds the end of a value without decoding the value.

use super::error::{JsonError, MAXIMUM_DEPTH, expected};

pub(super) fn after_whitespace(json: &[u8], mut at: usize) -> usize {
    while matches!(json.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// Returns the offset after the closing quote of the string that opens at `start`.
pub(super) fn string_end(json: &[u8], start: usize) -> Result<usize, JsonError> {
    let mut at = start + 1;
    while let Some(found) = quote_or_backslash(json.get(at..).unwrap_or_default()) {
        at += found;
        if json[at] == b'"' {
            return Ok(at + 1);
        }
        at += 2;
    }
    expected("the end of a string", json.len())
}

/// Returns where the first quote or backslash stands.
///
/// Most strings are short, and long ones have many escape sequences. So the first words are looked
/// at here; `memchr2` is faster only for longer pieces.
pub(super) fn quote_or_backslash(text: &[u8]) -> Option<usize> {
    const WORDS: usize = 4;
    const ONES: u64 = u64::MAX / 0xff;
    // Sets the highest bit of the first byte that is 0, and of no byte before it.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & (ONES << 7);
    let (words, _) = text.as_chunks::<8>();
    let mut at = 0;
    for word in words.iter().take(WORDS) {
        let word = u64::from_le_bytes(*word);
        let found = zeros(word ^ (ONES * u64::from(b'"'))) | zeros(word ^ (ONES * u64::from(b'\\')));
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    memchr::memchr2(b'"', b'\\', &text[at..]).map(|found| at + found)
}

/// Returns the offset after the value that begins at `start`. The value is checked only as far as
/// this needs.
pub(super) fn value_end(json: &[u8], start: usize) -> Result<usize, JsonError> {
    match json.get(start) {
        Some(b'"') => string_end(json, start),
        Some(b'{' | b'[') => nested_end(json, start),
        Some(_) => match scalar_end(json, start) {
            end if end > start => Ok(end),
            _ => expected("a value", start),
        },
        None => expected("a value", start),
    }
}

pub(super) fn nested_end(json: &[u8], start: usize) -> Result<usize, JsonError> {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(&byte) = json.get(at) {
        match byte {
            b'"' => {
                at = string_end(json, at)?;
                continue;
            }
            b'{' | b'[' if depth == MAXIMUM_DEPTH => return Err(JsonError::TooDeep { offset: at }),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Ok(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    expected("the end of a list or an object", json.len())
}

pub(super) fn scalar_end(json: &[u8], start: usize) -> usize {
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.');
    start + json[start..].iter().take_while(|b| is_part(b)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes_are_found_wherever_they_stand() {
        for found in [b'"', b'\\'] {
            for length in 0..50 {
                assert_eq!(quote_or_backslash(&vec![b'#'; length]), None);
                for at in 0..length {
                    // Its neighbours in the table of characters, and bytes with the highest bit.
                    for other in [b'!', b'#', b'[', b']', 0xa2, 0xdc, 0xff, 0] {
                        let mut text = vec![other; length];
                        text[at] = found;
                        assert_eq!(quote_or_backslash(&text), Some(at), "{text:?}");
                        text[at + 1..].fill(b'"');
                        assert_eq!(quote_or_backslash(&text), Some(at), "{text:?}");
                    }
                }
            }
        }
    }
}
