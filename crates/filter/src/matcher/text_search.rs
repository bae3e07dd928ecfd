//! Finds many texts in one pass, in the fastest way for each of them.

use crate::matcher::automaton::Automaton;
use crate::matcher::gram_search::GramSearch;

/// Searches for the texts that one attribute may contain.
#[derive(Debug, Clone)]
pub(crate) struct TextSearch {
    grams: GramSearch,
    /// For the texts that have no gram of their own, with the number of each.
    others: Option<(Automaton, Vec<u32>)>,
}

impl TextSearch {
    /// Prepares to search for texts in order, which are numbered from 0. `fast` is how many bytes
    /// of texts may still be given the fast form of automaton.
    pub(crate) fn new(texts: Vec<Box<str>>, fast: &mut usize) -> Self {
        let (grams, others) = GramSearch::new(texts);
        let (numbers, others): (Vec<_>, Vec<_>) = others.into_iter().unzip();
        let others = (!others.is_empty()).then(|| (Automaton::new(others, fast), numbers));
        Self { grams, others }
    }

    /// Calls `visit` with the number of each text that occurs in `searched`, once for each place,
    /// until it returns `false`.
    pub(crate) fn search(&self, searched: &str, mut visit: impl FnMut(usize) -> bool) {
        if self.grams.search(searched, |text| visit(text as usize))
            && let Some((automaton, numbers)) = &self.others
        {
            automaton.search(searched, |text| visit(numbers[text] as usize));
        }
    }

    /// Returns whether one of the texts occurs in `searched`, if capitals of ASCII there count as
    /// small letters.
    pub(crate) fn is_match_in_any_case(&self, searched: &[u8]) -> bool {
        let is_other = |(automaton, _): &(Automaton, _)| automaton.is_match(&searched.to_ascii_lowercase());
        self.grams.is_match_in_any_case(searched) || self.others.as_ref().is_some_and(is_other)
    }
}
