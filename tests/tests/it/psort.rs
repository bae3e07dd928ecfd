//! `foreman psort` in the place of psort.

use std::process::Command;

use insta::assert_snapshot;
use serde_json::Value;
use tests::{FaultPlan, Program, Store, foreman, places};

/// A script such as an analyst may have: it analyses, and prints the exit status and the reports.
/// With psort 20260720 as `PSORT` it prints the same.
const SCRIPT: &str = r#"
set -eu
log="$CASE/tagging.log"
$PSORT -u -q --status_view none --logfile "$log" --worker_memory_limit 2147483648 --temporary-directory "$CASE" \
    --data "$DATA" --output_time_zone UTC -o null --analysis tagging --tagging-file sample-rules.txt "$STORE"
$PSORT -o null --unattended --status_view=linear --status_view_interval 1 --log_file "$log" --analysis sessionize \
    --maximum_pause 100000 "$STORE" "date < '2030-01-01' and tag contains 'login_failed'" > "$CASE/report.txt"
grep -q '^Processing completed.$' "$CASE/report.txt"
sed -n 's/^ *Results : session_0: //p' "$CASE/report.txt"
if $PSORT -o null --analysis sessionize "$CASE/nosuch.plaso" > /dev/null 2>&1; then echo "no store is no error"; fi
"#;

fn psort(store: &Store) -> Program {
    foreman(["psort", "-o", "null"]).arg(store.path())
}

