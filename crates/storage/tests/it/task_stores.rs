//! Stores of tasks, as workers leave them.

use std::fs::File;
use std::path::{Path, PathBuf};

use events::{Counter, EventId, EventRange, KeyLabel, PluginFindings, Reduced, TaskFindings};
use rusqlite::Connection;
use storage::merge::MapTask;
use storage::task_store::{Origin, TaskHeader, TaskStep, TaskStore, TaskStoreWriter, digest};

use tempfile::TempDir;

use crate::support::label;

/// What all task stores here are results of.
pub(crate) fn origin() -> Origin {
    Origin { run: "r".into(), ..Origin::default() }
}

/// The events that each map task here says it has examined.
pub(crate) const EVENTS: EventRange = EventRange { first: 1, last: 999 };

fn header(task: u32, step: TaskStep) -> TaskHeader {
    TaskHeader { origin: origin(), task, plugins: vec!["one".into(), "two".into()], step }
}

/// Writes a map task's store.
pub(crate) fn map_store(folder: &Path, task: u32, findings: &TaskFindings) -> PathBuf {
    let path = folder.join(format!("map-{task}"));
    let writer = TaskStoreWriter::create(&path, &header(task, TaskStep::Map(EVENTS))).unwrap();
    writer.write_findings(findings).unwrap();
    writer.finish().unwrap();
    path
}

/// The tasks of these map stores.
pub(crate) fn map_tasks(stores: &[PathBuf]) -> Vec<MapTask> {
    stores.iter().map(|store| MapTask { events: EVENTS, store: store.clone() }).collect()
}

/// Writes the store of plugin two's reduce step, which labels every key by itself.
pub(crate) fn reduce_store(folder: &Path, maps: &[PathBuf]) -> PathBuf {
    let path = folder.join("reduce");
    let writer = TaskStoreWriter::create(&path, &header(99, TaskStep::Reduce("two".into()))).unwrap();
    for map in maps {
        writer.collect_keys(&TaskStore::open(map, &origin()).unwrap(), 1).unwrap();
    }
    let mut last = None;
    loop {
        let keys = writer.keys_after(1, last.as_ref(), 3).unwrap();
        let Some(end) = keys.last().cloned() else { break };
        for key in keys {
            let label = label(&format!("key_{key}"));
            writer.add_label(&KeyLabel { first: key.clone(), last: key, label }).unwrap();
        }
        last = Some(end);
    }
    writer.write_reduced(1, &Reduced { warnings: vec!["reduced".into()], ..Reduced::default() }).unwrap();
    writer.finish().unwrap();
    path
}

#[test]
fn a_task_store_is_there_when_it_is_complete() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("map-1");
    let writer = TaskStoreWriter::create(&path, &header(1, TaskStep::Map(EVENTS))).unwrap();
    writer
        .write_findings(&TaskFindings { plugins: vec![PluginFindings::default(); 2], ..Default::default() })
        .unwrap();
    assert!(!path.exists(), "nobody may take an unfinished task store for a finished one");
    writer.finish().unwrap();
    let mut counter = Counter::new();
    TaskStore::open(&path, &origin()).unwrap().add_counts(0, &mut counter).unwrap();
    assert!(counter.is_empty());
}

#[test]
fn counts_of_several_tasks_are_added() {
    let folder = TempDir::new().unwrap();
    let mut counter = Counter::new();
    for task in [1, 2] {
        let one = PluginFindings { counter: Counter::from([("x".into(), 3)]), ..PluginFindings::default() };
        let findings = TaskFindings { plugins: vec![one, PluginFindings::default()], ..Default::default() };
        let path = map_store(folder.path(), task, &findings);
        TaskStore::open(&path, &origin()).unwrap().add_counts(0, &mut counter).unwrap();
    }
    assert_eq!(counter, Counter::from([("x".into(), 6)]));
}

