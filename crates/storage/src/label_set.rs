//! The labels of one event.

/// The position of a label in a [`LabelTable`](crate::LabelTable).
pub type LabelNumber = u32;

/// Labels in the order they were added, each once. There may be a hundred thousand of them, so none
/// is searched for.
#[derive(Debug, Default)]
pub(crate) struct LabelSet {
    numbers: Vec<LabelNumber>,
    /// For each label whether it is in the set.
    has: Vec<bool>,
}

impl LabelSet {
    /// Adds a label unless it is there already.
    pub(crate) fn add(&mut self, number: LabelNumber) {
        let position = number as usize;
        if self.has.len() <= position {
            self.has.resize(position + 1, false);
        }
        if !std::mem::replace(&mut self.has[position], true) {
            self.numbers.push(number);
        }
    }

    /// Removes all labels, in a time that depends only on how many there are.
    pub(crate) fn clear(&mut self) {
        for number in self.numbers.drain(..) {
            self.has[number as usize] = false;
        }
    }

    pub(crate) fn as_slice(&self) -> &[LabelNumber] {
        &self.numbers
    }
}
