//! Counts the events by tactic and technique of ATT&CK.

use std::collections::BTreeMap;

use filter::attack;
use serde::Serialize;

use crate::meanings::Meaning;

/// A tactic of ATT&CK, and the labels whose events may show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TacticFacts {
    /// Its identifier, such as `TA0006`, or an empty text for techniques whose tactic is not known.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// How many events have a label of the tactic.
    pub events: u64,
    /// Its techniques, by identifier.
    pub techniques: Vec<TechniqueCount>,
}

/// A technique of ATT&CK, and the labels whose events may show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TechniqueCount {
    /// Its identifier, such as `T1003.001`.
    pub id: String,
    /// Its name, or an empty text if it is not known.
    pub name: String,
    /// How many events have a label of the technique.
    pub events: u64,
    /// The labels, in the order of the report's labels.
    pub labels: Vec<String>,
}

/// How many events have a label of each tactic and technique. An event with several of these labels
/// counts once.
#[derive(Debug, Default)]
pub(super) struct Tactics {
    events: u64,
    tactics: [Counted; attack::TACTICS.len() + 1],
    techniques: Vec<(String, Counted)>,
    positions: BTreeMap<String, usize>,
}

/// The number of events, and the last of them.
#[derive(Debug, Default, Clone, Copy)]
struct Counted {
    events: u64,
    last: u64,
}

impl Counted {
    fn add(&mut self, event: u64) {
        if self.last != event {
            self.last = event;
            self.events += 1;
        }
    }
}

/// The tactics and techniques of a label, as positions.
#[derive(Debug, Default, Clone)]
pub(super) struct OfLabel {
    tactics: Vec<usize>,
    techniques: Vec<usize>,
}

/// The position of the techniques whose tactic is not known.
const UNKNOWN: usize = attack::TACTICS.len();

impl Tactics {
    /// Returns the tactics and techniques of a label, to be counted with its events.
    pub(super) fn of(&mut self, meaning: &Meaning) -> OfLabel {
        let mut found = OfLabel::default();
        for technique in &meaning.techniques {
            let tactics = tactics_of(&technique.id);
            found.tactics.extend(tactics);
            let position = self.positions.entry(technique.id.clone()).or_insert_with(|| {
                self.techniques.push((technique.name.clone(), Counted::default()));
                self.techniques.len() - 1
            });
            found.techniques.push(*position);
        }
        found
    }

    /// Begins to count the labels of the next event.
    pub(super) fn next_event(&mut self) {
        self.events += 1;
    }

    /// Counts a label of the event.
    pub(super) fn add(&mut self, of_label: &OfLabel) {
        of_label.tactics.iter().for_each(|tactic| self.tactics[*tactic].add(self.events));
        of_label.techniques.iter().for_each(|technique| self.techniques[*technique].1.add(self.events));
    }

    /// Returns the tactics in the order of ATT&CK's matrix, with the labels of their techniques.
    pub(super) fn finish<'l>(self, labels: impl Iterator<Item = (&'l str, &'l Meaning)>) -> Vec<TacticFacts> {
        let mut labels_of: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (label, meaning) in labels {
            for technique in &meaning.techniques {
                labels_of.entry(&technique.id).or_default().push(label.to_owned());
            }
        }
        let mut found = Vec::new();
        for (position, counted) in self.tactics.iter().enumerate().filter(|(_, counted)| counted.events > 0) {
            let tactic = attack::TACTICS.get(position);
            let of_tactic = self.positions.iter().filter(|(id, _)| tactics_of(id).contains(&position));
            let techniques = of_tactic.map(|(id, technique)| TechniqueCount {
                id: id.clone(),
                name: self.techniques[*technique].0.clone(),
                events: self.techniques[*technique].1.events,
                labels: labels_of.get(id.as_str()).cloned().unwrap_or_default(),
            });
            found.push(TacticFacts {
                id: tactic.map_or("", |tactic| tactic.id),
                name: tactic.map_or("not in the table of techniques", |tactic| tactic.name),
                events: counted.events,
                techniques: techniques.collect(),
            });
        }
        found
    }
}

fn tactics_of(id: &str) -> Vec<usize> {
    attack::technique(id).map_or_else(|| vec![UNKNOWN], |technique| technique.tactics.clone())
}
