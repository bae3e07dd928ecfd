//! What a run says, and where.

use std::path::Path;

use insta::assert_snapshot;
use tests::{Program, Store, foreman, places};

use crate::support::analyze;

/// The summary without what differs from run to run.
fn summary(stdout: &str, store: &Store) -> String {
    let lines = stdout.lines().map(|line| match line.split_once(" events analysed in ") {
        Some((before, _)) => format!("{before} events analysed in [TIME]"),
        None if line.contains("peak memory") => "  peak memory      [MEMORY]".into(),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n").replace(&*store.folder().to_string_lossy(), "[FOLDER]")
}

#[test]
fn the_summary_goes_to_standard_output() {
    let store = Store::of("sample");
    let finished = analyze(&store).args(["--workers", "2"]).succeed();
    assert_snapshot!("summary", summary(&finished.stdout, &store));
    assert_eq!(finished.stderr, "", "a short run has no status worth a line");
}

#[test]
fn what_was_met_on_the_way_is_noted() {
    let store = Store::of("sample");
    let run =
        foreman(["analyze", "--analysis", "sessionize", "--workers", "2", "--dry-run"]).arg(store.path());
    let finished = run.arg("file_size > 'abc' or message contains 'x' or reporter is 'CRON'").succeed();
    assert_snapshot!("notes", summary(&finished.stdout, &store));
    assert_snapshot!("filter_warnings", finished.stderr);
}

/// Nobody reads the summary: the run is done all the same.
#[test]
fn nobody_reads_the_output() {
    let store = Store::of("sample");
    let unread = r#"{ "$0" "$@"; echo "status $?" >&3; } 3>&2 | :"#;
    let run = Program::new(Path::new("/bin/sh"), ["-c", unread]).arg(places::program("foreman"));
    let finished = run.args(["analyze", "--analysis", "sessionize"]).arg(store.path()).succeed();
    assert_eq!(finished.stderr, "status 0\n");
    assert_eq!(store.dump().sessions, 2);
}

#[test]
fn quiet_is_silent() {
    let store = Store::of("sample");
    let finished = analyze(&store).arg("--quiet").succeed();
    assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("", ""));
    let refused = foreman(["analyze", "--quiet", "--analysis", "sessionize", "/no/such.plaso"]).expect(1);
    assert!(refused.stderr.starts_with("foreman: cannot open /no/such.plaso"), "{}", refused.stderr);
}

#[test]
fn the_log_goes_to_a_file_on_request() {
    let store = Store::of("sample");
    let log = store.folder().join("log.txt");
    let finished = analyze(&store).args(["--debug", "--log-file"]).arg(&log).succeed();
    assert_eq!(finished.stderr, "");
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.lines().filter(|line| line.contains(r#""step":{"map":"#)).count() == 5, "{log}");
    assert_eq!(store.number("SELECT debug_mode FROM session ORDER BY _identifier DESC LIMIT 1"), 1);
}

#[test]
fn check_says_that_nothing_is_wrong() {
    for system in ["linux", "macos", "windows"] {
        let finished = foreman(["check", "--tagging-file", system]).succeed();
        assert_eq!(finished.stdout, format!("{system}: no errors\n"));
    }
    let finished =
        foreman(["check", "--filter", "filename contains '/root/' && not (file_size > 10)"]).succeed();
    assert_eq!(finished.stdout, "filter: no errors\n");
}
