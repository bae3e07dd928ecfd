//! The report on the events that have a label.
//!
//! A store says that an event has a label, but not why. If the user gives a tagging file, the
//! report names the rules of the label that match the event now. Otherwise it uses the built-in
//! rules. For each event it shows the attributes that these rules match, or all attributes of the
//! event data if no rule matches.

use std::collections::{BTreeMap, BinaryHeap};

use events::EventId;
use filter::{Diagnostics, Rules};
use serde::Serialize;
use storage::{EventRange, StorageError, Store};

use crate::collect::{Names, Steps};
use crate::findings::{LabelFacts, Timeline};
use crate::info::{StoreFacts, store_facts};
use crate::label_choice::{LabelChoice, SeenLabels, UnknownLabel};
use crate::label_rules::CandidateRules;
use crate::labelled_event::LabelledEvent;
use crate::meanings::{Meaning, Meanings, order};
use crate::table::short;
use crate::timeline::{Axis, Bins, Coarse};
use crate::{FORMAT_VERSION, Progress, Rest, Table, Time};

/// The maximum number of events that are described.
const MAXIMUM_EVENTS: usize = 20_000;
/// The maximum size of all descriptions, in bytes of text. The last description may exceed it.
const MAXIMUM_BYTES: usize = 16 << 20;
/// The maximum number of different labels that are counted.
const MAXIMUM_LABELS: usize = 20_000;

/// The report on the events that have a label, or one of several labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelReport {
    /// The version of the format: [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The store.
    pub store: StoreFacts,
    /// The label, how many events have it, and their times. If there are several labels, this is
    /// about all of them together, and has no meaning.
    pub label: LabelFacts,
    /// The labels that were found, the most serious first.
    pub labels: Table<LabelFacts>,
    /// The number of events over time, or `None` if no event has a time.
    pub timeline: Option<Timeline>,
    /// The names of the tagging files, if some were given.
    pub tagging_file: Option<String>,
    /// The events, earliest first.
    pub events: Table<LabelledEvent>,
    /// Notes for the reader.
    pub notes: Vec<String>,
}

impl LabelReport {
    /// Reads the events that have a label, and describes at most `maximum` of them. `list` is a
    /// label, a pattern such as `ssh_*`, or a list of these with commas between them. If there are
    /// tagging files, the report names their rules that match each event.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, the rules cannot be compiled, or neither the store nor the
    /// rules have such a label.
    pub fn read(
        store: &Store,
        list: &str,
        tagging_files: &[Rules],
        maximum: usize,
        progress: Progress<'_>,
    ) -> Result<Self, LabelError> {
        let progress = &mut { progress };
        let choice = LabelChoice::new(list);
        let rules = CandidateRules::new(&choice, tagging_files)?;
        let mut found = Found { maximum: maximum.min(MAXIMUM_EVENTS), ..Found::default() };
        let mut seen = SeenLabels::new(&choice);
        each(store, &choice, progress, |event, time, labels| {
            let asked: Vec<_> = labels.iter().filter(|label| seen.see(label)).collect();
            if !asked.is_empty() {
                found.add(event, time, &asked);
            }
        })?;
        seen.check(found.labels.keys().map(String::as_str), &rules.labels())?;
        let axis = Axis::of(&found.coarse);
        let mut bins = axis.as_ref().map(Bins::new);
        if let (Some(axis), Some(bins)) = (&axis, &mut bins) {
            each(store, &choice, progress, |_, time, labels| {
                if let (Some(time), true) = (time, labels.iter().any(|label| choice.has(label))) {
                    bins.add(axis, time);
                }
            })?;
        }
        let mut notes = Vec::new();
        if found.counted.events == 0 {
            notes.push("no event has this label".to_owned());
        }
        let meanings = meanings(store, tagging_files)?;
        let meaning = choice.only().map(|label| meanings.of(label)).unwrap_or_default();
        let mut labels: Vec<_> =
            found.labels.iter().map(|(label, counted)| counted.facts(label, meanings.of(label))).collect();
        labels.sort_by(|a, b| order_of(a).cmp(&order_of(b)));
        let names: Vec<_> = tagging_files.iter().map(Rules::name).collect();
        Ok(Self {
            format_version: FORMAT_VERSION,
            store: store_facts(store)?,
            label: found.counted.facts(list, meaning),
            labels: Table { rows: labels, more: Rest::default() },
            timeline: axis.zip(bins).map(|(axis, bins)| Timeline::new(&axis, bins)),
            tagging_file: (!names.is_empty()).then(|| names.join(", ")),
            events: found.describe(store, &rules)?,
            notes,
        })
    }
}

