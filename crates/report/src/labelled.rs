//! The report on the events that have a label.
//!
//! A store says that an event has a label, but not why. If the user gives a tagging file, the
//! report names the rules of the label that match the event now. Otherwise it uses the built-in
//! rules. For each event it shows its message, host, user and file, and the attributes that these
//! rules match, or all attributes of the event data if no rule matches. Events that share an event
//! data are one record, which is shown once with all its times.

use std::collections::{BTreeMap, BinaryHeap};

use events::{EventDataId, EventId, EventView, LabelPatterns, quoted, quoted_path};
use filter::{Diagnostics, Rules};
use messages::Formats;
use serde::Serialize;
use storage::{EventRange, EventReader, StorageError, Store};

use crate::collect::{Names, Steps};
use crate::findings::{LabelFacts, Timeline};
use crate::found_indicators::by_event;
use crate::info::{StoreFacts, note_of_unreadable_tags, store_facts};
use crate::label_choice::{SeenLabels, UnknownLabel};
use crate::label_rules::CandidateRules;
use crate::label_tally::LabelTally;
use crate::labelled_event::{Attribute, LabelledEvent};
use crate::meanings::Meanings;
use crate::table::short;
use crate::timeline::{Axis, Bins, Coarse};
use crate::words::counted;
use crate::{FORMAT_VERSION, Progress, Rest, Table, Time, session_runs};

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
/// What is said if an event has an indicator that its row in the table of results does not name.
const NOTE_OF_UNNAMED: &str = "only the first events of each indicator are shown with it; \
    `foreman check --event N --ioc LISTS` shows the indicators of any event";
/// The maximum number of labels of an event that are kept.
const MAXIMUM_LABELS: usize = 32;

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
    /// The records, earliest first, each with the times of its events.
    pub events: Table<LabelledEvent>,
    /// Notes for the reader.
    pub notes: Vec<String>,
    /// Whether text for people shows whole values.
    #[serde(skip)]
    pub shows_whole: bool,
    /// What the user asks for that neither the store nor the rules know.
    #[serde(skip)]
    pub unknown: Vec<UnknownLabel>,
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
    /// Whether it is for a page, which does not show the hashes of passwords unless it is whole.
    pub is_page: bool,
}

impl LabelReport {
    /// Reads the events that have a label, and describes them. `list` is a label, a pattern such as
    /// `ssh_*`, or a list of these with commas between them. If there are tagging files, the report
    /// names their rules that match each event.
    ///
    /// # Errors
    ///
    /// If the store cannot be read or the rules cannot be compiled.
    pub fn read(
        store: &Store,
        list: &str,
        tagging_files: &[Rules],
        describe: Describe<'_>,
        progress: Progress<'_>,
    ) -> Result<Self, LabelError> {
        let progress = &mut { progress };
        let choice = LabelPatterns::of([list]);
        let rules = CandidateRules::new(&choice, tagging_files)?;
        let mut found = Found { maximum: describe.maximum.min(MAXIMUM_RECORDS), ..Found::default() };
        let mut seen = SeenLabels::new(&choice);
        let unreadable = each(store, &choice, progress, |tagged, time, labels| {
            let asked: Vec<_> = labels.iter().filter(|label| seen.see(label)).collect();
            if !asked.is_empty() {
                found.add(tagged, time, &asked);
            }
        })?;
        let unknown = seen.unknown(found.tally.names(), &rules.labels());
        let axis = Axis::of(&found.coarse);
        let mut bins = axis.as_ref().map(Bins::new);
        if let (Some(axis), Some(bins)) = (&axis, &mut bins) {
            each(store, &choice, progress, |_, time, labels| {
                if let (Some(time), true) = (time, labels.iter().any(|label| choice.matches(label))) {
                    bins.add(axis, time);
                }
            })?;
        }
        let mut notes = Vec::new();
        if found.tally.events() == 0 {
            notes.push("no event has this label".to_owned());
        }
        if unreadable > 0 {
            notes.push(note_of_unreadable_tags(unreadable));
        }
        let meanings = meanings(store, tagging_files)?;
        let meaning = choice.only().map(|label| meanings.of(label)).unwrap_or_default();
        let names: Vec<_> = tagging_files.iter().map(Rules::name).collect();
        let label = found.tally.together(list, meaning);
        let labels = found.tally.each(&meanings);
        if store.interval().is_none() && labels.more.rows == 0 {
            let counts = labels.rows.iter().map(|facts| (facts.label.as_str(), facts.events));
            notes.extend(session_runs::note_of_labels(store, counts)?);
        }
        let events = found.describe(store, &rules, &describe)?;
        notes.extend(note_of_cut(&events, list, store, describe.maximum));
        let events = with_indicators(events, store, &mut notes)?;
        Ok(Self {
            format_version: FORMAT_VERSION,
            store: store_facts(store)?,
            label,
            labels,
            timeline: axis.zip(bins).map(|(axis, bins)| Timeline::new(&axis, bins)),
            tagging_file: (!names.is_empty()).then(|| names.join(", ")),
            events,
            notes,
            shows_whole: describe.whole,
            unknown,
        })
    }
}

/// Returns what labels mean in this store. Only the store's own counts are used, because to count
/// events by data type would take longer than the report.
fn meanings(store: &Store, tagging_files: &[Rules]) -> Result<Meanings, StorageError> {
    let mut meanings = Meanings::new(tagging_files);
    meanings.add_sigma(store)?;
    let mut data_types = Names::default();
    store.visit_data_type_counts(|name, number| data_types.add(name, number))?;
    meanings.fit(&data_types.finish());
    meanings.add_indicators(store)?;
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
}

