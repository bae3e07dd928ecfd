//! What the rules under test find.

use std::sync::Arc;

use events::{AttributeNames, AttributeReader, Event, EventDataId, EventId, EventView, Timestamp};
use filter::RuleSet;
use sigma::{Collection, RuleFile, Selection};

use super::rule::{Record, Rule};

/// Returns, for each record, the numbers of the rules that match it.
pub(crate) fn found(rules: &[Rule], records: &[Record]) -> Vec<Vec<usize>> {
    let file = |(number, rule): (usize, &Rule)| RuleFile {
        name: format!("rule_{number:02}.yml"),
        text: Ok(rule.yaml()),
    };
    let files: Vec<_> = rules.iter().enumerate().map(file).collect();
    let mut collection = Collection::read(&files, &Selection::default());
    assert!(collection.others.is_empty(), "{:#?}", collection.others);
    let mut names = AttributeNames::default();
    let set = RuleSet::compile(&collection.take_rules("rules"), &mut names).unwrap();
    let names = Arc::new(names);
    let found = |record: &Record| {
        let mut reader = AttributeReader::new(Arc::clone(&names));
        let data = record.data();
        let data = reader.open(data.as_bytes()).unwrap();
        let event = Event {
            id: EventId::new(1),
            data: EventDataId::new(1),
            timestamp: Some(Timestamp(0)),
            timestamp_description: "Creation Time".into(),
        };
        let mut matched = Vec::new();
        set.matches(&EventView { event: &event, data: Some(&data), stream: None, labels: &[] }, &mut matched);
        matched
    };
    records.iter().map(found).collect()
}
