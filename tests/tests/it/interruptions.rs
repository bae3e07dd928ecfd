//! Runs that are interrupted in the middle.

use std::collections::BTreeSet;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tests::{Running, Store, is_gone, wait_until};

use crate::support::{SLOW_EVENTS, SLOW_RULES, analyze_with, slow_store};

/// A run over a [`slow_store`], in the middle: a first task is done, others are not.
fn in_the_middle(store: &Store) -> (Running, Vec<Pid>) {
    let rules = store.folder().with_extension("rules");
    std::fs::write(&rules, SLOW_RULES).unwrap();
    let mut running = analyze_with(&rules).args(["--workers", "2"]).arg(store.path()).start();
    let first = store.folder().join("case.plaso.foreman/task-000000.sqlite");
    let workers = running.until(|running| first.exists().then(|| running.children()));
    (running, workers.expect("the run lasts longer than its first task"))
}

/// The right answer: every third event has the label.
fn assert_right(store: &Store) {
    let dump = store.dump();
    let third = dump.tags.iter().filter(|(_, labels)| labels.contains("third"));
    let found: BTreeSet<i64> = third.map(|(&event, _)| event).collect();
    assert_eq!(found, (1..=SLOW_EVENTS / 3).map(|number| number * 3).collect());
    assert_eq!(dump.labels_in_tags["session_0"], SLOW_EVENTS.unsigned_abs());
    assert_eq!(dump.labels_in_tags.len(), 2);
}

#[test]
fn asked_to_stop() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let store = slow_store();
        let bytes = store.bytes();
        let (running, workers) = in_the_middle(&store);
        assert!(!workers.is_empty());
        running.signal(signal);
        let finished = running.wait().expect(130);
        assert!(finished.stderr.contains("aborted"), "{}", finished.stderr);
        assert_eq!(finished.stdout, "");
        assert!(store.bytes() == bytes, "the store has changed");
        assert_eq!(store.files(), ["case.plaso"], "something is left behind");
        assert!(workers.into_iter().all(is_gone), "a worker is left");
    }
}

#[test]
fn a_worker_is_killed() {
    let store = slow_store();
    let evidence = store.digest_of_evidence();
    let (running, workers) = in_the_middle(&store);
    kill(workers[0], Signal::SIGKILL).unwrap();
    let finished = running.wait().expect(0);
    assert!(finished.stdout.contains("2, 1 replaced"), "{}", finished.stdout);
    assert_right(&store);
    assert_eq!(store.digest_of_evidence(), evidence);
    assert_eq!(store.files(), ["case.plaso"], "something is left behind");
}

#[test]
fn the_foreman_is_killed() {
    let store = slow_store();
    let bytes = store.bytes();
    let (running, workers) = in_the_middle(&store);
    running.signal(Signal::SIGKILL);
    assert_eq!(running.wait().signal, Some(Signal::SIGKILL as i32));
    assert!(store.bytes() == bytes, "the store has changed");
    assert_eq!(store.files(), ["case.plaso", "case.plaso.foreman"]);
    // The kernel ends the workers, in its own time.
    wait_until("the workers are gone", || workers.iter().copied().all(is_gone));
    let rules = store.folder().with_extension("rules");
    let again = analyze_with(&rules).arg(store.path()).succeed();
    assert!(again.stderr.contains("which a run that was killed has left"), "{}", again.stderr);
    assert_right(&store);
    assert_eq!(store.files(), ["case.plaso"], "something is left behind");
}
