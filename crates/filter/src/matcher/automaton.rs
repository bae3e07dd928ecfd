//! An automaton that finds texts in one pass: those that are too short, too long or too much alike
//! for a search by groups of bytes.
//!
//! Its fast form takes most of the time in which a program starts, and no store has events for all
//! rules. So it is built when it first searches a text.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// An automaton of more bytes of texts is built at once, so that the texts themselves take no
/// memory.
const LARGE: usize = 1 << 20;

/// An automaton for the texts that one attribute is searched for.
#[derive(Debug, Clone)]
pub(crate) enum Automaton {
    /// It is built when it first searches. The fast form is three times as fast, but a byte of a
    /// text takes about 256 bytes of memory.
    Lazy { texts: Vec<Box<str>>, is_fast: bool, built: OnceLock<Built> },
    /// For many texts.
    Large(Built),
}

#[derive(Debug, Clone)]
pub(crate) struct Built {
    automaton: AhoCorasick,
    /// The number of fillers before the texts.
    fillers: usize,
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
            false => Self::Large(Built::new(&texts, None)),
        }
    }

    /// Calls `visit` with the number of each text that occurs in `searched`, once for each place,
    /// until it returns `false`.
    pub(crate) fn search(&self, searched: &str, mut visit: impl FnMut(usize) -> bool) {
        let Built { automaton, fillers } = self.built();
        let mut hits = automaton.find_overlapping_iter(searched);
        while hits.next().is_some_and(|hit| visit(hit.pattern().as_usize() - fillers)) {}
    }

    /// Returns whether one of the texts occurs in `searched`.
    pub(crate) fn is_match(&self, searched: &[u8]) -> bool {
        self.built().automaton.is_match(searched)
    }

    fn built(&self) -> &Built {
        match self {
            Self::Lazy { texts, is_fast, built } => {
                built.get_or_init(|| Built::new(texts, is_fast.then_some(AhoCorasickKind::DFA)))
            }
            Self::Large(built) => built,
        }
    }
}

impl Built {
    fn new(texts: &[Box<str>], kind: Option<AhoCorasickKind>) -> Self {
        let filler = filler(texts);
        let patterns = filler.iter().map(Vec::as_slice).chain(texts.iter().map(|text| text.as_bytes()));
        let automaton = AhoCorasick::builder()
            .kind(kind)
            .build(patterns)
            .expect("the size of the rules bounds the automaton far below its limit of 2^31 states");
        Self { automaton, fillers: usize::from(filler.is_some()) }
    }
}

/// Returns a text that occurs nowhere, if the automaton needs one before the others.
///
/// aho-corasick 1.1 moves the states of whole texts to the front. Of the texts `a`, `aa`, `aaa` and
/// so on, nearly all states are such, and each moves by as many places as there are other states
/// before it. The library then takes time in proportion to the square of the number of states,
/// divided by these places. The states of a filler are places.
fn filler(texts: &[Box<str>]) -> Option<Vec<u8>> {
    /// So many texts that others begin with take a few milliseconds without a filler.
    const FEW: usize = 100;
    /// The number of states that one state of the filler moves.
    const STATES: usize = 64;
    let continued = texts.windows(2).filter(|pair| pair[1].starts_with(&*pair[0])).count();
    let size: usize = texts.iter().map(|text| text.len()).sum();
    // This byte occurs in no text in UTF-8.
    (continued > FEW).then(|| vec![0xff; size / STATES])
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
        assert!(filler(&texts).is_some());
        let expected: Vec<_> =
            ["u1", "u12", "u123"].map(|text| texts.iter().position(|other| **other == *text).unwrap()).into();
        for mut fast in [0, 1 << 20] {
            let automaton = Automaton::new(texts.clone(), &mut fast);
            assert_eq!(found(&automaton, "a u123"), expected);
            assert_eq!(found(&automaton, "v"), [0; 0]);
        }
        assert_eq!(filler(&["a".into(), "ab".into()]), None);
    }
}
