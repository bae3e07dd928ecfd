//! Messages of the records of Windows event logs.

use std::collections::BTreeMap;

use events::{AttributeNames, Reads};
use messages::{Attributes, Formats};
use storage::{ReadPlan, StorageError, Store};
use testing::places;

/// Returns whether a message has `?` for a value that the event lacks.
fn lacks_a_value(message: &str) -> bool {
    // `\\?\` begins a path.
    message.replace(r"\\?\", "").split([' ', ',', ':', '\\']).any(|word| word == "?")
}

/// A format that names a field that no such record has is a mistake.
#[test]
fn some_record_has_all_that_a_format_needs() {
    let mut messages: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let own = Some(places::data("evtx-sample.plaso"));
    for path in
        [own, places::shared_store("evtx-mitre"), places::shared_store("testdata")].into_iter().flatten()
    {
        add_records(&Store::open(&path).unwrap(), &mut messages);
    }
    assert!(messages.len() > 50, "{} kinds of records", messages.len());
    for (record, messages) in messages {
        assert!(messages.iter().any(|message| !lacks_a_value(message)), "{record}: {messages:?}");
    }
}

/// Adds messages by source and event identifier, some of each.
fn add_records(store: &Store, messages: &mut BTreeMap<String, Vec<String>>) {
    let formats = Formats::built_in();
    let plan = ReadPlan::new(AttributeNames::default(), &Reads { event_data: true, ..Reads::default() });
    let range = store.event_range().unwrap().unwrap();
    let visited = store.event_reader(plan).unwrap().visit::<StorageError>(range, |event| {
        let read = event.examine(|view| {
            let attributes = Attributes::of(view);
            let text = |name| attributes.text(name).unwrap_or_default();
            let other = format!("{} event {}", text("source_name"), text("event_identifier"));
            let message = formats.message(&attributes);
            let is_record = attributes.data_type() == "windows:evtx:record" && !message.starts_with(&other);
            is_record.then_some((other, message))
        });
        if let Ok(Some((record, message))) = read {
            let known = messages.entry(record).or_default();
            if known.len() < 20 || !lacks_a_value(&message) {
                known.truncate(20);
                known.push(message);
            }
        }
        Ok(())
    });
    visited.unwrap();
}
