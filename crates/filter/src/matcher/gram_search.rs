//! Searches a text for many others by groups of four bytes, called grams.
//!
//! An automaton needs the result for one byte before it looks at the next, and one for thousands of
//! texts does not fit into a processor's cache. This search looks at each place by itself: a mark
//! says whether the four bytes there may be the gram of a text. Hardly any place has such a gram,
//! and only there, the texts with this gram are compared.
//!
//! If all texts, or all but a few exceptions, are long enough, it looks only at each second, fourth
//! or sixth place. Wherever a text stands, one of as many grams of it that follow each other is at
//! such a place.

use crate::matcher::grams::{Anchor, GRAM, Grams, gram, hash};

/// How many places are looked at before the results are.
const BLOCK: usize = 8;

/// How many marks there are for each gram. With fewer, more places are looked at in vain.
const MARKS: usize = 256;

/// So many marks fit into a processor's nearest caches. For more grams than that, there are fewer
/// marks for each.
const NEAR: usize = 1 << 16;

/// How many marks there are for each gram at least.
const FEWEST_MARKS: usize = 16;

/// Texts that are searched for by their grams.
#[derive(Debug, Clone)]
pub(crate) struct GramSearch {
    step: usize,
    /// Has 1 for the hash of each gram. The length is a power of two. A byte is found faster than a
    /// bit.
    marks: Vec<u8>,
    /// How far a hash is shifted so that it is the number of a mark.
    shift: u32,
    /// In the order of their hashes.
    anchors: Vec<Anchor>,
    /// Where the anchors of each group begin, and where those of the last one end. A group has the
    /// anchors whose hashes have the same upper bits.
    groups: Vec<u32>,
    /// How far a hash is shifted so that it is the number of a group.
    group_shift: u32,
    /// By their numbers. Those that are left to another search are empty.
    texts: Vec<Box<str>>,
}

impl GramSearch {
    /// Prepares to search for texts, numbered from 0. Also returns, with their numbers, those that
    /// cannot be searched for in this way: short and long ones, and those with the grams of many
    /// others. So that it makes longer steps, it may leave some `exceptions` more.
    pub(crate) fn new(mut texts: Vec<Box<str>>, exceptions: usize) -> (Self, Vec<(u32, Box<str>)>) {
        let Grams { step, anchors, others } = Grams::of(&texts, exceptions);
        let others = others.into_iter().map(|text| (text, std::mem::take(&mut texts[text as usize])));
        let others = others.collect();
        (Self::of(anchors, texts, step), others)
    }

