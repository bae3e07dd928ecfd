//! Tests of the reduce step with an invented source of knowledge about hashes.

use events::{Key, Label};
use testing::ReduceMemory;

use super::{HashKind, HashTagging, Lookup, Patience, Stopped};
use crate::plugin::{AnalysisPlugin as _, PluginError};

/// Knows the hashes that end in an even digit, and gives up after some.
struct Knows {
    asked: Vec<String>,
    stops_after: usize,
    stops_with: fn() -> Stopped,
}

impl Lookup for Knows {
    const NAME: &'static str = "knows";
    const BATCH: usize = 3;

    fn check(&mut self) -> Result<(), PluginError> {
        Ok(())
    }

    fn look_up(
        &mut self,
        hashes: &[Box<str>],
        labels: &mut Vec<Option<Label>>,
        patience: &Patience<'_>,
    ) -> Result<(), Stopped> {
        assert!(!hashes.is_empty() && hashes.len() <= Self::BATCH);
        for hash in hashes {
            patience.check()?;
            if self.asked.len() == self.stops_after {
                return Err((self.stops_with)());
            }
            self.asked.push(hash.to_string());
            labels.push(hash.ends_with(['0', '2', '4', '6', '8']).then(|| Label::new("even").unwrap()));
        }
        Ok(())
    }
}

fn hashes(count: usize) -> ReduceMemory {
    ReduceMemory::of_keys((0..count).map(|number| Key::Text(number.to_string().into())))
}

fn knows(stops_after: usize, stops_with: fn() -> Stopped) -> HashTagging<Knows> {
    HashTagging::new(Knows { asked: Vec::new(), stops_after, stops_with }, HashKind::Md5, &["fs:stat"])
}

#[test]
fn every_hash_is_asked_for_once_and_labelled() {
    for count in [0, 1, 3, 7] {
        let mut plugin = knows(usize::MAX, || Stopped::Cancelled);
        let mut memory = hashes(count);
        assert_eq!(plugin.reduce(&mut memory).unwrap().set_aside, Vec::<String>::new());
        assert_eq!(plugin.lookup.asked, (0..count).map(|number| number.to_string()).collect::<Vec<_>>());
        let labelled: Vec<_> = memory.labels.iter().map(|label| label.first.to_string()).collect();
        assert_eq!(labelled, (0..count).step_by(2).map(|number| number.to_string()).collect::<Vec<_>>());
        assert!(memory.labels.iter().all(|label| label.first == label.last));
    }
}

#[test]
fn what_was_not_looked_up_is_counted() {
    for (stops_after, message) in
        [(0, "8 of 8 hashes were not looked up: no"), (4, "4 of 8 hashes were not looked up: no")]
    {
        let mut plugin = knows(stops_after, || Stopped::GaveUp("no".into()));
        let mut memory = hashes(8);
        assert_eq!(plugin.reduce(&mut memory).unwrap().set_aside, [message]);
        assert_eq!(memory.labels.len(), stops_after.div_ceil(2));
    }
}

#[test]
fn a_cancelled_run_ends_the_step() {
    let mut memory = hashes(8);
    memory.cancelled = true;
    assert!(knows(9, || Stopped::Cancelled).reduce(&mut memory).is_err());
}

#[test]
fn what_is_a_hash() {
    let digits = |count| "0aF".repeat(30)[..count].to_owned();
    for (kind, count) in [(HashKind::Md5, 32), (HashKind::Sha1, 40), (HashKind::Sha256, 64)] {
        assert!(kind.is_one(&digits(count)));
        assert!(!kind.is_one(&digits(count - 1)));
        assert!(!kind.is_one(&digits(count + 1)));
        assert!(!kind.is_one(&format!("{}\n", digits(count - 1))));
    }
}
