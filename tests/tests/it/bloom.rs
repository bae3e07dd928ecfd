//! `bloom`, with good filters and bad ones.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use serde_json::json;
use tests::{Compression, FaultPlan, NewStore, Program, Running, Store, foreman, golden, places};

use crate::hashed::{hash, labelled, store, warning};

const LABEL: &str = "bloom_present";

fn analyze(filter: &Path) -> Program {
    foreman(["analyze", "--analysis", "bloom", "--bloom-file"]).arg(filter)
}

/// A filter of `m` bits, all of them not set.
fn empty_filter(store: &Store, m: u64) -> PathBuf {
    let path = store.folder().with_extension("bloom");
    let mut file = File::create(&path).unwrap();
    for number in [1, 1_000_000, 1e-6_f64.to_bits(), 20, m, 0] {
        file.write_all(&number.to_le_bytes()).unwrap();
    }
    // A sparse file: parts that were never written take no space on the disk.
    file.set_len(48 + m.div_ceil(64) * 8).unwrap();
    path
}

/// A small filter at this path that has every hash.
pub(crate) fn full_filter(path: &Path) -> PathBuf {
    let mut bytes: Vec<u8> = Vec::new();
    for number in [1, 1_000_000, 1e-6_f64.to_bits(), 20, 640, 0] {
        bytes.extend(u64::to_le_bytes(number));
    }
    bytes.extend([0xff; 80]);
    std::fs::write(path, bytes).unwrap();
    path.to_owned()
}

#[test]
fn the_same_as_plaso() {
    let Some((store, golden)) = Store::shared("testdata").zip(golden::load("testdata.bloom")) else { return };
    let Some(filter) = places::shared("data/testdata-sha1.bloom") else { return };
    analyze(&filter).args(["--bloom-hash", "sha1"]).arg(store.path()).succeed();
    store.dump().assert_same(&golden);
}

#[test]
fn a_file_beside_the_run() {
    let store = store("fs:stat", 3);
    let filter = empty_filter(&store, 640);
    let bytes: Vec<u8> = std::fs::read(&filter).unwrap();
    let full: Vec<u8> = bytes[..48].iter().copied().chain(bytes[48..].iter().map(|_| 0xff)).collect();
    std::fs::write(store.folder().join("hashlookup-full.bloom"), full).unwrap();
    let run = foreman(["analyze", "--analysis", "bloom"]).current_dir(store.folder());
    run.arg(store.path()).succeed();
    assert_eq!(labelled(&store, LABEL), [0, 1, 2]);
}

/// A run whose workers wait, and the filter that it reads.
struct WaitingRun {
    store: Store,
    filter: PathBuf,
    faults: FaultPlan,
    running: Running,
}

impl WaitingRun {
    fn new() -> Self {
        let store = store("fs:stat", 3);
        let filter = empty_filter(&store, 640);
        let faults = FaultPlan::new("wait any");
        let mut running = faults.of_workers(analyze(&filter).arg(store.path())).start();
        let record = folder_of(&store).join("run.json");
        // At first, the file has only the mark of the folder.
        let is_complete = |text: String| text.contains("bloom_file").then_some(());
        running
            .until(|_| std::fs::read_to_string(&record).ok().and_then(is_complete))
            .expect("it has a record");
        Self { store, filter, faults, running }
    }
}

fn folder_of(store: &Store) -> PathBuf {
    let mut folder = store.path().as_os_str().to_owned();
    folder.push(".foreman");
    PathBuf::from(folder)
}

fn change(filter: &Path) {
    File::options().write(true).open(filter).unwrap().write_all_at(&[0xff; 80], 48).unwrap();
}

#[test]
fn a_filter_that_changes_during_the_run() {
    let WaitingRun { store, filter, faults, running } = WaitingRun::new();
    change(&filter);
    faults.go_on();
    let refused = running.wait().expect(1);
    assert!(refused.stderr.contains("has changed since the run began"), "{}", refused.stderr);
    assert!(refused.stderr.contains("is untouched; start the analysis again"), "{}", refused.stderr);
    assert_eq!(labelled(&store, LABEL), [0; 0]);
    analyze(&filter).arg(store.path()).succeed();
    assert_eq!(labelled(&store, LABEL), [0, 1, 2]);
}

#[test]
fn a_filter_that_changes_before_the_run_is_resumed() {
    let WaitingRun { store, filter, running, .. } = WaitingRun::new();
    running.signal(Signal::SIGKILL);
    drop(running.wait());
    change(&filter);
    let refused = foreman(["analyze", "--resume"]).arg(store.path()).expect(1);
    assert!(refused.stderr.contains("has changed since the run began"), "{}", refused.stderr);
    assert!(refused.stderr.contains("foreman clean"), "{}", refused.stderr);
    assert_eq!(labelled(&store, LABEL), [0; 0]);
}

