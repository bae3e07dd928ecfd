//! What a run may change in a store, and that Plaso can still use the store.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use rusqlite::Connection;
use tests::{FaultPlan, Finished, Store, foreman, wait_until};

use crate::support::analyze;

const VERSIONS: [&str; 2] = ["sample", "sample-20230327"];

#[test]
fn only_findings_are_written() {
    for name in VERSIONS {
        let store = Store::of(name);
        let evidence = store.digest_of_evidence();
        let version = store.texts("SELECT value FROM metadata");
        analyze(&store).succeed();
        assert_eq!(store.digest_of_evidence(), evidence, "{name}");
        assert_eq!(store.texts("SELECT value FROM metadata"), version, "{name}");
        assert_eq!(store.texts("PRAGMA integrity_check"), ["ok"], "{name}");
        assert_eq!(store.files(), [format!("{name}.plaso")], "something is left behind");
    }
}

#[test]
fn numbering_and_index_are_what_plaso_goes_on_with() {
    for name in VERSIONS {
        let store = Store::of(name);
        analyze(&store).succeed();
        let tables = ["event_tag", "event_label_count", "analysis_report", "session"];
        for table in tables {
            let last = store.number(&format!("SELECT max(_identifier) FROM {table}"));
            let next = store.number(&format!("SELECT seq FROM sqlite_sequence WHERE name = '{table}'"));
            assert_eq!(next, last, "{table}");
        }
        assert_eq!(
            store.texts("SELECT sql FROM sqlite_schema WHERE type = 'index'"),
            ["CREATE INDEX event_tag_per_event ON event_tag (_event_identifier)"]
        );
        // A result table is created with its first row, and these plugins have no results.
        let findings = store.texts(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND \
             (name LIKE 'analysis%' OR name LIKE '%result' OR name LIKE 'event_%tag' OR name LIKE '%label%') ORDER BY name",
        );
        assert_eq!(findings, ["analysis_report", "event_label_count", "event_tag"]);
    }
}