#[test]
fn task_stores_of_others_are_refused() {
    let folder = TempDir::new().unwrap();
    let findings = TaskFindings { plugins: vec![PluginFindings::default(); 2], ..Default::default() };
    let path = map_store(folder.path(), 1, &findings);
    let other = |change: &dyn Fn(&mut Origin)| {
        let mut other = origin();
        change(&mut other);
        TaskStore::open(&path, &other).unwrap_err().to_string()
    };
    let x = || "x".to_owned();
    assert!(other(&|origin| origin.run = x()).contains("its run is \"r\", but \"x\" is expected"));
    assert!(other(&|origin| origin.store = x()).contains("its store is \"\", but \"x\" is expected"));
    assert!(other(&|origin| origin.settings = x()).contains("its settings is \"\", but \"x\" is expected"));
    let opened = TaskStore::open(&path, &origin()).unwrap();
    opened.check_step(&TaskStep::Map(EVENTS)).unwrap();
    let tag = (EventId::new(1_000), vec![label("x")]);
    let tagged = PluginFindings { tags: vec![tag], ..PluginFindings::default() };
    let findings = TaskFindings { plugins: vec![tagged, PluginFindings::default()], ..Default::default() };
    let outside = TaskStore::open(&map_store(folder.path(), 2, &findings), &origin()).unwrap();
    let error = outside.check_step(&TaskStep::Map(EVENTS)).unwrap_err().to_string();
    assert!(error.contains("event.1000 is not one of its events"), "{error}");
    for (step, expected) in [
        (
            TaskStep::Map(EventRange { last: 1_000, ..EVENTS }),
            "its step is \"events 1 to 999\", but \"events 1 to 1000\"",
        ),
        (TaskStep::Reduce("one".into()), "but \"reduce one\" is expected"),
    ] {
        let message = opened.check_step(&step).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    drop(opened);
    let change = |sql: &str| Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let original = std::fs::read(&path).unwrap();
    for sql in [
        "CREATE TABLE other (a)",
        "CREATE INDEX other ON plugin (name)",
        "CREATE VIEW note AS SELECT 'x' AS message, 1 AS count",
        "ALTER TABLE plugin ADD COLUMN more TEXT",
        "CREATE TABLE event_tag (event, plugin, labels AS (hex(zeroblob(100000000))))",
        "CREATE TABLE note (message TEXT PRIMARY KEY, count INTEGER)",
    ] {
        change(sql);
        let message = TaskStore::open(&path, &origin()).unwrap_err().to_string();
        assert!(message.contains("is no table of a task store"), "{sql}: {message}");
        std::fs::write(&path, &original).unwrap();
    }
    change("UPDATE task SET value = 'foreman 0.0.0' WHERE name = 'program'");
    let message = TaskStore::open(&path, &origin()).unwrap_err().to_string();
    assert!(message.contains("its program is \"foreman 0.0.0\""), "{message}");
    change("PRAGMA user_version = 99");
    let message = TaskStore::open(&path, &origin()).unwrap_err().to_string();
    assert!(message.contains("expected a task store of format"), "{message}");
}

/// A worker that seems to hang may still be at work when another one has the same task.
#[test]
fn a_digest_is_of_what_its_writer_wrote() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("task");
    let written = |tags: i64| {
        let one = PluginFindings {
            tags: (1..=tags).map(|event| (EventId::new(event), vec![label("x")])).collect(),
            ..PluginFindings::default()
        };
        let writer = TaskStoreWriter::create(&path, &header(1, TaskStep::Map(EVENTS))).unwrap();
        writer.write_findings(&TaskFindings { plugins: vec![one], ..Default::default() }).unwrap();
        writer
    };
    let (slow, fast) = (written(3), written(4));
    let digests = [slow.finish().unwrap(), fast.finish().unwrap()];
    assert_ne!(digests[0], digests[1]);
    assert_eq!(digest(File::open(&path).unwrap()).unwrap(), digests[1], "the last one stays");
    assert_eq!(written(3).finish().unwrap(), digests[0], "the same findings are the same bytes");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// SQLite says only that it cannot open such a file.
#[test]
fn a_path_that_is_too_long_for_sqlite_is_the_cause_that_is_told() {
    let place = TempDir::new().unwrap();
    let folder = ["a", "b"].iter().fold(place.path().to_owned(), |path, name| path.join(name.repeat(220)));
    std::fs::create_dir_all(&folder).unwrap();
    let name = |length: usize| folder.join("n".repeat(length - folder.as_os_str().len() - 1));
    // The name of the unfinished file is longer.
    for length in [482, 504, 520] {
        let error = TaskStoreWriter::create(&name(length), &header(1, TaskStep::Map(EVENTS)))
            .unwrap_err()
            .to_string();
        assert!(error.contains("its path is too long for SQLite"), "{error}");
    }
    let store = testing::Store::of("sample");
    std::fs::copy(store.path(), name(520)).unwrap();
    let error = storage::Store::open(&name(520)).unwrap_err().to_string();
    assert!(error.contains("its path is too long for SQLite"), "{error}");
    std::fs::copy(store.path(), name(504)).unwrap();
    storage::Store::open(&name(504)).unwrap();
    TaskStoreWriter::create(&name(481), &header(1, TaskStep::Map(EVENTS))).unwrap();
}
