//! Messages of the records of Windows event logs.

use std::collections::BTreeMap;
use std::sync::Arc;

use events::{AttributeNames, AttributeReader, Reads};
use messages::{Attributes, Formats, Parties};
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

/// PowerShell writes lines of names and values, of which a message shows those that matter.
#[test]
fn lines_of_powershell_are_words() {
    let started = "\tNewEngineState=Available\r\n\r\n\tHostName=ConsoleHost\r\n\tHostApplication=powershell -c a\r\n\
                   \tEngineVersion=4.0\r\n\tCommandLine=";
    let pipeline = "\tDetailTotal=1\r\n\tUserId=CORP\\eve\r\n\tHostApplication=powershell\r\n\tScriptName=";
    let context =
        "    Host Name = ConsoleHost\r\n    Host Application = powershell\r\n    User = CORP\\eve\r\n";
    for (identifier, source, fields, message, user) in [
        (
            400,
            "PowerShell",
            &[("", "Available"), ("", started)][..],
            "PowerShell started: powershell -c a, host program ConsoleHost, version 4.0",
            None,
        ),
        (800, "PowerShell", &[("", pipeline)], "PowerShell ran a pipeline, in powershell", Some("CORP\\eve")),
        (
            4103,
            "Microsoft-Windows-PowerShell",
            &[("ContextInfo", context), ("Payload", "id")],
            "PowerShell ran a command: id, in powershell",
            Some("CORP\\eve"),
        ),
        // A record without these lines is shown whole.
        (400, "PowerShell", &[("", "something else")], "PowerShell started: something else", None),
    ] {
        let fields = fields.iter().map(|(name, value)| match *name {
            "" => format!("<Data>{value}</Data>"),
            name => format!("<Data Name=\"{name}\">{value}</Data>"),
        });
        let xml = format!("<Event><EventData>{}</EventData></Event>", fields.collect::<String>());
        let record = serde_json::json!({"data_type": "windows:evtx:record", "source_name": source,
            "event_identifier": identifier, "xml_string": xml})
        .to_string();
        let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
        let data = reader.open(record.as_bytes()).unwrap();
        let attributes = Attributes::of_data(&data);
        assert_eq!(Formats::built_in().message(&attributes), message, "{identifier}");
        assert_eq!(Parties::of(&attributes).user.as_deref(), user, "{identifier}");
    }
}
