//! The form of a text: what stands at its start, at its end, and between.
//!
//! A text, the start, the end or a part of one, and a wildcard are all forms: runs of characters
//! that follow one another, with any text between two runs.

use memchr::{memchr_iter, memmem};

use crate::condition::{Case, Part, Piece};
use crate::folded::folded;
use crate::pattern::may_read;

/// How many pieces that are `?` a wildcard may have: each may be compared at each position.
pub(crate) const MOST_CHARACTERS: usize = 256;

/// How long the texts of a wildcard that has a `?` may be together, in bytes: they may be compared
/// at each position.
pub(crate) const LONGEST_AROUND_CHARACTERS: usize = 1 << 12;

/// The form that a text must have.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TextForm {
    shape: Shape,
    pub(crate) case: Case,
}

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    /// A part of the text is this. Nearly all forms are such.
    Part(Part, Box<str>),
    Runs(Runs),
}

/// Runs that follow one another.
#[derive(Debug, Clone, PartialEq)]
struct Runs {
    runs: Vec<Run>,
    /// Whether the first run stands at the start.
    from_start: bool,
    /// Whether the last run stands at the end.
    to_end: bool,
    /// How many characters may be any.
    any_characters: usize,
}

/// Texts and single characters that follow one another.
type Run = Vec<Item>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    Text(Box<str>),
    AnyCharacter,
}

impl TextForm {
    /// The form of a text of which this part is `text`.
    pub(crate) fn of_part(part: Part, text: &str, case: Case) -> Self {
        Self { shape: Shape::Part(part, in_case(text, case)), case }
    }

    /// The form that a wildcard describes.
    pub(crate) fn of_wildcard(pieces: &[Piece], case: Case) -> Self {
        let mut runs = vec![Run::new()];
        for piece in pieces {
            let run = runs.last_mut();
            match (piece, run) {
                (Piece::AnyText, _) => runs.push(Run::new()),
                (Piece::AnyCharacter, Some(run)) => run.push(Item::AnyCharacter),
                (Piece::Text(text), Some(run)) if !text.is_empty() => {
                    run.push(Item::Text(in_case(text, case)))
                }
                _ => {}
            }
        }
        let from_start = runs.first().is_some_and(|run| !run.is_empty()) || runs.len() == 1;
        let to_end = runs.last().is_some_and(|run| !run.is_empty()) || runs.len() == 1;
        runs.retain(|run| !run.is_empty());
        if runs.is_empty() {
            runs.push(Run::new());
        }
        let any_characters = runs.iter().flatten().filter(|item| **item == Item::AnyCharacter).count();
        Self { shape: Shape::Runs(Runs { runs, from_start, to_end, any_characters }), case }
    }

    /// How many characters may be any.
    pub(crate) fn any_characters(&self) -> usize {
        match &self.shape {
            Shape::Part(..) => 0,
            Shape::Runs(Runs { any_characters, .. }) => *any_characters,
        }
    }

    /// How long the texts are together, in bytes.
    pub(crate) fn length(&self) -> usize {
        let length = |item: &Item| match item {
            Item::Text(text) => text.len(),
            Item::AnyCharacter => 0,
        };
        match &self.shape {
            Shape::Part(_, text) => text.len(),
            Shape::Runs(Runs { runs, .. }) => runs.iter().flatten().map(length).sum(),
        }
    }

    /// The text that the whole must be, if there is only one, in the form's case.
    pub(crate) fn only_text(&self) -> Option<&str> {
        match &self.shape {
            Shape::Part(Part::Whole, text) => Some(text),
            Shape::Part(..) => None,
            Shape::Runs(Runs { runs, from_start: true, to_end: true, .. }) => match &runs[..] {
                [run] if run.is_empty() => Some(""),
                [run] if let [Item::Text(text)] = &run[..] => Some(text),
                _ => None,
            },
            Shape::Runs(_) => None,
        }
    }

    /// The texts that must occur, in the form's case.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let (part, runs) = match &self.shape {
            Shape::Part(_, text) => (Some(&**text), &[][..]),
            Shape::Runs(Runs { runs, .. }) => (None, &runs[..]),
        };
        let of_runs = runs.iter().flatten().filter_map(|item| match item {
            Item::Text(text) => Some(&**text),
            Item::AnyCharacter => None,
        });
        part.into_iter().chain(of_runs)
    }

    /// The longest text that must occur, in the form's case.
    pub(crate) fn longest_text(&self) -> &str {
        self.texts().max_by_key(|text| text.len()).unwrap_or_default()
    }

    /// Whether a text has this form. It must be in the form's case, see [`folded`].
    pub(crate) fn is_of(&self, text: &str) -> bool {
        match &self.shape {
            Shape::Part(Part::Whole, whole) => text == &**whole,
            Shape::Part(Part::Start, start) => text.starts_with(&**start),
            Shape::Part(Part::End, end) => text.ends_with(&**end),
            Shape::Part(Part::Any, part) => find(text.as_bytes(), part.as_bytes()).is_some(),
            Shape::Runs(runs) => {
                // A search without `?` takes no longer than one for a part.
                let may = runs.any_characters == 0 || may_read(text.len(), 1 + runs.any_characters);
                may && runs.are_in(text)
            }
        }
    }
}

