//! Describes the chosen events, each once.

use std::collections::BTreeMap;

use events::{EventDataId, EventId, EventRange, LabelPatterns};
use filter::{Rules, tagging_file};
use messages::{Formats, Role};
use storage::{EventReader, StorageError, Store};

use super::accounts::Accounts;
use super::chosen::Candidate;
use super::completed;
use crate::Time;
use crate::label_rules::CandidateRules;
use crate::labelled::LabelError;
use crate::labelled_event::{Copied, LabelledEvent, Owner};
use crate::labels::RECOVERED;
use crate::words::number;

/// The maximum size of all descriptions, in bytes of text. The last one may exceed it.
const MAXIMUM_BYTES: usize = 6 << 20;

/// How many other copies of a record are named beside each.
const COPIES_NAMED: usize = 8;

/// An event that a page shows. Events that share an event data are shown as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownEvent {
    /// The event in words, with the rules of all its labels that match it now. Long texts are cut.
    pub event: LabelledEvent,
    /// The position of the label under which it is shown: the most serious one that it has.
    pub label: usize,
}

/// Which rules are asked, and how an event becomes a message.
pub(super) struct Describe<'d> {
    pub(super) tagging_files: &'d [Rules],
    pub(super) formats: &'d Formats,
    /// The names of accounts, for events that have only an identifier.
    pub(super) accounts: &'d Accounts,
    /// The maximum number of records of a label.
    pub(super) maximum: usize,
}

/// The events that are described so far.
#[derive(Default)]
struct Described {
    events: Vec<ShownEvent>,
    of_event: BTreeMap<EventId, usize>,
    of_data: BTreeMap<EventDataId, usize>,
    /// The first of equal records.
    of_record: BTreeMap<Record, usize>,
    /// The event data of the others: the position of the first, and which copy it is.
    of_copies: BTreeMap<EventDataId, (usize, usize)>,
    bytes: usize,
}

/// What is equal in copies of a record: the hash of its XML, its time, what the time is, its
/// message, and its labels.
type Record = (u64, Option<Time>, String, String, Vec<String>);

fn record(event: &LabelledEvent) -> Option<Record> {
    let LabelledEvent { time, description, message, labels, .. } = event;
    Some((event.fingerprint?, *time, description.clone(), message.clone(), labels.clone()))
}

/// Describes events of the labels, as many of each as may be shown, in the given order. Returns
/// them, and for each label their positions, earliest first.
pub(super) fn describe(
    store: &Store,
    labels: &[&str],
    of_labels: Vec<Vec<Candidate>>,
    how: &Describe<'_>,
) -> Result<(Vec<ShownEvent>, Vec<Vec<usize>>), LabelError> {
    let mut described = Described::default();
    let sources = sources(labels, how.tagging_files)?;
    let mut readers = Vec::new();
    for rules in &sources {
        readers.push((rules, store.event_reader(rules.plan.clone())?));
    }
    let mut shown_of_labels = Vec::new();
    for (label, candidates) in of_labels.into_iter().enumerate() {
        let mut shown: Vec<usize> = Vec::new();
        for candidate in candidates {
            let known = described.find(&candidate);
            let is_shown = known.is_some_and(|position| shown.contains(&position));
            if !is_shown && shown.len() == how.maximum {
                continue;
            }
            if let Some(position) = described.add(&candidate, label, &mut readers, how)?
                && !shown.contains(&position)
            {
                shown.push(position);
            }
        }
        shown.sort_by_key(|position| described.order(*position));
        shown_of_labels.push(shown);
    }
    let Described { mut events, of_data, .. } = described;
    add_copies(&mut events);
    let mut whole: Vec<&mut LabelledEvent> = events.iter_mut().map(|shown| &mut shown.event).collect();
    completed::add_other_times(store, &mut whole, &of_data)?;
    completed::add_warnings(store, &mut whole)?;
    Ok((events, shown_of_labels))
}

/// Says of a record that is shown from several files where else it is shown. Both were found, but
/// it happened once.
fn add_copies(events: &mut [ShownEvent]) {
    let mut copies: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (position, ShownEvent { event, .. }) in events.iter().enumerate() {
        if let Some(fingerprint) = event.fingerprint {
            copies.entry((fingerprint, event.time, event.message.clone())).or_default().push(position);
        }
    }
    for positions in copies.into_values().filter(|positions| positions.len() > 1) {
        let shown = positions.iter().map(|position| (*position, events[*position].event.event));
        let shown: Vec<_> = shown.collect();
        for (position, _) in &shown {
            let others = shown.iter().filter(|(other, _)| other != position).take(COPIES_NAMED);
            let mut named: Vec<_> =
                others.map(|(other, event)| also(&events[*other].event, *event)).collect();
            let more = shown.len() - 1 - named.len();
            if more > 0 {
                named.push(format!("{} more", number(more as u64)));
            }
            let words = format!("also shown as {}, because its labels are others", named.join(" and as "));
            events[*position].event.details.push(("same record", words));
        }
    }
}

/// Names another event of a record, and says if Plaso recovered it.
fn also(event: &LabelledEvent, number: i64) -> String {
    let is_recovered = event.labels.iter().any(|label| label == RECOVERED);
    format!("event {number}{}", if is_recovered { " (recovered)" } else { "" })
}

