//! What is left of a wildcard behind the begin of a text.
//!
//! The form in which a value is compared may lack what the value itself has at its start, such as
//! the name of a hive or `https://`. A wildcard is written for the value, so that part of the
//! wildcard is taken off which describes what the form lacks. There may be several ways to do so:
//! behind `hklm\`, of `*\software` both `*\software` and `software` are left.

use std::collections::BTreeSet;

/// What may be left of a wildcard.
#[derive(Debug, Clone)]
pub(super) struct Rests<'w> {
    wildcard: &'w str,
    /// Where each rest begins, ascending.
    starts: Vec<usize>,
}

impl<'w> Rests<'w> {
    /// Returns the whole wildcard.
    pub(super) fn of(wildcard: &'w str) -> Self {
        Self { wildcard, starts: vec![0] }
    }

    /// Returns what is left behind a text in ASCII, in any case.
    pub(super) fn behind(&self, text: &str) -> Self {
        text.chars()
            .fold(self.clone(), |rests, next| rests.behind_one(|found| found.eq_ignore_ascii_case(&next)))
    }

    /// Returns what is left behind one character of some kind.
    pub(super) fn behind_one(&self, is_of_kind: impl Fn(char) -> bool) -> Self {
        let mut starts = Vec::new();
        for start in &self.starts {
            for (at, next) in (*start..).zip(self.wildcard[*start..].chars()) {
                match next {
                    '*' => starts.push(at),
                    next if next == '?' || is_of_kind(next) => starts.push(at + next.len_utf8()),
                    _ => {}
                }
                if next != '*' {
                    break;
                }
            }
        }
        starts.sort_unstable();
        starts.dedup();
        Self { wildcard: self.wildcard, starts }
    }

    /// Returns what is left behind any characters of some kind, or none.
    pub(super) fn behind_any(&self, is_of_kind: impl Fn(char) -> bool + Copy) -> Self {
        let mut all: BTreeSet<_> = self.starts.iter().copied().collect();
        let mut last = self.clone();
        loop {
            last = last.behind_one(is_of_kind);
            last.starts.retain(|start| all.insert(*start));
            if last.starts.is_empty() {
                return Self { wildcard: self.wildcard, starts: all.into_iter().collect() };
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &'w str> {
        self.starts.iter().map(|start| &self.wildcard[*start..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_behind_a_text() {
        for (wildcard, text, expected) in [
            (r"hklm\software\*", r"hklm\", &[r"software\*"][..]),
            (r"hk??\software", r"hklm\", &["software"]),
            (r"*\software", r"hklm\", &[r"*\software", "software"]),
            (r"hk*\software", r"hklm\", &[r"*\software", "software"]),
            (r"**m\a", r"hklm\", &[r"**m\a", r"*m\a", "a"]),
            (r"hkcu\software", r"hklm\", &[]),
            ("hk", r"hklm\", &[]),
            ("HTTP://A*", "http://", &["A*"]),
        ] {
            assert_eq!(Rests::of(wildcard).behind(text).iter().collect::<Vec<_>>(), expected, "{wildcard}");
        }
        let any = |wildcard| Rests::of(wildcard).behind_any(|c| c != '\\').behind("\\").iter().collect();
        let found: Vec<_> = any(r"s-1-5-*\software\a");
        assert_eq!(found, [r"*\software\a", r"software\a"]);
        let found: Vec<_> = any(r"é\software\a");
        assert_eq!(found, [r"software\a"]);
    }
}