impl Runs {
    /// Whether a text consists of the runs, with any texts between them.
    fn are_in(&self, text: &str) -> bool {
        let mut rest = text;
        let mut runs = &self.runs[..];
        if self.from_start
            && let [first, others @ ..] = runs
        {
            let Some(after) = at_start(first, rest) else { return false };
            if others.is_empty() && self.to_end {
                return after.is_empty();
            }
            (rest, runs) = (after, others);
        }
        if self.to_end
            && let [others @ .., last] = runs
        {
            let Some(before) = at_end(last, rest) else { return false };
            (rest, runs) = (before, others);
        }
        // The first place of each run leaves most for those behind it.
        runs.iter().all(|run| match behind_first(run, rest) {
            Some(behind) => {
                rest = behind;
                true
            }
            None => false,
        })
    }
}

/// Returns where a text first contains another one.
///
/// Most texts are short, and to prepare the search of `memmem` would take longer than the search.
fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    const SHORT: usize = 512;
    let Some(first) = part.first().filter(|_| text.len() <= SHORT) else {
        return memmem::find(text, part);
    };
    memchr_iter(*first, text).find(|at| text[*at..].starts_with(part))
}

/// What is behind the run at the start of a text.
fn at_start<'t>(run: &[Item], text: &'t str) -> Option<&'t str> {
    run.iter().try_fold(text, |rest, item| match item {
        Item::Text(text) => rest.strip_prefix(&**text),
        Item::AnyCharacter => Some(&rest[rest.chars().next()?.len_utf8()..]),
    })
}

/// What is before the run at the end of a text.
fn at_end<'t>(run: &[Item], text: &'t str) -> Option<&'t str> {
    run.iter().rev().try_fold(text, |rest, item| match item {
        Item::Text(text) => rest.strip_suffix(&**text),
        Item::AnyCharacter => Some(&rest[..rest.len() - rest.chars().next_back()?.len_utf8()]),
    })
}

/// What is behind the first place where the run stands in a text.
fn behind_first<'t>(run: &[Item], text: &'t str) -> Option<&'t str> {
    match run {
        [] => Some(text),
        [Item::Text(only)] => find(text.as_bytes(), only.as_bytes()).map(|at| &text[at + only.len()..]),
        [Item::Text(first), others @ ..] => behind_first_after(first, others, text),
        _ => text.char_indices().find_map(|(at, _)| at_start(run, &text[at..])),
    }
}

/// What is behind the first place where `first` and then the others stand in a text. Places of
/// `first` may overlap: `aa?b` stands in `aaaxb`.
fn behind_first_after<'t>(first: &str, others: &[Item], text: &'t str) -> Option<&'t str> {
    let finder = memmem::Finder::new(first);
    let mut from = 0;
    loop {
        let start = from + finder.find(&text.as_bytes()[from..])?;
        if let Some(behind) = at_start(others, &text[start + first.len()..]) {
            return Some(behind);
        }
        from = start + 1;
    }
}

