//! Workers that misbehave in the middle of their tasks: the run continues, reports what happened,
//! and finds the same as without the fault.

use nix::sys::signal::{Signal, kill};
use tests::{FaultPlan, Finished, Program, Store, foreman, is_gone, wait_until};

use crate::support::analyze;

/// Returns an analysis with two workers that have this fault.
fn with(faults: &FaultPlan, store: &Store) -> Program {
    faults.of_workers(analyze(store).args(["--workers", "2"]))
}

/// Runs an analysis whose workers have this fault. It must complete, with the result of a run
/// without faults.
fn survives(what: &str, arguments: &[&str]) -> Finished {
    let (store, undisturbed) = (Store::of("sample"), Store::of("sample"));
    let evidence = store.digest_of_evidence();
    analyze(&undisturbed).succeed();
    let finished = with(&FaultPlan::new(what), &store).args(arguments).succeed();
    store.dump().assert_same(&undisturbed.dump());
    assert_eq!(store.dump().sessions, undisturbed.dump().sessions);
    assert_eq!(store.digest_of_evidence(), evidence);
    assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
    finished
}

/// The same, and one worker must be replaced for this reason.
#[track_caller]
fn survives_with(what: &str, arguments: &[&str], reason: &str) {
    let finished = survives(what, arguments);
    assert!(finished.stdout.contains("2, 1 replaced"), "{}", finished.stdout);
    assert!(finished.stdout.contains(reason), "{}", finished.stdout);
}

#[test]
fn a_crash() {
    survives_with("crash 2000 once", &[], "was killed by SIGABRT at events 1025 to 2048");
}

#[test]
fn an_exit() {
    survives_with("exit 1000 once", &[], "ended with exit status 7 at events 1 to 1024");
}

#[test]
fn a_hang() {
    survives_with("hang 2000 once", &["--worker-timeout", "0.05"], "made no progress for 3 s");
}

#[test]
fn a_worker_is_stopped() {
    survives_with("stop 2000 once", &["--worker-timeout", "0.05"], "made no progress for 3 s");
}

/// A stopped worker is noticed before the time limit of its task.
#[test]
fn a_worker_is_stopped_and_nobody_waits_for_the_time_out() {
    survives_with("stop 2000 once", &[], "was stopped by a signal for 10 s");
}

#[test]
fn too_much_memory() {
    survives_with("grow 2000 once", &["--worker-memory-limit", "200M"], "exceeded the memory limit with ");
}

#[test]
fn a_death_while_the_task_store_is_written() {
    survives_with("write 2000 once", &[], "was killed by SIGABRT");
}

#[test]
fn a_task_store_that_is_damaged_after_it_was_reported() {
    let finished = survives("damage 2000 once", &[]);
    assert!(finished.stderr.contains("was damaged; it is made again"), "{}", finished.stderr);
}

#[test]
fn a_task_that_fails_once() {
    survives("fail 2000 once", &["--worker-timeout", "0.05"]);
}

#[test]
fn a_task_that_always_fails() {
    let store = Store::of("sample");
    let bytes = store.bytes();
    let faults = FaultPlan::new("fail 2000");
    let failed = with(&faults, &store).args(["--worker-timeout", "0.05"]).expect(1);
    assert!(failed.stderr.contains("an error of the worker"), "{}", failed.stderr);
    assert!(failed.stderr.contains("is untouched"), "{}", failed.stderr);
    assert!(store.bytes() == bytes, "the store has changed");
}

/// A fault that is not in the events must not skip one event after the other.
#[test]
fn a_fault_at_every_event() {
    let store = Store::of("sample");
    let bytes = store.bytes();
    let faults = FaultPlan::new("crash any");
    let failed = with(&faults, &store).args(["--maximum-worker-failures", "7"]).expect(1);
    for words in
        ["more than 7 workers ended before they were done, so the run fails", "SIGABRT", "is untouched"]
    {
        assert!(failed.stderr.contains(words), "{words} is not in {}", failed.stderr);
    }
    assert!(store.bytes() == bytes, "the store has changed");
}

