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
