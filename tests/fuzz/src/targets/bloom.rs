//! Bytes as a bloom filter. The hashes of some events are looked up in it.

use analysis::Pipeline;
use analysis::plugin::{PluginError, ReduceInput, RunContext};
use events::{Counter, Key, KeyLabel, PluginConfig};
use testing::ReduceMemory;

use crate::Target;
use crate::run_over::check_error;
use crate::workplace::{file, in_empty_folder};

pub(super) const TARGET: Target = Target { name: "bloom", run, seeds };

fn run(data: &[u8]) {
    in_empty_folder(|folder| {
        let bloom_file = file(folder, "filter.bloom", data);
        let plugin = PluginConfig::new("bloom").with("bloom_file", bloom_file);
        let mut pipeline = Pipeline::new(&[plugin], None, &RunContext::default()).unwrap();
        let plugin = &mut pipeline.plugins()[0];
        let hashes = (236_u8..255).map(|number| Key::Text(format!("{number:040x}").into()));
        let mut input = Hashes(ReduceMemory::of_keys(hashes));
        if let Err(error) = plugin.check_surroundings().and_then(|()| plugin.reduce(&mut input).map(drop)) {
            check_error(&error);
        }
    });
}

/// Made-up hashes.
struct Hashes(ReduceMemory);

impl ReduceInput for Hashes {
    fn next_key(&mut self) -> Result<Option<Key>, PluginError> {
        Ok(self.0.keys.next())
    }

    fn label(&mut self, label: KeyLabel) -> Result<(), PluginError> {
        assert_eq!(label.label.as_str(), "bloom_present");
        Ok(())
    }

    fn counter(&self) -> &Counter {
        &self.0.counter
    }

    fn is_cancelled(&self) -> bool {
        self.0.cancelled
    }

    fn show_progress(&self) {}
}

fn seeds() -> Vec<Vec<u8>> {
    let filter = |n: u64, p: f64, k: u64, m: u64, byte: u8| {
        let header: Vec<u8> =
            [1, n, p.to_bits(), k, m, n].iter().flat_map(|number| number.to_le_bytes()).collect();
        [header, vec![byte; usize::try_from(m.div_ceil(64) * 8).unwrap()]].concat()
    };
    vec![filter(10, 0.01, 7, 96, 0x55), filter(1, 0.5, 1, 1, 0xff), filter(20, 1e-6, 20, 576, 0xff)]
}
