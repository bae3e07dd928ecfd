//! Several programs that want one store, or stores that lie side by side.

use nix::sys::signal::Signal;
use rusqlite::Connection;
use tests::{Running, Store, foreman, places};

use crate::support::{analyze, analyze_with};

/// A run that has the store and goes on until it is told to stop.
fn that_lasts(store: &Store) -> Running {
    let run = analyze(store).arg("--worker").arg(places::program("bad_worker"));
    let mut running = run.env("BAD_WORKER", "hangs-before-hello").start();
    running.until(|running| (!running.children().is_empty()).then_some(())).expect("a worker is started");
    running
}

#[test]
fn a_second_foreman_is_told_who_has_the_store() {
    let store = Store::of("sample");
    let bytes = store.bytes();
    let first = that_lasts(&store);
    let holder = format!("it is held by foreman (process {})", first.pid());
    // Each waits a moment for the store; together they wait only once.
    let second = analyze(&store).start();
    let resumed = foreman(["analyze", "--resume"]).arg(store.path()).start();
    let clean = foreman(["clean"]).arg(store.path()).start();
    for refused in [second.wait().expect(1), resumed.wait().expect(1)] {
        assert!(refused.stderr.contains(&holder), "{}", refused.stderr);
    }
    let clean = clean.wait().expect(1);
    assert!(clean.stderr.contains("a run may still be active"), "{}", clean.stderr);
    assert!(store.folder().join("sample.plaso.foreman").exists(), "the folder of a run is gone");
    // Reading is nothing that a run forbids.
    analyze(&store).arg("--dry-run").succeed();
    first.signal(Signal::SIGINT);
    first.wait().expect(130);
    assert!(store.bytes() == bytes, "the store has changed");
    assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
    analyze(&store).succeed();
}

/// What psort does when it stores a tag.
#[test]
fn a_psort_is_kept_out_and_keeps_others_out() {
    let store = Store::of("sample");
    let first = that_lasts(&store);
    let other = Connection::open(store.path()).unwrap();
    other.busy_timeout(std::time::Duration::ZERO).unwrap();
    let refused = other.execute_batch("BEGIN IMMEDIATE").unwrap_err();
    assert_eq!(refused.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy));
    first.signal(Signal::SIGINT);
    first.wait().expect(130);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = analyze(&store).expect(1);
    let holder = format!("(process {})", std::process::id());
    assert!(refused.stderr.contains(&holder), "{}", refused.stderr);
    other.execute_batch("ROLLBACK").unwrap();
}

#[test]
fn runs_over_neighbours_do_not_meet() {
    let (store, expected) = (Store::of("sample"), Store::of("sample"));
    analyze(&expected).succeed();
    let neighbour = store.folder().join("neighbour.plaso");
    std::fs::write(&neighbour, store.bytes()).unwrap();
    let first = that_lasts(&store);
    analyze_with(&places::data("sample-rules.txt")).arg(&neighbour).succeed();
    let found = Store::copy_of(&neighbour);
    found.dump().assert_same(&expected.dump());
    first.signal(Signal::SIGINT);
    first.wait().expect(130);
    assert_eq!(store.files(), ["neighbour.plaso", "sample.plaso"], "something is left behind");
}

/// Stores of one name that keep their temporary files in one place.
#[test]
fn namesakes_with_one_temporary_directory_do_not_meet() {
    let (store, other, temporary) = (Store::of("sample"), Store::of("sample"), Store::empty());
    let run = |store| analyze(store).arg("--temporary-directory").arg(temporary.folder());
    let worker = places::program("bad_worker");
    let mut first = run(&store).arg("--worker").arg(worker).env("BAD_WORKER", "hangs-before-hello").start();
    first.until(|first| (!first.children().is_empty()).then_some(())).expect("a worker is started");
    let folder = temporary.files();
    let finished = run(&other).succeed();
    assert!(!finished.stderr.contains("discarding"), "{}", finished.stderr);
    assert_eq!(temporary.files(), folder, "the folder of a run is gone");
    first.signal(Signal::SIGINT);
    first.wait().expect(130);
    assert_eq!(temporary.files(), [""; 0], "something is left behind");
}
