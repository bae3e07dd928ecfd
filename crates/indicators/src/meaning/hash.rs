//! Hashes of files.

use crate::values::canonical;

/// The number of digits of SHA-1 in Amcache, which writes four zeros before it.
const SHA1_OF_AMCACHE: usize = 44;

/// Calls `found` with the bytes of each hash in a text: a run of as many hexadecimal digits as a
/// hash has, with no letter, digit or underscore on either side. Sysmon writes several hashes in
/// one field, and Amcache four zeros before the hash.
pub(crate) fn hashes(text: &str, mut found: impl FnMut(&[u8])) {
    // Most values are just one hash.
    if let Some(hash) = hash(text) {
        return found(hash.as_bytes());
    }
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii();
    for hash in text.split(|c| !is_of_word(c)).filter_map(hash) {
        found(hash.as_bytes());
    }
}

fn hash(word: &str) -> Option<canonical::Hash> {
    let digits = match word.strip_prefix("0000") {
        Some(digits) if word.len() == SHA1_OF_AMCACHE => digits,
        _ => word,
    };
    // Most words are shorter than any hash.
    let is_as_long = digits.len() % 2 == 0 && canonical::kind_of_hash(digits.len() / 2).is_some();
    if is_as_long { canonical::hash(digits) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_whole_words() {
        let count = |text: &str| {
            let mut count = 0;
            hashes(text, |_| count += 1);
            count
        };
        let md5 = "d41d8cd98f00b204e9800998ecf8427e";
        for (text, expected) in [
            (md5.to_owned(), 1),
            (md5.to_uppercase(), 1),
            (format!("MD5={md5},IMPHASH={md5}"), 2),
            (format!("x{md5}"), 0),
            (format!("{md5}0"), 0),
            (format!("_{md5}"), 0),
            (format!("é{md5}"), 0),
            (format!("0000{md5}"), 0),
            (format!("0000{}", "a".repeat(40)), 1),
            (format!("0001{}", "a".repeat(40)), 0),
            ("a".repeat(128), 1),
            ("g".repeat(32), 0),
        ] {
            assert_eq!(count(&text), expected, "{text}");
        }
    }
}
