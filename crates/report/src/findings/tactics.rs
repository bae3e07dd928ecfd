//! Counts the events by tactic and technique of ATT&CK.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use filter::attack;
use serde::Serialize;

use crate::meaning::{Meaning, Severity, severity_word};
use crate::words::counted;

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
    /// The labels, in the order of the report's labels. Of very many, only the first.
    pub labels: Vec<String>,
    /// How many more labels it has.
    #[serde(skip_serializing_if = "is_zero")]
    pub more_labels: u64,
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
    /// The labels, in the order of the report's labels. Of very many, only the first.
    pub labels: Vec<String>,
    /// How many more labels it has.
    #[serde(skip_serializing_if = "is_zero")]
    pub more_labels: u64,
}

/// The maximum number of labels that are named with a tactic or a technique.
const MAXIMUM_NAMED: usize = 1_000;
/// The maximum size of the names of labels with all tactics and techniques, in bytes.
const MAXIMUM_BYTES: usize = 16 << 20;

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
        let mut of_technique: BTreeMap<&str, Labels<'_>> = BTreeMap::new();
        let mut of_tactic: BTreeMap<usize, Labels<'_>> = BTreeMap::new();
        for (label, meaning) in labels {
            let ids = || meaning.techniques.iter().map(|technique| technique.id.as_str());
            ids().for_each(|id| of_technique.entry(id).or_default().add(label, meaning));
            let tactics: BTreeSet<_> = ids().flat_map(tactics_of).collect();
            tactics.into_iter().for_each(|tactic| of_tactic.entry(tactic).or_default().add(label, meaning));
        }
        let mut named = Named::default();
        let tactics = of_tactic.into_iter();
        tactics.map(|(position, labels)| self.tactic(position, &labels, &of_technique, &mut named)).collect()
    }

    fn tactic(
        &self,
        position: usize,
        labels: &Labels<'_>,
        of_technique: &BTreeMap<&str, Labels<'_>>,
        named: &mut Named,
    ) -> TacticFacts {
        let tactic = attack::TACTICS.get(position);
        let (names, more_labels) = named.take(labels);
        let is_of_tactic = |id: &str| tactics_of(id).contains(&position);
        let mut found: Vec<_> = of_technique
            .iter()
            .filter(|(id, _)| is_of_tactic(id))
            .filter_map(|(id, labels)| {
                let (name, counted) = self.techniques.get(*self.positions.get(*id)?)?;
                Some((*id, name, counted.events, labels))
            })
            .collect();
        let key = |(id, _, events, labels): &(&str, _, u64, &Labels<'_>)| {
            (Reverse(labels.severity), Reverse(*events), (*id).to_owned())
        };
        found.sort_by_cached_key(key);
        let technique = |(id, name, events, labels): (&str, &String, u64, &Labels<'_>)| {
            let (names, more_labels) = named.take(labels);
            let (id, name, severity) = (id.to_owned(), name.clone(), labels.severity);
            TechniqueCount { id, name, events, severity, labels: names, more_labels }
        };
        TacticFacts {
            id: tactic.map_or("", |tactic| tactic.id),
            name: tactic.map_or("not in the table of techniques", |tactic| tactic.name),
            events: self.tactics[position].events,
            severity: labels.severity,
            labels: names,
            more_labels,
            techniques: found.into_iter().map(technique).collect(),
        }
    }
}

/// The first labels in the order of the report, and the highest severity of all.
#[derive(Debug, Default)]
struct Labels<'l> {
    first: Vec<&'l str>,
    more: u64,
    severity: Option<Severity>,
}

impl<'l> Labels<'l> {
    fn add(&mut self, label: &'l str, meaning: &Meaning) {
        if self.first.len() < MAXIMUM_NAMED {
            self.first.push(label);
        } else {
            self.more += 1;
        }
        self.severity = self.severity.max(meaning.severity);
    }
}

