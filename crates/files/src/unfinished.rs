//! Names that nobody can guess, for files that are being written and for temporary folders.

use std::collections::hash_map::RandomState;
use std::ffi::{OsStr, OsString};
use std::hash::{BuildHasher as _, Hasher as _};

use crate::derived_name::derived_name;

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
/// `.task.sqlite.0123456789.unfinished`. It has only the first characters of a long name.
#[must_use]
pub fn unfinished_name(name: &OsStr) -> OsString {
    with_digits(name, &random_digits())
}

fn with_digits(name: &OsStr, digits: &str) -> OsString {
    let mut hidden = OsString::from(".");
    hidden.push(name);
    derived_name(&hidden, &format!(".{digits}{SUFFIX}"))
}

/// Returns whether `unfinished` can be a result of [`unfinished_name`] for `name`, or for another
/// name that is as long and begins with the same characters.
pub(crate) fn is_unfinished_name_of(unfinished: &str, name: &OsStr) -> bool {
    parts(unfinished).is_some_and(|(_, digits)| with_digits(name, digits) == *unfinished)
}

/// Returns the name that a file of foreman's own will have when it is complete, or `None` if `name`
/// is not the name of an unfinished file. Foreman's own names are short, so they are whole in it.
pub(crate) fn finished_name(name: &str) -> Option<&str> {
    parts(name).map(|(finished, _)| finished)
}

fn parts(unfinished: &str) -> Option<(&str, &str)> {
    let parts = unfinished.strip_prefix('.')?.strip_suffix(SUFFIX)?.rsplit_once('.')?;
    are_random_digits(parts.1).then_some(parts)
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
            assert!(!is_unfinished_name_of(name, OsStr::new("task.sqlite")), "{name}");
        }
        assert!(is_unfinished_name_of(&one, OsStr::new("task.sqlite")));
        assert!(!is_unfinished_name_of(&one, OsStr::new("task")));
    }

    /// The longest names that file systems take, too.
    #[test]
    fn unfinished_files_with_long_names() {
        let place = tempfile::tempdir().unwrap();
        for name in ["a".repeat(255), "ä".repeat(127), "a".repeat(100)] {
            let name = OsStr::new(&name);
            std::fs::write(place.path().join(name), "").unwrap();
            let unfinished = unfinished_name(name);
            std::fs::write(place.path().join(&unfinished), "").unwrap();
            let unfinished = unfinished.to_str().unwrap();
            assert!(is_unfinished_name_of(unfinished, name), "{unfinished}");
            assert!(!is_unfinished_name_of(unfinished, OsStr::new("other")), "{unfinished}");
        }
    }
}