fn in_case(text: &str, case: Case) -> Box<str> {
    match case {
        Case::Exact => text.into(),
        Case::Folded => folded(text).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::Wildcards;
    use crate::pattern::begin_task;

    #[test]
    fn wildcards() {
        for (wildcard, text, expected) in [
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "a\n\nc", true),
            ("a*c", "abcd", false),
            ("a?c", "a\nc", true),
            ("a?c", "aéc", true),
            ("a?c", "ac", false),
            ("?", "", false),
            ("?", "é", true),
            ("??", "é", false),
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "abc", true),
            ("**", "", true),
            ("*b*", "abc", true),
            ("*b*", "ac", false),
            ("*ab*ab", "abab", true),
            ("*ab*ab", "ab", false),
            ("ab*ab", "ab", false),
            ("aba*aba", "ababa", false),
            ("*?b", "ab", true),
            ("*?b", "b", false),
            ("*a?*", "ba", false),
            ("*a?*", "bab", true),
            ("*a?c*", "axxabcx", true),
            ("*ab?d*", "abcabcd", true),
            ("?*?", "a", false),
            ("?*?", "ab", true),
            ("*aa?b*", "aaaxb", true),
            ("*.exe", "C:\\A.EXE", true),
        ] {
            let form = TextForm::of_wildcard(&Wildcards::pieces(wildcard), Case::Folded);
            assert_eq!(form.is_of(&folded(text)), expected, "{text:?} like {wildcard:?}");
        }
    }

    /// Each `?` may be compared at each position of a text.
    #[test]
    fn long_texts_have_a_limit_for_all_wildcards_of_a_task() {
        let _ = begin_task();
        let many = format!("*{}b", "a?".repeat(MOST_CHARACTERS));
        let (many, none) = (Wildcards::pieces(&many), Wildcards::pieces("*a*b"));
        let many = TextForm::of_wildcard(&many, Case::Exact);
        let none = TextForm::of_wildcard(&none, Case::Exact);
        let (text, short) = (format!("{}b", "a".repeat(1 << 15)), format!("{}b", "a".repeat(1 << 10)));
        let tried = (0..10_000).take_while(|_| many.is_of(&text)).count();
        assert_eq!(tried as u64, (16 << 30) / (text.len() as u64 * (1 + MOST_CHARACTERS as u64)));
        assert!(none.is_of(&text) && many.is_of(&short));
        assert_eq!(begin_task().long, 1);
        assert!(many.is_of(&text));
    }

    /// The meaning of a wildcard, as simply as it can be written.
    fn is_like(text: &[char], wildcard: &[char]) -> bool {
        match wildcard {
            [] => text.is_empty(),
            ['*', rest @ ..] => (0..=text.len()).any(|skipped| is_like(&text[skipped..], rest)),
            ['?', rest @ ..] => !text.is_empty() && is_like(&text[1..], rest),
            [c, rest @ ..] => text.first() == Some(c) && is_like(&text[1..], rest),
        }
    }

    /// All words of these letters of at most this length.
    fn words(letters: &[char], longest: usize) -> Vec<Vec<char>> {
        let mut words = vec![Vec::new()];
        let mut start = 0;
        for _ in 0..longest {
            let end = words.len();
            for at in start..end {
                let word = words[at].clone();
                words.extend(letters.iter().map(|letter| [&word[..], &[*letter]].concat()));
            }
            start = end;
        }
        words
    }

    #[test]
    fn wildcards_mean_what_they_say() {
        let texts = words(&['a', 'é'], 6);
        let wildcards = words(&['a', 'é', '?', '*'], 5).into_iter();
        let longer = ["*aa?é*", "*aé?aé*", "*a?a?é", "*aaa?é?a*", "a*aa?é*a", "*?aa?é*"];
        for wildcard in wildcards.chain(longer.map(|longer| longer.chars().collect())) {
            let written: String = wildcard.iter().collect();
            // Texts between wildcards in one piece each, as rules have them, and in several.
            let several: Vec<_> = wildcard.iter().flat_map(|c| Wildcards::pieces(&c.to_string())).collect();
            for pieces in [Wildcards::pieces(&written), several] {
                let form = TextForm::of_wildcard(&pieces, Case::Exact);
                for text in &texts {
                    let (expected, text) = (is_like(text, &wildcard), text.iter().collect::<String>());
                    assert_eq!(form.is_of(&text), expected, "{text:?} like {pieces:?}");
                }
            }
        }
    }

    #[test]
    fn parts() {
        for (part, text, value, expected) in [
            (Part::Whole, "ab", "ab", true),
            (Part::Whole, "ab", "abc", false),
            (Part::Whole, "", "", true),
            (Part::Whole, "", "a", false),
            (Part::Start, "ab", "abc", true),
            (Part::Start, "ab", "cab", false),
            (Part::Start, "", "a", true),
            (Part::End, "ab", "cab", true),
            (Part::End, "ab", "abc", false),
            (Part::Any, "ab", "cabc", true),
            (Part::Any, "ab", "acb", false),
            (Part::Any, "", "", true),
        ] {
            assert_eq!(
                TextForm::of_part(part, text, Case::Exact).is_of(value),
                expected,
                "{part:?} {text} {value}"
            );
        }
    }

    #[test]
    fn letters_are_folded() {
        for (text, value, expected) in [
            ("É", "é", true),
            ("ΟΔΟΣ", "οδοσ", true),
            ("ΟΔΟΣ", "οδος", true),
            ("İ", "i̇", true),
            ("ß", "ss", false),
        ] {
            assert_eq!(
                TextForm::of_part(Part::Any, text, Case::Folded).is_of(&folded(value)),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn what_must_occur() {
        let of = |wildcard: &str| TextForm::of_wildcard(&Wildcards::pieces(wildcard), Case::Folded);
        assert_eq!(of("").only_text(), Some(""));
        assert_eq!(of("*").only_text(), None);
        assert_eq!(of("*").longest_text(), "");
        assert_eq!(of("?").only_text(), None);
        assert_eq!(TextForm::of_part(Part::Whole, "AB", Case::Folded).only_text(), Some("ab"));
        assert_eq!(TextForm::of_part(Part::Start, "AB", Case::Exact).longest_text(), "AB");
    }
}
