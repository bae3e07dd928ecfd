//! Stores of tasks, as workers leave them.

use std::path::{Path, PathBuf};

use events::{Counter, KeyLabel, PluginFindings, Reduced, TaskFindings};
use rusqlite::Connection;
use storage::task_store::{TaskHeader, TaskStore, TaskStoreWriter};

use tempfile::TempDir;

use crate::support::label;

fn header(task: u32) -> TaskHeader {
    TaskHeader { run: "r".into(), task, plugins: vec!["one".into(), "two".into()], step: "test".into() }
}

/// Writes a map task's store.
pub(crate) fn map_store(folder: &Path, task: u32, findings: &TaskFindings) -> PathBuf {
    let path = folder.join(format!("map-{task}"));
    let writer = TaskStoreWriter::create(&path, &header(task)).unwrap();
    writer.write_findings(findings).unwrap();
    writer.finish().unwrap();
    path
}

/// Writes the store of plugin two's reduce step, which labels every key by itself.
pub(crate) fn reduce_store(folder: &Path, maps: &[PathBuf]) -> PathBuf {
    let path = folder.join("reduce");
    let writer = TaskStoreWriter::create(&path, &header(99)).unwrap();
    for map in maps {
        writer.collect_keys(&TaskStore::open(map, "r").unwrap(), 1).unwrap();
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
    let writer = TaskStoreWriter::create(&path, &header(1)).unwrap();
    writer
        .write_findings(&TaskFindings { plugins: vec![PluginFindings::default(); 2], ..Default::default() })
        .unwrap();
    assert!(!path.exists(), "nobody may take an unfinished task store for a finished one");
    writer.finish().unwrap();
    let mut counter = Counter::new();
    TaskStore::open(&path, "r").unwrap().add_counts(0, &mut counter).unwrap();
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
        TaskStore::open(&path, "r").unwrap().add_counts(0, &mut counter).unwrap();
    }
    assert_eq!(counter, Counter::from([("x".into(), 6)]));
}

#[test]
fn task_stores_of_others_are_refused() {
    let folder = TempDir::new().unwrap();
    let findings = TaskFindings { plugins: vec![PluginFindings::default(); 2], ..Default::default() };
    let path = map_store(folder.path(), 1, &findings);
    let message = TaskStore::open(&path, "another").unwrap_err().to_string();
    assert!(message.contains("it is of run \"r\", not of \"another\""), "{message}");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let message = TaskStore::open(&path, "r").unwrap_err().to_string();
    assert!(message.contains("expected a task store of format"), "{message}");
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
        let error = TaskStoreWriter::create(&name(length), &header(1)).unwrap_err().to_string();
        assert!(error.contains("its path is too long for SQLite"), "{error}");
    }
    let store = testing::Store::of("sample");
    std::fs::copy(store.path(), name(520)).unwrap();
    let error = storage::Store::open(&name(520)).unwrap_err().to_string();
    assert!(error.contains("its path is too long for SQLite"), "{error}");
    std::fs::copy(store.path(), name(504)).unwrap();
    storage::Store::open(&name(504)).unwrap();
    TaskStoreWriter::create(&name(481), &header(1)).unwrap();
}
