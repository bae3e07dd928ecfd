//! Counts the events of the labels that the user asks for.

use std::collections::BTreeMap;

use crate::findings::LabelFacts;
use crate::meanings::{Meaning, Meanings};
use crate::table::{LeftOut, short};
use crate::{Table, Time};

/// The maximum number of different labels that are counted.
const MAXIMUM_LABELS: usize = 20_000;

/// The events with one of the labels, and those of each label.
#[derive(Debug, Default)]
pub(crate) struct LabelTally {
    all: Counted,
    labels: BTreeMap<String, Counted>,
    more: LeftOut,
}

/// How many events there are, and the times of the first and the last.
#[derive(Debug, Default)]
struct Counted {
    events: u64,
    span: Option<(Time, Time)>,
}

impl LabelTally {
    /// Counts an event with these labels.
    pub(crate) fn add(&mut self, time: Option<Time>, labels: &[&String]) {
        self.all.add(time);
        for label in labels {
            if let Some(counted) = self.labels.get_mut(*label) {
                counted.add(time);
            } else if self.labels.len() < MAXIMUM_LABELS {
                self.labels.entry((*label).clone()).or_default().add(time);
            } else {
                self.more.add(label, 1);
            }
        }
    }

    /// Returns how many events have one of the labels.
    pub(crate) fn events(&self) -> u64 {
        self.all.events
    }

    /// Returns the names of the labels.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.labels.keys().map(String::as_str)
    }

    /// Returns the facts about all labels together, under this name.
    pub(crate) fn together(&self, name: &str, meaning: Meaning) -> LabelFacts {
        self.all.facts(name, meaning)
    }

    /// Returns the facts about each label, the most serious first.
    pub(crate) fn each(&self, meanings: &Meanings) -> Table<LabelFacts> {
        let facts = |(label, counted): (&String, &Counted)| counted.facts(label, meanings.of(label));
        let mut rows: Vec<_> = self.labels.iter().map(facts).collect();
        rows.sort_by(|a, b| a.order().cmp(&b.order()));
        Table { rows, more: self.more.rest() }
    }
}

impl Counted {
    fn add(&mut self, time: Option<Time>) {
        self.events += 1;
        if let Some(time) = time {
            let (first, last) = self.span.unwrap_or((time, time));
            self.span = Some((first.min(time), last.max(time)));
        }
    }

    fn facts(&self, label: &str, meaning: Meaning) -> LabelFacts {
        LabelFacts {
            label: short(label),
            meaning,
            events: self.events,
            first: self.span.map(|(first, _)| first),
            last: self.span.map(|(_, last)| last),
            histogram: None,
        }
    }
}
