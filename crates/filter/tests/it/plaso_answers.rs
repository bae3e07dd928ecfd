//! What Plaso matches, as a table of some 1,600 expressions: every operator with every kind of
//! value, negated and not, on attributes of every type (`tests/data/filters`, described in the
//! README above it).

use std::collections::BTreeMap;

use events::{AttributeNames, EventDataStream, EventDataStreamId, Timestamp};
use filter::{Expression, Filter};
use serde_json::{Map, Value};

use crate::support::Sample;

const EVENTS: &str = include_str!("../../../../tests/data/filters/events.tsv");
const ANSWERS: &str = include_str!("../../../../tests/data/filters/answers.tsv");

/// Why an answer is not that of Plaso; each is told in the crate's documentation.
const REASONS: [&str; 6] =
    ["accepted", "refused", "fails", "list in text", "date-time attribute", "no longer an attribute"];

/// The events by name, in the order of the file.
fn samples() -> Vec<(&'static str, Sample)> {
    EVENTS
        .lines()
        .map(|line| line.split_once('\t').unwrap())
        .map(|(name, json)| (name, sample(json)))
        .collect()
}

fn sample(json: &str) -> Sample {
    let mut members: Map<String, Value> = serde_json::from_str(json).unwrap();
    let mut sample = Sample::new("");
    if let Some(timestamp) = members.remove("timestamp") {
        sample.timestamp = Timestamp(timestamp.as_i64().unwrap());
    }
    if let Some(description) = members.remove("timestamp_desc") {
        sample.description = String::from(description.as_str().unwrap()).leak();
    }
    if let Some(labels) = members.get("tag").and_then(Value::as_array).cloned() {
        members.remove("tag");
        sample.labels = labels.iter().map(|label| label.as_str().unwrap().into()).collect();
    }
    sample.stream = members.remove("stream").map(|stream| event_data_stream(&stream));
    let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
    sample.members = members.join(", ");
    sample
}

fn event_data_stream(members: &Value) -> EventDataStream {
    // Texts are stored as they are, all else as JSON.
    let column = |name: &str| match &members[name] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    EventDataStream {
        id: EventDataStreamId::new(1),
        file_entropy: column("file_entropy"),
        md5_hash: column("md5_hash"),
        path_spec: column("path_spec"),
        sha1_hash: column("sha1_hash"),
        sha256_hash: column("sha256_hash"),
        yara_match: column("yara_match"),
    }
}

/// The names of the events that match, `-` if there are none, or that the expression is refused.
fn answer(expression: &str, samples: &[(&str, Sample)]) -> String {
    let mut names = AttributeNames::default();
    let parsed = Expression::parse(expression).ok().flatten();
    let Some(filter) = parsed.and_then(|parsed| Filter::compile(&parsed, &mut names).ok()) else {
        return "refused".into();
    };
    let matching = samples.iter().filter(|(_, sample)| sample.look(&names, |event| filter.matches(event)));
    let matching: String = matching.map(|(name, _)| *name).collect();
    if matching.is_empty() { "-".into() } else { matching }
}

#[test]
fn the_same_answers_as_plaso() {
    let samples = samples();
    let mut wrong = Vec::new();
    let mut reasons: BTreeMap<_, usize> = REASONS.into_iter().map(|reason| (reason, 0)).collect();
    for line in ANSWERS.lines() {
        let cells: Vec<_> = line.split('\t').collect();
        let (expression, plaso, expected) = match cells[..] {
            // At events behind the exclamation mark Plaso fails; here these do not match.
            [expression, plaso] => (expression, plaso, plaso.split('!').next().unwrap()),
            [expression, plaso, ours, reason] => {
                *reasons.get_mut(reason).unwrap_or_else(|| panic!("no such reason: {line}")) += 1;
                (expression, plaso, ours)
            }
            _ => panic!("{line}"),
        };
        let found = answer(expression, &samples);
        if found != expected {
            wrong.push(format!("{expression}\t{plaso}\t{found}"));
        }
    }
    assert!(wrong.is_empty(), "{} answers are others, which are here:\n{}", wrong.len(), wrong.join("\n"));
    assert!(reasons.values().all(|count| *count > 0), "{reasons:?}");
    assert!(ANSWERS.lines().count() > 1_500);
}
