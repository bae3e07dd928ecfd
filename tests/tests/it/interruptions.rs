//! Runs that are interrupted in the middle.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rusqlite::{Connection, ErrorCode};
use tests::{FaultPlan, Program, Running, Store, foreman, is_gone, places, wait_until};

use crate::shards::Planned;
use crate::support::{SLOW_EVENTS, analyze_slowly, slow_store};

/// A run over a [`slow_store`] in the middle: the first task is done, others are not.
fn in_the_middle(store: &Store) -> (Running, Vec<Pid>) {
    let mut running = analyze_slowly(store).args(["--workers", "2"]).start();
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

/// Asks a run to stop in the middle. The store must be unchanged, no worker may be left, and the
/// folder must allow resuming.
fn interrupted_by(signal: Signal) -> Store {
    let store = slow_store();
    let bytes = store.bytes();
    let (running, workers) = in_the_middle(&store);
    assert!(!workers.is_empty());
    running.signal(signal);
    let finished = running.wait().expect(130);
    assert!(finished.stderr.contains("aborted"), "{}", finished.stderr);
    assert_eq!(finished.stdout, "");
    assert!(store.bytes() == bytes, "the store has changed");
    assert_eq!(store.files(), ["case.plaso", "case.plaso.foreman"]);
    assert!(workers.into_iter().all(is_gone), "a worker is left");
    store
}

#[test]
fn asked_to_stop_and_to_go_on() {
    let store = interrupted_by(Signal::SIGINT);
    let info = foreman(["info"]).arg(store.path()).succeed().stdout;
    assert!(info.contains("has not ended. If it is not active any more, resume or discard it:\n"), "{info}");
    let resume = format!("  foreman analyze --resume '{}'\n", store.path().display());
    assert!(info.contains(&resume), "{info}");
    foreman(["analyze", "--resume"]).arg(store.path()).succeed();
    assert_right(&store);
    assert_eq!(store.files(), ["case.plaso"], "something is left behind");
}

/// `nohup` ignores SIGHUP, and a shell ignores SIGINT for programs in the background of a script.
#[test]
fn signals_that_are_ignored_from_the_start_stay_ignored() {
    let store = Store::of("sample");
    let script = "trap '' HUP INT; exec \"$0\" \"$@\"";
    let shell = Program::new(Path::new("/bin/sh"), ["-c", script]).arg(places::program("foreman"));
    let faults = FaultPlan::new("wait any");
    let run = faults.of_workers(shell.args(["analyze", "--analysis", "sessionize"]).arg(store.path()));
    let mut running = run.start();
    let record = store.folder().join("sample.plaso.foreman/run.json");
    running.until(|_| record.exists().then_some(())).expect("it has a record");
    running.signal(Signal::SIGHUP);
    running.signal(Signal::SIGINT);
    faults.go_on();
    running.wait().expect(0);
}

/// Some daemons and scripts ignore SIGCHLD. Then the system would forget how a worker ended, and
/// how much memory it had.
#[test]
fn the_ends_of_workers_are_known_where_sigchld_is_ignored() {
    let store = Store::of("sample");
    let program = Program::new(Path::new("/usr/bin/env"), ["--ignore-signal=CHLD"]);
    let rules = places::data("sample-rules.txt");
    let run = program.arg(places::program("foreman")).args(["analyze", "--analysis", "tagging,sessionize"]);
    let run = run.arg("--tagging-file").arg(rules).args(["--workers", "2"]).arg(store.path());
    let finished = FaultPlan::new("crash 2000 once").of_workers(run).succeed();
    assert!(finished.stdout.contains("was killed by SIGABRT at events 1025 to 2048"), "{}", finished.stdout);
    assert!(!finished.stdout.contains("worker 0 B"), "{}", finished.stdout);
}

/// To prepare a long list of rules takes a while, and nothing is locked or made by then.
#[test]
fn asked_to_stop_before_the_run_begins() {
    let store = Store::of("sample");
    let (rules, log) = (store.folder().join("rules.txt"), store.folder().join("log"));
    let lines: String = (0..300_000).map(|number| format!("  body contains 'u{number}'\n")).collect();
    std::fs::write(&rules, format!("label\n{lines}")).unwrap();
    let run = foreman(["analyze", "--analysis", "tagging", "--tagging-file"]).arg(&rules);
    let mut running = run.arg("--log-file").arg(&log).arg(store.path()).start();
    running.until(|_| log.exists().then_some(())).expect("it has a log");
    running.signal(Signal::SIGINT);
    let finished = running.wait().expect(130);
    assert!(finished.stderr.contains("aborted before the run began"), "{}", finished.stderr);
}

/// Such as on a share that does not answer. The request comes while the file is being made.
#[test]
fn asked_to_stop_while_an_output_cannot_be_opened() {
    let store = Store::of("sample");
    let hung = store.folder().join("hung");
    let analyze = || foreman(["analyze", "--analysis", "sessionize", "--status-view", "none"]);
    for option in ["--log-file", "--summary"] {
        for (run, status) in [
            (analyze().arg(store.path()), 130),
            (analyze().arg(store.folder()), 130),
            (foreman(["export"]).arg(store.path()), 130),
            (foreman(["psort", "-o", "null", "--analysis", "sessionize"]).arg(store.path()), 1),
        ] {
            let run = run.arg(option).arg(&hung);
            let Some(run) = run.on_faulty_disk(store.path(), "create-stop hung") else { return };
            let said = run.expect(status).stderr;
            assert!(said.contains("aborted before the run began"), "{said}");
            assert_eq!(store.files(), ["sample.plaso"]);
        }
    }
    let plan = store.folder().join("plan");
    foreman(["plan", "--analysis", "sessionize", "--out"]).arg(&plan).arg(store.path()).expect(0);
    let work = foreman(["work", "--shard", "0", "--plan"]).arg(&plan).arg("--log-file").arg(&hung);
    let said = work.on_faulty_disk(store.path(), "create-stop hung").unwrap().expect(130).stderr;
    assert!(said.contains("aborted before the run began"), "{said}");
}

/// A queue has made its record and its folder for sockets by then.
#[test]
fn asked_to_stop_before_the_first_of_many_runs() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["cases", "temporary"] {
        std::fs::create_dir(at(name)).unwrap();
    }
    let store = Store::of("sample");
    for name in ["cases/a.plaso", "cases/b.plaso"] {
        std::fs::copy(store.path(), at(name)).unwrap();
    }
    let lines: String = (0..300_000).map(|number| format!("  body contains 'u{number}'\n")).collect();
    std::fs::write(at("rules.txt"), format!("label\n{lines}")).unwrap();
    let run = foreman(["analyze", "--analysis", "tagging", "--tagging-file"]).arg(at("rules.txt"));
    let mut running = run.arg(at("cases")).env("TMPDIR", at("temporary")).start();
    running.until(|_| at("cases/case.foreman/case.json").exists().then_some(())).expect("it has a record");
    running.signal(Signal::SIGINT);
    let finished = running.wait().expect(130);
    assert!(finished.stderr.contains("aborted before the run began"), "{}", finished.stderr);
    let names = |folder: &str| {
        let names = std::fs::read_dir(at(folder)).unwrap().flatten().map(|file| file.file_name());
        names.collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(names("cases"), ["a.plaso", "b.plaso"].map(Into::into).into());
    assert!(names("temporary").is_empty(), "{:?}", names("temporary"));
}

#[test]
fn asked_to_stop_and_to_clean_up() {
    let store = interrupted_by(Signal::SIGTERM);
    let bytes = store.bytes();
    foreman(["clean"]).arg(store.path()).succeed();
    assert_eq!(store.files(), ["case.plaso"]);
    assert!(store.bytes() == bytes, "the store has changed");
    let nothing = foreman(["analyze", "--resume"]).arg(store.path()).expect(1);
    assert!(nothing.stderr.contains("there is no interrupted run"), "{}", nothing.stderr);
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

/// A foreman is stopped for longer than a worker may be without progress. When it continues, it
/// blames no worker.
#[test]
fn the_foreman_is_stopped_and_goes_on() {
    let store = slow_store();
    let run = analyze_slowly(&store).args(["--workers", "2", "--worker-timeout", "0.05", "--debug"]);
    let mut running = run.start();
    let first = store.folder().join("case.plaso.foreman/task-000000.sqlite");
    running.until(|_| first.exists().then_some(())).expect("it lasts");
    running.signal(Signal::SIGSTOP);
    std::thread::sleep(Duration::from_secs(5));
    running.signal(Signal::SIGCONT);
    let finished = running.wait().expect(0);
    assert!(finished.stdout.contains("2, 0 replaced"), "{}", finished.stdout);
    assert!(finished.stderr.contains("this time does not count against workers"), "{}", finished.stderr);
    assert_right(&store);
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
    // The kernel ends the workers, but not at once.
    wait_until("the workers are gone", || workers.iter().copied().all(is_gone));
    let again = analyze_slowly(&store).succeed();
    assert!(again.stderr.contains("an interrupted run left behind"), "{}", again.stderr);
    assert_right(&store);
    assert_eq!(store.files(), ["case.plaso"], "something is left behind");
}

/// What a killed dry run leaves in the system's temporary directory is removed by the next dry run.
#[test]
fn a_killed_dry_run() {
    let store = slow_store();
    let temporary = tempfile::tempdir().unwrap();
    let left = || {
        let entries = std::fs::read_dir(temporary.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect::<Vec<_>>()
    };
    let dry_run = || analyze_slowly(&store).arg("--dry-run").env("TMPDIR", temporary.path());
    let mut running = dry_run().args(["--workers", "2"]).start();
    let workers = running.until(|running| Some(running.children()).filter(|workers| workers.len() == 2));
    let workers = workers.expect("it lasts");
    running.signal(Signal::SIGKILL);
    assert_eq!(running.wait().signal, Some(Signal::SIGKILL as i32));
    // A process that is not yet a worker has the locks of the foreman.
    wait_until("the workers are gone", || workers.iter().copied().all(is_gone));
    assert!(left().iter().any(|name| name.starts_with("foreman-dry-run-")), "{:?}", left());
    dry_run().succeed();
    assert_eq!(left(), [""; 0]);
}

/// During a run no other program can write to the store, but all can read it.
#[test]
fn the_store_is_held() {
    let store = slow_store();
    let (running, _) = in_the_middle(&store);
    let other = Connection::open(store.path()).unwrap();
    other.busy_timeout(Duration::ZERO).unwrap();
    let refused = other.execute_batch("BEGIN IMMEDIATE").unwrap_err();
    assert_eq!(refused.sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
    let events = other.query_row("SELECT count(*) FROM event", [], |row| row.get::<_, i64>(0));
    assert_eq!(events.unwrap(), SLOW_EVENTS);
    drop(other);
    running.wait().expect(0);
    assert_right(&store);
}

/// A scheduler that is killed cannot end the processes of its tasks.
#[test]
fn a_shard_ends_with_the_program_that_started_it() {
    let planned = Planned::sample();
    let faults = FaultPlan::new("wait any once");
    // The shell waits for foreman, as an adapter does.
    let shell = Program::new(Path::new("/bin/sh"), ["-c", "\"$0\" \"$@\"; exit"]);
    let work = shell.arg(places::program("foreman")).args(["work", "--workers", "1", "--shard", "1"]);
    let work = work.args(["--end-with-parent", "--plan"]).arg(planned.folder());
    let mut running = faults.of_workers(work).start();
    let worker = running.until(|_| faults.waiting()).expect("a worker waits");
    let foremen = running.children();
    assert_eq!(foremen.len(), 1);
    running.signal(Signal::SIGKILL);
    // Its output ends when foreman ends.
    let finished = running.wait();
    assert!(finished.stderr.contains("the program that started foreman has ended"), "{}", finished.stderr);
    assert!(finished.stderr.contains("aborted; shard 1 is not done"), "{}", finished.stderr);
    assert!(is_gone(worker) && is_gone(foremen[0]), "a process is left");
    assert!(!planned.shard(1).exists());
    planned.work(1).succeed();
}
