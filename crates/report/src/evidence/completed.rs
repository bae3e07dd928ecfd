//! Adds to the described events what other rows of the store say of them: the other time of a
//! record of a Windows event log, and the warnings of Plaso about the file.

use std::collections::BTreeMap;

use events::{AttributeNames, EventDataId, EventRange, Reads};
use messages::place;
use storage::{CollectionWarning, ReadPlan, StorageError, Store};

use crate::Time;
use crate::labelled_event::{LabelledEvent, OtherTime};
use crate::labels::RECOVERED;
use crate::table::short;
use crate::warning_words::{are_related, with_meaning, year_of_warning};
use crate::words::{counted, cut};

/// How far apart the rows of a record are. Plaso writes them one after another.
const NEIGHBOURS: i64 = 3;
/// The maximum number of characters of a warning.
const MAXIMUM_WARNING: usize = 400;

/// Adds the times of each record that no event with a shown label has.
pub(super) fn add_other_times(
    store: &Store,
    events: &mut [&mut LabelledEvent],
    of_data: &BTreeMap<EventDataId, usize>,
) -> Result<(), StorageError> {
    let mut reader = store.event_reader(ReadPlan::new(AttributeNames::default(), &Reads::default()))?;
    for (data, position) in of_data {
        let shown = &mut *events[*position];
        if shown.record.is_none() {
            continue;
        }
        let range = EventRange {
            first: shown.event.saturating_sub(NEIGHBOURS).max(1),
            last: shown.event.saturating_add(NEIGHBOURS),
        };
        reader.visit::<StorageError>(range, |event| {
            let other = event.examine(|view| {
                (view.event.data == *data).then(|| OtherTime {
                    event: view.event.id.rowid(),
                    time: view.event.timestamp.map(Time),
                    description: short(&view.event.timestamp_description),
                    meaning: None,
                })
            });
            if let Ok(Some(other)) = other
                && other.event != shown.event
                && shown.other_times.iter().all(|known| known.event != other.event)
            {
                shown.other_times.push(other);
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// The kind of warnings about what Plaso tried to recover.
const RECOVERY: &str = "recovery";

/// Which warnings are about an event: its file, whether it was recovered, and its parser.
type Source = (String, bool, String);

/// Returns which warnings are about an event.
fn source(event: &LabelledEvent) -> Source {
    let is_recovered = event.labels.iter().any(|label| label == RECOVERED);
    (event.file.clone(), is_recovered, event.parser.clone())
}

/// What Plaso warned of in a file.
#[derive(Default)]
struct Warnings {
    /// The first warning, with the parser that gave it.
    first: Option<String>,
    number: u64,
    /// What the first one about the year of the log says.
    year: Option<String>,
}

/// Adds the first warning about the file of each event, and how many there are. Warnings of another
/// parser that tried to read the file say nothing about the event. Warnings about what Plaso tried
/// to recover are only about recovered records.
pub(super) fn add_warnings(store: &Store, events: &mut [&mut LabelledEvent]) -> Result<(), StorageError> {
    let files = events.iter().map(|event| source(event)).filter(|(file, ..)| !file.is_empty());
    let mut of_files: BTreeMap<_, Warnings> = files.map(|source| (source, Warnings::default())).collect();
    store.visit_collection_warnings(|kind, warning| {
        let Some(file) = place(&warning.path_spec).map(|file| short(&file)) else { return };
        let from = (file.clone(), kind == RECOVERY, String::new());
        let of_file = of_files
            .range_mut(from..)
            .take_while(|((known, is_recovery, _), _)| *known == file && *is_recovery == (kind == RECOVERY));
        for (_, warnings) in of_file.filter(|((.., parser), _)| are_related(&warning.origin, parser)) {
            if let Some(words) = year_of_warning(&warning.message) {
                warnings.year.get_or_insert(words);
                continue;
            }
            warnings.number += 1;
            warnings.first.get_or_insert_with(|| in_words(&warning));
        }
    })?;
    for event in events {
        let Some(Warnings { first, number, year }) = of_files.get(&source(event)) else { continue };
        event.year.clone_from(year);
        event.warning = first.as_ref().map(|first| match number {
            1 => format!("about this file, {first}"),
            _ => format!("about this file, {first} (the first of {})", counted(*number, "warning")),
        });
    }
    Ok(())
}

/// Returns a warning with its parser and what it means.
fn in_words(warning: &CollectionWarning) -> String {
    let message = with_meaning(&cut(&warning.message, MAXIMUM_WARNING));
    match warning.origin.as_str() {
        "" => format!("by no parser: {message}"),
        parser => format!("by the parser {}: {message}", short(parser)),
    }
}
