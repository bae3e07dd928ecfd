//! Events made of literals, for the tests to match.

use std::sync::Arc;

use events::{
    AttributeNames, AttributeReader, Event, EventDataId, EventDataStream, EventDataStreamId, EventId,
    EventView,
};
use filter::{Expression, Filter};

/// An event with all that belongs to it.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) timestamp: i64,
    pub(crate) description: &'static str,
    pub(crate) row: i64,
    /// The members of the event data beside its data type, such as `"v": 5`.
    pub(crate) members: String,
    pub(crate) data_type: String,
    pub(crate) stream: Option<EventDataStream>,
    pub(crate) labels: Vec<String>,
}

impl Sample {
    /// An event with these members of its event data.
    pub(crate) fn new(members: impl Into<String>) -> Self {
        Self {
            timestamp: 1_325_376_000_000_000, // 2012-01-01
            description: "Content Modification Time",
            row: 1,
            members: members.into(),
            data_type: "test:one".into(),
            stream: None,
            labels: Vec::new(),
        }
    }

    /// Calls `look` with the event as those attributes of it are seen that `names` has.
    pub(crate) fn look<R>(&self, names: &AttributeNames, look: impl FnOnce(&EventView<'_>) -> R) -> R {
        let event = Event {
            id: EventId::new(self.row),
            data: EventDataId::new(1),
            timestamp: Some(self.timestamp),
            timestamp_description: self.description.into(),
        };
        let comma = if self.members.is_empty() { "" } else { ", " };
        let json = format!(r#"{{"data_type": "{}"{comma}{}}}"#, self.data_type, self.members);
        let mut reader = AttributeReader::new(Arc::new(names.clone()));
        let data = reader.open(json.as_bytes()).unwrap();
        let seen = look(&EventView {
            event: &event,
            data: Some(&data),
            stream: self.stream.as_ref(),
            labels: &self.labels,
        });
        assert_eq!(data.error(), None, "{json}");
        seen
    }
}

/// A stream of which only some attributes are known.
pub(crate) fn stream() -> EventDataStream {
    EventDataStream {
        id: EventDataStreamId::new(1),
        file_entropy: Some("4.5".into()),
        md5_hash: None,
        path_spec: Some(r#"{"__type__": "PathSpec", "location": "/a", "type_indicator": "OS"}"#.into()),
        sha1_hash: Some(String::new()),
        sha256_hash: Some("ff00".into()),
        yara_match: Some(r#"["rule_a", "rule_b"]"#.into()),
    }
}

/// Compiles an expression that is one.
pub(crate) fn compiled(expression: &str) -> (Filter, AttributeNames) {
    let mut names = AttributeNames::default();
    let parsed = Expression::parse(expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
    let filter =
        Filter::compile(&parsed.unwrap(), &mut names).unwrap_or_else(|error| panic!("{expression}: {error}"));
    (filter, names)
}

/// Whether the event matches the expression.
pub(crate) fn matches(expression: &str, sample: &Sample) -> bool {
    let (filter, names) = compiled(expression);
    sample.look(&names, |event| filter.matches(event))
}