/// The names of labels that are taken so far. A label has a name in each of its tactics and
/// techniques, and a name can be long.
#[derive(Debug, Default)]
struct Named {
    bytes: usize,
}

impl Named {
    /// Returns the names of the first labels, as many as there is room for, and the number of the
    /// others.
    fn take(&mut self, labels: &Labels<'_>) -> (Vec<String>, u64) {
        let mut names = Vec::new();
        for label in &labels.first {
            if self.bytes + label.len() > MAXIMUM_BYTES {
                break;
            }
            self.bytes += label.len();
            names.push((*label).to_owned());
        }
        let more = labels.more + (labels.first.len() - names.len()) as u64;
        (names, more)
    }
}

/// Returns what stands behind the names of `named` labels if there are more of them.
pub(crate) fn more_labels_in_words(named: usize, more: u64) -> String {
    match (named, more) {
        (_, 0) => String::new(),
        (0, 1) => "1 label that is not named here".into(),
        (0, more) => format!("{} that are not named here", counted(more, "label")),
        (_, more) => format!(", … and {}", counted(more, "more label")),
    }
}

fn tactics_of(id: &str) -> Vec<usize> {
    attack::technique(id).map_or_else(|| vec![UNKNOWN], |technique| technique.tactics.clone())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use filter::LabelMeaning;

    use super::*;

    fn meaning(techniques: &[&str]) -> Meaning {
        let techniques = techniques.iter().map(|id| (*id).to_owned()).collect();
        Meaning::of(&[("set", &LabelMeaning { techniques, ..LabelMeaning::default() })])
    }

    fn tactics(labels: &[String], meaning: &Meaning) -> Vec<TacticFacts> {
        let mut tactics = Tactics::default();
        tactics.of(meaning);
        tactics.finish(labels.iter().map(|label| (label.as_str(), meaning)))
    }

    #[test]
    fn of_very_many_labels_the_first_are_named() {
        let labels: Vec<_> = (0..MAXIMUM_NAMED + 7).map(|number| format!("label_{number}")).collect();
        let meaning = meaning(&["T1003.001"]);
        let found = tactics(&labels[..MAXIMUM_NAMED], &meaning);
        assert_eq!((found.len(), found[0].labels.len(), found[0].more_labels), (1, MAXIMUM_NAMED, 0));
        assert!(!serde_json::to_string(&found).unwrap().contains("more_labels"));
        let found = tactics(&labels, &meaning);
        for (named, more) in [
            (&found[0].labels, found[0].more_labels),
            (&found[0].techniques[0].labels, found[0].techniques[0].more_labels),
        ] {
            assert_eq!((named.as_slice(), more), (&labels[..MAXIMUM_NAMED], 7));
        }
        assert_eq!(serde_json::to_string(&found).unwrap().matches("\"more_labels\":7").count(), 2);
    }

    #[test]
    fn the_names_of_labels_with_all_techniques_have_a_maximum_size() {
        let ids: Vec<_> = (0..32).map(|number| format!("T{}", 9_000 + number)).collect();
        let meaning = meaning(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        let labels: Vec<_> =
            (0..MAXIMUM_NAMED).map(|number| format!("{number}{}", "x".repeat(990))).collect();
        let found = tactics(&labels, &meaning);
        let techniques = found.iter().flat_map(|tactic| &tactic.techniques);
        let (mut bytes, mut number, mut more) = (0, 0, 0);
        for (labels, others) in found
            .iter()
            .map(|tactic| (&tactic.labels, tactic.more_labels))
            .chain(techniques.map(|technique| (&technique.labels, technique.more_labels)))
        {
            bytes += labels.iter().map(String::len).sum::<usize>();
            (number, more) = (number + labels.len() as u64, more + others);
        }
        assert!(bytes <= MAXIMUM_BYTES && bytes > MAXIMUM_BYTES - 1_000, "{bytes}");
        assert_eq!(number + more, 33 * MAXIMUM_NAMED as u64);
        assert_eq!(found[0].techniques.len(), 32);
    }
}
