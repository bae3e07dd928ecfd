//! The pattern as far as it is read, and the translation as far as it is written.

use std::collections::BTreeMap;

/// A pattern for the `regex` crate, or for `fancy_regex` if it needs backtracking.
#[derive(Debug, Default)]
pub(in crate::pattern) struct Translation {
    pub(in crate::pattern) pattern: String,
    /// How many things in it need backtracking.
    pub(in crate::pattern) backtracking: usize,
}

/// What holds between a group's parentheses.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Scope {
    pub(super) multi_line: bool,
    pub(super) verbose: bool,
    /// Within a look-around, whose end is not the pattern's.
    pub(super) look_around: bool,
}

pub(super) struct Translator<'p> {
    pub(super) rest: &'p str,
    pub(super) out: Translation,
    pub(super) names: BTreeMap<&'p str, usize>,
    pub(super) groups: usize,
    /// The whole pattern and the groups that are open.
    pub(super) open: Vec<Scope>,
    /// Whether what stands before can be repeated by `*`.
    pub(super) repeatable: bool,
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

    /// What stands before `end`, which is stepped over too.
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

    pub(super) fn literal(&mut self, c: char) {
        if c.is_ascii_punctuation() && c != '_' && c != '<' && c != '>' {
            self.out.pattern.push('\\');
        }
        self.out.pattern.push(c);
    }
}
