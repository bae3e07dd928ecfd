//! Tables of bounded size.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, Hash};

use rustc_hash::{FxBuildHasher, FxHashSet};
use serde::Serialize;

use crate::words::cut;

/// The maximum number of rows of a table.
const MAXIMUM_ROWS: usize = 20_000;
/// The maximum size of a table, in bytes of text.
const MAXIMUM_BYTES: usize = 4 << 20;
/// The maximum number of characters of a text in a table.
pub(crate) const MAXIMUM_CHARACTERS: usize = 1_000;

/// The rows of a table, and how much was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// How much was left out.
    pub more: Rest,
}

/// How much a table leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Rest {
    /// The number of rows that were left out.
    pub rows: u64,
    /// The sum of the numbers in these rows.
    pub number: u64,
}

/// How many different names beyond the limit of a table are told apart.
const MAXIMUM_LEFT_OUT: usize = 1 << 20;

/// The names beyond the limit of a table, with the sum of their numbers. A name that comes again is
/// one row all the same; of the names, only their hashes are kept.
#[derive(Debug, Default)]
pub(crate) struct LeftOut {
    names: FxHashSet<u64>,
    number: u64,
}

impl LeftOut {
    pub(crate) fn add(&mut self, name: &impl Hash, number: u64) {
        if self.names.len() < MAXIMUM_LEFT_OUT {
            self.names.insert(FxBuildHasher.hash_one(name));
        }
        self.number = self.number.saturating_add(number);
    }

    pub(crate) fn rest(&self) -> Rest {
        Rest { rows: self.names.len() as u64, number: self.number }
    }
}

/// A name and the number of things that have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    /// What.
    pub name: String,
    /// How many.
    pub number: u64,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), more: Rest::default() }
    }
}

impl<T> Table<T> {
    /// Returns whether the table has no rows, and no rows were left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.more.rows == 0
    }

    /// Adds a row. If there are already `maximum` rows, only counts it.
    pub(crate) fn push(&mut self, row: T, maximum: usize) {
        if self.rows.len() < maximum { self.rows.push(row) } else { self.more.rows += 1 }
    }

    /// Returns the number of rows, including those that were left out.
    #[must_use]
    pub fn total_rows(&self) -> u64 {
        self.rows.len() as u64 + self.more.rows
    }
}

/// Returns the text, cut to the maximum length of a text in a table.
pub(crate) fn short(text: &str) -> String {
    cut(text, MAXIMUM_CHARACTERS)
}

/// Keeps the rows with the largest numbers, up to the maximum size of a table.
#[derive(Debug)]
pub(crate) struct Largest<const COLUMNS: usize> {
    /// Each row also has a serial number, because the same row may be added more than once.
    rows: BTreeSet<(Reverse<u64>, [String; COLUMNS], u64)>,
    added: u64,
    bytes: usize,
    more: Rest,
}

impl<const COLUMNS: usize> Default for Largest<COLUMNS> {
    fn default() -> Self {
        Self { rows: BTreeSet::new(), added: 0, bytes: 0, more: Rest::default() }
    }
}

impl<const COLUMNS: usize> Largest<COLUMNS> {
    /// Adds a row. Long texts are cut.
    pub(crate) fn add(&mut self, texts: [&str; COLUMNS], number: u64) {
        let texts = texts.map(short);
        self.bytes += size(&texts);
        self.added += 1;
        self.rows.insert((Reverse(number), texts, self.added));
        while self.rows.len() > MAXIMUM_ROWS || self.bytes > MAXIMUM_BYTES {
            let Some(last) = self.rows.pop_last() else { break };
            self.bytes -= size(&last.1);
            self.more.rows += 1;
            self.more.number = self.more.number.saturating_add(last.0.0);
        }
    }

    /// Returns the rows, largest number first, then in the order of their texts.
    pub(crate) fn finish<T>(self, row: impl Fn([String; COLUMNS], u64) -> T) -> Table<T> {
        let rows = self.rows.into_iter().map(|(Reverse(number), texts, _)| row(texts, number)).collect();
        Table { rows, more: self.more }
    }
}

fn size(texts: &[String]) -> usize {
    texts.iter().map(String::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_stay() {
        let mut largest = Largest::<1>::default();
        for number in 0..MAXIMUM_ROWS as u64 + 10 {
            largest.add([&format!("row {number}")], number);
        }
        let table = largest.finish(|[text], number| (text, number));
        assert_eq!(table.rows.len(), MAXIMUM_ROWS);
        assert_eq!(table.rows[0].1, MAXIMUM_ROWS as u64 + 9);
        assert_eq!(table.more, Rest { rows: 10, number: 45 });
    }

    #[test]
    fn texts_are_bounded() {
        let mut largest = Largest::<2>::default();
        for number in 0..5_000 {
            largest.add([&"x".repeat(100_000), &number.to_string()], number);
        }
        let table = largest.finish(|texts, _| texts);
        assert!(table.rows.len() < 4_200 && table.more.rows > 800);
        assert_eq!(table.rows[0][0].chars().count(), MAXIMUM_CHARACTERS);
    }

    #[test]
    fn equal_numbers_are_sorted_by_text() {
        let mut largest = Largest::<1>::default();
        for text in ["b", "c", "a", "b"] {
            largest.add([text], 1);
        }
        let table = largest.finish(|[text], _| text);
        assert_eq!((table.rows, table.more.rows), (["a", "b", "b", "c"].map(String::from).into(), 0));
    }
}
