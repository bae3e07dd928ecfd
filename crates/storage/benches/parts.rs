//! What reading events and merging tags costs: `cargo bench --package storage`.
//!
//! `cargo xtask bench` measures whole runs; this tells which part a change made faster or slower.

use std::path::{Path, PathBuf};

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use events::{AttributeNames, EventId, EventRange, Label, PluginFindings, Reads, TaskFindings, Timestamp};
use storage::merge::{MapTask, MergePlan, merge};
use storage::task_store::{Origin, TaskHeader, TaskStep, TaskStoreWriter};
use storage::{ReadPlan, StorageError, Store, StoreWriter};

fn main() {
    divan::main();
}

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/sample.plaso")
}

/// Reading all events of the sample with their data: SQLite, inflating, and the data type.
#[divan::bench]
fn read_and_inflate(bencher: Bencher<'_, '_>) {
    let store = Store::open(&sample()).expect("it is a store");
    let range = store.event_range().expect("it can be read").expect("it has events");
    let plan = ReadPlan::new(AttributeNames::default(), &Reads { event_data: true, ..Reads::default() });
    let mut reader = store.event_reader(plan).expect("it can be read");
    let events = store.number_of_events().expect("it can be read");
    bencher.counter(ItemsCount::new(events)).bench_local(|| {
        let mut length = 0;
        reader
            .visit(range, |event| {
                let read = event.examine(|event| event.data.map_or(0, |data| data.data_type().len()));
                length += read.unwrap_or_default();
                Ok::<_, StorageError>(())
            })
            .expect("it can be read");
        black_box(length)
    });
}

/// Merging a task store with a label for each of so many events.
#[divan::bench(args = [10_000], sample_count = 10, sample_size = 1)]
fn merge_rows(bencher: Bencher<'_, '_>, events: i64) {
    let folder = tempfile::tempdir().expect("there is room");
    let task = folder.path().join("task.sqlite");
    let header = TaskHeader {
        origin: Origin::default(),
        task: 0,
        plugins: vec!["p".into()],
        step: TaskStep::Map(EventRange { first: 1, last: events }),
    };
    let writer = TaskStoreWriter::create(&task, &header).expect("there is room");
    let mut findings = TaskFindings { plugins: vec![PluginFindings::default()], ..Default::default() };
    let label = Label::new("malware").expect("letters");
    findings.plugins[0].tags = (1..=events).map(|event| (EventId::new(event), vec![label.clone()])).collect();
    writer.write_findings(&findings).and_then(|()| writer.finish()).expect("there is room");
    let tasks = [MapTask { events: EventRange { first: 1, last: events }, store: task }];
    let copy = || -> PathBuf {
        let path = folder.path().join("copy.plaso");
        std::fs::copy(sample(), &path).expect("there is room");
        path
    };
    bencher.with_inputs(copy).counter(ItemsCount::new(events.unsigned_abs())).bench_local_values(|store| {
        let writer = StoreWriter::lock(&store).expect("nobody else has it");
        let plan = MergePlan {
            origin: &header.origin,
            plugins: &header.plugins,
            result_tables: &[None],
            map_tasks: &tasks,
            reduce_tasks: &[None],
            event_filter: None,
            time_compiled: Timestamp(0),
            keep_earlier: false,
            set_aside: &[],
            is_group: |_| false,
        };
        let merged = merge(&writer, &plan, |_| true).expect("it can be merged");
        assert_eq!(merged.map(|merged| merged.tagged), Some(events.unsigned_abs()));
    });
}
