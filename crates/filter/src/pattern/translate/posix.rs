//! The classes of POSIX, such as `[:alpha:]`, which are members of sets in PCRE.

use super::escape::ALL_CHARACTERS;
use super::translator::Translator;

const NAMES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

impl<'p> Translator<'p> {
    /// Refuses a class of POSIX that is no member of a set, as PCRE does. A `[` is before the rest.
    pub(super) fn refuse_posix_class(&self) -> Result<(), String> {
        match self.posix_class() {
            Some((mark, name, _)) => {
                Err(format!("`[{mark}{name}{mark}]` must be inside a set, as in `[[{mark}{name}{mark}]]`"))
            }
            None => Ok(()),
        }
    }

    /// Translates a class of POSIX, of which the `[` has been read. Returns `false` if there
    /// is none.
    pub(super) fn take_posix_class(&mut self) -> Result<bool, String> {
        let Some((mark, name, rest)) = self.posix_class() else { return Ok(false) };
        if mark != ':' || !NAMES.contains(&name.strip_prefix('^').unwrap_or(name)) {
            return Err(format!("there is no class `[{mark}{name}{mark}]`"));
        }
        // The engines give these classes the same characters of ASCII as PCRE.
        self.push(&format!("[:{name}:]"));
        self.add_class_characters(if name.starts_with('^') { ALL_CHARACTERS } else { 128 });
        self.rest = rest;
        Ok(true)
    }

    /// Returns the mark and the name of a class of POSIX at the start of the rest, and what follows
    /// it. Without both marks, the characters are members of the set like any others.
    fn posix_class(&self) -> Option<(char, &'p str, &'p str)> {
        let after = self.rest;
        let mark = after.chars().next().filter(|mark| self.posix_classes && ":.=".contains(*mark))?;
        let after = &after[1..];
        let (name, rest) = after.split_at(after.find([mark, ']', '[', '\\'])?);
        let rest = rest.strip_prefix(mark)?.strip_prefix(']')?;
        Some((mark, name, rest))
    }
}
