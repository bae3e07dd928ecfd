//! One rule on one event in memory.

use std::sync::Arc;

use events::{AttributeNames, AttributeReader, Event, EventDataId, EventId, EventView, Timestamp, json};
use filter::RuleSet;
use sigma::{Collection, RuleFile, Selection};

/// Returns whether a rule with this log source and detection matches event data.
pub(crate) fn matches(source: &str, detection: &str, data: &str) -> bool {
    matches_with(&Selection::default(), source, detection, data)
}

/// Returns the text of a rule with this log source and detection.
pub(crate) fn rule(source: &str, detection: &str) -> String {
    format!("title: A\nlogsource: {source}\ndetection:\n{detection}\n")
}

pub(crate) fn matches_with(selection: &Selection, source: &str, detection: &str, data: &str) -> bool {
    let file = RuleFile { name: "rule.yml".into(), text: Ok(rule(source, detection)) };
    let mut collection = Collection::read(&[file], selection);
    assert!(collection.others.is_empty(), "{:?}", collection.others);
    let mut names = AttributeNames::default();
    let set = RuleSet::compile(&collection.take_rules("rules"), &mut names).unwrap();
    !matched(&set, &Arc::new(names), data).is_empty()
}

/// Returns the numbers of the rules that match event data. `names` has the attributes of the rules.
pub(crate) fn matched(set: &RuleSet, names: &Arc<AttributeNames>, data: &str) -> Vec<usize> {
    let mut reader = AttributeReader::new(Arc::clone(names));
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
    matched
}

/// Returns the event data of a record of a Windows event log.
pub(crate) fn record(channel: &str, event_id: u32, fields: &str) -> String {
    let xml = format!(
        "<Event><System><Provider Name=\"P\"/><EventID>{event_id}</EventID><Channel>{channel}</Channel></System>\
         <EventData>{fields}</EventData></Event>"
    );
    format!(
        r#"{{"data_type": "windows:evtx:record", "event_identifier": {event_id}, "source_name": "P", "xml_string": {}}}"#,
        json::quoted(&xml)
    )
}
