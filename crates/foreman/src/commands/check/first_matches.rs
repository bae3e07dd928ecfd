//! The first events that a filter matches, so that a user sees whether they are the ones meant.

use events::{EventId, EventView, Reads};
use messages::{Attributes, Formats};
use report::Time;
use serde_json::{Value, json};
use storage::{EventRange, ReadPlan, StorageError, Store};

/// The number of characters of a message that are shown.
const MESSAGE_WIDTH: usize = 160;

/// An event that the filter matches.
pub(super) struct FirstMatch {
    number: i64,
    time: Option<Time>,
    description: String,
    data_type: String,
    message: String,
}

/// Reads these events.
pub(super) fn read(store: &Store, events: &[EventId]) -> Result<Vec<FirstMatch>, StorageError> {
    let formats = Formats::built_in();
    let reads = Reads { event_data: true, ..Reads::default() };
    let mut reader = store.event_reader(ReadPlan::new(events::AttributeNames::default(), &reads))?;
    let mut found = Vec::new();
    for event in events {
        let range = EventRange { first: event.rowid(), last: event.rowid() };
        reader.visit(range, |event| {
            // An event that cannot be read is no match.
            found.extend(event.examine(|event| FirstMatch::of(event, &formats)));
            Ok::<_, StorageError>(())
        })?;
    }
    Ok(found)
}

impl FirstMatch {
    fn of(event: &EventView<'_>, formats: &Formats) -> Self {
        let attributes = Attributes::of(event);
        Self {
            number: event.event.id.rowid(),
            time: event.event.timestamp.map(Time),
            description: event.event.timestamp_description.to_string(),
            data_type: attributes.data_type().to_owned(),
            message: formats.message(&attributes),
        }
    }

    /// Returns the event in one line.
    pub(super) fn line(&self) -> String {
        let Self { number, time, description, data_type, message } = self;
        let time = time.map_or("no time".to_owned(), |time| time.to_string());
        let mut message: String = message.chars().map(|c| if c == '\n' { ' ' } else { c }).collect();
        if let Some((end, _)) = message.char_indices().nth(MESSAGE_WIDTH) {
            message.truncate(end);
            message.push('…');
        }
        format!("event {number}  {time}  {description}  {data_type}: {message}")
    }

    pub(super) fn json(&self) -> Value {
        let Self { number, time, description, data_type, message } = self;
        json!({
            "event": number,
            "time": time,
            "timestamp_desc": description,
            "data_type": data_type,
            "message": message,
        })
    }
}
