//! Hashes of files.

/// The longest hash, in bytes: SHA-512.
const LONGEST: usize = 64;

/// The number of digits of SHA-1, and of Amcache's form of it, with four zeros before it.
const SHA1: usize = 40;

/// Calls `found` with the bytes of each hash in a text: a run of as many hexadecimal digits as a
/// hash has, with no letter, digit or underscore on either side. Sysmon writes several hashes in
/// one field, and Amcache four zeros before the hash.
pub(crate) fn hashes(text: &str, mut found: impl FnMut(&[u8])) {
    let is_of_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    for word in text.as_bytes().split(|byte| !is_of_word(*byte)) {
        let digits = match word.len() {
            32 | SHA1 | 56 | 64 | 96 | 128 => word,
            44 if word.starts_with(b"0000") => &word[4..],
            _ => continue,
        };
        let mut bytes = [0; LONGEST];
        if decode(digits, &mut bytes).is_some() {
            found(&bytes[..digits.len() / 2]);
        }
    }
}

fn decode(digits: &[u8], bytes: &mut [u8]) -> Option<()> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
    }
    Some(())
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
