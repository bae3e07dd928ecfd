//! Numbers as SQLite's files have them.

/// The 32-bit number at this position, which must be within the bytes.
pub(crate) fn number(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].iter().fold(0, |number, &byte| number << 8 | u32::from(byte))
}

/// The size of a database's pages, as its header has it; `None` if that is impossible.
pub(super) fn page_size(header: &[u8]) -> Option<usize> {
    match short(header, 16)? {
        1 => Some(65_536),
        size => (size.is_power_of_two() && size >= 512).then_some(size),
    }
}

/// The 16-bit number at this position, if it is within the bytes.
pub(super) fn short(bytes: &[u8], at: usize) -> Option<usize> {
    let pair = bytes.get(at..at.checked_add(2)?)?;
    Some(usize::from(pair[0]) << 8 | usize::from(pair[1]))
}

/// The variable-length number at this position, and the position behind it.
pub(super) fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for length in 0..9 {
        let byte = *bytes.get(at + length)?;
        if length == 8 {
            return Some((value << 8 | u64::from(byte), at + 9));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some((value, at + length + 1));
        }
    }
    None
}
