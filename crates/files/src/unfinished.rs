//! Names that nobody can guess, for files that are being written and for temporary folders.

use std::collections::hash_map::RandomState;
use std::ffi::{OsStr, OsString};
use std::hash::{BuildHasher as _, Hasher as _};

/// The end of the names of files that are being written.
const SUFFIX: &str = ".unfinished";
/// The number of random digits in a name: too many to guess, and few enough for the path of a
/// socket.
const DIGITS: usize = 10;

/// Returns hexadecimal digits that nobody can guess.
pub(crate) fn random_digits() -> String {
    // The operating system's random numbers are the key of the standard library's hasher.
    let number = RandomState::new().build_hasher().finish();
    format!("{number:016x}")[..DIGITS].to_owned()
}

/// Returns whether the text looks like a result of [`random_digits`].
pub(crate) fn are_random_digits(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Returns a name for the file `name` while it is being written: `task.sqlite` →
/// `.task.sqlite.0123456789.unfinished`.
#[must_use]
pub fn unfinished_name(name: &OsStr) -> OsString {
    let mut unfinished = OsString::from(".");
    unfinished.push(name);
    unfinished.push(format!(".{}{SUFFIX}", random_digits()));
    unfinished
}

/// Returns the name that a file will have when it is complete, or `None` if `name` is not the name
/// of an unfinished file.
pub(crate) fn finished_name(name: &str) -> Option<&str> {
    let (finished, digits) = name.strip_prefix('.')?.strip_suffix(SUFFIX)?.rsplit_once('.')?;
    are_random_digits(digits).then_some(finished)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_unfinished_files() {
        let one = unfinished_name(OsStr::new("task.sqlite")).into_string().unwrap();
        let other = unfinished_name(OsStr::new("task.sqlite")).into_string().unwrap();
        assert_ne!(one, other);
        assert_eq!(finished_name(&one), Some("task.sqlite"));
        for name in ["task.sqlite", "task.sqlite.unfinished", ".task.sqlite.012345678X.unfinished"] {
            assert_eq!(finished_name(name), None, "{name}");
        }
    }
}
