//! Counts the events by tactic and technique of ATT&CK.

use std::collections::{BTreeMap, BTreeSet};

use filter::attack;
use serde::Serialize;

use crate::meaning::{Meaning, Severity, severity_word};

/// A tactic of ATT&CK, and the labels whose events may show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TacticFacts {
    /// Its identifier, such as `TA0006`, or an empty text for techniques whose tactic is not known.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// How many events have a label of the tactic.
    pub events: u64,
    /// The highest severity of these labels.
    #[serde(serialize_with = "severity_word")]
    pub severity: Option<Severity>,
    /// The labels, in the order of the report's labels.
    pub labels: Vec<String>,
    /// Its techniques: those with the most serious labels first, then those with the most events.
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
    /// The highest severity of these labels.
    #[serde(serialize_with = "severity_word")]
    pub severity: Option<Severity>,
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
        let mut of_technique: BTreeMap<&str, Labels> = BTreeMap::new();
        let mut of_tactic: BTreeMap<usize, Labels> = BTreeMap::new();
        for (label, meaning) in labels {
            let ids = || meaning.techniques.iter().map(|technique| technique.id.as_str());
            ids().for_each(|id| of_technique.entry(id).or_default().add(label, meaning));
            let tactics: BTreeSet<_> = ids().flat_map(tactics_of).collect();
            tactics.into_iter().for_each(|tactic| of_tactic.entry(tactic).or_default().add(label, meaning));
        }
        of_tactic.into_iter().map(|(position, labels)| self.tactic(position, labels, &of_technique)).collect()
    }

    fn tactic(&self, position: usize, labels: Labels, of_technique: &BTreeMap<&str, Labels>) -> TacticFacts {
        let tactic = attack::TACTICS.get(position);
        let is_of_tactic = |id: &str| tactics_of(id).contains(&position);
        let mut techniques: Vec<_> = of_technique
            .iter()
            .filter(|(id, _)| is_of_tactic(id))
            .filter_map(|(id, labels)| {
                let (name, counted) = self.techniques.get(*self.positions.get(*id)?)?;
                Some(TechniqueCount {
                    id: (*id).to_owned(),
                    name: name.clone(),
                    events: counted.events,
                    severity: labels.severity,
                    labels: labels.names.clone(),
                })
            })
            .collect();
        let key = |technique: &TechniqueCount| (technique.severity, technique.events);
        techniques.sort_by(|a, b| key(b).cmp(&key(a)).then_with(|| a.id.cmp(&b.id)));
        TacticFacts {
            id: tactic.map_or("", |tactic| tactic.id),
            name: tactic.map_or("not in the table of techniques", |tactic| tactic.name),
            events: self.tactics[position].events,
            severity: labels.severity,
            labels: labels.names,
            techniques,
        }
    }
}

/// Labels in the order of the report, and the highest of their severities.
#[derive(Debug, Default)]
struct Labels {
    names: Vec<String>,
    severity: Option<Severity>,
}

impl Labels {
    fn add(&mut self, label: &str, meaning: &Meaning) {
        self.names.push(label.to_owned());
        self.severity = self.severity.max(meaning.severity);
    }
}

fn tactics_of(id: &str) -> Vec<usize> {
    attack::technique(id).map_or_else(|| vec![UNKNOWN], |technique| technique.tactics.clone())
}
