//! The records of one group of a correlation that are in the window.

use std::collections::VecDeque;
use std::rc::Rc;

use sigma::Correlation;

use super::firings::Firing;
use super::tally::{Item, Tally};

/// What a record takes beside its keys and its values, in bytes.
const OVERHEAD: usize = 128;

/// The records of one group that are in the window.
#[derive(Debug)]
pub(super) struct Group {
    values: Vec<Box<str>>,
    window: VecDeque<Entry>,
    tally: Tally,
    firing: Option<Firing>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    time: i64,
    item: Item,
    /// The keys of the record, until it has contributed to a firing.
    keys: Option<Vec<Rc<str>>>,
}

/// What a record has brought about.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// If the condition holds, the keys of each record that has not contributed before.
    pub(super) contributed: Option<Vec<Vec<Rc<str>>>>,
    /// The firing that has ended, because the condition does not hold any longer.
    pub(super) ended: Option<Firing>,
}

impl Group {
    pub(super) fn new(correlation: &Correlation, values: Vec<Box<str>>) -> Self {
        let tally = Tally::new(correlation);
        let bytes = OVERHEAD + tally.bytes() + values.iter().map(|value| 3 * value.len()).sum::<usize>();
        Self { values, window: VecDeque::new(), tally, firing: None, bytes }
    }

    /// Returns roughly how many bytes it takes, with its records.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a record, and looks at the window that ends with it.
    pub(super) fn add(
        &mut self,
        correlation: &Correlation,
        time: i64,
        item: Item,
        keys: Vec<Rc<str>>,
    ) -> Outcome {
        self.tally.add(&item, time);
        self.bytes += OVERHEAD + item.bytes() + size(&keys);
        self.window.push_back(Entry { time, item, keys: Some(keys) });
        let start = self.window.front().map_or(time, |entry| entry.time);
        if !self.tally.meets(correlation, self.window.len(), start) {
            return Outcome { contributed: None, ended: self.firing.take() };
        }
        match &mut self.firing {
            Some(firing) => {
                firing.last = time;
                firing.records += 1;
            }
            None => {
                let records = self.window.len() as u64;
                self.firing = Some(Firing { first: start, last: time, records, group: self.values.clone() });
            }
        }
        // All records before one that has contributed have contributed, too.
        let mut contributed: Vec<_> =
            self.window.iter_mut().rev().map_while(|entry| entry.keys.take()).collect();
        contributed.reverse();
        self.bytes -= contributed.iter().map(|keys| size(keys)).sum::<usize>();
        Outcome { contributed: Some(contributed), ended: None }
    }

    /// Removes the first record. Returns whether there are others.
    pub(super) fn remove_first(&mut self) -> bool {
        if let Some(Entry { item, keys, .. }) = self.window.pop_front() {
            self.tally.remove(&item);
            self.bytes -= OVERHEAD + item.bytes() + keys.map_or(0, |keys| size(&keys));
        }
        !self.window.is_empty()
    }

    /// Returns the firing that ends because the window has no records any longer.
    pub(super) fn into_firing(self) -> Option<Firing> {
        self.firing
    }
}

fn size(keys: &[Rc<str>]) -> usize {
    keys.iter().map(|key| key.len() + 16).sum()
}
