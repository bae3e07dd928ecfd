//! Lists in the folder of the storage files.
//!
//! A process that closes a file loses its locks on it. So foreman must not read a storage file as a
//! list while it has it locked.

use std::path::Path;

use nix::sys::signal::Signal;
use rusqlite::{Connection, ErrorCode};
use tests::{FaultPlan, foreman};

use crate::many_stores::{Case, at_two_files};

/// Stores with lists and warninglists beside them.
fn case(stores: &[(&str, &str)]) -> Case {
    let mut case = Case::new(stores);
    std::fs::write(case.store("0-list.txt"), "example.com\n192.0.2.1\n").unwrap();
    let known = r#"{"name": "known", "type": "string", "list": ["192.0.2.1"]}"#;
    std::fs::write(case.store("z-known.json"), known).unwrap();
    let folder = case.folder().to_str().unwrap().to_owned();
    let options = ["--analysis", "ioc", "--ioc", &folder, "--ioc-warninglists", &folder];
    case.options = options.map(str::to_owned).to_vec();
    case
}

/// Fails unless another program has locked the storage file for writing.
fn assert_locked(store: &Path) {
    let other = Connection::open(store).unwrap();
    other.busy_timeout(std::time::Duration::ZERO).unwrap();
    let error = other.execute_batch("BEGIN IMMEDIATE").expect_err("the lock of the run is lost");
    assert_eq!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy), "{error}");
}

const LISTS: [&str; 2] = ["0-list.txt", "z-known.json"];

#[test]
fn do_not_unlock_the_store_of_the_run() {
    let case = case(&[("a.plaso", "sample")]);
    let faults = FaultPlan::new("wait 3000");
    let store = case.store("a.plaso");
    let mut running = faults.of_workers(case.analyze()).arg(&store).start();
    let finished = case.folder().join("a.plaso.foreman/finished.jsonl");
    running.until(|_| finished.exists().then_some(())).expect("it waits");
    assert_locked(&store);
    faults.go_on();
    running.wait().expect(0);
    assert_eq!(case.files(), [LISTS[0], "a.plaso", LISTS[1]]);
}

/// The rules and lists of the second run are read while the results of the first one are stored.
#[test]
fn do_not_unlock_a_store_that_is_written() {
    let case = case(&[("a.plaso", "sample"), ("b.plaso", "sample")]);
    let (reader, running) = at_two_files(&case);
    assert_locked(&case.store("a.plaso"));
    reader.execute_batch("COMMIT").unwrap();
    running.wait().expect(0);
    assert_eq!(case.files(), [LISTS[0], "a.plaso", "b.plaso", LISTS[1]]);
}

/// The storage files are no lists, so they may change.
#[test]
fn do_not_hinder_resuming() {
    let case = case(&[("a.plaso", "sample"), ("b.plaso", "sample"), ("c.plaso", "sample")]);
    let (reader, running) = at_two_files(&case);
    running.signal(Signal::SIGKILL);
    assert_eq!(running.wait().signal, Some(9));
    drop(reader);
    std::fs::copy(case.store("c.plaso"), case.store("d.plaso")).unwrap();
    case.analyze().arg("--resume").arg(case.folder()).succeed();
    assert_eq!(case.files(), [LISTS[0], "a.plaso", "b.plaso", "c.plaso", "d.plaso", LISTS[1]]);
}

#[test]
fn are_told_from_the_stores_by_name() {
    let case = case(&[("a.plaso", "sample")]);
    let checked = foreman(["check", "--ioc"]).arg(case.folder()).succeed();
    assert!(checked.stdout.contains("a.plaso"), "{}", checked.stdout);
    assert!(checked.stdout.contains("it is an SQLite database"), "{}", checked.stdout);
    let refused = foreman(["check", "--ioc"]).arg(case.store("a.plaso")).expect(2);
    assert!(refused.stderr.contains("it is an SQLite database"), "{}", refused.stderr);
}
