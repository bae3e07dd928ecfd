//! Many texts in one piece of memory.

use std::hash::BuildHasher as _;

use rustc_hash::FxBuildHasher;

/// A set of texts, numbered in the order in which they were added.
///
/// A list of indicators has a million texts. In a hash map, each would take a piece of memory of
/// its own.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextSet {
    /// All texts, one behind the other.
    text: String,
    /// Where each text ends.
    ends: Vec<u32>,
    /// A hash table: the numbers of the texts plus one, or 0 for a free slot. A text stands in the
    /// slot that its hash says, or in the next free one. The number of slots is a power of two.
    slots: Vec<u32>,
}

impl PartialEq for TextSet {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, &self.ends) == (&other.text, &other.ends)
    }
}

impl TextSet {
    /// Adds a text, and returns its number. A text that is there already keeps its number.
    ///
    /// # Panics
    ///
    /// If all texts together take 4 GiB.
    pub(crate) fn insert(&mut self, text: &str) -> u32 {
        if self.slots.len() < 2 * (self.ends.len() + 1) {
            self.grow();
        }
        let slot = self.slot_of(text);
        if let Some(number) = self.slots[slot].checked_sub(1) {
            return number;
        }
        self.text.push_str(text);
        self.ends.push(u32::try_from(self.text.len()).expect("rules take less than 4 GiB"));
        let number = self.ends.len() as u32;
        self.slots[slot] = number;
        number - 1
    }

    /// Returns the number of a text.
    pub(crate) fn number_of(&self, text: &str) -> Option<u32> {
        if self.slots.is_empty() { None } else { self.slots[self.slot_of(text)].checked_sub(1) }
    }

    /// Returns the texts in the order of their numbers.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.ends.len()).map(|number| self.at(number))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the length of all texts together, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Returns the text with this number.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub(crate) fn at(&self, number: usize) -> &str {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start as usize..self.ends[number] as usize]
    }

    /// Returns the slot in which a text stands, or the free one in which it belongs. Half of the
    /// slots are free.
    fn slot_of(&self, text: &str) -> usize {
        let last = self.slots.len() - 1;
        let mut slot = FxBuildHasher.hash_one(text) as usize & last;
        loop {
            match self.slots[slot].checked_sub(1) {
                Some(number) if self.at(number as usize) != text => slot = (slot + 1) & last,
                _ => return slot,
            }
        }
    }

    fn grow(&mut self) {
        self.slots = vec![0; (2 * self.slots.len()).max(8)];
        for number in 0..self.ends.len() {
            let slot = self.slot_of(self.at(number));
            self.slots[slot] = number as u32 + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_has_one_number() {
        let mut set = TextSet::default();
        assert_eq!((set.number_of("a"), set.is_empty()), (None, true));
        for (text, number) in [("a", 0), ("", 1), ("ab", 2), ("a", 0), ("b", 3), ("", 1)] {
            assert_eq!(set.insert(text), number, "{text}");
        }
        assert_eq!(set.iter().collect::<Vec<_>>(), ["a", "", "ab", "b"]);
        assert_eq!((set.len(), set.bytes()), (4, 4));
        assert_eq!([set.number_of(""), set.number_of("ba")], [Some(1), None]);
    }

    #[test]
    fn many_texts() {
        let mut set = TextSet::default();
        for number in 0..10_000 {
            assert_eq!(set.insert(&format!("{number:x}")), number);
        }
        for number in 0..10_000 {
            assert_eq!(set.number_of(&format!("{number:x}")), Some(number));
        }
        assert_eq!(set.number_of("2710"), None);
    }
}
