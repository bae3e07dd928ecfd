//! The report on the events that have a label.
//!
//! A store says that an event has a label, but not why. If the user gives a tagging file, the
//! report names the rules of the label that match the event now. Otherwise it uses the built-in
//! rules. For each event it shows its message, host, user and file, and the attributes that these
//! rules match, or all attributes of the event data if no rule matches. Events that share an event
//! data are one record, which is shown once with all its times.

use std::collections::{BTreeMap, BinaryHeap};

use events::{EventDataId, EventId, EventView};
use filter::{Diagnostics, Rules};
use messages::Formats;
use serde::Serialize;
use storage::{EventRange, EventReader, StorageError, Store};

use crate::collect::Steps;
use crate::findings::{LabelFacts, Timeline};
use crate::info::{StoreFacts, store_facts};
use crate::label_rules::CandidateRules;
use crate::labelled_event::LabelledEvent;
use crate::labels::{SESSION, numbered};
use crate::records::Records;
use crate::table::short;
use crate::timeline::{Axis, Bins, Coarse};
use crate::{FORMAT_VERSION, Progress, Rest, Table, Time};

/// The maximum number of records that are described.
const MAXIMUM_RECORDS: usize = 20_000;
/// The maximum number of further times of a record.
const MAXIMUM_TIMES: usize = 20;
/// How many events are kept for each record that is described. Most files have four times.
const EVENTS_OF_RECORD: usize = 4;
/// How many events are kept at least: one event of a record may have no usable time, which is very
/// early.
const LEAST_EVENTS: usize = 1_000;
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
    /// The number of records that these events are. Events that share an event data are one record.
    pub records: u64,
    /// The number of events over time, or `None` if no event has a time.
    pub timeline: Option<Timeline>,
    /// The name of the tagging file, if one was given.
    pub tagging_file: Option<String>,
    /// The records, earliest first, each with the times of its events.
    pub events: Table<LabelledEvent>,
    /// Notes for the reader.
    pub notes: Vec<String>,
    /// Whether text for people shows whole values.
    #[serde(skip)]
    pub shows_whole: bool,
}

/// How the events of a label are described.
#[derive(Debug, Clone, Copy)]
pub struct Describe<'d> {
    /// The maximum number of records.
    pub maximum: usize,
    /// How an event becomes a message.
    pub formats: &'d Formats,
    /// Whether text for people shows whole values. Otherwise it shows a long value as far as a rule
    /// matched it.
    pub whole: bool,
}

