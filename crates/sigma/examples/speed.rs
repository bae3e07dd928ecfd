//! How much processor time and memory Sigma rules take: `cargo run --release --package sigma
//! --example speed RULES [STORE [TIMES]]`.
//!
//! Reads, parses and compiles the rules, and then matches all events of the store, in one thread.
//! The floor is to read the events and to inflate their data, without rules. Both are done in turn,
//! so that other load on the machine affects both.

#![expect(clippy::print_stdout, reason = "it prints figures for people")]

use std::path::Path;

use events::{AttributeNames, EventView, Reads};
use filter::RuleSet;
use sigma::{Collection, Selection};
use storage::{EventRanges, ReadPlan, StorageError, Store};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let rules = arguments.next().expect("a file or folder with rules");
    let before = memory("VmHWM:");
    let start = processor_time();
    let files = sigma::read(rules.as_ref()).expect("the rules can be read");
    let read = processor_time() - start;
    let mut collection = Collection::read(&files, &Selection::default());
    let parsed = processor_time() - start;
    let with_files = memory("VmRSS:");
    drop(files);
    let mut names = AttributeNames::default();
    let rules = collection.take_rules("rules");
    let taken = memory("VmRSS:");
    let set = RuleSet::compile_owned(rules, &mut names).expect("the rules are right");
    // Otherwise, the first event would sort the rules.
    assert_eq!(set.tried(), 0);
    let ready = processor_time() - start;
    println!("{}", collection.summary());
    println!("seconds: read {read:.3}, parsed after {parsed:.3}, ready after {ready:.3}");
    println!("memory after parsing: {with_files} MB, before compiling: {taken} MB");
    println!("memory: {} MB, at most {} MB (before: {before} MB)", memory("VmRSS:"), memory("VmHWM:"));
    let Some(store) = arguments.next() else { return };
    let store = Path::new(&store);
    let times = arguments.next().and_then(|times| times.parse().ok()).unwrap_or(1);
    let (mut floor, mut matching) = (Vec::new(), Vec::new());
    let reads = Reads { event_data: true, ..Reads::default() };
    for _ in 0..times {
        floor.push(pass(store, &AttributeNames::default(), &reads, |_| {}));
        let (mut matched, mut labels) = (Vec::new(), 0);
        matching.push(pass(store, &names, set.reads(), |event| {
            set.matches(event, &mut matched);
            labels += matched.len();
        }));
        println!("{labels} labels; {} rules tried so far", set.tried());
    }
    let (floor, matching) = (median(floor), median(matching));
    println!("seconds: floor {floor:.3}, with rules {matching:.3}; ratio {:.2}", matching / floor);
    println!("memory: {} MB, at most {} MB", memory("VmRSS:"), memory("VmHWM:"));
}

/// Shows all events of a store, and returns the processor time in seconds.
fn pass(store: &Path, names: &AttributeNames, reads: &Reads, mut see: impl FnMut(&EventView<'_>)) -> f64 {
    let start = processor_time();
    let store = Store::open(store).expect("the store can be opened");
    let mut reader = store.event_reader(ReadPlan::new(names.clone(), reads)).expect("the store can be read");
    let ranges = EventRanges::new(16_384);
    while let Some(range) = ranges.next(&store).expect("the store can be read") {
        let seen = reader.visit::<StorageError>(range, |event| {
            // What cannot be read is not of interest.
            let _ = event.examine(&mut see);
            Ok(())
        });
        seen.expect("the store can be read");
    }
    processor_time() - start
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// Returns the seconds that a processor has worked for this process.
fn processor_time() -> f64 {
    let times = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    times.split(' ').next().and_then(|time| time.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e9
}

/// Returns how much memory this process uses, or has used at most, in MB.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