    fn of(anchors: Vec<Anchor>, texts: Vec<Box<str>>, step: usize) -> Self {
        let marks = (MARKS * anchors.len()).min(NEAR.max(FEWEST_MARKS * anchors.len()));
        let marks = marks.next_power_of_two().max(2);
        let groups = anchors.len().next_power_of_two().max(2);
        let mut search = Self {
            step,
            marks: vec![0; marks],
            shift: u32::BITS - marks.trailing_zeros(),
            anchors,
            groups: vec![0; groups + 1],
            group_shift: u32::BITS - groups.trailing_zeros(),
            texts,
        };
        for anchor in &search.anchors {
            search.marks[(anchor.hash >> search.shift) as usize] = 1;
            search.groups[(anchor.hash >> search.group_shift) as usize + 1] += 1;
        }
        let mut before = 0;
        for group in &mut search.groups {
            before += *group;
            *group = before;
        }
        search
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    /// Calls `visit` with the number of each text that occurs in `searched`, once for each place,
    /// until it returns `false`. Returns whether it never did.
    pub(crate) fn search(&self, searched: &str, visit: impl FnMut(u32) -> bool) -> bool {
        self.search_bytes(searched.as_bytes(), <[u8]>::eq, visit)
    }

    /// Returns whether one of the texts occurs in `searched`, if capitals of ASCII there count as
    /// small letters.
    pub(crate) fn is_match_in_any_case(&self, searched: &[u8]) -> bool {
        !self.search_bytes(searched, <[u8]>::eq_ignore_ascii_case, |_| false)
    }

    fn search_bytes(
        &self,
        searched: &[u8],
        is_same: fn(&[u8], &[u8]) -> bool,
        mut visit: impl FnMut(u32) -> bool,
    ) -> bool {
        match self.step {
            _ if self.is_empty() => true,
            6 => self.search_by_steps::<6>(searched, is_same, &mut visit),
            4 => self.search_by_steps::<4>(searched, is_same, &mut visit),
            2 => self.search_by_steps::<2>(searched, is_same, &mut visit),
            _ => self.search_by_steps::<1>(searched, is_same, &mut visit),
        }
    }

    fn search_by_steps<const STEP: usize>(
        &self,
        searched: &[u8],
        is_same: fn(&[u8], &[u8]) -> bool,
        visit: &mut impl FnMut(u32) -> bool,
    ) -> bool {
        let is_marked = |at: usize| self.mark(gram(&searched[at..])) != 0;
        let places = (searched.len() + 1).saturating_sub(GRAM);
        let block = BLOCK * STEP;
        let mut at = 0;
        // What follows from one place is not needed for the next, so a processor looks at several
        // at once.
        while at + block <= places {
            let bytes = &searched[at..at + block + GRAM - 1];
            let marks = (0..BLOCK).fold(0, |marks, place| marks | self.mark(gram(&bytes[place * STEP..])));
            if marks != 0 {
                for at in (at..at + block).step_by(STEP) {
                    if is_marked(at) && !self.compare(searched, at, is_same, visit) {
                        return false;
                    }
                }
            }
            at += block;
        }
        (at..places).step_by(STEP).all(|at| !is_marked(at) || self.compare(searched, at, is_same, visit))
    }

    /// The mark of a gram.
    #[inline]
    fn mark(&self, gram: u32) -> u8 {
        self.marks.get((hash(gram) >> self.shift) as usize).copied().unwrap_or(0)
    }

    /// Visits the texts of which the gram stands at this place of `searched`, if they stand there.
    /// Returns whether `visit` never returned `false`.
    fn compare(
        &self,
        searched: &[u8],
        at: usize,
        is_same: fn(&[u8], &[u8]) -> bool,
        visit: &mut impl FnMut(u32) -> bool,
    ) -> bool {
        let hash = hash(gram(&searched[at..]));
        let group = (hash >> self.group_shift) as usize;
        let group = self.groups[group] as usize..self.groups[group + 1] as usize;
        self.anchors[group].iter().filter(|anchor| anchor.hash == hash).all(|anchor| {
            let text = self.texts[anchor.text as usize].as_bytes();
            let here =
                at.checked_sub(anchor.place as usize).and_then(|start| searched[start..].get(..text.len()));
            !here.is_some_and(|here| is_same(here, text)) || visit(anchor.text)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matcher::grams::{LONGEST, MOST_AT_ONE_PLACE};

    fn search_for(texts: &[String]) -> (GramSearch, Vec<(u32, Box<str>)>) {
        search_with_exceptions(texts, 0)
    }

    fn search_with_exceptions(texts: &[String], exceptions: usize) -> (GramSearch, Vec<(u32, Box<str>)>) {
        GramSearch::new(texts.iter().map(|text| text.as_str().into()).collect(), exceptions)
    }

    fn found(search: &GramSearch, searched: &str) -> Vec<u32> {
        let mut found = Vec::new();
        assert!(search.search(searched, |text| {
            found.push(text);
            true
        }));
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn texts_are_found_wherever_they_stand() {
        let texts = [
            "mimi",
            "größ",
            "sekurlsa",
            "mimikatz",
            "größe",
            "a very long text with more than 32 characters",
        ];
        let numbers = [&[0][..], &[1], &[2], &[0, 3], &[1, 4], &[5]];
        // Without the first texts, the search makes longer steps.
        for (shortest, step) in [(0, 1), (1, 2), (2, 4), (5, 6)] {
            let (search, others) = search_for(&texts.map(Into::into)[shortest..]);
            assert_eq!((search.step, others), (step, Vec::new()));
            for (text, numbers) in texts.iter().zip(numbers).skip(shortest) {
                let expected: Vec<_> =
                    numbers.iter().filter_map(|number| u32::checked_sub(*number, shortest as u32)).collect();
                for before in 0..70 {
                    for after in [0, 1, 3, 100] {
                        // What begins like a text keeps the search busy.
                        let before = &"mimxkatz selurlsx".repeat(5)[..before];
                        let searched = format!("{before}{text}{}", "x".repeat(after));
                        assert_eq!(found(&search, &searched), expected, "{searched}");
                        assert!(search.is_match_in_any_case(searched.to_ascii_uppercase().as_bytes()));
                    }
                }
            }
            for searched in ["", "sek", "mimxkatz sekurls", "grösse", "a very long text with more tha"] {
                assert_eq!(found(&search, searched), [0; 0], "{searched}");
                assert!(!search.is_match_in_any_case(searched.as_bytes()), "{searched}");
            }
        }
    }

    /// A text is found once for each place, also if its grams are alike.
    #[test]
    fn each_place_counts_once() {
        for text in ["aaaaaaa", "abababa", "aaaab"] {
            let (search, _) = search_for(&[text.into()]);
            let searched = text.repeat(9);
            let expected = (0..searched.len()).filter(|at| searched[*at..].starts_with(text)).count();
            let mut places = 0;
            search.search(&searched, |_| {
                places += 1;
                true
            });
            assert_eq!(places, expected, "{text}");
        }
    }

    #[test]
    fn a_search_ends_when_it_is_told() {
        let (search, _) = search_for(&["abcd".into(), "bcde".into()]);
        let mut visits = 0;
        assert!(!search.search("abcde abcde", |_| {
            visits += 1;
            visits < 3
        }));
        assert_eq!(visits, 3);
    }

    /// Every text is either searched for, or left to another search.
    #[test]
    fn what_is_left_to_others() {
        let long = "x".repeat(LONGEST + 1);
        let crowd = (0..40).map(|number| format!("ab{}", "cdef".repeat(number + 1)));
        let texts: Vec<_> =
            ["abc".into(), String::new(), long, "x".repeat(LONGEST)].into_iter().chain(crowd).collect();
        let (search, others) = search_for(&texts);
        let left: Vec<_> = others.iter().map(|(number, _)| *number).collect();
        assert_eq!(left[..3], [0, 1, 2]);
        // All grams of the crowd are the same few.
        assert!(left.len() > 3 && search.anchors.len() >= MOST_AT_ONE_PLACE);
        for (number, text) in (0..).zip(&texts) {
            assert_eq!(found(&search, text).contains(&number), !left.contains(&number), "{text}");
        }
    }

    /// Only as many exceptions as are allowed make the steps longer.
    #[test]
    fn a_few_short_texts_are_left_to_others() {
        let texts = ["sekurlsa", "mimi", "mimikatz", "lsass", "privilege"].map(Into::into);
        for (exceptions, step, left) in [(0, 1, &[][..]), (1, 2, &[1]), (2, 4, &[1, 3]), (9, 4, &[1, 3])] {
            let (search, others) = search_with_exceptions(&texts, exceptions);
            let others: Vec<_> = others.iter().map(|(number, _)| *number).collect();
            assert_eq!((search.step, &*others), (step, left), "{exceptions}");
            for (number, text) in (0..).zip(&texts) {
                let is_left = others.contains(&number);
                assert_eq!(found(&search, &format!("xyz{text}")).contains(&number), !is_left, "{text}");
            }
        }
    }

    #[test]
    fn many_texts_have_grams_of_their_own() {
        let texts: Vec<_> = (0..20_000).map(|number| format!("http://{number}.example")).collect();
        let (search, others) = search_for(&texts);
        assert!(others.len() < texts.len() / 10, "{}", others.len());
        let left: Vec<_> = others.iter().map(|(number, _)| *number).collect();
        for (number, text) in (0..).zip(&texts).step_by(97) {
            assert_eq!(found(&search, text).contains(&number), !left.contains(&number), "{text}");
        }
    }
}
