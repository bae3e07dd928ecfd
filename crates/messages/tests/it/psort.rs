//! Compares messages with those that psort writes.
//!
//! It needs the folder `plaso/data/formatters` of an installation of Plaso 20260720 in the variable
//! `PLASO_FORMATTERS`, and in `PSORT_MESSAGES` what psort of it writes of `testdata.plaso`:
//!
//!     psort -u -o json_line -w testdata.jsonl testdata.plaso

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;

use events::{AttributeNames, Reads};
use messages::{Attributes, Formats};
use storage::{ReadPlan, StorageError, Store};
use testing::places;

/// An event of psort's output counts as the same if its time, its description, its data type and
/// its message are.
fn digest(event: (i64, &str, &str, &str)) -> u64 {
    let mut hasher = DefaultHasher::new();
    event.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn messages_are_those_of_psort() {
    let file = |name: &str| {
        let path = std::env::var_os(name).map(PathBuf::from);
        if path.is_none() {
            places::skipped(&format!("{name} is not set"));
        }
        path
    };
    let Some((formatters, golden)) = file("PLASO_FORMATTERS").zip(file("PSORT_MESSAGES")) else { return };
    let Some(path) = places::shared_store("testdata") else { return };
    let formats = Formats::read_plaso(&formatters).unwrap();
    let formats = formats.with_event_log_texts(storage::event_log_texts(&formatters).unwrap());
    let ours = digests(&Store::open(&path).unwrap(), &formats);
    let (mut all, mut same) = (0_u64, 0_u64);
    let mut different: BTreeMap<String, (u64, String)> = BTreeMap::new();
    for line in BufReader::new(std::fs::File::open(golden).unwrap()).lines() {
        let event: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let text = |name: &str| event[name].as_str().unwrap_or_default();
        let (data_type, message) = (text("data_type"), text("message"));
        let digest =
            digest((event["timestamp"].as_i64().unwrap(), text("timestamp_desc"), data_type, message));
        all += 1;
        if ours.contains(&digest) {
            same += 1;
        } else {
            different.entry(data_type.into()).or_insert_with(|| (0, message.into())).0 += 1;
        }
    }
    for (data_type, (number, message)) in &different {
        println!("{number} {data_type}: {message}");
    }
    println!("{same} of {all} messages are the same");
    assert!(all > 80_000 && same * 1000 >= all * 990, "{same} of {all} messages are the same");
}

fn digests(store: &Store, formats: &Formats) -> HashSet<u64> {
    let plan = ReadPlan::new(AttributeNames::default(), &Reads { event_data: true, ..Reads::default() });
    let mut digests = HashSet::new();
    let range = store.event_range().unwrap().unwrap();
    let mut reader = store.event_reader(plan).unwrap();
    let visited = reader.visit::<StorageError>(range, |event| {
        let digest = event.examine(|view| {
            let attributes = Attributes::of(view);
            let time = view.event.timestamp.map_or(0, |time| time.0);
            let message = formats.message(&attributes);
            digest((time, &view.event.timestamp_description, attributes.data_type(), &message))
        });
        digests.extend(digest.ok());
        Ok(())
    });
    visited.unwrap();
    digests
}
