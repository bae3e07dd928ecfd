//! How many records of Windows event logs a processor examines in a second, with us and with
//! rsigma: `cargo run --release RULES STORE`.
//!
//! Both engines get all rules that both can use, and each record of the store once. Our part begins
//! with the event data as the store has it, after it was inflated. rsigma's part begins with a map
//! of the fields of the record, as its own program has it after it has read a line of JSON. So
//! taking the record apart counts for us, and not for rsigma. Each engine is asked in turn, several
//! times, so that other load on the machine affects both; only processor time counts.

use std::path::Path;
use std::sync::Arc;

use events::{AttributeNames, AttributeReader, Event, EventDataId, EventId, EventView, Reads, Value};
use filter::RuleSet;
use rsigma_eval::Engine;
use rsigma_eval::event::JsonEvent;
use rsigma_parser::parse_sigma_yaml;
use serde_json::{Map, json};
use sigma::{Collection, RuleFile, Selection};
use storage::{EventRanges, ReadPlan, StorageError, Store};

const TURNS: usize = 5;

/// The attributes of an event log that rules read. Records with the same ones are one record.
const ATTRIBUTES: [&str; 3] = ["event_identifier", "source_name", "xml_string"];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(rules), Some(store)) = (arguments.next(), arguments.next()) else {
        panic!("usage: RULES STORE");
    };
    let files = sigma::read(rules.as_ref()).expect("the rules can be read");
    let files = rules_for_both(files);
    let mut collection = Collection::read(&files, &Selection::default());
    let mut names = AttributeNames::default();
    let set = RuleSet::compile(&collection.take_rules("rules"), &mut names).expect("the rules are right");
    let mut engine = Engine::new();
    for file in &files {
        let text = file.text.as_ref().expect("it was read");
        engine.add_collection(&parse_sigma_yaml(text).expect("it was parsed")).expect("it was added");
    }
    let records = records(store.as_ref());
    let maps: Vec<_> = records.iter().map(|record| fields(record)).collect();
    println!("{} rules, {} records, {TURNS} turns", engine.rule_count(), records.len());
    let names = Arc::new(names);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        ours.push(seconds(|| records.iter().map(|record| our_matches(&set, &names, record)).sum()));
        theirs.push(seconds(|| {
            maps.iter().map(|map| engine.evaluate(&JsonEvent::borrow(map)).len()).sum()
        }));
    }
    let count = records.len() as f64;
    let [ours, theirs] = [ours, theirs].map(|mut seconds| {
        seconds.sort_by(f64::total_cmp);
        count / seconds[TURNS / 2]
    });
    println!("ours: {ours:.0} records a second; rsigma: {theirs:.0}; ratio {:.2}", ours / theirs);
}

/// Returns the rules about Windows that both engines can use.
fn rules_for_both(files: Vec<RuleFile>) -> Vec<RuleFile> {
    let is_for_both = |file: &RuleFile| {
        let Ok(text) = &file.text else { return false };
        let collection = Collection::read(std::slice::from_ref(file), &Selection::default());
        let is_of_windows = collection.used.iter().all(|rule| rule.data_types.contains("windows:evtx:record"));
        let theirs = parse_sigma_yaml(text).is_ok_and(|rules| Engine::new().add_collection(&rules).is_ok());
        is_of_windows && collection.others.is_empty() && theirs
    };
    files.into_iter().filter(is_for_both).collect()
}

/// Returns the event data of each record, as JSON.
fn records(store: &Path) -> Vec<String> {
    let mut names = AttributeNames::default();
    let ids = ATTRIBUTES.map(|name| names.register(name));
    let reads = Reads { event_data: true, ..Reads::default() };
    let store = Store::open(store).expect("the store can be opened");
    let mut reader = store.event_reader(ReadPlan::new(names, &reads)).expect("the store can be read");
    let ranges = EventRanges::new(16_384);
    let mut records = Vec::new();
    while let Some(range) = ranges.next(&store).expect("the store can be read") {
        let seen = reader.visit::<StorageError>(range, |event| {
            let _ = event.examine(|event| {
                let Some(data) = event.data else { return };
                if ids.iter().all(|id| data.raw(*id).is_some()) {
                    records.push(String::from_utf8_lossy(data.written()).into_owned());
                }
            });
            Ok(())
        });
        seen.expect("the store can be read");
    }
    // A record is two events with the same data.
    records.dedup();
    records
}

/// Returns the fields of a record as rsigma takes them.
fn fields(record: &str) -> serde_json::Value {
    let record: serde_json::Value = serde_json::from_str(record).expect("the store has JSON");
    let xml = record["xml_string"].as_str().unwrap_or_default();
    let mut map = Map::new();
    filter::visit_fields("xml_string", &Value::String(xml.into()), |name, value| {
        match map.get_mut(name) {
            None => drop(map.insert(name.to_owned(), json!(value))),
            Some(serde_json::Value::Array(values)) => values.push(json!(value)),
            Some(one) => *one = json!([one.take(), value]),
        }
    });
    serde_json::Value::Object(map)
}

fn our_matches(set: &RuleSet, names: &Arc<AttributeNames>, record: &str) -> usize {
    let mut reader = AttributeReader::new(Arc::clone(names));
    let data = reader.open(record.as_bytes()).expect("it was open before");
    let event = Event {
        id: EventId::new(1),
        data: EventDataId::new(1),
        timestamp: None,
        timestamp_description: "Creation Time".into(),
    };
    let mut matched = Vec::new();
    set.matches(&EventView { event: &event, data: Some(&data), stream: None, labels: &[] }, &mut matched);
    matched.len()
}

/// Returns the processor time of this thread for some work, in seconds.
fn seconds(mut work: impl FnMut() -> usize) -> f64 {
    let time = || {
        let times = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
        times.split(' ').next().and_then(|time| time.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e9
    };
    let start = time();
    std::hint::black_box(work());
    time() - start
}
