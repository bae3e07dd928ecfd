//! Hash tables from values to the indicators that have them.

use std::hash::BuildHasher as _;
use std::io;

use rustc_hash::FxBuildHasher;

use crate::compiled::{Reader, Unloaded, Writer};
use crate::model::IndicatorId;

/// No entry.
const NONE: u32 = u32::MAX;

/// How many entries with the same key a list may have before one of them is looked for no more. A
/// registry key with each of the hives, and with none, are that few.
const MOST_VARIANTS: usize = 16;

/// A hash table whose keys are kept by its owner. Entries with the same key are a chain. An entry
/// takes 20 bytes, so that a million hashes take little more than their bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    /// The first entry of a chain, or [`NONE`]. A chain stands in the slot that its hash says, or
    /// in the next free one. The number of slots is a power of two, and at most half are taken.
    slots: Vec<u32>,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    hash: u32,
    /// The next entry of the chain, or [`NONE`].
    next: u32,
    id: u32,
}

impl Table {
    /// Makes room for so many entries.
    pub(super) fn reserve(&mut self, entries: usize) {
        self.slots = vec![NONE; (2 * entries).next_power_of_two()];
        self.entries.reserve_exact(entries);
    }

    /// Adds an entry, unless `is_again` says that one of the last entries with the same key is
    /// about the same indicator. `is_key` says whether an entry has the same key. Returns whether
    /// the entry was added.
    pub(super) fn insert(
        &mut self,
        key: &[u8],
        id: IndicatorId,
        is_key: impl Fn(usize, IndicatorId) -> bool,
        is_again: impl Fn(usize, IndicatorId) -> bool,
    ) -> bool {
        if self.slots.len() < 2 * (self.entries.len() + 1) {
            self.grow();
        }
        let hash = hash(key);
        let slot = self.slot_of(hash, is_key);
        let mut earlier = self.slots[slot] as usize;
        for _ in 0..MOST_VARIANTS {
            let Some(entry) = self.entries.get(earlier) else { break };
            if is_again(earlier, IndicatorId(entry.id)) {
                return false;
            }
            earlier = entry.next as usize;
        }
        let next = self.slots[slot];
        self.slots[slot] = self.entries.len() as u32;
        self.entries.push(Entry { hash, next, id: id.0 });
        true
    }