impl LabelReport {
    /// Reads the events that have a label, and describes them. `tagging_file` is the name of a
    /// tagging file with its rules. If it is given, the report names the rules that match each
    /// event.
    ///
    /// # Errors
    ///
    /// If the store cannot be read or the rules cannot be compiled.
    pub fn read(
        store: &Store,
        label: &str,
        tagging_file: Option<(&str, &Rules)>,
        describe: Describe<'_>,
        progress: Progress<'_>,
    ) -> Result<Self, LabelError> {
        let progress = &mut { progress };
        let rules = CandidateRules::new(label, tagging_file)?;
        let mut found = Found { maximum: describe.maximum.min(MAXIMUM_RECORDS), ..Found::default() };
        let mut others = std::collections::BTreeSet::new();
        each(store, label, progress, |tagged, time, labels| {
            if labels.iter().any(|known| known == label) {
                found.add(tagged, time);
            } else if found.events == 0 && others.len() < MAXIMUM_NAMED {
                // Labels of sessions are too many to be useful.
                let named = labels.iter().filter(|label| !matches!(numbered(label), Some((SESSION, _))));
                others.extend(named.take(MAXIMUM_NAMED).map(|label| short(label)));
            }
        })?;
        let axis = Axis::of(&found.coarse);
        let mut bins = axis.as_ref().map(Bins::new);
        if let (Some(axis), Some(bins)) = (&axis, &mut bins) {
            each(store, label, progress, |_, time, labels| {
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
            events: found.events,
            first: found.span.map(|(first, _)| first),
            last: found.span.map(|(_, last)| last),
            histogram: None,
        };
        Ok(Self {
            format_version: FORMAT_VERSION,
            store: store_facts(store)?,
            label: facts,
            records: found.records.count(),
            timeline: axis.zip(bins).map(|(axis, bins)| Timeline::new(&axis, bins)),
            tagging_file: tagging_file.map(|(name, _)| name.to_owned()),
            events: found.describe(store, &rules, describe.formats)?,
            notes,
            shows_whole: describe.whole,
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
    mut visit: impl FnMut(Tagged, Option<Time>, &[String]),
) -> Result<(), StorageError> {
    let mut steps = Steps::new(progress, "event tags");
    store.visit_tags(
        |labels| labels.iter().any(|known| known == label),
        |tag| {
            steps.row();
            if let (Some(event), Some(labels)) = (tag.event, &tag.labels) {
                visit(Tagged { data: tag.data, event }, tag.timestamp.map(Time), labels);
            }
        },
    )
}

/// An event with a tag. The event data comes first, so that the events of a record are beside each
/// other if they have the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Tagged {
    data: Option<EventDataId>,
    event: EventId,
}

/// The events of the label: their number, their times, and the earliest of them.
#[derive(Default)]
struct Found {
    /// The maximum number of records that are described.
    maximum: usize,
    events: u64,
    records: Records,
    span: Option<(Time, Time)>,
    coarse: Coarse,
    earliest: BinaryHeap<(Option<Time>, Tagged)>,
}

impl Found {
    fn add(&mut self, tagged: Tagged, time: Option<Time>) {
        self.events += 1;
        self.records.add(tagged.data);
        if let Some(time) = time {
            let (first, last) = self.span.unwrap_or((time, time));
            self.span = Some((first.min(time), last.max(time)));
            self.coarse.add(time);
        }
        self.earliest.push((time, tagged));
        if self.earliest.len() > (self.maximum * EVENTS_OF_RECORD).max(LEAST_EVENTS) {
            self.earliest.pop();
        }
    }

    fn describe(
        self,
        store: &Store,
        rules: &CandidateRules,
        formats: &Formats,
    ) -> Result<Table<LabelledEvent>, StorageError> {
        let mut reader = store.event_reader(rules.plan.clone())?;
        let mut table: Table<LabelledEvent> = Table::default();
        let (mut bytes, mut events) = (0, 0);
        let mut rows_of = BTreeMap::new();
        for (time, Tagged { data, event: id }) in self.earliest.into_sorted_vec() {
            let row: Option<usize> = data.and_then(|data| rows_of.get(&data).copied());
            let is_full = match row {
                Some(row) => table.rows[row].other_times.len() == MAXIMUM_TIMES,
                None => table.rows.len() == self.maximum,
            };
            if bytes > MAXIMUM_BYTES || is_full {
                continue;
            }
            let describe = |event: &EventView<'_>| match row {
                Some(_) => LabelledEvent::time_of(event),
                None => LabelledEvent::describe(event, rules, formats),
            };
            let described = read(&mut reader, id, time, describe)?;
            events += 1;
            bytes += described.bytes();
            match row {
                Some(row) => table.rows[row].other_times.push(described.into()),
                None => {
                    rows_of.extend(data.map(|data| (data, table.rows.len())));
                    table.rows.push(described);
                }
            }
        }
        table.more =
            Rest { rows: self.records.count() - table.rows.len() as u64, number: self.events - events };
        Ok(table)
    }
}

/// Reads one event, and describes it.
fn read(
    reader: &mut EventReader<'_>,
    id: EventId,
    time: Option<Time>,
    describe: impl Fn(&EventView<'_>) -> LabelledEvent,
) -> Result<LabelledEvent, StorageError> {
    let mut described = LabelledEvent::unknown(id, time, "the store has no such event".into());
    let range = EventRange { first: id.rowid(), last: id.rowid() };
    reader.visit::<StorageError>(range, |event| {
        described = match event.examine(&describe) {
            Ok(described) => described,
            Err(unreadable) => LabelledEvent::unknown(id, time, unreadable.to_string()),
        };
        Ok(())
    })?;
    Ok(described)
}
