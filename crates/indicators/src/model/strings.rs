//! Many values in two pieces of memory. A list has a million hashes; each in a piece of memory of
//! its own would take three times the space.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::io;
use std::ops::Range;

use crate::compiled::{Reader, Unloaded, Writer};

/// The maximum size of all texts, and of all bytes.
const MAXIMUM_SIZE: usize = 1 << 30;

/// Where a value is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    length: u32,
}

impl Span {
    fn range(self) -> Range<usize> {
        let start = self.start as usize;
        start..start + self.length as usize
    }

    /// Returns it as numbers, for a file.
    pub(super) fn to_numbers(self) -> [u32; 2] {
        [self.start, self.length]
    }

    pub(super) fn of_numbers([start, length]: [u32; 2]) -> Self {
        Self { start, length }
    }
}

/// Texts, and the bytes of hashes and addresses.
#[derive(Debug, Clone, Default)]
pub(super) struct Strings {
    texts: String,
    bytes: Vec<u8>,
}

impl Strings {
    /// Adds a text. Returns `None` if there is no more room.
    pub(super) fn add_text(&mut self, text: &str) -> Option<Span> {
        let span = span(self.texts.len(), text.len())?;
        self.texts.push_str(text);
        Some(span)
    }

    /// Adds bytes. Returns `None` if there is no more room.
    pub(super) fn add_bytes(&mut self, bytes: &[u8]) -> Option<Span> {
        let span = span(self.bytes.len(), bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        Some(span)
    }

    pub(super) fn text(&self, span: Span) -> &str {
        &self.texts[span.range()]
    }

    pub(super) fn bytes(&self, span: Span) -> &[u8] {
        &self.bytes[span.range()]
    }

    /// Returns whether there is such a text.
    pub(super) fn has_text(&self, span: Span) -> bool {
        self.texts.get(span.range()).is_some()
    }

    /// Returns whether there are such bytes.
    pub(super) fn has_bytes(&self, span: Span) -> bool {
        self.bytes.get(span.range()).is_some()
    }

    pub(super) fn save(&self, to: &mut Writer<'_>) -> io::Result<()> {
        to.bytes(self.texts.as_bytes())?;
        to.bytes(&self.bytes)
    }

    pub(super) fn load(from: &mut Reader<'_>) -> Result<Self, Unloaded> {
        Ok(Self { texts: from.text()?, bytes: from.bytes()? })
    }

    pub(super) fn shrink(&mut self) {
        self.texts.shrink_to_fit();
        self.bytes.shrink_to_fit();
    }
}

fn span(start: usize, length: usize) -> Option<Span> {
    let end = start.checked_add(length).filter(|end| *end <= MAXIMUM_SIZE)?;
    // Both fit, because the end does.
    Some(Span { start: u32::try_from(start).ok()?, length: u32::try_from(end - start).ok()? })
}

/// Finds values that were there before by their hashes, so that they are kept once.
#[derive(Debug, Clone, Default)]
pub(super) struct Interner {
    numbers: HashMap<u64, u32>,
    state: RandomState,
}

impl Interner {
    /// Returns the hash of a value, and the number of a value with this hash.
    pub(super) fn find(&self, value: &impl Hash) -> (u64, Option<u32>) {
        let hash = self.state.hash_one(value);
        (hash, self.numbers.get(&hash).copied())
    }

    /// Records the number of a new value.
    pub(super) fn add(&mut self, hash: u64, number: u32) {
        self.numbers.insert(hash, number);
    }
}
