//! An automaton that finds many texts in one pass.
//!
//! Its fast form takes most of the time in which a program starts, and no store has events for all
//! rules. So it is built when it first searches a text.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// An automaton for the texts that one attribute is searched for.
#[derive(Debug, Clone)]
pub(crate) enum Automaton {
    /// Three times as fast, but a byte of a text takes about 256 bytes of memory.
    Fast { texts: Vec<Box<str>>, built: OnceLock<AhoCorasick> },
    /// For many texts. It is built at once, so that the texts themselves take no memory.
    Small(AhoCorasick),
}

impl Automaton {
    /// Makes an automaton. `fast` is how many bytes of texts may still be given the fast form.
    pub(crate) fn new(texts: Vec<Box<str>>, fast: &mut usize) -> Self {
        let size: usize = texts.iter().map(|text| text.len()).sum();
        match fast.checked_sub(size) {
            Some(rest) => {
                *fast = rest;
                Self::Fast { texts, built: OnceLock::new() }
            }
            None => Self::Small(build(&texts, None)),
        }
    }

    /// Calls `visit` with the number of each text that occurs in `searched`, once for each place,
    /// until it returns `false`.
    pub(crate) fn search(&self, searched: &str, mut visit: impl FnMut(usize) -> bool) {
        let automaton = match self {
            Self::Fast { texts, built } => built.get_or_init(|| build(texts, Some(AhoCorasickKind::DFA))),
            Self::Small(automaton) => automaton,
        };
        let mut hits = automaton.find_overlapping_iter(searched);
        while hits.next().is_some_and(|hit| visit(hit.pattern().as_usize())) {}
    }
}

fn build(texts: &[Box<str>], kind: Option<AhoCorasickKind>) -> AhoCorasick {
    AhoCorasick::builder()
        .kind(kind)
        .build(texts.iter().map(|text| text.as_bytes()))
        .expect("the size of the rules bounds the automaton far below its limit of 2^31 states")
}
