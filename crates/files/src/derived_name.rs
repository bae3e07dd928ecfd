//! Names that foreman makes from those of users: a name that the file system takes must not become
//! too long for it.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

/// The maximum number of bytes of such a name. Most file systems take 255, and those of eCryptfs
/// 143.
const LONGEST: usize = 143;

/// Returns the name with `end` behind it. If that is too long for a file system, the last
/// characters of the name are left out.
#[must_use]
pub fn derived_name(name: &OsStr, end: &str) -> OsString {
    let mut derived = start_of(name, LONGEST.saturating_sub(end.len())).to_owned();
    derived.push(end);
    derived
}

/// Returns at most this many bytes of a name. No character is cut in two: some file systems refuse
/// a name that is not UTF-8.
fn start_of(name: &OsStr, longest: usize) -> &OsStr {
    match name.to_str() {
        Some(text) => OsStr::new(&text[..text.floor_char_boundary(longest)]),
        None => OsStr::from_bytes(&name.as_bytes()[..longest.min(name.len())]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_at_a_character() {
        let end = ".0123456789";
        for (name, kept) in [
            ("case.plaso".into(), 10),
            ("a".repeat(132), 132),
            ("a".repeat(255), 132),
            ("ä".repeat(127), 132),
            (format!("a{}", "ä".repeat(127)), 131),
        ] {
            let derived = derived_name(OsStr::new(&name), end);
            assert_eq!(derived.to_str(), Some(format!("{}{end}", &name[..kept]).as_str()));
            assert!(derived.len() <= LONGEST);
        }
        let no_text = [b'\xff'; 255];
        let derived = derived_name(OsStr::from_bytes(&no_text), end);
        assert_eq!(derived.as_bytes(), [&no_text[..132], end.as_bytes()].concat());
    }
}
