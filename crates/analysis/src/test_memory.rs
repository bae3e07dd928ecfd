//! `test_memory`: uses memory, so that the memory limit can be tested. The plugin is hidden. Plaso
//! has the same one.

use events::{AttributeNames, EventView};
use filter::Reads;

use crate::description::{OptionDescription, OptionKind, PluginDescription};
use crate::error::PrepareError;
use crate::plugin::{AnalysisPlugin, DataTypes, EventFindings, Needs, PluginError, RunContext};
use crate::settings::Settings;
use crate::spec::Spec;

const BYTES: OptionDescription = OptionDescription::new(
    "--test-memory-bytes",
    OptionKind::Number { name: "BYTES", minimum: 0, maximum: i64::MAX as u64 },
    "How much memory to use for each event.",
)
// About the memory that Plaso uses for an event: a list of 1,024 numbers.
.with_default("32768");

pub(crate) const SPEC: Spec = Spec {
    is_hidden: true,
    hidden_options: &[BYTES],
    ..Spec::new(
        PluginDescription {
            name: "test_memory",
            summary: "Uses memory.",
            reads: "Nothing of any event.",
            writes: "Nothing.",
            options: &[],
        },
        prepare,
    )
};

fn prepare(
    settings: &Settings<'_>,
    _names: &mut AttributeNames,
    _context: &RunContext,
) -> Result<Box<dyn AnalysisPlugin>, PrepareError> {
    Ok(Box::new(TestMemory::new(usize::try_from(settings.number(&BYTES)?).unwrap_or(usize::MAX))))
}

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
        // Not zeros: for these, the system would not use memory.
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
