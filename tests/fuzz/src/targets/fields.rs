//! Texts that are split into fields, as rules see them: records of event logs, lines of pairs,
//! request lines, values of registry keys.

use std::sync::Arc;

use events::{
    AttributeNames, AttributeReader, Event, EventDataId, EventId, EventView, Label, Timestamp, json,
};
use filter::condition::{Case, Check, Condition, Order, Part, Piece, Regex};
use filter::{Filter, Number, RuleSet, Rules, count_fields};

use crate::Target;

pub(super) const TARGET: Target = Target { name: "fields", run, seeds };

fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // Each field takes at least one byte of the text. A value in single quotes is split again.
    assert!(count_fields(&text) <= 4 * text.len() + 8);
    same_labels(&text);
}

/// A set of rules about fields gives the labels that its rules give one by one.
fn same_labels(text: &str) {
    thread_local! {
        static RULES: (AttributeNames, Vec<Filter>, RuleSet) = compiled();
    }
    RULES.with(|(names, filters, set)| {
        let json = event_data(text);
        let mut reader = AttributeReader::new(Arc::new(names.clone()));
        let data = reader.open(json.as_bytes()).expect("it is event data");
        let event = Event {
            id: EventId::new(1),
            data: EventDataId::new(1),
            timestamp: Some(Timestamp(0)),
            timestamp_description: "".into(),
        };
        let event = EventView { event: &event, data: Some(&data), stream: None, labels: &[] };
        let mut matched = Vec::new();
        set.matches(&event, &mut matched);
        let alone = (0..filters.len()).filter(|number| filters[*number].matches(&event));
        assert_eq!(matched, alone.collect::<Vec<_>>(), "{json}");
        assert_eq!(data.error(), None, "{json}");
    });
}

/// Event data with the text in every attribute that has fields. The lines of the text are the
/// values of a registry key.
fn event_data(text: &str) -> String {
    let quoted = json::quoted(text);
    let value = |line: &str| {
        let (name, data) = line.split_once('=').unwrap_or((line, "7"));
        let data = if data == "7" { "7".into() } else { json::quoted(data) };
        format!("[{}, \"REG_SZ\", {data}]", json::quoted(name))
    };
    let values: Vec<_> = text.lines().take(64).map(value).collect();
    format!(
        r#"{{"data_type": "a", "xml_string": {quoted}, "http_request": {quoted}, "body": {quoted}, "values": [{}]}}"#,
        values.join(", ")
    )
}

fn compiled() -> (AttributeNames, Vec<Filter>, RuleSet) {
    let text = |part, text: &str, case| Check::Text(part, text.into(), case);
    let checks = [
        text(Part::Whole, "a", Case::Folded),
        text(Part::Whole, "", Case::Exact),
        text(Part::Start, "Σa", Case::Folded),
        text(Part::Any, "ab", Case::Folded),
        text(Part::End, "b", Case::Exact),
        Check::Wildcard(vec![Piece::AnyText, Piece::Text("a".into()), Piece::AnyCharacter], Case::Folded),
        Check::Regex(Regex { pattern: "(?i)abc|sab".into(), ..Regex::default() }),
        Check::Number(Order::Greater, Number::Integer(6)),
        Check::Network("10.0.0.0/8".parse().expect("it is a network")),
        Check::Exists,
        Check::Attribute(Part::Any, "body.a".into(), Case::Folded),
    ];
    let fields = ["xml_string.EventID", "xml_string.Data", "http_request.path", "body.a", "body", "values.a"];
    let mut conditions: Vec<_> = checks.iter().cloned().map(Condition::of_event).collect();
    for field in fields {
        conditions.extend(checks.iter().map(|check| Condition::of(field, check.clone())));
        conditions.extend(checks.iter().map(|check| Condition::of(field, check.clone()).negated()));
    }
    let mut names = AttributeNames::default();
    let filter = |condition: &Condition| {
        Filter::compile(&condition.clone().into(), &mut names).expect("the conditions are right")
    };
    let filters = conditions.iter().map(filter).collect();
    let label = |number| (Label::new(&format!("label_{number}")).expect("it is a label"), 1);
    let labels: Vec<_> = (0..conditions.len()).map(label).collect();
    let rules: Vec<_> = conditions.into_iter().enumerate().map(|(label, rule)| (label, rule, 1)).collect();
    let rules = Rules::of_conditions("rules", "", labels, rules);
    let set = RuleSet::compile(&rules, &mut names).expect("the conditions are right");
    (names, filters, set)
}

fn seeds() -> Vec<Vec<u8>> {
    [
        "<Event xmlns=\"x\">\n<System><Provider Name=\"a\" Guid=\"{b}\"/><EventID Qualifiers=\"1\">7</EventID></System>\n\
         <EventData><Data Name=\"Threat Name\">&lt;&#65;&amp;</Data><Data>\u{1}<x</Data><Data/></EventData></Event>",
        "<UserData><a:Change xmlns:a=\"x\"><a:User>0x000001f0</a:User></a:Change></UserData>",
        "type=USER_LOGIN msg=audit(1.2:3): pid=1 msg='op=login acct=\"root\" res=failed'",
        "GET /a?b=c&d=e HTTP/1.1",
        "a=10.1.2.3\na b=7\nA=σab",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}
