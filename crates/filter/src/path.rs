//! `PATH('a/b')`: paths that are compared segment by segment.

use std::cmp::Ordering;

/// The segments of a path: the first one (empty for an absolute path), and all others that are not
/// empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segments(Vec<Box<str>>);

impl Segments {
    pub(crate) fn of(path: &str) -> Self {
        Self(split(path).map(Into::into).collect())
    }

    /// Returns how `path` is ordered relative to this path.
    pub(crate) fn compare_to(&self, path: &str) -> Ordering {
        split(path).cmp(self.0.iter().map(|segment| &**segment))
    }

    /// Returns whether `path` contains these segments one after the other, and has more segments
    /// than these.
    pub(crate) fn are_in(&self, path: &str) -> bool {
        if split(path).count() <= self.0.len() {
            return false;
        }
        let mut rest = split(path);
        loop {
            if self.begin(rest.clone()) {
                return true;
            }
            if rest.next().is_none() {
                return false;
            }
        }
    }

    fn begin<'p>(&self, mut path: impl Iterator<Item = &'p str>) -> bool {
        self.0.iter().all(|segment| path.next() == Some(&**segment))
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
}