#[test]
fn the_session_says_what_was_run() {
    let store = Store::of("sample");
    let filter = "data_type is 'fs:stat'";
    analyze(&store).arg(filter).succeed();
    let ours = |column: &str| {
        store.texts(&format!("SELECT {column} FROM session ORDER BY _identifier DESC LIMIT 1")).remove(0)
    };
    assert_eq!(store.number("SELECT count(*) FROM session"), 2);
    assert_eq!(ours("product_name"), "foreman");
    assert_eq!(ours("product_version"), env!("CARGO_PKG_VERSION"));
    assert_eq!((ours("aborted"), ours("debug_mode")), ("0".into(), "0".into()));
    assert!(ours("start_time <= completion_time") == "1");
    let identifier = ours("identifier");
    assert!(identifier.len() == 32 && identifier.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let command = ours("command_line_arguments");
    assert!(command.contains("analyze --analysis tagging,sessionize --tagging-file"), "{command}");
    assert!(command.ends_with(&format!("{} {filter}", store.path().display())), "{command}");
    let reports = store.dump().reports;
    assert!(reports.len() == 2 && reports.iter().all(|report| report.filter.as_deref() == Some(filter)));
}

/// A dry run finds the same as a normal run.
fn assert_found(dry_run: &Finished, store: &Store) {
    let run = analyze(store).succeed();
    let found = |finished: &Finished| -> Vec<String> {
        let lines = finished.stdout.lines().skip(1);
        lines.take_while(|line| !line.contains("workers")).map(str::to_owned).collect()
    };
    assert_eq!(found(dry_run), found(&run));
    assert!(dry_run.stdout.ends_with("Nothing was written: this was a dry run.\n"), "{}", dry_run.stdout);
}

#[test]
fn a_dry_run_writes_nothing() {
    let store = Store::of("sample");
    // The second time there are tags already.
    for _ in 0..2 {
        let (bytes, files) = (store.bytes(), store.files());
        let modified = store.path().metadata().unwrap().modified().unwrap();
        let dry_run = analyze(&store).arg("--dry-run").succeed();
        assert!(store.bytes() == bytes, "the store has changed");
        assert_eq!(store.path().metadata().unwrap().modified().unwrap(), modified);
        assert_eq!(store.files(), files);
        assert_found(&dry_run, &store);
    }
}

#[test]
fn a_dry_run_takes_a_read_only_file_in_a_read_only_folder() {
    let store = Store::of("sample");
    let bytes = store.bytes();
    let permit = |file, folder| {
        std::fs::set_permissions(store.path(), Permissions::from_mode(file)).unwrap();
        std::fs::set_permissions(store.folder(), Permissions::from_mode(folder)).unwrap();
    };
    permit(0o444, 0o555);
    let dry_run = analyze(&store).arg("--dry-run").succeed();
    let mode = store.path().metadata().unwrap().permissions().mode() & 0o777;
    // Root may write even to read-only folders, so only other users are refused.
    let refused = (!nix::unistd::geteuid().is_root()).then(|| analyze(&store).expect(1));
    permit(0o644, 0o755);
    assert_eq!(mode, 0o444);
    assert!(store.bytes() == bytes, "the store has changed");
    if let Some(refused) = refused {
        assert!(refused.stderr.contains("cannot be written"), "{}", refused.stderr);
    }
    assert_found(&dry_run, &store);
}

/// Nothing is locked, so some events would be analysed as they were before, and others as after.
#[test]
fn a_change_of_the_store_during_a_dry_run_is_noticed() {
    let update = |store: &Store| store.change("UPDATE event SET timestamp = timestamp + 1");
    // Only the time tells of this, as of a write between the parts of a large store that the
    // fingerprint covers.
    let write = |store: &Store| std::fs::write(store.path(), store.bytes()).unwrap();
    for change in [&update as &dyn Fn(&Store), &write] {
        let store = Store::of("sample");
        let plan = FaultPlan::new("wait 3000 once");
        let dry_run = analyze(&store).args(["--dry-run", "--workers", "1"]);
        let running = plan.of_workers(dry_run).start();
        wait_until("the worker waits", || plan.waiting().is_some());
        change(&store);
        plan.go_on();
        let finished = running.wait().expect(3);
        assert!(finished.stdout.contains("has changed the storage file meanwhile"), "{finished:?}");
        analyze(&store).arg("--dry-run").succeed();
    }
}

/// The store is another one already when the first worker looks at it.
#[test]
fn a_change_of_the_store_before_a_dry_run_or_an_export_reads_it() {
    let store = Store::of("sample");
    let output = store.folder().join("events.jsonl");
    let dry_run = analyze(&store).args(["--dry-run", "--workers", "1"]);
    let export = foreman(["export", "--workers", "1", "--output"]).arg(&output).arg(store.path());
    for run in [dry_run, export] {
        let plan = FaultPlan::new("wait preparing once");
        let running = plan.of_workers(run).start();
        wait_until("the worker waits", || plan.waiting().is_some());
        store.change("UPDATE event SET timestamp = timestamp + 1");
        plan.go_on();
        let said = running.wait().expect(1).stderr;
        assert!(said.contains("sample.plaso"), "{said}");
        let names_it = ["was changed by another program", "another program has changed"];
        assert!(names_it.iter().any(|text| said.contains(text)), "{said}");
        assert!(!said.contains("untouched") && !output.exists(), "{said}");
    }
}

/// Who may write to the folder could put a file there, of the same fingerprint, for as long as the
/// workers need to open it. The content counts for nothing then: it must be the same file.
#[test]
fn another_file_is_there_when_the_workers_open_the_store() {
    let store = Store::of("sample");
    let output = store.folder().join("events.jsonl");
    let (away, other) = (store.folder().join("away"), store.folder().join("other"));
    let analysis = analyze(&store).args(["--workers", "1"]);
    let dry_run = analyze(&store).args(["--dry-run", "--workers", "1"]);
    let export = foreman(["export", "--workers", "1", "--output"]).arg(&output).arg(store.path());
    for run in [analysis, dry_run, export] {
        std::fs::copy(store.path(), &other).unwrap();
        let plan = FaultPlan::new("wait preparing once");
        let running = plan.of_workers(run).start();
        wait_until("the worker waits", || plan.waiting().is_some());
        std::fs::rename(store.path(), &away).unwrap();
        std::fs::rename(&other, store.path()).unwrap();
        plan.go_on();
        let said = running.wait().expect(1).stderr;
        assert!(said.contains("replaced by another file, after foreman had opened it first"), "{said}");
        assert!(!output.exists());
        std::fs::rename(&away, store.path()).unwrap();
        foreman(["clean"]).arg(store.path()).succeed();
    }
}

/// Nobody knows why: a disk that fails looks the same.
#[test]
fn a_store_that_cannot_be_read_any_more_during_a_dry_run() {
    let store = Store::of("sample");
    let plan = FaultPlan::new("wait preparing once");
    let running = plan.of_workers(analyze(&store).args(["--dry-run", "--workers", "1"])).start();
    wait_until("the worker waits", || plan.waiting().is_some());
    std::fs::write(store.path(), "").unwrap();
    plan.go_on();
    let said = running.wait().expect(1).stderr;
    let expected = format!("{} can no longer be read", store.path().display());
    assert!(said.contains(&expected) && !said.contains("another program"), "{said}");
}

/// Those who read must not be told that something was interrupted.
#[test]
fn a_store_in_which_another_foreman_stores_its_results() {
    let store = Store::of("sample");
    let reader = Connection::open(store.path()).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    let _: i64 = reader.query_row("SELECT count(*) FROM event", [], |row| row.get(0)).unwrap();
    let running = analyze(&store).start();
    let is_locked = || foreman(["info"]).arg(store.path()).run().status == Some(1);
    wait_until("the analysis waits for the reader", is_locked);
    let outputs = [foreman(["info"]), foreman(["report"]), foreman(["export", "--output", "/dev/null"])];
    for run in outputs {
        let said = run.arg(store.path()).expect(1).stderr;
        assert!(said.contains("is storing results in it, or waits to do so until all programs"), "{said}");
        assert!(!said.contains("interrupted") && !said.contains("clean"), "{said}");
    }
    reader.execute_batch("COMMIT").unwrap();
    running.wait().expect(0);
    foreman(["info"]).arg(store.path()).succeed();
}
