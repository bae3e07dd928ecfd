//! Workers that misbehave, and a foreman of another version.

use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::json;
use tests::{Compression, NewStore, Program, Store, foreman, is_gone, places, worker};

use crate::support::analyze;

fn two_events() -> Store {
    let mut store = NewStore::new(Compression::Zlib);
    let data = store.event_data(json!({"data_type": "fs:stat"}));
    store.event(1, data);
    store.event(2, data);
    store.finish()
}

/// An analysis with a worker that behaves like this.
fn with_bad_worker(store: &Store, behaviour: &str) -> Program {
    let run = analyze(store).arg("--worker").arg(places::program("bad_worker"));
    run.args(["--workers", "1"]).env("BAD_WORKER", behaviour)
}

/// A run with such a worker fails with this message, and does not change the store.
fn fails(behaviour: &str, message: &str) {
    let store = two_events();
    let bytes = store.bytes();
    let finished = with_bad_worker(&store, behaviour).expect(1);
    assert!(finished.stderr.contains(message), "{}", finished.stderr);
    assert!(finished.stderr.contains("is untouched"), "{}", finished.stderr);
    assert!(store.bytes() == bytes, "the store has changed");
    assert_eq!(store.files(), ["case.plaso"], "something is left behind");
}

#[test]
fn exits_before_hello() {
    fails("exits-before-hello", "a worker ended with exit status 7 before it said hello");
}

#[test]
fn speaks_another_protocol() {
    fails("wrong-protocol", "bad_worker speaks protocol version 4711");
}

#[test]
fn is_no_worker_of_ours() {
    fails("wrong-magic", "bad_worker");
}

#[test]
fn exits_in_its_task() {
    let store = two_events();
    let evidence = store.digest_of_evidence();
    let finished = with_bad_worker(&store, "exits-in-task").expect(3);
    let reason = "was skipped: the worker that examined it ended with exit status 8";
    let warnings = [format!("event.1 {reason}"), format!("event.2 {reason}")];
    assert!(warnings.iter().all(|warning| finished.stdout.contains(warning)), "{}", finished.stdout);
    let dump = store.dump();
    assert_eq!((dump.tag_rows, dump.reports.len(), dump.sessions), (0, 2, 1));
    assert_eq!(store.texts("SELECT message FROM analysis_warning ORDER BY message"), warnings);
    assert_eq!(store.digest_of_evidence(), evidence);
}

/// A silent worker does not delay a run that is asked to stop.
#[test]
fn hangs_before_hello() {
    let store = two_events();
    let bytes = store.bytes();
    let mut running = with_bad_worker(&store, "hangs-before-hello").start();
    running.until(|running| (!running.children().is_empty()).then_some(())).expect("a worker is started");
    running.signal(Signal::SIGINT);
    running.wait().expect(130);
    assert!(store.bytes() == bytes, "the store has changed");
    assert_eq!(store.files(), ["case.plaso"], "something is left behind");
}

/// What a killed foreman leaves in the system's temporary directory is removed by the next run or
/// by `clean`.
#[test]
fn sockets_of_a_killed_foreman() {
    let temporary = tempfile::tempdir().unwrap();
    let left = || std::fs::read_dir(temporary.path()).unwrap().count();
    let kill_one = |store: &Store| {
        let mut running =
            with_bad_worker(store, "hangs-before-hello").env("TMPDIR", temporary.path()).start();
        running.until(|running| (!running.children().is_empty()).then_some(())).expect("a worker is started");
        running.signal(Signal::SIGKILL);
        assert_eq!(running.wait().signal, Some(Signal::SIGKILL as i32));
        assert_eq!(left(), 1);
    };
    let store = two_events();
    kill_one(&store);
    analyze(&store).env("TMPDIR", temporary.path()).succeed();
    assert_eq!(left(), 0);
    kill_one(&store);
    foreman(["clean"]).arg(store.path()).env("TMPDIR", temporary.path()).succeed();
    assert_eq!(left(), 0);
}

