//! The report on the events that have a label.
//!
//! A store says that an event has a label, but not why. If the user gives a tagging file, the
//! report names the rules of the label that match the event now. Otherwise it uses the built-in
//! rules. For each event it shows the attributes that these rules match, or all attributes of the
//! event data if no rule matches.

use std::collections::BinaryHeap;

use events::{EventDataId, EventId};
use filter::{Diagnostics, Rules};
use serde::Serialize;
use storage::{EventRange, StorageError, Store};

use crate::collect::Steps;
use crate::findings::{LabelFacts, RecordMemory, Records, Timeline};
use crate::info::{StoreFacts, store_facts};
use crate::label_rules::CandidateRules;
use crate::labelled_event::LabelledEvent;
use crate::labels::{SESSION, numbered};
use crate::meanings::Meanings;
use crate::table::short;
use crate::timeline::{Axis, Bins, Coarse};
use crate::{FORMAT_VERSION, Progress, Rest, Table, Time};

/// The maximum number of events that are described.
const MAXIMUM_EVENTS: usize = 20_000;
/// The maximum size of all descriptions, in bytes of text. The last description may exceed it.
const MAXIMUM_BYTES: usize = 16 << 20;
/// The maximum number of labels that are named if no event has the requested label.
const MAXIMUM_NAMED: usize = 40;

/// The report on the events that have a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelReport {
    /// The version of the format: [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The store.
    pub store: StoreFacts,
    /// The label, how many events have it, and their times.
    pub label: LabelFacts,
    /// The number of events over time, or `None` if no event has a time.
    pub timeline: Option<Timeline>,
    /// The name of the tagging file, if one was given.
    pub tagging_file: Option<String>,
    /// The events, earliest first.
    pub events: Table<LabelledEvent>,
    /// Notes for the reader.
    pub notes: Vec<String>,
}

impl LabelReport {
    /// Reads the events that have a label, and describes at most `maximum` of them. `tagging_file`
    /// is the name of a tagging file with its rules. If it is given, the report names the rules
    /// that match each event.
    ///
    /// # Errors
    ///
    /// If the store cannot be read or the rules cannot be compiled.
    pub fn read(
        store: &Store,
        label: &str,
        tagging_file: Option<(&str, &Rules)>,
        maximum: usize,
        progress: Progress<'_>,
    ) -> Result<Self, LabelError> {
        let progress = &mut { progress };
        let rules = CandidateRules::new(label, tagging_file)?;
        let mut found = Found { maximum: maximum.min(MAXIMUM_EVENTS), ..Found::default() };
        let mut others = std::collections::BTreeSet::new();
        each(store, label, progress, |event, time, data, labels| {
            if labels.iter().any(|known| known == label) {
                found.add(event, time, data);
            } else if found.events == 0 && others.len() < MAXIMUM_NAMED {
                // Labels of sessions are too many to be useful.
                let named = labels.iter().filter(|label| !matches!(numbered(label), Some((SESSION, _))));
                others.extend(named.take(MAXIMUM_NAMED).map(|label| short(label)));
            }
        })?;
        let axis = Axis::of(&found.coarse);
        let mut bins = axis.as_ref().map(Bins::new);
        if let (Some(axis), Some(bins)) = (&axis, &mut bins) {
            each(store, label, progress, |_, time, _, labels| {
                if let (Some(time), true) = (time, labels.iter().any(|known| known == label)) {
                    bins.add(axis, time);
                }
            })?;
        }
        let mut notes = Vec::new();
        if found.events == 0 {
            let others: Vec<_> = others.into_iter().collect();
            notes.push(match others.as_slice() {
                [] => "no event has this label; the only labels are those of sessions, if any".to_owned(),
                others => format!("no event has this label; the store has: {}", others.join(", ")),
            });
        }
        let facts = LabelFacts {
            label: short(label),
            meaning: Meanings::new(tagging_file.map(|(_, rules)| rules)).of(label),
            events: found.events,
            records: found.records.number(),
            without_time: found.without_time,
            first: found.span.map(|(first, _)| first),
            last: found.span.map(|(_, last)| last),
            histogram: None,
        };
        Ok(Self {
            format_version: FORMAT_VERSION,
            store: store_facts(store)?,
            label: facts,
            timeline: axis.zip(bins).map(|(axis, bins)| Timeline::new(&axis, bins)),
            tagging_file: tagging_file.map(|(name, _)| name.to_owned()),
            events: found.describe(store, &rules)?,
            notes,
        })
    }
}

/// Why the events of a label cannot be reported.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StorageError),
    /// The rules cannot be compiled.
    #[error(transparent)]
    Rules(#[from] Diagnostics),
}

/// Calls `visit` for each tag, with the time of the event if the tag has the label.
fn each(
    store: &Store,
    label: &str,
    progress: &mut Progress<'_>,
    mut visit: impl FnMut(EventId, Option<Time>, Option<EventDataId>, &[String]),
) -> Result<(), StorageError> {
    let mut steps = Steps::new(progress, "event tags");
    store.visit_tags(
        |labels| labels.iter().any(|known| known == label),
        |tag| {
            steps.row();
            if let (Some(event), Some(labels)) = (tag.event, &tag.labels) {
                visit(event, Time::of_event(tag.timestamp), tag.data, labels);
            }
        },
    )
}

/// The events of the label: their number, their times, and the earliest of them.
#[derive(Default)]
struct Found {
    maximum: usize,
    events: u64,
    without_time: u64,
    records: Records,
    memory: RecordMemory,
    span: Option<(Time, Time)>,
    coarse: Coarse,
    /// The events without a usable time come last.
    earliest: BinaryHeap<(bool, Option<Time>, EventId)>,
}

impl Found {
    fn add(&mut self, event: EventId, time: Option<Time>, data: Option<EventDataId>) {
        self.events += 1;
        self.without_time += u64::from(time.is_none());
        if let Some(data) = data {
            self.records.add(data, &mut self.memory);
        }
        if let Some(time) = time {
            let (first, last) = self.span.unwrap_or((time, time));
            self.span = Some((first.min(time), last.max(time)));
            self.coarse.add(time);
        }
        self.earliest.push((time.is_none(), time, event));
        if self.earliest.len() > self.maximum {
            self.earliest.pop();
        }
    }

    fn describe(self, store: &Store, rules: &CandidateRules) -> Result<Table<LabelledEvent>, StorageError> {
        let mut reader = store.event_reader(rules.plan.clone())?;
        let mut table = Table::default();
        let mut bytes = 0;
        for (_, time, id) in self.earliest.into_sorted_vec() {
            if bytes > MAXIMUM_BYTES {
                break;
            }
            let range = EventRange { first: id.rowid(), last: id.rowid() };
            let mut described = LabelledEvent::unknown(id, time, "the store has no such event".into());
            reader.visit::<StorageError>(range, |event| {
                described = match event.examine(|event| rules.describe(event)) {
                    Ok(described) => described,
                    Err(unreadable) => LabelledEvent::unknown(id, time, unreadable.to_string()),
                };
                Ok(())
            })?;
            bytes += described.bytes();
            table.rows.push(described);
        }
        table.more = Rest { rows: self.events - table.rows.len() as u64, number: 0 };
        Ok(table)
    }
}
