//! One of many texts.

use super::part::{Case, Part};
use crate::folded::folded;
use crate::matcher::text_search::TextSearch;
use crate::text_set::TextSet;

/// How many bytes the texts may have together of which a value contains one. The automaton for so
/// many takes about 1 GiB while it is made.
pub(crate) const MAXIMUM_SEARCHED: usize = 16 << 20;

/// How many bytes of texts get the fast form of automaton, which takes about 256 times as much
/// memory.
const FAST: usize = 1 << 14;

/// Many texts, one of which a value or a part of it must be: a list of hashes or of domain names.
///
/// A million texts take little more memory than their characters, and a value is compared with all
/// of them in about the time that one takes.
#[derive(Debug, Clone)]
pub struct Literals {
    part: Part,
    case: Case,
    texts: TextSet,
    /// The lengths that texts have, ascending, if they are compared with the start or the end of a
    /// value.
    lengths: Vec<usize>,
    /// Searches for all texts, if a value may contain them anywhere, and has the number of each of
    /// its texts.
    search: Option<(TextSearch, Vec<u32>)>,
}

/// Too many texts to search for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected texts of at most {} MiB together that values may contain, found more", MAXIMUM_SEARCHED >> 20)]
pub struct TooManyTexts;

impl PartialEq for Literals {
    fn eq(&self, other: &Self) -> bool {
        (self.part, self.case, &self.texts) == (other.part, other.case, &other.texts)
    }
}

impl Literals {
    /// Makes a list of texts, each of which is a part of a value in this case.
    ///
    /// # Errors
    ///
    /// If the texts are searched for anywhere in values, and are longer than 16 MiB together.
    ///
    /// # Panics
    ///
    /// If all texts together take 4 GiB.
    pub fn new<T: AsRef<str>>(
        part: Part,
        case: Case,
        texts: impl IntoIterator<Item = T>,
    ) -> Result<Self, TooManyTexts> {
        let mut set = TextSet::default();
        for text in texts {
            match case {
                Case::Exact => set.insert(text.as_ref()),
                Case::Folded => set.insert(&folded(text.as_ref())),
            };
            if part == Part::Any && set.bytes() > MAXIMUM_SEARCHED {
                return Err(TooManyTexts);
            }
        }
        let mut lengths = Vec::new();
        if matches!(part, Part::Start | Part::End) {
            lengths.extend(set.iter().map(str::len));
            lengths.sort_unstable();
            lengths.dedup();
        }
        let search = (part == Part::Any).then(|| {
            let mut sorted: Vec<(Box<str>, u32)> = set.iter().map(Into::into).zip(0..).collect();
            sorted.sort_unstable();
            let (sorted, numbers) = sorted.into_iter().unzip();
            (TextSearch::new(sorted, &mut { FAST }), numbers)
        });
        Ok(Self { part, case, texts: set, lengths, search })
    }

    /// Returns the number of texts, each counted once.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Returns whether there are no texts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Returns the texts, as they are compared, in the order in which they were first given. The
    /// position of a text is its number.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.texts.iter()
    }

    /// Returns the part of a value that is compared.
    #[must_use]
    pub fn part(&self) -> Part {
        self.part
    }

    /// Returns whether the case of letters counts.
    #[must_use]
    pub fn case(&self) -> Case {
        self.case
    }

    /// Calls `found` with the numbers of the texts that are this part of a value, until it returns
    /// `true`. A text that a value contains several times may be found as often. Returns whether
    /// `found` returned `true`.
    pub fn find(&self, value: &str, found: impl FnMut(usize) -> bool) -> bool {
        match self.case {
            Case::Exact => self.find_in(value, found),
            Case::Folded if is_folded(value) => self.find_in(value, found),
            Case::Folded => self.find_in(&folded(value), found),
        }
    }

    fn find_in(&self, value: &str, mut found: impl FnMut(usize) -> bool) -> bool {
        let number = |text: Option<&str>| text.and_then(|text| self.texts.number_of(text));
        let mut is_found = |number: Option<u32>| number.is_some_and(|number| found(number as usize));
        let mut lengths = self.lengths.iter().take_while(|length| **length <= value.len());
        match self.part {
            Part::Whole => is_found(number(Some(value))),
            Part::Start => lengths.any(|length| is_found(number(value.get(..*length)))),
            Part::End => lengths.any(|length| is_found(number(value.get(value.len() - length..)))),
            Part::Any => {
                let mut is_any_found = false;
                if let Some((search, numbers)) = &self.search {
                    search.search(value, |text| {
                        is_any_found = is_found(Some(numbers[text]));
                        !is_any_found
                    });
                }
                is_any_found
            }
        }
    }
}

fn is_folded(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(part: Part, case: Case, value: &str) -> Vec<usize> {
        let literals = Literals::new(part, case, ["ab", "Bc", "abcd", "ab", "É"]).unwrap();
        let mut found = Vec::new();
        assert!(!literals.find(value, |number| {
            found.push(number);
            false
        }));
        assert_eq!(literals.find(value, |_| true), !found.is_empty());
        found.sort_unstable();
        found
    }

    #[test]
    fn texts_that_a_value_has() {
        for (part, case, value, expected) in [
            (Part::Whole, Case::Exact, "ab", &[0][..]),
            (Part::Whole, Case::Exact, "bc", &[]),
            (Part::Whole, Case::Folded, "bC", &[1]),
            (Part::Whole, Case::Folded, "é", &[3]),
            (Part::Start, Case::Exact, "abcde", &[0, 2]),
            (Part::Start, Case::Exact, "xabcde", &[]),
            (Part::Start, Case::Folded, "éa", &[3]),
            (Part::End, Case::Folded, "xABC", &[1]),
            (Part::End, Case::Exact, "xAbc", &[]),
            (Part::End, Case::Exact, "é", &[]),
            (Part::Any, Case::Folded, "xABCdé", &[0, 1, 2, 3]),
            (Part::Any, Case::Exact, "xabcdé", &[0, 2]),
            (Part::Any, Case::Exact, "", &[]),
        ] {
            assert_eq!(found(part, case, value), expected, "{part:?} {case:?} {value}");
        }
    }

    #[test]
    fn what_is_in_a_list() {
        let literals = Literals::new(Part::Whole, Case::Folded, ["B", "a", "b"]).unwrap();
        assert_eq!(literals.iter().collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!((literals.len(), literals.is_empty()), (2, false));
        assert!(!Literals::new(Part::Any, Case::Exact, [""; 0]).unwrap().find("a", |_| true));
        // Each text continues the one before. Such lists once took minutes to load.
        let nested: Vec<_> = (0..4_000).map(|length| "a".repeat(length)).collect();
        let nested = Literals::new(Part::Any, Case::Exact, &nested).unwrap();
        assert!(nested.find(&"a".repeat(4_000), |number| number == 3_999));
        let long = "a".repeat(MAXIMUM_SEARCHED + 1);
        assert_eq!(Literals::new(Part::Any, Case::Exact, [&long]), Err(TooManyTexts));
        assert!(Literals::new(Part::End, Case::Exact, [&long]).is_ok());
    }
}