/// Reports without the time of day.
fn reports(stdout: &str) -> String {
    let lines = stdout.lines().map(|line| match line.split_once("Date and time : ") {
        Some((before, time)) => {
            assert!(time.len() == 32 && time.ends_with("+00:00"), "{time}");
            format!("{before}Date and time : [TIME]")
        }
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_script_goes_on_working() {
    let store = Store::of("sample");
    let mut script = Command::new("bash");
    script.args(["-c", SCRIPT]).env("STORE", store.path()).env("CASE", store.folder());
    script
        .env("DATA", places::data(""))
        .env("PSORT", format!("{} psort", places::program("foreman").display()));
    let finished = script.output().unwrap();
    let said = String::from_utf8_lossy(&finished.stderr);
    assert!(finished.status.success(), "{said}");
    assert_eq!(String::from_utf8_lossy(&finished.stdout), "240\n", "{said}");
    let dump = store.dump();
    assert_eq!((dump.labels_in_tags["login_failed"], dump.labels_in_tags["session_0"]), (240, 240));
    assert_eq!(store.files(), ["report.txt", "sample.plaso", "tagging.log"]);
}

/// The snapshot was compared with what psort 20260720 prints.
#[test]
fn reports_are_printed_as_psort_prints_them() {
    let store = Store::of("sample");
    let run = psort(&store).args(["--analysis", "tagging,browser_search", "--tagging_file"]);
    let finished = run.arg(places::data("sample-rules.txt")).succeed();
    assert_eq!(finished.stderr, "");
    assert_snapshot!("reports", reports(&finished.stdout));
    let quiet = psort(&store).args(["-q", "--analysis", "sessionize"]).succeed();
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
}

#[test]
fn what_only_output_has_a_use_for_is_said_once() {
    let store = Store::of("chrome");
    let run =
        psort(&store).args(["--analysis", "sessionize", "-a", "--additional_fields", "x", "--fields=y"]);
    let run = run.args(["-w", "out.csv", "--dynamic_time", "--profilers", "memory"]);
    let finished =
        run.args(["--slice", "2026-10-12T18:44:07+00:00", "--logfile"]).arg(store.folder().join("a.log.gz"));
    let finished = finished.succeed();
    assert_eq!(finished.stderr, "", "all is in the log");
    let log = std::fs::read_to_string(store.folder().join("a.log")).unwrap();
    for words in [
        "the log is not compressed, so it goes to ",
        "without effect on an analysis: --write, --include-all, --additional-fields, --dynamic-time, --fields, --profilers",
        "all events are analysed: in psort, --slice restricts only the output",
    ] {
        assert!(log.contains(words), "{words}: {log}");
    }
}

#[test]
fn what_is_not_done() {
    let refused = |arguments: &[&str], status| {
        let finished = foreman(["psort"]).args(arguments).expect(status);
        assert_eq!(finished.stdout, "");
        finished.stderr
    };
    assert_snapshot!("export", refused(&["-o", "l2tcsv", "-w", "a b.csv", "case.plaso"], 1));
    assert_snapshot!("export_by_default", refused(&["--analysis", "sessionize", "case.plaso"], 1));
    assert_snapshot!("formats", refused(&["-o", "list"], 1));
    assert_snapshot!("time_zones", refused(&["--output_time_zone", "list"], 1));
    assert_snapshot!("no_store", refused(&["-o", "null"], 1));
    assert_snapshot!(
        "no_such_store",
        refused(&["-o", "null", "--analysis", "sessionize", "/no/such.plaso"], 1)
    );
}

/// As with psort: 0 for a completed run, 2 for unknown options, 1 for everything else.
#[test]
fn the_output_format_in_any_letters() {
    let store = Store::of("sample");
    let run = foreman(["psort", "-o", "NULL", "--analysis", "sessionize"]).arg(store.path());
    assert!(run.succeed().stdout.starts_with("Processing completed.\n"));
}

#[test]
fn exit_statuses() {
    let store = Store::of("sample");
    let nothing = psort(&store).succeed();
    assert_eq!(nothing.stdout, "Processing completed.\n\n");
    assert!(nothing.stderr.contains("--analysis names no plugin"), "{}", nothing.stderr);
    // psort looks at its options even if it does nothing.
    psort(&store).arg("filename contain 'x'").expect(1);
    psort(&store).args(["--temporary-directory", "/no/folder"]).expect(1);
    psort(&store).args(["--analysis", "nosuch"]).expect(1);
    psort(&store).args(["--analysis", "sessionize", "--", "filename contain 'x'"]).expect(1);
    psort(&store).arg("--bogus").expect(2);
    psort(&store).arg("--analysis").expect(2);
    let listed = foreman(["psort", "--anal", "list"]).succeed();
    assert!(listed.stdout.contains("sessionize"), "{}", listed.stdout);
    let summary = store.folder().join("summary.json");
    let run = psort(&store).args(["--analysis", "sessionize", "--summary"]).arg(&summary);
    let finished = FaultPlan::new("crash 2000").of_workers(run).expect(0);
    assert!(finished.stderr.contains("1 things were skipped"), "{}", finished.stderr);
    let summary: Value = serde_json::from_str(&std::fs::read_to_string(summary).unwrap()).unwrap();
    assert_eq!((summary["outcome"].as_str(), summary["exit_status"].as_u64()), (Some("incomplete"), Some(0)));
}

/// The environment variables of `analyze` have the same meaning here, and options override them.
#[test]
fn variables_of_analyze() {
    let store = Store::of("sample");
    let run = || psort(&store).args(["--analysis", "sessionize"]);
    let nowhere = store.folder().join("nowhere");
    let refused = run().env("FOREMAN_TEMPORARY_DIRECTORY", &nowhere).expect(1);
    assert!(refused.stderr.contains(&*nowhere.to_string_lossy()), "{refused:?}");
    let refused = run().env("FOREMAN_WORKER_MEMORY_LIMIT", "1M").expect(2);
    assert!(refused.stderr.contains("a worker needs at least 32M"), "{refused:?}");
    let refused = run().env("FOREMAN_WORKER_TIMEOUT", "0").expect(1);
    assert!(refused.stderr.contains("FOREMAN_WORKER_TIMEOUT"), "{refused:?}");
    let summary = store.folder().join("summary.json");
    let faults = FaultPlan::new("hang 500 once");
    let hanging = faults.of_workers(run().arg("--summary").arg(&summary));
    hanging.env("FOREMAN_WORKER_TIMEOUT", "0.02").succeed();
    let summary = std::fs::read_to_string(summary).unwrap();
    assert!(summary.contains("made no progress for 1 s"), "{summary}");
    let overridden = run().args(["--worker-timeout", "15", "--worker-memory-limit", "2G"]);
    let overridden = overridden.arg("--temporary-directory").arg(store.folder());
    let overridden = overridden.env("FOREMAN_TEMPORARY_DIRECTORY", &nowhere);
    overridden.env("FOREMAN_WORKER_MEMORY_LIMIT", "1M").env("FOREMAN_WORKER_TIMEOUT", "0").succeed();
}

#[test]
fn a_limit_for_each_process() {
    let store = Store::of("sample");
    psort(&store).args(["--analysis", "sessionize", "--process_memory_limit", "4294967296"]).succeed();
    let refused =
        psort(&store).args(["--analysis", "sessionize", "--process_memory_limit", "100000"]).expect(2);
    assert!(refused.stderr.contains("at least 512M"), "{}", refused.stderr);
}

#[test]
fn options_of_psort_given_to_analyze() {
    let tip = |arguments: &[&str]| foreman(["analyze"]).args(arguments).expect(2).stderr;
    assert_snapshot!("tip", tip(&["-o", "null", "--analysis", "sessionize", "case.plaso"]));
    assert!(tip(&["--language", "en"]).contains("'foreman psort'"));
    assert!(!tip(&["--maximum-paws", "1"]).contains("psort"));
    // What `analyze` takes is not said to be psort's.
    let of_check = foreman(["check", "--strict-compat", "case.plaso"]).expect(2).stderr;
    assert!(of_check.contains("tip: 'foreman analyze' takes --strict-compat"), "{of_check}");
}

/// The commands that are advised instead of an export, as they are run in a shell.
#[test]
fn the_advised_commands_have_all_that_was_given() {
    let store = Store::of("sample");
    let filter = "data_type is 'syslog:line' and timestamp > 0 and body not contains '; touch PWNED;'";
    let run =
        foreman(["psort", "-o", "json_line", "-w", "it's.jsonl", "--output_time_zone", "Europe/Berlin"]);
    let run = run.args(["--fields", "datetime,message", "--analysis", "tagging", "--tagging-file"]);
    let run = run.arg(places::data("sample-rules.txt")).arg(store.path()).arg(filter);
    let advice = run.expect(1).stderr;
    let command = |start: &str| {
        let found = advice.lines().map(str::trim).find(|line| line.starts_with(start));
        found.unwrap_or_else(|| panic!("no {start} in {advice}")).to_owned()
    };
    let (analysis, export) = (command("foreman psort -o null "), command("psort -o json_line -w "));
    // What is only for the output has no use in the analysis, and the other way round.
    assert!(!analysis.contains("fields") && !analysis.contains("-w"), "{analysis}");
    for words in ["--output_time_zone='Europe/Berlin'", "--fields='datetime,message'"] {
        assert!(export.contains(words) && !export.contains("tagging"), "{words}: {export}");
    }
    let words_of = |line: &str| {
        let mut shell = Command::new("sh");
        let line = format!("psort() {{ printf '%s\\n' \"$@\"; }}; {line}");
        let finished = shell.args(["-c", &line]).current_dir(store.folder()).output().unwrap();
        assert!(finished.status.success(), "{line}");
        String::from_utf8(finished.stdout).unwrap()
    };
    let words = words_of(&export);
    assert!(words.contains("-w\nit's.jsonl\n"), "{words}");
    assert!(words.ends_with(&format!("\n{}\n{filter}\n", store.path().display())), "{words}");
    let mut shell = Command::new("sh");
    shell.args(["-c", &analysis]).current_dir(store.folder()).env("PATH", tests::path_with_foreman());
    assert!(shell.output().unwrap().status.success(), "{analysis}");
    assert_eq!(store.files(), ["sample.plaso"]);
    // The filter was that of the user.
    let expected = Store::of("sample");
    let direct = psort(&expected).args(["--analysis", "tagging", "--tagging-file"]);
    direct.arg(places::data("sample-rules.txt")).arg(filter).succeed();
    let (ours, expected) = (store.dump(), expected.dump());
    assert_eq!(ours.tags, expected.tags);
    let all = Store::of("sample");
    let run = psort(&all).args(["--analysis", "tagging", "--tagging-file"]);
    run.arg(places::data("sample-rules.txt")).succeed();
    assert!(
        !ours.tags.is_empty() && ours.tags.len() < all.dump().tags.len(),
        "the filter selects some events"
    );
}