    /// Returns the entries with a key, each with its number. `is_key` says whether an entry has
    /// the key.
    pub(super) fn find(
        &self,
        key: &[u8],
        is_key: impl Fn(usize, IndicatorId) -> bool,
    ) -> impl Iterator<Item = (usize, IndicatorId)> {
        let mut next = match self.slots.is_empty() {
            true => NONE,
            false => self.slots[self.slot_of(hash(key), is_key)],
        };
        std::iter::from_fn(move || {
            let number = next as usize;
            let entry = self.entries.get(number)?;
            next = entry.next;
            Some((number, IndicatorId(entry.id)))
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn save(&self, to: &mut Writer<'_>) -> io::Result<()> {
        to.records(self.slots.iter().map(|first| [*first]))?;
        to.records(self.entries.iter().map(|Entry { hash, next, id }| [*hash, *next, *id]))
    }

    /// Loads a table with so many indicators. A chain leads only to earlier entries, and a search
    /// for a free slot finds one, so that each look-up ends.
    pub(super) fn load(from: &mut Reader<'_>, indicators: usize) -> Result<Self, Unloaded> {
        let slots = from.records(|[first]| Some(first))?;
        let entries = from
            .records(|[hash, next, id]| ((id as usize) < indicators).then_some(Entry { hash, next, id }))?;
        let is_before = |next: u32, number: usize| next == NONE || (next as usize) < number;
        let has_room =
            slots.len().is_power_of_two() && slots.len() >= 2 * entries.len() && slots.contains(&NONE);
        let is_right = (has_room || slots.is_empty())
            && slots.iter().all(|first| is_before(*first, entries.len()))
            && entries.iter().enumerate().all(|(number, entry)| is_before(entry.next, number));
        if is_right { Ok(Self { slots, entries }) } else { Err(Unloaded::Damaged) }
    }

    pub(super) fn id(&self, number: usize) -> IndicatorId {
        IndicatorId(self.entries[number].id)
    }

    /// Returns the slot of the chain with a key, or the free one in which it belongs.
    fn slot_of(&self, hash: u32, is_key: impl Fn(usize, IndicatorId) -> bool) -> usize {
        let last = self.slots.len() - 1;
        let mut slot = hash as usize & last;
        loop {
            let first = self.slots[slot];
            match self.entries.get(first as usize) {
                Some(entry) if entry.hash != hash || !is_key(first as usize, IndicatorId(entry.id)) => {
                    slot = (slot + 1) & last
                }
                _ => return slot,
            }
        }
    }

    /// Doubles the number of slots. The chains stay as they are.
    fn grow(&mut self) {
        let firsts: Vec<_> = self.slots.iter().copied().filter(|first| *first != NONE).collect();
        self.slots = vec![NONE; (2 * self.slots.len()).max(8)];
        for first in firsts {
            let slot = self.slot_of(self.entries[first as usize].hash, |_, _| false);
            self.slots[slot] = first;
        }
    }
}

fn hash(key: &[u8]) -> u32 {
    let hash = FxBuildHasher.hash_one(key);
    (hash >> 32) as u32 ^ hash as u32
}

/// A table that keeps its keys, which are texts or other bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct KeyTable {
    table: Table,
    keys: Vec<u8>,
    /// Where each key ends.
    ends: Vec<u32>,
}

impl KeyTable {
    /// Adds a key as [`Table::insert`] does. The keys are parts of what a list has, so they take
    /// less than 4 GiB.
    pub(super) fn insert(
        &mut self,
        key: &[u8],
        id: IndicatorId,
        is_again: impl Fn(usize, IndicatorId) -> bool,
    ) -> bool {
        let Self { table, keys, ends } = self;
        let is_new = table.insert(key, id, |entry, _| key_at(keys, ends, entry) == key, is_again);
        if is_new {
            keys.extend_from_slice(key);
            ends.push(keys.len() as u32);
        }
        is_new
    }

    /// Calls `found` with each indicator that has the key.
    pub(super) fn find(&self, key: &[u8], mut found: impl FnMut(usize, IndicatorId)) {
        if !self.table.is_empty() {
            self.table
                .find(key, |entry, _| self.key(entry) == key)
                .for_each(|(number, id)| found(number, id));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Returns all keys with their indicators, in the order in which they were added.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], IndicatorId)> {
        (0..self.ends.len()).map(|entry| (self.key(entry), self.table.id(entry)))
    }

    pub(super) fn save(&self, to: &mut Writer<'_>) -> io::Result<()> {
        self.table.save(to)?;
        to.bytes(&self.keys)?;
        to.records(self.ends.iter().map(|end| [*end]))
    }

    pub(super) fn load(from: &mut Reader<'_>, indicators: usize) -> Result<Self, Unloaded> {
        let table = Table::load(from, indicators)?;
        let keys = from.bytes()?;
        let ends = from.records(|[end]| Some(end))?;
        let is_right = ends.len() == table.entries.len()
            && ends.is_sorted()
            && ends.last().is_none_or(|last| *last as usize <= keys.len());
        if is_right { Ok(Self { table, keys, ends }) } else { Err(Unloaded::Damaged) }
    }

    fn key(&self, entry: usize) -> &[u8] {
        key_at(&self.keys, &self.ends, entry)
    }
}

fn key_at<'k>(keys: &'k [u8], ends: &[u32], entry: usize) -> &'k [u8] {
    let start = entry.checked_sub(1).map_or(0, |before| ends[before]);
    &keys[start as usize..ends[entry] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(table: &KeyTable, key: &str) -> Vec<u32> {
        let mut found = Vec::new();
        table.find(key.as_bytes(), |_, id| found.push(id.0));
        found.sort_unstable();
        found
    }

    #[test]
    fn a_key_may_have_several_indicators() {
        let mut table = KeyTable::default();
        assert_eq!(found(&table, ""), [0; 0]);
        for (number, key) in ["a", "b", "", "a", "ab", "a"].into_iter().enumerate() {
            table.insert(key.as_bytes(), IndicatorId(number as u32), |_, _| false);
        }
        for (key, expected) in [("a", &[0, 3, 5][..]), ("b", &[1]), ("", &[2]), ("ab", &[4]), ("c", &[])] {
            assert_eq!(found(&table, key), expected, "{key}");
        }
    }

    #[test]
    fn many_keys() {
        let mut table = KeyTable::default();
        for number in 0..10_000 {
            table.insert(format!("{}", number % 5_000).as_bytes(), IndicatorId(number), |_, _| false);
        }
        for number in 0..5_000 {
            assert_eq!(found(&table, &number.to_string()), [number, number + 5_000]);
        }
        assert_eq!(found(&table, "5000"), [0; 0]);
    }

    /// A list with the same value a million times takes no longer than one with a million values.
    #[test]
    fn one_key_many_times() {
        let mut table = KeyTable::default();
        for number in 0..1_000_000 {
            table.insert(b"a", IndicatorId(number), |_, _| false);
        }
        assert_eq!(found(&table, "a").len(), 1_000_000);
    }
}