fn order_of(facts: &LabelFacts) -> impl Ord + use<'_> {
    order(facts.meaning.severity, facts.events, &facts.label)
}

/// Returns what labels mean in this store. Only the store's own counts are used, because to count
/// events by data type would take longer than the report.
fn meanings(store: &Store, tagging_files: &[Rules]) -> Result<Meanings, StorageError> {
    let mut meanings = Meanings::new(tagging_files);
    let mut data_types = Names::default();
    store.visit_data_type_counts(|name, number| data_types.add(name, number))?;
    meanings.fit(&data_types.finish());
    Ok(meanings)
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
    /// Neither the store nor the rules have the label.
    #[error(transparent)]
    Unknown(#[from] UnknownLabel),
}

/// Calls `visit` for each tag with its labels, and with the time of the event if the user asks for
/// one of them.
fn each(
    store: &Store,
    choice: &LabelChoice,
    progress: &mut Progress<'_>,
    mut visit: impl FnMut(EventId, Option<Time>, &[String]),
) -> Result<(), StorageError> {
    let mut steps = Steps::new(progress, "event tags");
    store.visit_tags(
        |labels| labels.iter().any(|label| choice.has(label)),
        |tag| {
            steps.row();
            if let (Some(event), Some(labels)) = (tag.event, &tag.labels) {
                visit(event, tag.timestamp.map(Time), labels);
            }
        },
    )
}

/// The events of the labels: their number, their times, and the earliest of them.
#[derive(Default)]
struct Found {
    maximum: usize,
    counted: Counted,
    labels: BTreeMap<String, Counted>,
    coarse: Coarse,
    /// The earliest events, with the labels that they have.
    earliest: BinaryHeap<(Option<Time>, EventId, Vec<String>)>,
}

/// How many events there are, and the times of the first and the last.
#[derive(Default)]
struct Counted {
    events: u64,
    span: Option<(Time, Time)>,
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

impl Found {
    fn add(&mut self, event: EventId, time: Option<Time>, labels: &[&String]) {
        self.counted.add(time);
        time.iter().for_each(|time| self.coarse.add(*time));
        for label in labels {
            if let Some(counted) = self.labels.get_mut(*label) {
                counted.add(time);
            } else if self.labels.len() < MAXIMUM_LABELS {
                self.labels.entry((*label).clone()).or_default().add(time);
            }
        }
        let is_early = self.earliest.peek().is_none_or(|(last, id, _)| (time, event) < (*last, *id));
        if is_early || self.earliest.len() < self.maximum {
            self.earliest.push((time, event, labels.iter().map(|label| short(label)).collect()));
        }
        if self.earliest.len() > self.maximum {
            self.earliest.pop();
        }
    }

    fn describe(self, store: &Store, rules: &CandidateRules) -> Result<Table<LabelledEvent>, StorageError> {
        let mut reader = store.event_reader(rules.plan.clone())?;
        let mut table = Table::default();
        let mut bytes = 0;
        for (time, id, labels) in self.earliest.into_sorted_vec() {
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
            described.labels = labels;
            bytes += described.bytes();
            table.rows.push(described);
        }
        table.more = Rest { rows: self.counted.events - table.rows.len() as u64, number: 0 };
        Ok(table)
    }
}
