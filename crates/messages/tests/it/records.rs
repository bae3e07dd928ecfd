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

/// Numbers of Windows in messages. They are those of [MS-FASP] 2.2.34 (`FW_RULE_ACTION`) and its
/// `FW_DIRECTION`, of [MS-ADTS] 6.1.6.7.12 and 6.1.6.7.15 (`trustDirection`, `trustType`), of
/// `SECURITY_LOGON_TYPE` in `ntsecapi.h`, and of the registry of protocols of IANA.
#[test]
fn numbers_are_those_of_windows() {
    const FIREWALL: &str = "Microsoft-Windows-Windows Firewall With Advanced Security";
    const SECURITY: &str = "Microsoft-Windows-Security-Auditing";
    for (source, identifier, field, value, words) in [
        (FIREWALL, 2004, "Action", "1", "it allows and bypasses"),
        (FIREWALL, 2004, "Action", "2", "it blocks"),
        (FIREWALL, 2004, "Action", "3", "it allows"),
        (FIREWALL, 2005, "Action", "2", "now it blocks"),
        (FIREWALL, 2005, "Action", "3", "now it allows"),
        (FIREWALL, 2004, "Direction", "1", "inbound traffic"),
        (FIREWALL, 2005, "Direction", "2", "outbound traffic"),
        (FIREWALL, 2004, "Protocol", "6", "protocol TCP"),
        (FIREWALL, 2004, "Protocol", "17", "protocol UDP"),
        (SECURITY, 4706, "TdoDirection", "1", "direction inbound (that domain trusts this one)"),
        (SECURITY, 4706, "TdoDirection", "2", "direction outbound (this domain trusts that one)"),
        (SECURITY, 4706, "TdoDirection", "3", "direction both ways"),
        (SECURITY, 4706, "TdoType", "1", "with a Windows NT domain"),
        (SECURITY, 4706, "TdoType", "2", "with an Active Directory domain"),
        (SECURITY, 4706, "TdoType", "3", "with a Kerberos realm that is not Windows"),
        (SECURITY, 4624, "LogonType", "2", "type 2 (interactive)"),
        (SECURITY, 4624, "LogonType", "3", "type 3 (network)"),
        (SECURITY, 4624, "LogonType", "5", "type 5 (service)"),
        (SECURITY, 4625, "LogonType", "7", "type 7 (unlock)"),
        (SECURITY, 4625, "LogonType", "10", "type 10 (remote desktop)"),
        (SECURITY, 4625, "LogonType", "12", "type 12 (cached remote desktop)"),
        (SECURITY, 4625, "LogonType", "13", "type 13 (cached unlock)"),
    ] {
        let xml = format!("<Event><EventData><Data Name=\"{field}\">{value}</Data></EventData></Event>");
        let json = serde_json::json!({"data_type": "windows:evtx:record", "source_name": source,
            "event_identifier": identifier, "xml_string": xml})
        .to_string();
        let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
        let data = reader.open(json.as_bytes()).unwrap();
        let message = Formats::built_in().message(&Attributes::of_data(&data));
        assert!(message.contains(words), "{identifier} {field} {value}: {message}");
    }
}