/// `--resume` reads the filter that the record names.
#[test]
fn the_filter_of_an_interrupted_run_is_not_written_over() {
    let WaitingRun { store, filter, running, .. } = WaitingRun::new();
    running.signal(Signal::SIGKILL);
    drop(running.wait());
    let bytes = std::fs::read(&filter).unwrap();
    let refused = foreman(["analyze", "--resume", "--log-file"]).arg(&filter).arg(store.path()).expect(2);
    let expected = "--log-file and --bloom-file name the same file";
    assert!(refused.stderr.contains(expected), "{}", refused.stderr);
    assert!(std::fs::read(&filter).unwrap() == bytes);
    let record = folder_of(&store).join("run.json");
    let refused = foreman(["analyze", "--resume", "--log-file"]).arg(&record).arg(store.path()).expect(2);
    let expected = "--log-file names a file in the folder of an interrupted run";
    assert!(refused.stderr.contains(expected), "{}", refused.stderr);
    foreman(["analyze", "--resume"]).arg(store.path()).succeed();
}

#[test]
fn hashes_that_are_missing_or_none() {
    let mut store = NewStore::new(Compression::None);
    for sha1 in [json!({"sha1_hash": hash(1, 40)}), json!({"path_spec": "{}"}), json!({"sha1_hash": "x\ny"})]
    {
        let stream = format!("event_data_stream.{}", store.stream(sha1));
        let data = json!({"data_type": "fs:stat", "_event_data_stream_identifier": stream});
        let data = store.event_data(data);
        store.event(1, data);
    }
    let store = store.finish();
    let finished = analyze(&empty_filter(&store, 640)).arg(store.path()).expect(3);
    assert!(
        finished.stdout.contains("bloom: the event's file has no sha1 hash (1 times)"),
        "{}",
        finished.stdout
    );
    assert_eq!(warning(&store), "event.3 was skipped: its file's sha1 hash is not valid");
}

#[test]
fn filters_that_cannot_be_used() {
    let store = store("fs:stat", 1);
    let bytes = store.bytes();
    let good = std::fs::read(empty_filter(&store, 640)).unwrap();
    let refused = |filter: &Path, reason: &str| {
        let finished = analyze(filter).arg(store.path()).expect(2);
        assert!(finished.stderr.contains("the bloom filter "), "{}", finished.stderr);
        assert!(finished.stderr.contains(reason), "{}", finished.stderr);
        assert!(store.bytes() == bytes, "the store has changed");
    };
    refused(&store.folder().join("nothing"), "No such file");
    refused(store.folder(), "it is a folder");
    let file = store.folder().with_extension("bad");
    for (content, reason) in [
        (b"".to_vec(), "it is too short"),
        (b"SQLite format 3\0".repeat(4), "it is an SQLite database"),
        (b"no filter at all".repeat(4), "it is not a bloom filter"),
        (good[..good.len() - 1].to_vec(), "its 640 bits need a file of 128 bytes, and it has 127"),
    ] {
        std::fs::write(&file, content).unwrap();
        refused(&file, reason);
    }
}

#[test]
fn a_large_filter_takes_no_memory() {
    let store = store("fs:stat", 1_000);
    // A filter of 1 GB, no part of which is in the system's cache.
    let filter = empty_filter(&store, 8 << 30);
    assert!(filter.metadata().unwrap().len() > 1 << 30);
    takes_no_memory(&store, &filter);
    assert_eq!(store.dump().tags.len(), 0);
    // A filter that was just written, so all of it is in the cache. The bits of every hash are all
    // over it.
    let filter = empty_filter(&store, 2 << 30);
    let file = File::options().write(true).open(&filter).unwrap();
    for megabyte in 0..256 {
        file.write_all_at(&[0xff; 1 << 20], 48 + (megabyte << 20)).unwrap();
    }
    takes_no_memory(&store, &filter);
    assert_eq!(labelled(&store, LABEL).len(), 1_000);
}

fn takes_no_memory(store: &Store, filter: &Path) {
    let finished = analyze(filter).args(["--workers", "2"]).arg(store.path()).succeed();
    std::fs::remove_file(filter).unwrap();
    let line = finished.stdout.lines().find(|line| line.contains("peak memory")).unwrap();
    for memory in line.split(", ") {
        let mut words = memory.split_whitespace().rev();
        let (unit, number) = (words.next().unwrap(), words.next().unwrap().parse::<f64>().unwrap());
        assert!(unit == "MiB" && number < 64.0, "{line}");
    }
}
