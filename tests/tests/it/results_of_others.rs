//! Task stores that are results of something else than the run that would merge them.

use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;
use tests::worker;

use crate::resume::Interrupted;

/// The task stores of an interrupted run, which another program changes.
struct Results {
    interrupted: Interrupted,
    folder: PathBuf,
    /// The first finished map task, and the sizes of its files.
    task: Value,
    sizes: Value,
    elsewhere: TempDir,
}

impl Results {
    fn new() -> Self {
        let interrupted = Interrupted::by(Signal::SIGKILL);
        let folder = interrupted.store.folder().join("sample.plaso.foreman");
        let text = std::fs::read_to_string(folder.join("finished.jsonl")).unwrap();
        let line: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        let (task, sizes) = (line["task"].clone(), line["sizes"].clone());
        Self { interrupted, folder, task, sizes, elsewhere: TempDir::new().unwrap() }
    }

    fn store(&self) -> PathBuf {
        self.folder.join(format!("task-{:06}.sqlite", self.task["done"]["task"].as_u64().unwrap()))
    }

    /// Makes the task store's digest and size those of the record, as one who wants it to be merged
    /// would.
    fn renew_digest(&self) {
        let digest = storage_digest(&self.store());
        let path = self.folder.join("finished.jsonl");
        let text = std::fs::read_to_string(&path).unwrap();
        let old = format!("\"digest\":{}", self.task["done"]["digest"]);
        assert!(text.contains(&old), "{text}");
        let new = text.replace(&old, &format!("\"digest\":{digest}"));
        let part = &self.sizes[1];
        let [old, size] = [&self.sizes[0].to_string(), &self.store().metadata().unwrap().len().to_string()]
            .map(|size| format!("\"sizes\":[{size},{part}]"));
        let line = new.lines().find(|line| line.contains(&digest.to_string())).unwrap();
        assert!(line.contains(&old), "{line}");
        std::fs::write(path, new.replace(line, &line.replace(&old, &size))).unwrap();
    }

    /// Puts the result of another task in the place of the run's.
    fn replace(&self, change: impl FnOnce(&mut Value)) {
        let record: Value =
            serde_json::from_slice(&std::fs::read(self.folder.join("run.json")).unwrap()).unwrap();
        let mut task = serde_json::json!({
            "run": record["run"],
            "task": self.task["done"]["task"],
            "step": self.task["work"],
            "output": self.store(),
        });
        change(&mut task);
        let done = worker(["run", "--task", "-"]).standard_input(&task.to_string()).succeed();
        let done: Value = serde_json::from_str(&done.stdout).unwrap();
        assert_eq!(done["digest"], storage_digest(&self.store()));
        self.renew_digest();
    }
}

fn storage_digest(path: &Path) -> u64 {
    let bytes = std::fs::read(path).unwrap();
    (bytes.len() as u64) << 32 | u64::from(crc32(&bytes))
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

#[test]
fn the_same_task_done_elsewhere_is_taken() {
    let results = Results::new();
    let before = std::fs::read(results.store()).unwrap();
    results.replace(|_| {});
    assert!(std::fs::read(results.store()).unwrap() == before, "the same task gives other bytes");
    let finished = results.interrupted.resume();
    assert!(finished.stderr.contains("tasks are done"), "{}", finished.stderr);
}

#[test]
fn results_of_something_else_are_made_again() {
    type Change = fn(&Results, &mut Value);
    let changes: [(&str, Change); 4] = [
        ("a shorter range", |_, task| {
            let last = task["step"]["map"]["last"].as_i64().unwrap();
            task["step"]["map"]["last"] = (last - 1).into();
        }),
        ("another store", |results, task| {
            let other = results.elsewhere.path().join("other.plaso");
            std::fs::copy(results.interrupted.store.path(), &other).unwrap();
            let changed = "UPDATE event SET timestamp = timestamp + 1 WHERE _identifier = 1";
            Connection::open(&other).unwrap().execute_batch(changed).unwrap();
            task["run"]["store"] = other.to_str().unwrap().into();
        }),
        ("other rules", |results, task| {
            let rules = results.elsewhere.path().join("other.txt");
            std::fs::write(&rules, "another_label\n  data_type is 'fs:stat'\n").unwrap();
            for plugin in task["run"]["plugins"].as_array_mut().unwrap() {
                if plugin["plugin"] == "tagging" {
                    plugin["tagging_file"] = rules.to_str().unwrap().into();
                }
            }
        }),
        ("another run", |_, task| task["run"]["id"] = "0123456789abcdef".into()),
    ];
    for (what, change) in changes {
        let results = Results::new();
        results.replace(|task| change(&results, task));
        results.interrupted.resume();
        println!("{what}: made again");
    }
}

#[test]
fn a_result_of_another_version_is_made_again() {
    let results = Results::new();
    let sql = "UPDATE task SET value = 'foreman 0.0.1' WHERE name = 'program'";
    Connection::open(results.store()).unwrap().execute_batch(sql).unwrap();
    results.renew_digest();
    results.interrupted.resume();
}
