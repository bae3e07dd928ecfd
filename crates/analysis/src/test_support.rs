//! What tests of plugins share: events made of JSON, and a reduce step without a store.

use std::sync::Arc;

use events::{
    AttributeNames, AttributeReader, Counter, Event, EventDataId, EventId, EventView, Key, KeyLabel,
};

use crate::plugin::{AnalysisPlugin, EventFindings, PluginError, ReduceInput};

/// What `plugin` finds in an event with this event data.
pub(crate) fn examine(plugin: &mut dyn AnalysisPlugin, names: &AttributeNames, data: &str) -> EventFindings {
    let mut reader = AttributeReader::new(Arc::new(names.clone()));
    let data = reader.open(data.as_bytes()).unwrap();
    let event = Event {
        id: EventId::new(1),
        data: EventDataId::new(1),
        timestamp: Some(0),
        timestamp_description: "Last Visited Time".into(),
    };
    let mut found = EventFindings::default();
    let view = EventView { event: &event, data: Some(&data), stream: None, labels: &[] };
    plugin.examine(&view, &mut found).unwrap();
    found
}

/// Keys and counts as all tasks left them.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) keys: std::vec::IntoIter<Key>,
    pub(crate) counter: Counter,
    pub(crate) cancelled: bool,
}

impl Memory {
    pub(crate) fn of_keys(mut keys: Vec<Key>) -> Self {
        keys.sort();
        keys.dedup();
        Self { keys: keys.into_iter(), ..Self::default() }
    }
}

impl ReduceInput for Memory {
    fn next_key(&mut self) -> Result<Option<Key>, PluginError> {
        Ok(self.keys.next())
    }

    fn label(&mut self, label: KeyLabel) -> Result<(), PluginError> {
        panic!("a label: {label:?}")
    }

    fn counter(&self) -> &Counter {
        &self.counter
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled
    }
}
