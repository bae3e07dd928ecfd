//! `PATH('a/b')`: paths that are compared segment by segment.

use std::cmp::Ordering;

/// The segments of a path: the first one (empty for an absolute path), and all others that are not
/// empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segments {
    segments: Box<[Box<str>]>,
    /// See [`borders`].
    borders: Box<[usize]>,
}

impl Segments {
    pub(crate) fn of(path: &str) -> Self {
        let segments: Box<[Box<str>]> = split(path).map(Into::into).collect();
        Self { borders: borders(&segments), segments }
    }

    /// Returns how `path` is ordered relative to this path.
    pub(crate) fn compare_to(&self, path: &str) -> Ordering {
        split(path).cmp(self.segments.iter().map(|segment| &**segment))
    }

    /// Returns whether `path` contains these segments one after the other, and has more segments
    /// than these.
    pub(crate) fn are_in(&self, path: &str) -> bool {
        split(path).nth(self.segments.len()).is_some()
            && is_part(&self.segments, &self.borders, split(path), |segment, other| **segment == **other)
    }
}

/// Returns for each number of items at the beginning of `part` (one, two and so on) how many of the
/// last of these items are also the first ones, without counting all of them.
///
/// So a search that fails after some items knows how many it has found nevertheless, and never goes
/// back: its time grows with the sum of both lengths, not with their product (the algorithm of
/// Knuth, Morris and Pratt).
fn borders<T: PartialEq>(part: &[T]) -> Box<[usize]> {
    let mut borders = Vec::with_capacity(part.len());
    let mut found = 0;
    for (position, item) in part.iter().enumerate() {
        if position > 0 {
            found = advance(part, &borders, found, |expected| expected == item);
        }
        borders.push(found);
    }
    borders.into()
}

/// Returns whether `whole` contains all items of `part` one after the other.
fn is_part<T, U>(
    part: &[T],
    borders: &[usize],
    whole: impl IntoIterator<Item = U>,
    mut is_equal: impl FnMut(&T, &U) -> bool,
) -> bool {
    let mut found = 0;
    part.is_empty()
        || whole.into_iter().any(|item| {
            found = advance(part, borders, found, |expected| is_equal(expected, &item));
            found == part.len()
        })
}

/// Returns how many items at the beginning of `part` end with the next item, if this many, fewer
/// than all, end before it.
fn advance<T>(part: &[T], borders: &[usize], mut found: usize, mut is_next: impl FnMut(&T) -> bool) -> usize {
    loop {
        if is_next(&part[found]) {
            return found + 1;
        }
        match found.checked_sub(1) {
            Some(last) => found = borders[last],
            None => return 0,
        }
    }
}

fn split(path: &str) -> impl Iterator<Item = &str> + Clone {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    std::iter::once(first).chain(rest.split('/').filter(|segment| !segment.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_stand_in_a_longer_path() {
        for (path, text, expected) in [
            ("a/b", "/a/b", true),
            ("a/b", "a/b", false),
            ("a/b", "a/b/c", true),
            ("a/b", "a//b///c", true),
            ("/a", "/a/b", true),
            ("/a", "x/a/b", false),
            ("a", "/A/b", false),
            ("a/b", "x/a/c/b", false),
            ("", "/a", true),
            ("", "a/b", false),
            ("b/", "a/b", true),
        ] {
            assert_eq!(Segments::of(path).are_in(text), expected, "{path} in {text}");
        }
        assert_eq!(Segments::of("/a/b").compare_to("/a//b/"), Ordering::Equal);
        assert_eq!(Segments::of("/a/b").compare_to("/a"), Ordering::Less);
    }

    /// Returns whether the segments are in a path, by trying each position.
    fn are_in_by_definition(path: &str, text: &str) -> bool {
        let (path, text): (Vec<_>, Vec<_>) = (split(path).collect(), split(text).collect());
        text.len() > path.len() && text.windows(path.len()).any(|segments| segments == path)
    }

    /// Returns all paths of at most so many of these pieces.
    fn paths(pieces: &[&str], most: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut first = 0;
        for _ in 0..most {
            let last = all.len();
            for shorter in first..last {
                all.extend(pieces.iter().map(|piece| format!("{}{piece}", all[shorter])).collect::<Vec<_>>());
            }
            first = last;
        }
        all
    }

    #[test]
    fn segments_are_found_as_by_trying_each_position() {
        // Two segments have all beginnings that return in themselves.
        for pieces in [&["a/", "b/"][..], &["a", "B", "/"]] {
            let texts = paths(pieces, 7);
            for path in paths(pieces, 5) {
                let segments = Segments::of(&path);
                for text in &texts {
                    assert_eq!(segments.are_in(text), are_in_by_definition(&path, text), "{path} in {text}");
                }
            }
        }
    }

    #[test]
    fn a_search_compares_as_often_as_there_are_segments() {
        const PART: usize = 1_000;
        let repeated = |length: usize, last| (0..length).map(|_| 'a').chain([last]).collect::<Vec<_>>();
        let part = repeated(PART, 'b');
        let alternating = (0..PART).map(|number| ['a', 'b'][usize::from(number % 3 == 0)]).collect();
        for (part, whole, expected) in [
            (part.clone(), repeated(100 * PART, 'a'), false),
            (part.clone(), repeated(100 * PART, 'b'), true),
            (part, [repeated(PART - 1, 'b'), repeated(PART - 1, 'b')].concat().repeat(50), false),
            (alternating, repeated(100 * PART, 'c'), false),
        ] {
            let borders = borders(&part);
            let mut compared = 0;
            let is_found = is_part(&part, &borders, &whole, |one, other| {
                compared += 1;
                one == *other
            });
            assert_eq!(is_found, expected);
            assert!(compared <= 2 * whole.len(), "{compared} comparisons for {} segments", whole.len());
        }
        // Reading a rule is a search in itself.
        let compared = std::cell::Cell::new(0);
        borders(
            &repeated(100 * PART, 'b').into_iter().map(|name| Counted(name, &compared)).collect::<Vec<_>>(),
        );
        assert!(compared.get() <= 200 * PART + 2, "{} comparisons", compared.get());
    }

    /// Counts how often it is compared.
    struct Counted<'c>(char, &'c std::cell::Cell<usize>);

    impl PartialEq for Counted<'_> {
        fn eq(&self, other: &Self) -> bool {
            self.1.set(self.1.get() + 1);
            self.0 == other.0
        }
    }
}
