//! The results do not depend on the number of workers, or on how often a run is repeated.

use tests::{Dump, Store, digest_of_rows, foreman};

use crate::support::{RULES, analyze, analyze_with};

/// Returns a digest of everything that a run writes, row by row, except times.
fn digest_of_findings(store: &Store) -> Vec<String> {
    let queries = ["SELECT * FROM event_tag", "SELECT * FROM event_label_count ORDER BY _identifier"];
    queries.iter().map(|sql| digest_of_rows(&store.connection(), sql)).collect()
}

#[test]
fn any_number_of_workers() {
    let mut runs = Vec::new();
    for workers in ["1", "2", "5"] {
        let store = Store::of("sample");
        analyze(&store).args(["--workers", workers]).succeed();
        runs.push((workers, digest_of_findings(&store), store.dump()));
    }
    let (_, digest, dump) = &runs[0];
    assert!(dump.labels_in_tags.contains_key("session_282") && dump.labels_in_tags["login_failed"] > 0);
    for (workers, other_digest, other_dump) in &runs[1..] {
        assert_eq!(other_dump, dump, "{workers} workers");
        assert_eq!(other_digest, digest, "{workers} workers");
    }
}

#[test]
fn any_number_of_workers_over_a_larger_store() {
    let mut dumps: Vec<Dump> = Vec::new();
    for workers in ["1", "5"] {
        let Some(store) = Store::shared("testdata") else { return };
        let rules = store.beside("rules.txt", RULES);
        analyze_with(&rules).arg(store.path()).args(["--workers", workers]).succeed();
        dumps.push(store.dump());
    }
    assert!(dumps[0] == dumps[1], "{:?}", dumps[0].differences(&dumps[1]));
}

#[test]
fn the_same_again_changes_nothing_but_the_sessions() {
    for name in ["sample", "sample-20230327"] {
        let store = Store::of(name);
        analyze(&store).succeed();
        let (first, findings) = (store.dump(), digest_of_findings(&store));
        let again = analyze(&store).succeed();
        let second = store.dump();
        assert_eq!(digest_of_findings(&store), findings, "{name}");
        assert_eq!(second, Dump { sessions: first.sessions + 1, ..first }, "{name}");
        assert!(again.stdout.contains("\n  new labels       0\n"), "{}", again.stdout);
    }
}

#[test]
fn labels_of_different_runs_are_united() {
    let store = Store::of("sample");
    let rules = store.beside("rules.txt", RULES);
    foreman(["analyze", "--analysis", "tagging", "--tagging-file"]).arg(&rules).arg(store.path()).succeed();
    foreman(["analyze", "--analysis", "sessionize"]).arg(store.path()).succeed();
    let (one_by_one, at_once) = (store.dump(), Store::of("sample"));
    analyze(&at_once).succeed();
    let at_once = at_once.dump();
    one_by_one.assert_same(&at_once);
    assert_eq!(one_by_one.tag_rows, at_once.tag_rows, "an event has one tag");
    let labels: u64 = one_by_one.labels_in_tags.values().sum();
    assert_eq!(one_by_one.event_label_count["total"], labels);
}

#[test]
fn earlier_reports_are_kept_on_request() {
    let store = Store::of("sample");
    let plugins = |dump: &Dump| -> Vec<String> {
        dump.reports.iter().map(|report| report.plugin.clone().unwrap()).collect()
    };
    analyze(&store).succeed();
    assert_eq!(plugins(&store.dump()), ["tagging", "sessionize"]);
    analyze(&store).arg("--keep-earlier").succeed();
    let kept = store.dump();
    assert_eq!(plugins(&kept), ["tagging", "sessionize", "tagging", "sessionize"]);
    // This run does not touch the report of another plugin.
    foreman(["analyze", "--analysis", "sessionize"]).arg(store.path()).succeed();
    let replaced = store.dump();
    assert_eq!(plugins(&replaced), ["tagging", "tagging", "sessionize"]);
    assert_eq!(replaced.tags, kept.tags);
    assert_eq!(replaced.event_label_count, kept.event_label_count);
}

/// Returns a store with sessions of two runs, and what the second run said.
fn sessions_of_two_runs(first: &[&str], second: &[&str]) -> (Store, String) {
    let store = Store::of("sample");
    let sessionize = || foreman(["analyze", "--analysis", "sessionize"]).arg(store.path());
    sessionize().args(first).succeed();
    let said = sessionize().args(second).succeed().stderr;
    (store, said)
}

#[test]
fn sessions_of_several_runs_are_told_apart() {
    let files = "data_type is 'fs:stat'";
    for (first, second, reason) in [
        (&[][..], &["--maximum-pause", "100000"][..], "had --maximum-pause 10, and this run has 100000"),
        (&[], &[files], "had no filter"),
        // No event is in two sessions.
        (&[files], &["data_type is not 'fs:stat'"], "had another filter (data_type is 'fs:stat')"),
    ] {
        let (store, said) = sessions_of_two_runs(first, second);
        assert!(said.contains(reason) && said.contains("fresh copy"), "{said}");
        let path = store.path().to_str().unwrap();
        for command in ["info", "report"] {
            let text = foreman([command, path]).succeed().stdout;
            assert!(text.contains("sessions         of several runs, so not known ("), "{text}");
            let note = "the labels session_… are of several runs of sessionize";
            assert!(text.contains(note) && text.matches("--analysis sessionize").count() >= 4, "{text}");
            assert!(!text.contains("  length"), "{text}");
            let json = foreman([command, path, "--format", "json"]).succeed().stdout;
            assert!(json.contains("\"sessions_of_several_runs\": true"), "{json}");
        }
        let report = foreman(["report", path, "--format", "json"]).succeed().stdout;
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        for session in report["sessions"]["rows"].as_array().unwrap() {
            assert_eq!((&session["first"], &session["last"]), (&().into(), &().into()));
        }
        let page = foreman(["report", path, "--format", "html"]).succeed().stdout;
        assert!(page.contains("Labels of sessions of several runs"));
        let label = foreman(["report", path, "--label", "session_1"]).succeed().stdout;
        assert!(label.contains("labels of sessions are of several runs"), "{label}");
    }
}

#[test]
fn sessions_of_equal_runs_are_of_one() {
    for with in [&[][..], &["--maximum-pause", "7"], &["data_type is 'fs:stat'"]] {
        let (store, said) = sessions_of_two_runs(with, with);
        assert!(!said.contains("sessionize"), "{said}");
        let path = store.path().to_str().unwrap();
        for arguments in
            [vec!["info", path], vec!["report", path], vec!["report", path, "--label", "session_0"]]
        {
            let text = foreman(arguments).succeed().stdout;
            assert!(!text.contains("several runs"), "{text}");
        }
    }
}
