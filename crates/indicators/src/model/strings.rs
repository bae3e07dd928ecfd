//! Many values in two pieces of memory. A list has a million hashes; each in a piece of memory of
//! its own would take three times the space.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};

/// The maximum size of all texts, and of all bytes.
const MAXIMUM_SIZE: usize = 1 << 30;

/// Where a value is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    length: u32,
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
        &self.texts[span.start as usize..(span.start + span.length) as usize]
    }

    pub(super) fn bytes(&self, span: Span) -> &[u8] {
        &self.bytes[span.start as usize..(span.start + span.length) as usize]
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