/// Calls `visit` for each tag with its labels, and with the time of the event if the user asks for
/// one of them. Returns how many tags cannot be read.
fn each(
    store: &Store,
    choice: &LabelPatterns,
    progress: &mut Progress<'_>,
    mut visit: impl FnMut(Tagged, Option<Time>, &[String]),
) -> Result<u64, StorageError> {
    let mut steps = Steps::new(progress, "event tags");
    let mut unreadable = 0;
    store.visit_tags(
        |labels| labels.iter().any(|label| choice.matches(label)),
        |tag| {
            steps.row();
            if let (Some(event), Some(mut labels)) = (tag.event, tag.labels) {
                labels.sort_unstable();
                labels.dedup();
                visit(Tagged { data: tag.data, event }, Time::of_event(tag.timestamp), &labels);
            } else {
                unreadable += 1;
            }
        },
    )?;
    Ok(unreadable)
}

/// An event with a tag. The event data comes first, so that the events of a record are beside each
/// other if they have the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Tagged {
    data: Option<EventDataId>,
    event: EventId,
}

/// The events of the labels: their number, their times, and the earliest of them.
#[derive(Default)]
struct Found {
    /// The maximum number of records that are described.
    maximum: usize,
    tally: LabelTally,
    coarse: Coarse,
    /// The earliest events, each with the labels that it has. Events without a usable time come
    /// last.
    earliest: BinaryHeap<(bool, Option<Time>, Tagged, Vec<String>)>,
}

impl Found {
    fn add(&mut self, tagged: Tagged, time: Option<Time>, labels: &[&String]) {
        self.tally.add(time, tagged.data, labels);
        time.iter().for_each(|time| self.coarse.add(*time));
        let most = (self.maximum * EVENTS_OF_RECORD).max(LEAST_EVENTS);
        let last = self.earliest.peek().filter(|_| self.earliest.len() >= most);
        let has_no_time = time.is_none();
        if last
            .is_none_or(|(is_last, last, known, _)| (has_no_time, time, tagged) < (*is_last, *last, *known))
        {
            let labels = labels.iter().take(MAXIMUM_LABELS).map(|label| short(label));
            self.earliest.push((has_no_time, time, tagged, labels.collect()));
        }
        if self.earliest.len() > most {
            self.earliest.pop();
        }
    }

    fn describe(
        self,
        store: &Store,
        rules: &CandidateRules,
        how: &Describe<'_>,
    ) -> Result<Table<LabelledEvent>, StorageError> {
        let mut reader = store.event_reader(rules.plan.clone())?;
        let of_all = self.tally.events();
        let mut table: Table<LabelledEvent> = Table::default();
        let (mut bytes, mut events) = (0, 0);
        let mut rows_of = BTreeMap::new();
        for (_, time, Tagged { data, event: id }, labels) in self.earliest.into_sorted_vec() {
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
                None if how.is_page && !how.whole => LabelledEvent::for_page(event, rules, how.formats),
                None => LabelledEvent::describe(event, rules, how.formats),
            };
            let described = LabelledEvent { labels, ..read(&mut reader, id, time, describe)? };
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
        let rows = self.tally.rows().saturating_sub(table.rows.len() as u64);
        table.more = Rest { rows, number: of_all - events };
        Ok(table)
    }
}

/// Returns a note if values were cut or records are not described because of the limits on their
/// sizes, with the command that writes all of them. `maximum` records were asked for.
fn note_of_cut(table: &Table<LabelledEvent>, list: &str, store: &Store, maximum: usize) -> Option<String> {
    let is_cut = |row: &&LabelledEvent| row.attributes.iter().any(|attribute| attribute.value.is_cut());
    let cut = table.rows.iter().filter(is_cut).count() as u64;
    let bytes: usize = table.rows.iter().map(LabelledEvent::bytes).sum();
    let mut reasons = Vec::new();
    if cut > 0 {
        reasons.push(format!("values of {} are cut, because they are very long", counted(cut, "record")));
    }
    if bytes > MAXIMUM_BYTES && table.more.rows > 0 && table.rows.len() < maximum.min(MAXIMUM_RECORDS) {
        let (described, limit) = (counted(table.rows.len() as u64, "record"), MAXIMUM_BYTES >> 20);
        reasons.push(format!("only {described} described, because their values exceed {limit} MiB"));
    }
    (!reasons.is_empty()).then(|| {
        let (list, path) = (quoted(list), quoted_path(store.path()));
        format!(
            "{}; this command writes all records whole:\n  foreman export --label {list} --format jsonl --output \
             events.jsonl {path}",
            reasons.join("; ")
        )
    })
}

/// Adds the indicators of compromise that the events have, as far as the plugin `ioc` has named
/// these events. They come first. If it has not named an event, a note says so.
fn with_indicators(
    mut table: Table<LabelledEvent>,
    store: &Store,
    notes: &mut Vec<String>,
) -> Result<Table<LabelledEvent>, StorageError> {
    let by_event = by_event(store)?;
    let mut is_unnamed = false;
    for row in &mut table.rows {
        let numbers = std::iter::once(row.event).chain(row.other_times.iter().map(|other| other.event));
        let mut indicators: Vec<_> =
            numbers.filter_map(|number| by_event.indicators.get(&number)).flatten().collect();
        indicators.sort_unstable();
        indicators.dedup();
        is_unnamed |=
            indicators.is_empty() && row.labels.iter().any(|label| by_event.labels_of_others.contains(label));
        row.attributes.splice(..0, indicators.into_iter().map(|words| Attribute::of_indicator(words)));
    }
    notes.extend(is_unnamed.then(|| NOTE_OF_UNNAMED.to_owned()));
    Ok(table)
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
