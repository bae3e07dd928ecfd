//! What rules mean, on events in memory.

use std::sync::Arc;

use events::{AttributeNames, AttributeReader, Event, EventDataId, EventId, EventView, Timestamp, json};
use filter::RuleSet;
use sigma::{Collection, RuleFile, Selection};

/// Returns whether a rule with this log source and detection matches event data.
fn matches(source: &str, detection: &str, data: &str) -> bool {
    let text = format!("title: A\nlogsource: {source}\ndetection:\n{detection}\n");
    let file = RuleFile { name: "rule.yml".into(), text: Ok(text) };
    let mut collection = Collection::read(&[file], &Selection::default());
    assert!(collection.others.is_empty(), "{:?}", collection.others);
    let mut names = AttributeNames::default();
    let set = RuleSet::compile(&collection.take_rules("rules"), &mut names).unwrap();
    let mut reader = AttributeReader::new(Arc::new(names));
    let data = reader.open(data.as_bytes()).unwrap();
    let event = Event {
        id: EventId::new(1),
        data: EventDataId::new(1),
        timestamp: Some(Timestamp(0)),
        timestamp_description: "Creation Time".into(),
    };
    let event = EventView { event: &event, data: Some(&data), stream: None, labels: &[] };
    let mut matched = Vec::new();
    set.matches(&event, &mut matched);
    !matched.is_empty()
}

/// Returns the event data of a record of a Windows event log.
fn record(channel: &str, event_id: u32, fields: &str) -> String {
    let xml = format!(
        "<Event><System><Provider Name=\"P\"/><EventID>{event_id}</EventID><Channel>{channel}</Channel></System>\
         <EventData>{fields}</EventData></Event>"
    );
    format!(
        r#"{{"data_type": "windows:evtx:record", "event_identifier": {event_id}, "source_name": "P", "xml_string": {}}}"#,
        json::quoted(&xml)
    )
}

const SECURITY: &str = "{product: windows, service: security}";

/// Returns whether an item matches a record of the security log with a field.
fn matches_field(item: &str, value: &str) -> bool {
    let fields = format!("<Data Name=\"F\">{value}</Data>");
    matches(SECURITY, &format!("  s:\n    {item}\n  condition: s"), &record("Security", 1, &fields))
}

#[test]
fn texts_and_wildcards() {
    for (item, value, expected) in [
        ("F: ABC", "abc", true),
        ("F|cased: ABC", "abc", false),
        ("F: a*c", "a\nb\nc", true),
        ("F: a?c", "a\nc", true),
        ("F: a?c", "ac", false),
        (r"F: a\*c", "a*c", true),
        (r"F: a\*c", "abc", false),
        ("F|startswith: a*c", "abcd", true),
        ("F|startswith: a*c", "xabcd", false),
        // The end stays the end, even if there is a wildcard inside.
        ("F|endswith: '1?'", "0x10", true),
        ("F|endswith: '1?'", "0x100", false),
        ("F|contains|all: [a, b]", "b-a", true),
        ("F|contains|all: [a, b]", "a", false),
        ("F|windash|contains: ' /x'", "p -X", true),
        ("F|windash|contains: ' -x'", "p /x", true),
        ("F|windash|contains: ' -x'", "p \u{2014}x", true),
        ("F|base64offset|contains: http", "Xaaaah0dHAg", true),
        ("F|re: '^a.c$'", "abc", true),
        ("F|re: '^a.c$'", "ABC", false),
        ("F|re|i: '^a.c$'", "ABC", true),
        ("F|re|s: '^a.c$'", "a\nc", true),
        ("F|neq: a", "b", true),
        ("F|neq: a", "A", false),
    ] {
        assert_eq!(matches_field(item, value), expected, "{item} {value:?}");
    }
}

#[test]
fn numbers_networks_and_identifiers() {
    for (item, value, expected) in [
        ("F: 5", "5", true),
        ("F: 5", "05", false),
        ("F: '0x1410'", "0x00001410", true),
        ("F: 0x1410", "0x1410", true),
        ("F|gte: 16", "0x10", true),
        ("F|lt: 16", "0x10", false),
        ("F|cidr: 10.0.0.0/8", "10.1.2.3", true),
        ("F|cidr: 10.0.0.0/8", "11.1.2.3", false),
        ("F|cidr: fe80::/10", "fe80::1", true),
        // Windows writes identifiers with braces.
        ("F: '{0CCE9210-0000}'", "{0cce9210-0000}", true),
        ("F: '0CCE9210-0000'", "{0cce9210-0000}", false),
    ] {
        assert_eq!(matches_field(item, value), expected, "{item} {value:?}");
    }
}

