//! The events that have a label.
//!
//! A store keeps that an event has a label, not why. If the rules that may have given it are at
//! hand, those that match the event now are named; else the attributes that the built-in rules for
//! that label look at are shown, and if there are none, all attributes of the event data.

use std::collections::BinaryHeap;

use events::EventId;
use filter::{Diagnostics, Rules};
use serde::Serialize;
use storage::{EventRange, StorageError, Store};

use crate::collect::Steps;
use crate::findings::{LabelFacts, Timeline};
use crate::info::{StoreFacts, short, store_facts};
use crate::label_rules::CandidateRules;
use crate::labelled_event::LabelledEvent;
use crate::labels::{SESSION, numbered};
use crate::timeline::{Axis, Bins, Coarse};
use crate::{FORMAT_VERSION, Progress, Rest, Table, Time};

/// How many events are described at most.
const MAXIMUM_EVENTS: usize = 20_000;
/// How many bytes of text the descriptions have at most, but for the last.
const MAXIMUM_BYTES: usize = 16 << 20;
/// How many labels are named where one is asked for that is not there.
const MAXIMUM_NAMED: usize = 40;

/// The events that have a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelReport {
    /// The version of this form, [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The store.
    pub store: StoreFacts,
    /// The label, how many events have it and when.
    pub label: LabelFacts,
    /// How its events lie in time; nothing if there are none.
    pub timeline: Option<Timeline>,
    /// The tagging file whose rules are named.
    pub tagging_file: Option<String>,
    /// The events, earliest first.
    pub events: Table<LabelledEvent>,
    /// What is to be known about this.
    pub notes: Vec<String>,
}

impl LabelReport {
    /// Reads the events that have a label, with the rules of `tagging_file` if there is one. At
    /// most `maximum` events are described.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, or the rules cannot be used.
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
        each(store, label, progress, |event, time, labels| {
            if labels.iter().any(|known| known == label) {
                found.add(event, time);
            } else if found.events == 0 && others.len() < MAXIMUM_NAMED {
                // Sessions have more labels than anybody wants to read.
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
                [] => "no event has this label, nor any but those of sessions".to_owned(),
                others => format!("no event has this label; there are: {}", others.join(", ")),
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
            timeline: axis.zip(bins).map(|(axis, bins)| Timeline::new(&axis, bins)),
            tagging_file: tagging_file.map(|(name, _)| name.to_owned()),
            events: found.describe(store, &rules)?,
            notes,
        })
    }
}

/// Why the events of a label cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StorageError),
    /// The rules.
    #[error(transparent)]
    Rules(#[from] Diagnostics),
}

/// Shows `visit` each tag, with the time of those that have the label.
fn each(
    store: &Store,
    label: &str,
    progress: &mut Progress<'_>,
    mut visit: impl FnMut(EventId, Option<Time>, &[String]),
) -> Result<(), StorageError> {
    let mut steps = Steps::new(progress, "event tags");
    store.visit_tags(
        |labels| labels.iter().any(|known| known == label),
        |tag| {
            steps.row();
            if let (Some(event), Some(labels)) = (tag.event, &tag.labels) {
                visit(event, tag.timestamp.map(Time), labels);
            }
        },
    )
}

/// The events of the label: how many, when, and the earliest of them.
#[derive(Default)]
struct Found {
    maximum: usize,
    events: u64,
    span: Option<(Time, Time)>,
    coarse: Coarse,
    earliest: BinaryHeap<(Option<Time>, EventId)>,
}

impl Found {
    fn add(&mut self, event: EventId, time: Option<Time>) {
        self.events += 1;
        if let Some(time) = time {
            let (first, last) = self.span.unwrap_or((time, time));
            self.span = Some((first.min(time), last.max(time)));
            self.coarse.add(time);
        }
        self.earliest.push((time, event));
        if self.earliest.len() > self.maximum {
            self.earliest.pop();
        }
    }

    fn describe(self, store: &Store, rules: &CandidateRules) -> Result<Table<LabelledEvent>, StorageError> {
        let mut reader = store.event_reader(rules.plan.clone())?;
        let mut table = Table::default();
        let mut bytes = 0;
        for (time, id) in self.earliest.into_sorted_vec() {
            if bytes > MAXIMUM_BYTES {
                break;
            }
            let range = EventRange { first: id.rowid(), last: id.rowid() };
            let mut described = LabelledEvent::unknown(id, time, "there is no such event".into());
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
