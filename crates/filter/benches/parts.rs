//! What filters and rules cost an event: `cargo bench --package filter`.
//!
//! `cargo xtask bench` measures whole runs; this tells which part a change made faster or slower.

use std::sync::Arc;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use events::{AttributeNames, AttributeReader, Event, EventDataId, EventId, EventView, Timestamp};
use filter::{Expression, Filter, RuleSet, tagging_file};

fn main() {
    divan::main();
}

const DATA: &[u8] = br#"{"__container_type__": "event_data", "__type__": "AttributeContainer", "_event_data_stream_identifier": "event_data_stream.12", "_parser_chain": "winreg/winreg_default", "data_type": "windows:registry:key_value", "key_path": "HKEY_LOCAL_MACHINE\\System\\ControlSet001\\Services\\Tcpip\\Parameters", "values": [["DataBasePath", "REG_EXPAND_SZ", "%SystemRoot%\\System32\\drivers\\etc"], ["Hostname", "REG_SZ", "WKS-WIN732BITA"]]}"#;

/// Calls `look` with an event whose data is [`DATA`], as it is seen by who registered `names`.
fn with_event(names: &AttributeNames, look: impl FnOnce(&EventView<'_>)) {
    let mut reader = AttributeReader::new(Arc::new(names.clone()));
    let data = reader.open(DATA).expect("it is event data");
    let event = Event {
        id: EventId::new(1),
        data: EventDataId::new(1),
        timestamp: Some(Timestamp(0)),
        timestamp_description: "Content Modification Time".into(),
    };
    look(&EventView { event: &event, data: Some(&data), stream: None, labels: &[] });
}

/// Opening an event data, and reading one attribute near its end.
#[divan::bench(args = ["data_type", "values"])]
fn attribute(bencher: Bencher<'_, '_>, name: &str) {
    let mut names = AttributeNames::default();
    let attribute = names.register(name);
    let mut reader = AttributeReader::new(Arc::new(names));
    bencher.bench_local(|| {
        let data = reader.open(black_box(DATA)).expect("it is event data");
        black_box(data.raw(attribute).map(<[u8]>::len))
    });
}

/// A filter on an event.
#[divan::bench(args = [
    "data_type is 'fs:stat'",
    "key_path contains 'currentversion\\run'",
    "key_path regexp 'Services.[A-Z][a-z]+.Parameters'",
    "timestamp > '2012-01-01' or key_path contains 'tcpip' and data_type contains 'registry'",
])]
fn filter_match(bencher: Bencher<'_, '_>, expression: &str) {
    let mut names = AttributeNames::default();
    let parsed = Expression::parse(expression).expect("it is right").expect("it is not empty");
    let filter = Filter::compile(&parsed, &mut names).expect("it is right");
    with_event(&names, |event| bencher.bench_local(|| black_box(filter.matches(black_box(event)))));
}

/// The rules of a file with so many indicators of three kinds, on an event of a kind that they look
/// at.
#[divan::bench(args = [100, 100_000])]
fn rule_set_match(bencher: Bencher<'_, '_>, indicators: usize) {
    let file = tagging_file::parse("indicators.txt", &rules(indicators)).expect("they are right");
    let mut names = AttributeNames::default();
    let rules = RuleSet::compile(&file, &mut names).expect("they are right");
    with_event(&names, |event| {
        let mut matched = Vec::new();
        bencher.bench_local(|| {
            rules.matches(black_box(event), &mut matched);
            black_box(matched.len())
        });
    });
}

/// Loading such a file.
#[divan::bench(args = [100, 100_000], sample_count = 5, sample_size = 1)]
fn rule_set_load(bencher: Bencher<'_, '_>, indicators: usize) {
    let text = rules(indicators);
    bencher.counter(ItemsCount::new(indicators)).bench_local(|| {
        let file = tagging_file::parse("indicators.txt", &text).expect("they are right");
        RuleSet::compile(&file, &mut AttributeNames::default()).expect("they are right")
    });
}

fn rules(indicators: usize) -> String {
    let mut text = String::from("indicator\n");
    for number in 0..indicators {
        text.push_str(&match number % 3 {
            0 => format!("  sha256_hash is '{number:064x}'\n"),
            1 => format!("  key_path contains 'indicator{number}'\n"),
            _ => format!("  filename contains 'malware{number}.exe'\n"),
        });
    }
    text
}