#[test]
fn one_worker_more_ends_than_may() {
    let store = Store::of("sample");
    let faults = FaultPlan::new("crash 2000");
    let run = analyze(&store).args(["--workers", "1", "--maximum-worker-failures", "1"]);
    let failed = faults.of_workers(run).expect(1).stderr;
    assert!(failed.contains("--resume"), "{failed}");
    let resumed = foreman(["analyze", "--resume"]).arg(store.path()).succeed();
    assert!(resumed.stderr.contains("resuming the interrupted run: "), "{}", resumed.stderr);
}

/// What ends workers before their first event is the fault of no event.
#[test]
fn a_list_that_no_worker_can_load() {
    let store = Store::of("sample");
    let bytes = store.bytes();
    for (what, arguments, ends, reason, option) in [
        ("grow preparing", ["--worker-memory-limit", "200M"], 2, "exceeded the memory limit with ", None),
        ("hang preparing", ["--worker-timeout", "0.05"], 2, "made no progress for 3 s", None),
        ("crash preparing", ["--worker-timeout", "0.05"], 3, "was killed by SIGABRT", Some("--workers")),
    ] {
        let failed = with(&FaultPlan::new(what), &store).args(arguments).expect(1);
        let begin = "while it loaded the rules and lists, before its first event; after ";
        let in_a_row = format!("{begin}{ends} such failures in a row");
        for words in [reason, &in_a_row, option.unwrap_or(arguments[0]), "is untouched"] {
            assert!(failed.stderr.contains(words), "{what}: {words} is not in {}", failed.stderr);
        }
        assert!(!failed.stderr.contains("skipped"), "{what}: {}", failed.stderr);
        assert!(store.bytes() == bytes, "the store has changed");
    }
    // One worker may be killed from outside.
    survives_with("crash preparing once", &[], "was killed by SIGABRT");
}

#[test]
fn messages_that_cannot_be_true() {
    let finished = survives("lie 2000", &[]);
    assert!(finished.stdout.contains("2, 0 replaced"), "{}", finished.stdout);
    assert!(!finished.stderr.contains('\u{1b}'), "{:?}", finished.stderr);
}

#[test]
fn messages_that_cannot_be_understood() {
    survives_with("babble 2000 once", &[], "broke the connection");
}

/// A worker that ignores the request to stop and SIGTERM is killed: the run does not wait for ever.
#[test]
fn a_worker_that_will_not_go() {
    let finished = survives("ignore any", &[]);
    assert!(finished.stdout.contains("2, 0 replaced"), "{}", finished.stdout);
}

/// Processes that a worker has started in its process group end with the worker.
#[test]
fn a_leaked_process() {
    let (store, faults) = (Store::of("sample"), FaultPlan::new("leak any once"));
    with(&faults, &store).succeed();
    let leaked = faults.leaked().expect("a worker has started a process");
    wait_until("what the worker has started is gone", || is_gone(leaked));
}

/// A process that has left the group is not ended. Real workers start no processes, so this is a
/// known limit.
#[test]
fn a_leaked_process_of_another_group() {
    let (store, faults) = (Store::of("sample"), FaultPlan::new("leak-group any once"));
    with(&faults, &store).succeed();
    let leaked = faults.leaked().expect("a worker has started a process");
    assert!(!is_gone(leaked), "it has ended after all: say so in docs/reliability.md");
    kill(leaked, Signal::SIGKILL).unwrap();
    assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
}

/// Every worker is killed once, whatever their number.
#[test]
fn each_task_ends_a_worker() {
    let all = "crash 500 once; exit 1500 once; crash 2500 once; exit 3500 once; crash 4500 once";
    let finished = survives(all, &[]);
    assert!(finished.stdout.contains("2, 5 replaced"), "{}", finished.stdout);
}
