//! What the tests of plugins share: events made from JSON, and a reduce step without a store.

use events::{AttributeNames, Counter, Key, KeyLabel, Timestamp};
use testing::{ReduceMemory, Sample};

use crate::plugin::{AnalysisPlugin, EventFindings, PluginError, ReduceInput};

/// Returns what `plugin` finds in an event with this event data.
pub(crate) fn examine(plugin: &mut dyn AnalysisPlugin, names: &AttributeNames, data: &str) -> EventFindings {
    let mut found = EventFindings::default();
    let event = Sample { timestamp: Timestamp(0), description: "Last Visited Time", ..Sample::of_json(data) };
    event.look(names, |event| plugin.examine(event, &mut found)).unwrap();
    found
}

impl ReduceInput for ReduceMemory {
    fn next_key(&mut self) -> Result<Option<Key>, PluginError> {
        Ok(self.keys.next())
    }

    fn label(&mut self, label: KeyLabel) -> Result<(), PluginError> {
        self.labels.push(label);
        Ok(())
    }

    fn counter(&self) -> &Counter {
        &self.counter
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled
    }

    fn show_progress(&self) {
        self.progress.set(self.progress.get() + 1);
    }
}
