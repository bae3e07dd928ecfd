//! `test_memory`: eats memory, so that the limit on it can be tested. Hidden; Plaso has the same.

use events::EventView;
use filter::Reads;

use crate::plugin::{AnalysisPlugin, DataTypes, EventFindings, Needs, PluginError};

/// About what an event costs in Plaso: a list of 1,024 numbers.
pub(crate) const BYTES_AN_EVENT: usize = 32 << 10;

pub(crate) struct TestMemory {
    bytes_an_event: usize,
    eaten: Vec<Vec<u8>>,
    needs: Needs,
}

impl TestMemory {
    pub(crate) fn new(bytes_an_event: usize) -> Self {
        let needs = Needs { data_types: DataTypes::Any, reads: Reads::default() };
        Self { bytes_an_event, eaten: Vec::new(), needs }
    }
}

impl AnalysisPlugin for TestMemory {
    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn examine(&mut self, _event: &EventView<'_>, _found: &mut EventFindings) -> Result<(), PluginError> {
        // Not zeros, which the system gives without having the memory.
        self.eaten.push(vec![1; self.bytes_an_event]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::examine;

    #[test]
    fn memory_is_kept() {
        let mut plugin = TestMemory::new(100);
        for _ in 0..3 {
            examine(&mut plugin, &events::AttributeNames::default(), r#"{"data_type": "x"}"#);
        }
        assert_eq!(plugin.eaten.iter().map(Vec::len).sum::<usize>(), 300);
    }
}
