//! Events made from literals.

use std::sync::Arc;

use events::{
    AttributeNames, AttributeReader, Event, EventDataId, EventDataStream, EventDataStreamId, EventId,
    EventView, Timestamp,
};

/// An event with its event data, stream and labels.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Its time.
    pub timestamp: Timestamp,
    /// What the time means.
    pub description: &'static str,
    /// Its number.
    pub row: i64,
    /// The attributes of the event data except the data type, as members of a JSON object, such as
    /// `"v": 5`.
    pub members: String,
    /// The type of the event data. If it is empty, the data type is among the members or missing.
    pub data_type: String,
    /// Its event data stream.
    pub stream: Option<EventDataStream>,
    /// Its labels.
    pub labels: Vec<String>,
}

impl Sample {
    /// Returns an event whose event data has these members.
    #[must_use]
    pub fn new(members: impl Into<String>) -> Self {
        Self {
            timestamp: Timestamp(1_325_376_000_000_000), // 2012-01-01
            description: "Content Modification Time",
            row: 1,
            members: members.into(),
            data_type: "test:one".into(),
            stream: None,
            labels: Vec::new(),
        }
    }

    /// Returns an event whose event data is this JSON object.
    ///
    /// # Panics
    ///
    /// If the text is not a JSON object.
    #[must_use]
    pub fn of_json(object: &str) -> Self {
        let members = object.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        Self { data_type: String::new(), ..Self::new(members.expect("a JSON object")) }
    }

    /// Calls `look` with the event. Only the attributes in `names` can be read from its event data.
    ///
    /// # Panics
    ///
    /// If the event data is not valid JSON.
    pub fn look<R>(&self, names: &AttributeNames, look: impl FnOnce(&EventView<'_>) -> R) -> R {
        let event = Event {
            id: EventId::new(self.row),
            data: EventDataId::new(1),
            timestamp: Some(self.timestamp),
            timestamp_description: self.description.into(),
        };
        let json = self.json();
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

    fn json(&self) -> String {
        let Self { data_type, members, .. } = self;
        match (data_type.as_str(), members.as_str()) {
            ("", members) => format!("{{{members}}}"),
            (data_type, "") => format!(r#"{{"data_type": "{data_type}"}}"#),
            (data_type, members) => format!(r#"{{"data_type": "{data_type}", {members}}}"#),
        }
    }
}

/// Returns an event data stream of which only some attributes are known.
#[must_use]
pub fn stream() -> EventDataStream {
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