/// A worker that is stopped takes no task, and its socket does not hold a task with the long paths
/// of many rules. The foreman still hears a request to stop.
#[test]
fn stops_before_a_long_task() {
    let store = two_events();
    let mut folder = store.folder().to_owned();
    folder.extend(["x".repeat(220), "y".repeat(220)]);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("case.plaso");
    std::fs::copy(store.path(), &path).unwrap();
    let bytes = store.bytes();
    let run = (0..1_000).fold(foreman(["analyze", "--workers=1", "--analysis=tagging"]), |run, number| {
        let rules = store.folder().join(format!("{number}.txt"));
        std::fs::write(&rules, format!("label_{number}\n  data_type is 'fs:stat'\n")).unwrap();
        run.arg("--tagging-file").arg(rules)
    });
    let run = run.arg(&path).arg("--worker").arg(places::program("bad_worker"));
    let mut running = run.env("BAD_WORKER", "stops-after-hello").start();
    let is_stopped = |worker: nix::unistd::Pid| {
        std::fs::read_to_string(format!("/proc/{worker}/stat")).is_ok_and(|stat| stat.contains(") T "))
    };
    running.until(|running| running.children().into_iter().any(is_stopped).then_some(())).expect("it stops");
    // The hello was sent before. Within this time, the foreman sends the task.
    thread::sleep(Duration::from_millis(500));
    running.signal(Signal::SIGINT);
    // Two signals at once might come as one. The second one saves the wait for an answer.
    thread::sleep(Duration::from_millis(500));
    running.signal(Signal::SIGINT);
    running.wait().expect(130);
    assert!(std::fs::read(&path).unwrap() == bytes, "the store has changed");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "something is left behind");
}

/// A second request to stop kills the workers at once.
#[test]
fn ignores_everything() {
    let store = two_events();
    let bytes = store.bytes();
    let log = store.folder().join("case.plaso.foreman/worker-000.log");
    let ignored =
        |what: &str| std::fs::read_to_string(&log).is_ok_and(|log| log.contains(what)).then_some(());
    let mut running = with_bad_worker(&store, "ignores-everything").start();
    running.until(|_| ignored("a task")).expect("the worker gets a task");
    let workers = running.children();
    running.signal(Signal::SIGINT);
    // Two signals at once might come as one.
    running.until(|_| ignored("a stop")).expect("the worker is asked to stop");
    running.signal(Signal::SIGINT);
    running.wait().expect(130);
    assert!(workers.into_iter().all(is_gone), "a worker is left");
    assert!(store.bytes() == bytes, "the store has changed");
    assert_eq!(store.files(), ["case.plaso"], "something is left behind");
}

/// The third request ends the foreman at once, with the state of the store and what to do.
#[test]
fn a_third_request_to_stop() {
    for is_folder in [false, true] {
        let (store, sockets) = (two_events(), tempfile::tempdir().unwrap());
        let bytes = store.bytes();
        let path = if is_folder { store.folder().to_owned() } else { store.path().to_owned() };
        let log = store.folder().join("case.plaso.foreman/worker-000.log");
        let run = foreman(["analyze", "--analysis", "sessionize", "--worker"]);
        let run = run.arg(places::program("bad_worker")).env("BAD_WORKER", "ignores-everything");
        let mut running = run.env("TMPDIR", sockets.path()).arg(&path).start();
        let has_task = || std::fs::read_to_string(&log).is_ok_and(|log| log.contains("a task")).then_some(());
        running.until(|_| has_task()).expect("the worker gets a task");
        // Signals of different kinds do not come as one.
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
            running.signal(signal);
        }
        let said = running.wait().expect(130).stderr;
        // The foreman may have ended in order before the third one.
        if said.contains("at once") {
            assert!(
                said.contains("; resume with:\n") && said.contains("foreman analyze --resume "),
                "{said}"
            );
            assert_eq!(said.matches("nothing").count(), 1, "{said}");
        }
        assert!(said.contains("aborted"), "{said}");
        assert!(store.bytes() == bytes, "the store has changed");
        assert_eq!(std::fs::read_dir(sockets.path()).unwrap().count(), 0, "sockets are left");
    }
}

#[test]
fn a_worker_refuses_a_foreman_of_another_version() {
    let own = std::process::id().to_string();
    let serve = worker(["serve", "--connect", "nobody", "--protocol", "4711", "--foreman", &own]);
    let refused = serve.expect(1);
    assert!(refused.stderr.contains("the foreman speaks protocol version 4711, this worker version"));
    let serve = worker(["serve", "--connect", "nobody", "--protocol", "1", "--foreman", "1"]);
    assert!(serve.expect(1).stderr.contains("the foreman (process 1) has ended"));
}
