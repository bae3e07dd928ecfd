//! The ends of file names.

/// The last two bytes of all file names of indicators, in lower case. Most words of command lines
/// and most paths end in none of them, and are passed over without looking up their names.
#[derive(Debug, Clone, Default)]
pub(super) struct NameEnds {
    /// For each last byte, a bit for each byte before it.
    bits: Vec<[u64; 2]>,
    /// Whether there is a name without a dot.
    has_name_without_dot: bool,
}

impl NameEnds {
    pub(super) fn new<'n>(names: impl Iterator<Item = &'n [u8]>) -> Self {
        let mut ends = Self::default();
        for name in names {
            ends.bits.resize(128, [0; 2]);
            ends.has_name_without_dot |= !name.contains(&b'.');
            match *name {
                // What is before a name of one byte is a separator, or nothing.
                [last] if last < 128 => ends.bits[usize::from(last)] = [u64::MAX; 2],
                [.., before, last] if before < 128 && last < 128 => {
                    ends.bits[usize::from(last)][usize::from(before >> 6)] |= 1 << (before & 63);
                }
                // Whatever is not ASCII may be there.
                _ => {}
            }
        }
        ends
    }

    /// Returns whether there are no names.
    pub(super) fn is_empty(&self) -> bool {
        self.bits.is_empty()
    }

    /// Returns whether all names have a dot.
    pub(super) fn have_dots(&self) -> bool {
        !self.has_name_without_dot
    }

    /// Returns whether the last component of a path may be one of the names.
    pub(super) fn has(&self, path: &str) -> bool {
        if self.bits.is_empty() {
            return false;
        }
        let bytes = path.as_bytes();
        let Some(last) = bytes.last().map(u8::to_ascii_lowercase) else { return false };
        // Nothing is before the only byte.
        let before = bytes.iter().rev().nth(1).map_or(b'/', u8::to_ascii_lowercase);
        if last >= 128 || before >= 128 {
            return true;
        }
        self.bits[usize::from(last)][usize::from(before >> 6)] & 1 << (before & 63) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_name_is_not_passed_over() {
        let ends = NameEnds::new(["evil.exe", "x", "é.ü", "ab"].iter().map(|name| name.as_bytes()));
        for path in ["C:\\a\\evil.exe", "EVIL.EXE", "/x", "x", "X", "é.Ü", "/ab", "other.exe", "K\u{212a}"]
        {
            assert!(ends.has(path), "{path}");
        }
        for path in ["", "evil.dll", "a/b", "ab.c", "evil.ey"] {
            assert!(!ends.has(path), "{path}");
        }
        assert!(!ends.have_dots());
        assert!(NameEnds::new([&b"evil.exe"[..], b".a"].into_iter()).have_dots());
        assert!(!NameEnds::default().has("evil.exe"));
    }
}
