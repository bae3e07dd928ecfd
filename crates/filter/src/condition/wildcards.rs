//! Many wildcards.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use super::{Case, Piece};
use crate::matcher::text_form::{LONGEST_AROUND_CHARACTERS, MOST_CHARACTERS, TextForm};
use crate::matcher::text_search::TextSearch;

/// How many bytes of texts get the fast form of automaton.
const FAST: usize = 1 << 14;

/// The length of the beginning of a text that is searched for. Longer ones take more memory, and
/// hardly any two texts differ only behind it.
const LONGEST: usize = 16;

/// Shorter texts stand in many values.
const SHORT: usize = 4;

/// Many wildcards, each of which describes a whole text. The case of letters counts.
///
/// Each wildcard has a text that must occur. These texts are searched for together, and a wildcard
/// is compared only where its text was found. Nothing is compiled, so a wildcard takes little more
/// memory than it has characters, and 100,000 of them cost little more than a few.
#[derive(Debug, Clone, Default)]
pub struct Wildcards {
    forms: Vec<TextForm>,
    /// The wildcards without any text.
    always: Vec<u32>,
    /// Searches for texts, and has the wildcards of each of them.
    search: Option<(TextSearch, Vec<Vec<u32>>)>,
}

impl Wildcards {
    /// Returns why a wildcard with so many `?`, and texts of so many bytes, cannot be used.
    #[must_use]
    pub fn too_long(characters: usize, bytes: usize) -> Option<String> {
        if characters > MOST_CHARACTERS {
            return Some(format!("it has more than {MOST_CHARACTERS} `?`"));
        }
        (characters > 0 && bytes > LONGEST_AROUND_CHARACTERS)
            .then(|| format!("a value with `?` may have at most {} KiB", LONGEST_AROUND_CHARACTERS >> 10))
    }

    /// Returns the pieces of a wildcard, in which `*` stands for any text and `?` for any
    /// character.
    #[must_use]
    pub fn pieces(wildcard: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut rest = wildcard;
        while let Some(first) = rest.chars().next() {
            let end = match first {
                '*' | '?' => 1,
                _ => rest.find(['*', '?']).unwrap_or(rest.len()),
            };
            pieces.push(match first {
                '*' => Piece::AnyText,
                '?' => Piece::AnyCharacter,
                _ => Piece::Text(rest[..end].to_owned()),
            });
            rest = &rest[end..];
        }
        pieces
    }

    /// Makes wildcards, which are numbered by their positions.
    #[must_use]
    pub fn new(wildcards: impl IntoIterator<Item = Vec<Piece>>) -> Self {
        let wildcards = wildcards.into_iter();
        let forms: Vec<_> = wildcards.map(|pieces| TextForm::of_wildcard(&pieces, Case::Exact)).collect();
        let mut counts = FxHashMap::<&str, u32>::default();
        for text in forms.iter().flat_map(TextForm::texts) {
            *counts.entry(beginning(text)).or_default() += 1;
        }
        // Of the texts that must occur, the one that fewest other wildcards have.
        let rank = |text: &&str| (text.len() < SHORT, counts[beginning(text)], Reverse(text.len()));
        let mut always = Vec::new();
        let mut searched = Vec::new();
        for (form, number) in forms.iter().zip(0..) {
            match form.texts().min_by_key(rank) {
                Some(text) => searched.push((beginning(text), number)),
                None => always.push(number),
            }
        }
        searched.sort_unstable();
        let mut texts = Vec::<Box<str>>::new();
        let mut numbers = Vec::<Vec<u32>>::new();
        for (text, number) in searched {
            match (texts.last(), numbers.last_mut()) {
                (Some(last), Some(of_text)) if **last == *text => of_text.push(number),
                _ => {
                    texts.push(text.into());
                    numbers.push(vec![number]);
                }
            }
        }
        let search = (!texts.is_empty()).then(|| (TextSearch::new(texts, &mut { FAST }), numbers));
        Self { forms, always, search }
    }

    /// Returns whether there are no wildcards.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// Returns the wildcards that may describe a text, or a part of it, ascending.
    #[must_use]
    pub fn candidates(&self, text: &str) -> Vec<u32> {
        let mut candidates = self.always.clone();
        if let Some((search, numbers)) = &self.search {
            search.search(text, |found| {
                candidates.extend(&numbers[found]);
                true
            });
        }
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }

    /// Returns whether a wildcard describes a text.
    ///
    /// # Panics
    ///
    /// If there is no wildcard of this number.
    #[must_use]
    pub fn describes(&self, number: u32, text: &str) -> bool {
        self.forms[number as usize].is_of(text)
    }

    /// Returns whether one wildcard, which is in no set, describes a text.
    #[must_use]
    pub fn one_describes(wildcard: &str, text: &str) -> bool {
        TextForm::of_wildcard(&Self::pieces(wildcard), Case::Exact).is_of(text)
    }
}

/// Returns the beginning of a text.
fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_wildcards_are_found() {
        let all = Wildcards::new(
            ["/users/*/evil?.exe", "*", "??", "*é é é é é é é é é*", "/users/*/a", "*/A"]
                .map(Wildcards::pieces),
        );
        for (text, expected) in [
            ("/users/bob/evil1.exe", &[0, 1][..]),
            ("/users/bob/evil1.exe.txt", &[1]),
            ("é-", &[1, 2]),
            ("é é é é é é é é é é", &[1, 3]),
            ("/users/bob/a", &[1, 4]),
            ("/users/bob/A", &[1, 5]),
            ("", &[1]),
        ] {
            let found: Vec<_> =
                all.candidates(text).into_iter().filter(|number| all.describes(*number, text)).collect();
            assert_eq!(found, expected, "{text}");
        }
        assert!(Wildcards::one_describes("*/a", "/users/a") && !Wildcards::one_describes("*/A", "/users/a"));
        assert!(!all.is_empty() && Wildcards::default().is_empty());
    }

    /// What all wildcards have in common says nothing.
    #[test]
    fn the_rarest_text_of_a_wildcard_is_searched_for() {
        let all = Wildcards::new(
            (0..1_000).map(|number| Wildcards::pieces(&format!("/windows/system32/*/a{number:03}.exe"))),
        );
        assert_eq!(all.candidates("/windows/system32/drivers/a017.exe"), [17]);
    }

    #[test]
    fn what_would_take_long_is_refused() {
        assert_eq!(Wildcards::too_long(256, 4096), None);
        assert_eq!(Wildcards::too_long(0, 16_384), None);
        assert!(Wildcards::too_long(257, 1).is_some() && Wildcards::too_long(1, 4097).is_some());
    }
}
