//! Counts the events of the labels that the user asks for.

use std::collections::BTreeMap;

use events::EventDataId;

use crate::findings::{LabelFacts, RecordMemory, Records};
use crate::meaning::Meaning;
use crate::meanings::Meanings;
use crate::table::{LeftOut, short};
use crate::{Table, Time};

/// The maximum number of different labels that are counted.
const MAXIMUM_LABELS: usize = 20_000;

/// The events with one of the labels, and those of each label.
#[derive(Debug, Default)]
pub(crate) struct LabelTally {
    all: Counted,
    labels: BTreeMap<String, Counted>,
    memory: RecordMemory,
    more: LeftOut,
}

/// How many events there are, and the times of the first and the last.
#[derive(Debug, Default)]
struct Counted {
    events: u64,
    records: Records,
    without_data: u64,
    without_time: u64,
    span: Option<(Time, Time)>,
}

impl LabelTally {
    /// Counts an event with these labels.
    pub(crate) fn add(&mut self, time: Option<Time>, data: Option<EventDataId>, labels: &[&String]) {
        let memory = &mut self.memory;
        self.all.add(time, data, memory);
        for label in labels {
            if let Some(counted) = self.labels.get_mut(*label) {
                counted.add(time, data, memory);
            } else if self.labels.len() < MAXIMUM_LABELS {
                self.labels.entry((*label).clone()).or_default().add(time, data, memory);
            } else {
                self.more.add(label, 1);
            }
        }
    }

    /// Returns how many events have one of the labels.
    pub(crate) fn events(&self) -> u64 {
        self.all.events
    }

    /// Returns how many rows a list of these events has: one for each record.
    pub(crate) fn rows(&self) -> u64 {
        self.all.records.number().unwrap_or(self.all.events) + self.all.without_data
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
    fn add(&mut self, time: Option<Time>, data: Option<EventDataId>, memory: &mut RecordMemory) {
        self.events += 1;
        self.without_time += u64::from(time.is_none());
        match data {
            Some(data) => self.records.add(data, memory),
            None => self.without_data += 1,
        }
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
            records: self.records.number(),
            without_time: self.without_time,
            first: self.span.map(|(first, _)| first),
            last: self.span.map(|(_, last)| last),
            histogram: None,
        }
    }
}
