//! A search for many texts at once, which is built in time in proportion to their length.
//!
//! Lists and rules are untrusted, and the library that does the search takes time in proportion to
//! the square of the number of texts if most of them begin with another one: 21 seconds for half a
//! megabyte. Everything that searches for texts of others is built here.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError};

/// So few texts take no time in any order, and a filler would only slow their search down.
const FEW: usize = 100;

/// How many places of the texts the filler has one place for.
const PLACES: usize = 64;

/// Texts of so few bytes need no look at how they end.
const SMALL: usize = 1 << 16;

/// The texts of no honest list end with one another so often.
const DEEP: usize = 64;

/// In each state, the library keeps a list of all texts that end there. This is the most entries
/// that all lists of a deep search may have together, of about 12 bytes each.
const MOST_ENDS: usize = 1 << 27;

/// A search for many texts. They may be bytes that are no UTF-8, but have no byte 0xff.
#[derive(Debug, Clone)]
pub struct ManyTexts {
    automaton: AhoCorasick,
    /// The number of fillers before the texts.
    fillers: usize,
}

/// Why a search cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum ManyTextsError {
    /// All texts together are too long for the library: 2 GiB.
    #[error(transparent)]
    TooLong(#[from] BuildError),
    /// Many texts end with one another.
    #[error(
        "{depth} of the texts end with one another, so a search for all would take gigabytes of memory; leave most of them out"
    )]
    TooDeep {
        /// How many.
        depth: usize,
    },
}

impl ManyTexts {
    /// Builds a search.
    ///
    /// # Errors
    ///
    /// If the search would take too much memory.
    pub fn new<T: AsRef<[u8]>>(texts: &[T]) -> Result<Self, ManyTextsError> {
        let bytes: usize = texts.iter().map(|text| text.as_ref().len()).sum();
        let depth = if bytes > SMALL { depth(texts) } else { 0 };
        if depth > DEEP && depth.saturating_mul(bytes) > MOST_ENDS {
            return Err(ManyTextsError::TooDeep { depth });
        }
        Ok(Self::of_kind(texts, None)?)
    }

    pub(crate) fn of_kind<T: AsRef<[u8]>>(
        texts: &[T],
        kind: Option<AhoCorasickKind>,
    ) -> Result<Self, BuildError> {
        let filler = filler(texts);
        let patterns = filler.iter().map(Vec::as_slice).chain(texts.iter().map(AsRef::as_ref));
        let automaton = AhoCorasick::builder().kind(kind).build(patterns)?;
        Ok(Self { automaton, fillers: usize::from(filler.is_some()) })
    }

    /// Returns the number of each text that occurs in `searched`, and its place, once for each
    /// place.
    pub fn find<'s>(&'s self, searched: &'s [u8]) -> impl Iterator<Item = (usize, Range<usize>)> + 's {
        let hits = self.automaton.find_overlapping_iter(searched);
        // A filler occurs only in what is no text.
        hits.filter_map(|hit| Some((hit.pattern().as_usize().checked_sub(self.fillers)?, hit.range())))
    }

    /// Returns whether one of the texts occurs in `searched`, which has no byte 0xff.
    #[must_use]
    pub fn is_match(&self, searched: &[u8]) -> bool {
        self.automaton.is_match(searched)
    }
}

/// Returns how many texts there are at most of which each ends with the one before: so many can end
/// at one place. Of `c`, `bc` and `abc` it is 3.
fn depth<T: AsRef<[u8]>>(texts: &[T]) -> usize {
    let mut texts: Vec<&[u8]> = texts.iter().map(AsRef::as_ref).collect();
    texts.sort_unstable_by(|one, other| one.iter().rev().cmp(other.iter().rev()));
    let mut ends: Vec<&[u8]> = Vec::new();
    let mut deepest = 0;
    for text in texts {
        while ends.last().is_some_and(|end| !text.ends_with(end)) {
            ends.pop();
        }
        ends.push(text);
        deepest = deepest.max(ends.len());
    }
    deepest
}

