//! The state of a translation: the rest of the pattern, and the translation so far.

use std::collections::BTreeMap;

/// A translated pattern for the `regex` crate, or for `fancy_regex` if it needs backtracking.
#[derive(Debug, Default)]
pub(in crate::pattern) struct Translation {
    pub(in crate::pattern) pattern: String,
    /// How many constructs of the pattern need backtracking.
    pub(in crate::pattern) backtracking: usize,
    /// How many characters the classes have together, each before it is negated. If case is
    /// ignored, the engines look at each of them.
    pub(in crate::pattern) class_characters: usize,
}

/// The characters that are the same for Python if case is ignored. For the engines, the letters of
/// Turkish, `İ` and `ı`, are others than `i`.
pub(super) const FORMS_OF_I: &str = "Iiİı";

/// The flags that apply inside a group.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Scope {
    pub(super) multi_line: bool,
    pub(super) verbose: bool,
    pub(super) ignore_case: bool,
    /// Whether this is inside a look-around. The end of a look-around is not the end of the
    /// pattern.
    pub(super) look_around: bool,
}

pub(super) struct Translator<'p> {
    pub(super) rest: &'p str,
    pub(super) out: Translation,
    pub(super) names: BTreeMap<&'p str, usize>,
    pub(super) groups: usize,
    /// The scopes of the whole pattern and of the open groups.
    pub(super) open: Vec<Scope>,
    /// Whether `*` may come next, because there is something to repeat.
    pub(super) repeatable: bool,
    /// Whether a set may have members such as `[:alpha:]`.
    pub(super) posix_classes: bool,
}

impl<'p> Translator<'p> {
    pub(super) fn new(pattern: &'p str) -> Self {
        Self {
            rest: pattern,
            out: Translation::default(),
            names: BTreeMap::new(),
            groups: 0,
            open: vec![Scope::default()],
            repeatable: false,
            posix_classes: false,
        }
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    pub(super) fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Returns the text before `end`, and skips `end` too.
    pub(super) fn until(&mut self, end: char, what: &str) -> Result<&'p str, String> {
        let (found, rest) =
            self.rest.split_once(end).ok_or_else(|| format!("{what} is not closed by `{end}`"))?;
        self.rest = rest;
        Ok(found)
    }

    pub(super) fn scope(&mut self) -> &mut Scope {
        self.open.last_mut().expect("the whole pattern's is never closed")
    }

    pub(super) fn push(&mut self, text: &str) {
        self.out.pattern.push_str(text);
    }

    /// Notes that a class has so many characters more.
    pub(super) fn add_class_characters(&mut self, count: usize) {
        self.out.class_characters = self.out.class_characters.saturating_add(count);
    }

    pub(super) fn literal(&mut self, c: char) {
        if self.scope().ignore_case && FORMS_OF_I.contains(c) {
            return self.push(&format!("[{FORMS_OF_I}]"));
        }
        if c.is_ascii_punctuation() && c != '_' && c != '<' && c != '>' {
            self.out.pattern.push('\\');
        }
        self.out.pattern.push(c);
    }
}