/// Returns the rules that may have given the labels. The built-in rules for each operating system
/// come apart, because only those for the right one should be named.
fn sources(labels: &[&str], tagging_files: &[Rules]) -> Result<Vec<CandidateRules>, LabelError> {
    let choice = LabelPatterns::exactly(labels.iter().copied());
    let mut sources = Vec::new();
    if tagging_files.is_empty() {
        let built_in = tagging_file::BUILT_IN.iter().filter_map(|name| tagging_file::built_in(name));
        for rules in built_in.filter(|rules| rules.labels().any(|known| choice.matches(known.as_str()))) {
            sources.push(CandidateRules::new(&choice, &[rules])?.of_stored_labels());
        }
    }
    if sources.is_empty() {
        sources.push(CandidateRules::new(&choice, tagging_files)?.of_stored_labels());
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

    /// Returns the key by which events are listed: by time, those without a usable time last.
    /// Records of a log that have the same time come in the order of their numbers.
    fn order(&self, position: usize) -> impl Ord + use<> {
        let LabelledEvent { time, event, own_number, .. } = self.events[position].event;
        let time = time.filter(|time| time.is_usable());
        (time.is_none(), time, own_number, event)
    }

    /// Describes an event that has this label, or adds to the description of its record. Returns
    /// its position, or `None` if there is no room.
    fn add(
        &mut self,
        candidate: &Candidate,
        label: usize,
        sources: &mut [Source<'_>],
        how: &Describe<'_>,
    ) -> Result<Option<usize>, LabelError> {
        // An event with very many labels is a candidate of each, and takes long to read.
        if let Some(position) = self.of_event.get(&candidate.event) {
            return Ok(Some(*position));
        }
        if let Some(copy) = candidate.data.and_then(|data| self.of_copies.get(&data).copied()) {
            let event = read(candidate, sources, how.formats)?;
            return Ok(Some(self.add_to_copy(candidate, copy, event)));
        }
        let known = self.find(candidate);
        if known.is_none() && self.bytes > MAXIMUM_BYTES {
            return Ok(None);
        }
        let mut event = read(candidate, sources, how.formats)?;
        let details = event.details.iter_mut().filter(|(name, _)| names_account(name));
        let names = event.user.iter_mut().chain(&mut event.by).chain(details.map(|(_, value)| value));
        names.chain([&mut event.message]).for_each(|text| how.accounts.name(text));
        add_owners(&mut event, how.accounts);
        if known.is_none()
            && let Some(position) = self.add_copy(candidate, &event)
        {
            return Ok(Some(position));
        }
        let position = known.unwrap_or(self.events.len());
        match self.events.get_mut(position) {
            Some(shown) => self.bytes += shown.event.join(event),
            None => {
                self.bytes += event.bytes();
                self.events.push(ShownEvent { event, label });
            }
        }
        self.of_event.insert(candidate.event, position);
        self.of_data.extend(candidate.data.map(|data| (data, position)));
        Ok(Some(position))
    }
}

impl Described {
    /// Adds a record that is described already, but was found in another place. Returns the
    /// position of the first one, or `None` if this is the first.
    fn add_copy(&mut self, candidate: &Candidate, event: &LabelledEvent) -> Option<usize> {
        let record = record(event)?;
        let Some(position) = self.of_record.get(&record).copied() else {
            self.of_record.insert(record, self.events.len());
            return None;
        };
        let copies = &mut self.events[position].event.copies;
        self.of_copies.extend(candidate.data.map(|data| (data, (position, copies.len()))));
        copies.push(Copied { events: vec![event.clone().into()], file: event.file.clone() });
        self.bytes += 64 + event.file.len();
        self.of_event.insert(candidate.event, position);
        Some(position)
    }

    /// Adds another event of a copy. Returns the position of the first record.
    fn add_to_copy(
        &mut self,
        candidate: &Candidate,
        (position, copy): (usize, usize),
        event: LabelledEvent,
    ) -> usize {
        self.bytes += 64 + event.description.len();
        self.events[position].event.copies[copy].events.push(event.into());
        self.of_event.insert(candidate.event, position);
        position
    }
}

/// Returns whether a fact of this name can have the identifiers of accounts.
fn names_account(name: &str) -> bool {
    name == "changed" || Role::of(name).is_some()
}

/// Notes which accounts of an event are those of users, as other events show.
fn add_owners(event: &mut LabelledEvent, accounts: &Accounts) {
    let details = event.details.iter().filter(|(name, _)| Role::of(name).is_some()).map(|(_, value)| value);
    let names = event.user.iter().chain(&event.by).chain(details);
    let users: Vec<_> = names.filter(|name| accounts.is_user(name)).cloned().collect();
    event.owners.extend(users.into_iter().map(|name| (name, Owner::User)));
}

/// Reads an event and the rules of its labels that match it. Of several sets of rules, the first
/// whose rules for a label match is taken.
fn read(
    candidate: &Candidate,
    sources: &mut [Source<'_>],
    formats: &Formats,
) -> Result<LabelledEvent, StorageError> {
    let id = candidate.event;
    let range = EventRange { first: id.rowid(), last: id.rowid() };
    let unknown = |problem: String| LabelledEvent::unknown(id, candidate.time, problem);
    let mut found: Option<LabelledEvent> = None;
    for (rules, reader) in sources {
        reader.visit::<StorageError>(range, |event| {
            let described = event.examine(|event| LabelledEvent::for_page(event, rules, formats));
            let described = described.unwrap_or_else(|unreadable| unknown(unreadable.to_string()));
            match &mut found {
                None => found = Some(described),
                Some(found) if found.matched_rules.is_empty() => *found = described,
                Some(found) => drop(found.join(described)),
            }
            Ok(())
        })?;
    }
    Ok(found.unwrap_or_else(|| unknown("the store has no such event".into())))
}