/// Absent, empty and 0 are three things.
#[test]
fn nothing_is_not_empty() {
    let with = |item: &str, fields: &str| {
        matches(SECURITY, &format!("  s:\n    {item}\n  condition: s"), &record("Security", 1, fields))
    };
    let (absent, empty, zero) = ("", "<Data Name=\"F\"></Data>", "<Data Name=\"F\">0</Data>");
    for (item, expected) in [
        ("F: null", [true, false, false]),
        ("F: ''", [false, true, false]),
        ("F: 0", [false, false, true]),
        ("F|exists: true", [false, true, true]),
        ("F|exists: false", [true, false, false]),
        ("F: '*'", [false, true, true]),
        ("F: [null, '']", [true, true, false]),
    ] {
        assert_eq!([absent, empty, zero].map(|fields| with(item, fields)), expected, "{item}");
    }
}

#[test]
fn names_of_fields_and_unnamed_values() {
    let fields = "<Data Name=\"Threat Name\">x</Data><Data>one</Data><Data>two</Data><Data Name=\"A\">b c</Data>\
                  <Data Name=\"B\">B</Data>";
    let data = record("Security", 1, fields);
    for (detection, expected) in [
        ("  s: {ThreatName: x}\n  condition: s", true),
        ("  s: {Data: two}\n  condition: s", true),
        // Each of them may be in another value.
        ("  s: {Data|contains|all: [one, two]}\n  condition: s", true),
        ("  s: {A|startswith|fieldref: B}\n  condition: s", true),
        ("  s: {A|fieldref: B}\n  condition: s", false),
        // Keywords are in any value, but not in names.
        ("  keywords: [TWO, nothing]\n  condition: keywords", true),
        ("  keywords:\n    '|all': [two, one]\n  condition: keywords", true),
        ("  keywords: [Threat]\n  condition: keywords", false),
    ] {
        assert_eq!(matches(SECURITY, detection, &data), expected, "{detection}");
    }
}

/// A process creation is an event of Sysmon or of the security log, which has other names.
#[test]
fn log_sources() {
    let source = "{product: windows, category: process_creation}";
    let detection = "  s: {Image|endswith: '\\cmd.exe'}\n  condition: s";
    let image = |name: &str| format!("<Data Name=\"{name}\">C:\\Windows\\cmd.exe</Data>");
    for (channel, event_id, field, expected) in [
        ("Microsoft-Windows-Sysmon/Operational", 1, "Image", true),
        ("Microsoft-Windows-Sysmon/Operational", 5, "Image", false),
        ("Security", 4688, "NewProcessName", true),
        ("Security", 4688, "Image", false),
        ("Security", 1, "Image", false),
    ] {
        let data = record(channel, event_id, &image(field));
        assert_eq!(matches(source, detection, &data), expected, "{channel} {event_id} {field}");
    }

    let web = r#"{"data_type": "apache:access_log:entry", "http_request": "GET /a.php?cmd=ls HTTP/1.1", "http_response_code": 200}"#;
    let detection = "  s: {cs-method: GET, cs-uri-query|contains: 'cmd=', sc-status: 200}\n  condition: s";
    assert!(matches("{category: webserver}", detection, web));
    let audit = r#"{"data_type": "selinux:line", "audit_type": "EXECVE", "message_body": "argc=2 a0=\"nc\" a1=\"-l\""}"#;
    let detection = "  s: {type: EXECVE, a0: nc, a1: '-l'}\n  condition: s";
    assert!(matches("{product: linux, service: auditd}", detection, audit));
    let log =
        r#"{"data_type": "syslog:line", "reporter": "sshd", "message_body": "Failed password for root"}"#;
    let detection = "  keywords: ['failed password']\n  condition: keywords";
    assert!(matches("{product: linux, service: sshd}", detection, log));
    assert!(!matches("{product: linux, service: cron}", detection, log));
}