/// Returns a text that occurs nowhere, which stands before many texts.
///
/// aho-corasick 1.1 numbers the states in the order of the texts, and then moves each state at the
/// end of a text to the front, by as many places as there are other states before it. For each
/// state, it follows these moves to its last place. Of the texts `a`, `aa`, `aaa` and so on, nearly
/// all states are ends, and a state is moved by a place or two at a time, through half of all
/// places. The states of the filler are no ends, and before all others: as each move passes over
/// them, a state is moved at most [`PLACES`] times.
fn filler<T: AsRef<[u8]>>(texts: &[T]) -> Option<Vec<u8>> {
    let size: usize = texts.iter().map(|text| text.as_ref().len()).sum();
    // This byte occurs in no text in UTF-8.
    (texts.len() > FEW).then(|| vec![0xff; (size / PLACES).max(1)])
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// Returns the most moves that the library follows for a state, and the number of states.
    fn moves(texts: &[Vec<u8>]) -> (usize, usize) {
        let mut next = HashMap::new();
        let mut is_end = vec![false];
        for text in texts {
            let mut state = 0;
            for byte in text {
                state = *next.entry((state, *byte)).or_insert(is_end.len());
                is_end.resize(is_end.len().max(state + 1), false);
            }
            is_end[state] = true;
        }
        let mut ends = 0;
        let mut moves = vec![0; is_end.len()];
        for state in 1..is_end.len() {
            if is_end[state] {
                ends += 1;
                // Between a state and where it is moved to are as many places as other states.
                moves[state] = if ends == state { 0 } else { moves[ends] + 1 };
            }
        }
        (moves.into_iter().max().unwrap_or_default(), is_end.len())
    }

    fn with_filler(texts: &[Vec<u8>]) -> Vec<Vec<u8>> {
        // The filler's own end is moved, too, but far.
        filler(texts).into_iter().chain(texts.iter().cloned()).collect()
    }

    /// Texts of which nearly each begins with another one, in the orders that lists have.
    fn lists(count: usize) -> Vec<Vec<Vec<u8>>> {
        let numbered: Vec<_> = (0..count).map(|number| format!("a{number}").into_bytes()).collect();
        let mut sorted = numbered.clone();
        sorted.sort();
        let longer: Vec<_> = (1..count / 10).map(|length| vec![b'a'; length]).collect();
        let short: Vec<_> = (0..count as u16).map(|number| (number & 0x7f7f).to_be_bytes().into()).collect();
        vec![numbered, sorted, longer, short]
    }

    /// Without a filler, a list of eight times as many texts takes 64 times as long.
    #[test]
    fn no_list_makes_many_moves() {
        for texts in lists(2_000).into_iter().chain(lists(16_000)) {
            let (most, states) = moves(&with_filler(&texts));
            assert!(most <= PLACES + 2, "{most} moves of {states} states");
        }
        let (most, states) = moves(&lists(16_000)[0]);
        assert!(most > states / 8, "the library would need no filler: {most} moves of {states} states");
    }

    #[test]
    fn numbers_and_places_are_those_of_the_texts() {
        for count in [FEW, 3_000] {
            let texts = &lists(count)[0];
            let search = ManyTexts::new(texts).unwrap();
            assert_eq!(search.fillers, usize::from(count > FEW));
            let found: Vec<_> = search.find(b"x a12 \xff\xff\xff").collect();
            assert_eq!(found, [(1, 2..4), (12, 2..5)]);
            assert!(search.is_match(b"x a1") && !search.is_match(b"x a"));
        }
        assert_eq!(ManyTexts::new::<&str>(&[]).unwrap().find(b"a").count(), 0);
    }

    /// Each state of a long text would have a list of all texts that end there: 5 GB here.
    #[test]
    fn texts_that_end_with_one_another_are_refused() {
        let ends = |count: usize| (1..=count).map(|length| vec![b'a'; length]).collect::<Vec<_>>();
        assert_eq!(depth(&ends(5)), 5);
        assert_eq!(depth(&["c", "bc", "abc", "xbc", "ab", "c"]), 4);
        assert_eq!(depth::<&str>(&[]), 0);
        let long = (b'b'..=b'z').map(|first| [vec![first], vec![b'a'; 16_000]].concat());
        let texts: Vec<_> = ends(1_000).into_iter().chain(long).collect();
        let refused = ManyTexts::new(&texts);
        assert!(matches!(refused, Err(ManyTextsError::TooDeep { depth: 1_001 })), "{refused:?}");
        assert!(ManyTexts::new(&texts[..300]).is_ok());
    }

    /// It would take half a minute without a filler; `no_list_makes_many_moves` counts why.
    #[test]
    fn many_texts_that_begin_with_others_are_found() {
        let search = ManyTexts::new(&lists(160_000)[0]).unwrap();
        assert_eq!(search.find(b"a159999").count(), 6);
    }
}
