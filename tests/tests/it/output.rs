//! What a run prints, and where.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use insta::assert_snapshot;
use tests::{Compression, Finished, NewStore, Program, Store, foreman, places, worker};

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

/// What was not written is not said to be.
#[test]
fn an_export_that_nobody_reads_to_its_end() {
    let store = Store::of("sample");
    let unread = r#"{ "$0" "$@"; echo "status $?" >&3; } 3>&2 | head -c 1 >/dev/null"#;
    let run = Program::new(Path::new("/bin/sh"), ["-c", unread]).arg(places::program("foreman"));
    let finished = run.arg("export").arg(store.path()).succeed();
    assert!(finished.stderr.contains("the export is not complete"), "{}", finished.stderr);
    assert!(finished.stderr.contains("status 3"), "{}", finished.stderr);
}

#[test]
fn options_without_effect_are_named() {
    let store = Store::of("sample");
    let file = store.folder().join("status.jsonl");
    let run = foreman(["analyze", "--analysis", "sessionize", "--dry-run", "--status-view", "linear"]);
    let finished = run.arg("--status-view-file").arg(&file).arg(store.path()).succeed();
    assert!(finished.stderr.contains("--status-view-file has no effect"), "{}", finished.stderr);
    assert!(!file.exists());
}

/// A result that is all that was asked for, and that has no room, is a failure.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_the_output() {
    let store = Store::of("sample");
    let path = store.path().to_str().unwrap();
    for arguments in [
        &["report", path][..],
        &["info", path],
        &["check", "--tagging-file", "linux", path],
        &["plugins"],
        &["completions", "bash"],
    ] {
        let full = r#"exec "$0" "$@" > /dev/full"#;
        let run = Program::new(Path::new("/bin/sh"), ["-c", full]).arg(places::program("foreman"));
        let finished = run.args(arguments).expect(1);
        let expected = "foreman: the result cannot be written to standard output: the disk is full: there is no room for /dev/full";
        assert!(finished.stderr.starts_with(expected), "{}", finished.stderr);
    }
    for (program, argument) in [("foreman", "--help"), ("worker", "--help"), ("worker", "--version")] {
        let full = r#"exec "$0" "$@" > /dev/full"#;
        let run = Program::new(Path::new("/bin/sh"), ["-c", full]).arg(places::program(program));
        let finished = run.arg(argument).expect(1);
        assert!(finished.stderr.contains("cannot be written to standard output"), "{}", finished.stderr);
    }
}

#[test]
fn quiet_is_silent() {
    let store = Store::of("sample");
    let finished = analyze(&store).arg("--quiet").succeed();
    assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("", ""));
    let log = store.folder().join("quiet.log");
    analyze(&store).args(["--quiet", "--log-file"]).arg(&log).succeed();
    assert!(
        std::fs::read_to_string(log).unwrap().contains("ended after"),
        "a log that was asked for is whole"
    );
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

/// Clears the screen, changes the title, turns the direction of text.
const HOSTILE: &str = "x\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\u{2028}\r";

/// Fails if a terminal could take something for a command, or if what is harmful was not there to
/// begin with.
fn assert_harmless(finished: &Finished) {
    let printed = format!("{}{}", finished.stdout, finished.stderr);
    let harmful = |c: char| (c.is_control() && c != '\n') || ('\u{2028}'..='\u{202e}').contains(&c);
    assert_eq!(printed.find(harmful), None, "{printed:?}");
    assert!(printed.contains("\\u{202e}") || printed.contains('·'), "{printed:?}");
}

#[test]
fn no_name_of_a_file_reaches_a_terminal_raw() {
    let store = Store::of("chrome");
    let folder = store.folder().join(HOSTILE);
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join("case.plaso");
    std::fs::copy(store.path(), &path).unwrap();
    let analysis = || foreman(["analyze", "--analysis", "sessionize"]);
    assert_harmless(&analysis().arg(&path).succeed());
    // The log.
    std::fs::DirBuilder::new().mode(0o700).create(folder.join("case.plaso.foreman")).unwrap();
    std::fs::write(folder.join("case.plaso.foreman/run.json"), "").unwrap();
    let finished = analysis().arg(&path).succeed();
    assert!(finished.stderr.contains("discarding"), "{finished:?}");
    assert_harmless(&finished);
    let log = store.folder().join("log.txt");
    analysis().args(["--debug", "--log-file"]).arg(&log).arg(&path).succeed();
    assert!(!std::fs::read_to_string(log).unwrap().contains('\u{1b}'));
    // What is refused.
    assert_harmless(&analysis().arg(folder.join("none.plaso")).expect(1));
    assert_harmless(&analysis().arg(&path).arg("").arg(&folder).expect(2));
    assert_harmless(&foreman(["clean"]).arg(&path).succeed());
    assert_harmless(&foreman([HOSTILE]).expect(2));
    assert_harmless(&worker([HOSTILE]).expect(2));
    assert_harmless(
        &worker(["run", "--plugin", "sessionize", "--output", "x", "--store"]).arg(&folder).expect(1),
    );
    let rules = folder.join("rules.txt");
    std::fs::write(
        &rules,
        format!("{HOSTILE}\n  v is '{HOSTILE}'\n  v is {HOSTILE}\n\na\n  v regexp '({HOSTILE}'"),
    )
    .unwrap();
    assert_harmless(&foreman(["check", "--tagging-file"]).arg(&rules).expect(2));
    assert_harmless(&foreman(["check", "--filter"]).arg(format!("v is '{HOSTILE}")).expect(2));
}

#[test]
fn nothing_from_a_store_reaches_a_terminal_raw() {
    let mut new = NewStore::new(Compression::None);
    let data = new.event_data_json(&format!(r#"{{"data_type": "{HOSTILE}", {HOSTILE}}}"#));
    new.event(1, data);
    new.event_row(&1, &format!("{HOSTILE}.1"), &HOSTILE);
    new.event_row(&HOSTILE, &"event_data.1", &HOSTILE);
    let event = new.event(1, 1);
    new.tag(event, &[HOSTILE]);
    new.insert("parser_count", &[("name", &HOSTILE), ("number_of_events", &HOSTILE)]);
    let store = new.finish();
    let run = foreman(["analyze", "--analysis", "sessionize,browser_search"]).arg(store.path());
    assert_harmless(&run.arg("body contains 'x' or not tag contains 'y'").expect(3));
    rusqlite::Connection::open(store.path())
        .unwrap()
        .execute("UPDATE metadata SET value = ?1 WHERE key = 'compression_format'", [HOSTILE])
        .unwrap();
    assert_harmless(&foreman(["analyze", "--analysis", "sessionize"]).arg(store.path()).expect(1));
}
