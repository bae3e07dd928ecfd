//! A file that a run writes as long as it takes has one writer: another run refuses the name.

use std::path::Path;

use tests::{FaultPlan, Program, Running, Store, foreman};

use crate::support::{analyze, waiting};

/// The options for these files, and their names.
const LOG: &[&str] = &["--log-file", "log"];
const STATUS_LINES: &[&str] = &["--status-view", "json", "--status-view-file", "status"];
const STATUS: &[&str] =
    &["--status-view", "file", "--status-view-interval", "0", "--status-view-file", "status"];

/// Adds options of which the last one names a file in this folder.
fn with(run: Program, options: &[&str], folder: &Path) -> Program {
    let (name, others) = options.split_last().unwrap();
    run.args(others).arg(folder.join(name))
}

/// An analysis that waits in its third task, and writes such a file.
fn writer(faults: &FaultPlan, store: &Store, options: &[&str], folder: &Path) -> Running {
    let run = with(analyze(store), options, folder).args(["--workers", "1"]);
    waiting(faults, run, &store.folder().join("sample.plaso.foreman"))
}

#[test]
fn a_log_or_a_status_that_another_run_writes_is_not_replaced() {
    for options in [LOG, STATUS_LINES, STATUS] {
        let outputs = Store::empty();
        let path = outputs.folder().join(options.last().unwrap());
        let [first, second] = [(); 2].map(|()| Store::of("sample"));
        let faults = FaultPlan::new("wait 2500");
        let running = writer(&faults, &first, options, outputs.folder());
        let bytes = second.bytes();
        let of_second = [
            with(analyze(&second), options, outputs.folder()),
            with(analyze(&second).arg("--dry-run"), options, outputs.folder()),
            with(foreman(["export", "--output", "/dev/null"]).arg(second.path()), options, outputs.folder()),
        ];
        for run in of_second {
            let said = run.expect(1).stderr;
            assert!(said.contains("another foreman is writing it"), "{said}");
            assert!(said.contains(path.to_str().unwrap()), "{said}");
        }
        assert!(second.bytes() == bytes && second.files() == ["sample.plaso"], "nothing was done");
        faults.go_on();
        running.wait().expect(0);
        let written = std::fs::read_to_string(&path).unwrap();
        let last = if options == LOG { "ended after " } else { "finalizing" };
        let last = if options == STATUS_LINES { "\"kind\":\"summary\"" } else { last };
        assert!(written.contains(last), "{written}");
        let first_name = first.path().to_str().unwrap();
        assert!(options == STATUS || written.contains(first_name), "{written}");
        assert_eq!(outputs.files().len(), 1, "{:?}", outputs.files());
        // The file is free again.
        with(analyze(&second), options, outputs.folder()).succeed();
    }
}

/// psort's option is another one for the same file.
#[test]
fn a_log_of_psort() {
    let (outputs, first, second) = (Store::empty(), Store::of("sample"), Store::of("sample"));
    let faults = FaultPlan::new("wait 2500");
    let running = writer(&faults, &first, LOG, outputs.folder());
    let psort = ["psort", "-q", "-o", "null", "--analysis", "sessionize", "--logfile"];
    let refused = foreman(psort).arg(outputs.folder().join("log")).arg(second.path()).expect(1);
    assert!(refused.stderr.contains("another foreman is writing it"), "{}", refused.stderr);
    faults.go_on();
    running.wait().expect(0);
}

/// A foreman that is killed leaves no lock.
#[test]
fn a_log_of_a_run_that_was_killed() {
    let (outputs, first, second) = (Store::empty(), Store::of("sample"), Store::of("sample"));
    let faults = FaultPlan::new("wait 2500");
    let running = writer(&faults, &first, LOG, outputs.folder());
    running.signal(nix::sys::signal::Signal::SIGKILL);
    assert_eq!(running.wait().signal, Some(9));
    with(analyze(&second), LOG, outputs.folder()).succeed();
}

/// The same for outputs that are written in the end: each file is that of one of the runs.
#[test]
fn outputs_that_two_runs_write_at_the_same_time_are_whole() {
    let outputs = Store::empty();
    let [summary, export] = ["summary", "export.jsonl"].map(|name| outputs.folder().join(name));
    let stores = [(); 2].map(|()| Store::of("sample"));
    for _ in 0..5 {
        let start = |store: &Store| {
            let run = foreman(["analyze", "--analysis", "sessionize", "--dry-run", "--summary"]);
            run.arg(&summary).arg(store.path()).start()
        };
        for run in stores.each_ref().map(start) {
            run.wait().expect(0);
        }
        let json: serde_json::Value = serde_json::from_slice(&std::fs::read(&summary).unwrap()).unwrap();
        assert_eq!(json["results"]["events"], 4_547);
        let start = |store: &Store| foreman(["export", "--output"]).arg(&export).arg(store.path()).start();
        let ended = stores.each_ref().map(start).map(Running::wait);
        let done = ended.iter().filter(|run| run.status == Some(0)).count();
        let refused = ended.iter().filter(|run| run.stderr.contains("exists already")).count();
        assert_eq!((done, refused), (1, 1), "{ended:?}");
        assert_eq!(std::fs::read_to_string(&export).unwrap().lines().count(), 4_547);
        std::fs::remove_file(&export).unwrap();
        assert_eq!(outputs.files(), ["summary"]);
    }
}
