//! An automaton that finds texts in one pass: those that are too short, too long or too much alike
//! for a search by groups of bytes.
//!
//! Its fast form takes most of the time in which a program starts, and no store has events for all
//! rules. So it is built when it first searches a text.

use std::sync::OnceLock;

use aho_corasick::AhoCorasickKind;

use crate::many_texts::ManyTexts;

/// An automaton of more bytes of texts is built at once, so that the texts themselves take no
/// memory.
const LARGE: usize = 1 << 20;

/// An automaton for the texts that one attribute is searched for.
#[derive(Debug, Clone)]
pub(crate) enum Automaton {
    /// It is built when it first searches. The fast form is three times as fast, but a byte of a
    /// text takes about 256 bytes of memory.
    Lazy { texts: Vec<Box<str>>, is_fast: bool, built: OnceLock<ManyTexts> },
    /// For many texts.
    Large(ManyTexts),
}

impl Automaton {
    /// Makes an automaton for texts in order. `fast` is how many bytes of texts may still be given
    /// the fast form.
    pub(crate) fn new(texts: Vec<Box<str>>, fast: &mut usize) -> Self {
        let size: usize = texts.iter().map(|text| text.len()).sum();
        let is_fast = match fast.checked_sub(size) {
            Some(rest) => {
                *fast = rest;
                true
            }
            None => false,
        };
        match is_fast || size < LARGE {
            true => Self::Lazy { texts, is_fast, built: OnceLock::new() },
            false => Self::Large(build(&texts, None)),
        }
    }

    /// Calls `visit` with the number of each text that occurs in `searched`, once for each place,
    /// until it returns `false`.
    pub(crate) fn search(&self, searched: &str, mut visit: impl FnMut(usize) -> bool) {
        let mut hits = self.built().find(searched.as_bytes());
        while hits.next().is_some_and(|(text, _)| visit(text)) {}
    }

    /// Returns whether one of the texts occurs in `searched`.
    pub(crate) fn is_match(&self, searched: &[u8]) -> bool {
        self.built().is_match(searched)
    }

    fn built(&self) -> &ManyTexts {
        match self {
            Self::Lazy { texts, is_fast, built } => {
                built.get_or_init(|| build(texts, is_fast.then_some(AhoCorasickKind::DFA)))
            }
            Self::Large(built) => built,
        }
    }
}

fn build(texts: &[Box<str>], kind: Option<AhoCorasickKind>) -> ManyTexts {
    let texts: Vec<_> = texts.iter().map(|text| text.as_bytes()).collect();
    ManyTexts::of_kind(&texts, kind)
        .expect("the size of the rules bounds the automaton far below its limit of 2^31 states")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(automaton: &Automaton, searched: &str) -> Vec<usize> {
        let mut found = Vec::new();
        automaton.search(searched, |text| {
            found.push(text);
            true
        });
        found.sort_unstable();
        found
    }

    #[test]
    fn both_forms_find_all_texts() {
        let mut texts: Vec<Box<str>> = (0..3_000).map(|number| format!("u{number}").into()).collect();
        texts.sort_unstable();
        let expected: Vec<_> =
            ["u1", "u12", "u123"].map(|text| texts.iter().position(|other| **other == *text).unwrap()).into();
        for mut fast in [0, 1 << 20] {
            let automaton = Automaton::new(texts.clone(), &mut fast);
            assert_eq!(found(&automaton, "a u123"), expected);
            assert_eq!(found(&automaton, "v"), [0; 0]);
        }
    }
}
