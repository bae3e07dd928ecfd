//! Finds many texts in one pass, in the fastest way for each of them.

use crate::matcher::automaton::Automaton;
use crate::matcher::gram_search::GramSearch;

/// How many short texts a search in long texts looks for by themselves, so that it makes longer
/// steps for the others. A second search through a short text takes longer than it saves.
const EXCEPTIONS: usize = 8;

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
        Self::with_exceptions(texts, 0, fast)
    }

    /// Prepares to search in long texts, as [`new`](Self::new) does.
    pub(crate) fn in_long(texts: Vec<Box<str>>, fast: &mut usize) -> Self {
        Self::with_exceptions(texts, EXCEPTIONS, fast)
    }

    fn with_exceptions(texts: Vec<Box<str>>, exceptions: usize, fast: &mut usize) -> Self {
        let (grams, others) = GramSearch::new(texts, exceptions);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Short texts among long ones are found wherever they stand, in long texts as in others.
    #[test]
    fn both_searches_find_all_texts() {
        let texts = ["-m ", "&&", "lsass", "mimikatz", "sekurlsa", "x1"].map(Box::<str>::from);
        for search in [TextSearch::new, TextSearch::in_long].map(|new| new(texts.to_vec(), &mut 0)) {
            for (number, text) in texts.iter().enumerate() {
                for before in 0..20 {
                    let searched = format!("{}{text}.", ".".repeat(before));
                    let mut found = Vec::new();
                    search.search(&searched, |text| {
                        found.push(text);
                        true
                    });
                    assert_eq!(found, [number], "{searched}");
                    assert!(search.is_match_in_any_case(searched.to_ascii_uppercase().as_bytes()));
                }
            }
            assert!(!search.is_match_in_any_case(b"-M&lsas.mimikat.ekurlsa.x2"));
        }
    }
}
