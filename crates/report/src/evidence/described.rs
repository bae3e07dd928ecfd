//! Describes the chosen events, each once.

use std::collections::BTreeMap;

use events::{EventDataId, EventId, EventRange, LabelPatterns};
use filter::{Rules, tagging_file};
use messages::Formats;
use storage::{EventReader, StorageError, Store};

use super::chosen::Candidate;
use crate::label_rules::CandidateRules;
use crate::labelled::LabelError;
use crate::labelled_event::{LabelledEvent, OtherTime};

/// The maximum size of all descriptions, in bytes of text. The last one may exceed it.
const MAXIMUM_BYTES: usize = 6 << 20;

/// An event that a page shows. Events that share an event data are shown as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownEvent {
    /// The event in words. Long texts are cut.
    pub event: LabelledEvent,
    /// The rules that match it now, such as `windows:41`.
    pub rules: Vec<String>,
    /// The position of the label under which it is shown: the most serious one that it has.
    pub label: usize,
}

/// Which rules are asked, and how an event becomes a message.
pub(super) struct Describe<'d> {
    pub(super) tagging_files: &'d [Rules],
    pub(super) formats: &'d Formats,
    /// The maximum number of records of a label.
    pub(super) maximum: usize,
}

/// The events that are described so far.
#[derive(Default)]
struct Described {
    events: Vec<ShownEvent>,
    of_event: BTreeMap<EventId, usize>,
    of_data: BTreeMap<EventDataId, usize>,
    bytes: usize,
}

/// Describes the first events of the labels. Returns them, and for each label their positions.
pub(super) fn describe(
    store: &Store,
    labels: &[&str],
    first_events: Vec<Vec<Candidate>>,
    how: &Describe<'_>,
) -> Result<(Vec<ShownEvent>, Vec<Vec<usize>>), LabelError> {
    let mut described = Described::default();
    let mut of_labels = Vec::new();
    for (label, (name, events)) in labels.iter().zip(first_events).enumerate() {
        let sources = sources(name, how.tagging_files)?;
        let mut readers = Vec::new();
        for rules in &sources {
            readers.push((rules, store.event_reader(rules.plan.clone())?));
        }
        let mut shown: Vec<usize> = Vec::new();
        for candidate in events {
            let known = described.find(&candidate);
            let is_shown = known.is_some_and(|position| shown.contains(&position));
            if !is_shown && shown.len() == how.maximum {
                continue;
            }
            if let Some(position) = described.add(&candidate, label, &mut readers, how.formats)?
                && !shown.contains(&position)
            {
                shown.push(position);
            }
        }
        of_labels.push(shown);
    }
    Ok((described.events, of_labels))
}

/// Returns the rules that may have given a label. The built-in rules for each operating system come
/// apart, because only those for the right one should be named.
fn sources(label: &str, tagging_files: &[Rules]) -> Result<Vec<CandidateRules>, LabelError> {
    let choice = LabelPatterns::exactly(label);
    let mut sources = Vec::new();
    if tagging_files.is_empty() {
        let built_in = tagging_file::BUILT_IN.iter().filter_map(|name| tagging_file::built_in(name));
        for rules in built_in.filter(|rules| rules.labels().any(|known| known.as_str() == label)) {
            sources.push(CandidateRules::new(&choice, &[rules])?);
        }
    }
    if sources.is_empty() {
        sources.push(CandidateRules::new(&choice, tagging_files)?);
    }
    Ok(sources)
}

/// Rules, and a reader for what they read.
type Source<'s> = (&'s CandidateRules, EventReader<'s>);

impl Described {
    fn find(&self, candidate: &Candidate) -> Option<usize> {
        let of_event = self.of_event.get(&candidate.event);
        of_event.or_else(|| self.of_data.get(&candidate.data?)).copied()
    }

    /// Describes an event that has this label, or adds to the description of its record. Returns
    /// its position, or `None` if there is no room.
    fn add(
        &mut self,
        candidate: &Candidate,
        label: usize,
        sources: &mut [Source<'_>],
        formats: &Formats,
    ) -> Result<Option<usize>, LabelError> {
        let known = self.find(candidate);
        if known.is_none() && self.bytes > MAXIMUM_BYTES {
            return Ok(None);
        }
        let (event, rules) = read(candidate, sources, formats)?;
        let position = known.unwrap_or(self.events.len());
        match self.events.get_mut(position) {
            Some(shown) => self.bytes += shown.join(event, rules),
            None => {
                self.bytes += event.bytes();
                self.events.push(ShownEvent { event, rules, label });
            }
        }
        self.of_event.insert(candidate.event, position);
        self.of_data.extend(candidate.data.map(|data| (data, position)));
        Ok(Some(position))
    }
}

impl ShownEvent {
    /// Adds what is new in the description of another event of the record, or of the same event by
    /// the rules of another label. Returns the size of what was added.
    fn join(&mut self, other: LabelledEvent, rules: Vec<String>) -> usize {
        let before = self.event.bytes();
        let LabelledEvent { event, time, description, attributes, .. } = other;
        let is_known =
            self.event.event == event || self.event.other_times.iter().any(|known| known.event == event);
        if !is_known {
            self.event.other_times.push(OtherTime { event, time, description });
        }
        // Without a rule that matches, these are all attributes.
        if rules.iter().any(|rule| !self.rules.contains(rule)) {
            for attribute in attributes {
                if self.event.attributes.iter().all(|known| known.name != attribute.name) {
                    self.event.attributes.push(attribute);
                }
            }
        }
        for rule in rules {
            if !self.rules.contains(&rule) {
                self.rules.push(rule);
            }
        }
        self.event.bytes().saturating_sub(before)
    }
}

/// Reads an event and the rules that match it. Of several tagging files, the first whose rules
/// match it is taken.
fn read(
    candidate: &Candidate,
    sources: &mut [Source<'_>],
    formats: &Formats,
) -> Result<(LabelledEvent, Vec<String>), StorageError> {
    let id = candidate.event;
    let range = EventRange { first: id.rowid(), last: id.rowid() };
    let unknown = |problem: String| LabelledEvent::unknown(id, candidate.time, problem);
    let mut found = (unknown("the store has no such event".into()), Vec::new());
    for (rules, reader) in sources {
        reader.visit::<StorageError>(range, |event| {
            let described = event.examine(|event| LabelledEvent::describe(event, rules, formats));
            let mut described = described.unwrap_or_else(|unreadable| unknown(unreadable.to_string()));
            let places = std::mem::take(&mut described.places);
            found = (described.shortened(), places);
            Ok(())
        })?;
        if !found.1.is_empty() {
            break;
        }
    }
    Ok(found)
}
