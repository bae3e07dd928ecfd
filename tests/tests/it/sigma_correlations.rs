//! Sigma's correlations on event logs: labels, rows for firings, and what is said of them.

use insta::assert_snapshot;
use tests::{Program, Store, foreman};

/// Correlations of each kind over the records that the sample has.
pub(crate) const RULES: [(&str, &str); 5] = [
    (
        "clearing.yml",
        "title: A log was cleared\nname: cleared\nlevel: low\nlogsource: {product: windows, service: security}\n\
         detection: {selection: {EventID: 1102}, condition: selection}\n---\n\
         title: Logs were cleared again and again\nid: 00000000-0000-4000-8000-000000000010\nauthor: A. Nonymous\n\
         status: test\nlevel: high\ncorrelation:\n  type: event_count\n  rules: [cleared]\n  group-by: [Computer]\n\
         \x20 timespan: 1d\n  condition: {gte: 2}\n",
    ),
    (
        "shells.yml",
        "title: A process\nname: process\nlogsource: {product: windows, category: process_creation}\ndetection: \
         {selection: {Image|endswith: .exe}, condition: selection}\n---\n\
         title: Many programs\nlevel: medium\ncorrelation:\n  type: value_count\n  rules: [process]\n\
         \x20 group-by: [Computer]\n  timespan: 1h\n  condition: {field: Image, gte: 3}\n",
    ),
    (
        "old.yml",
        "title: Old\nlevel: low\nlogsource: {product: windows, service: security}\ndetection:\n  selection: {EventID: 1102}\n\
         \x20 timeframe: 30d\n  condition: selection | count() by Channel > 2\n",
    ),
    (
        "together.yml",
        "title: Together\nlevel: critical\ngenerate: true\ncorrelation:\n  type: temporal\n  rules: [process, \
         00000000-0000-4000-8000-000000000010]\n  timespan: 7d\n",
    ),
    (
        "lost.yml",
        "title: Lost\nlevel: high\ncorrelation:\n  type: temporal\n  rules: [cleared, nobody]\n  timespan: 1h\n",
    ),
];

/// A copy of the sample of event logs, with rules beside it.
fn case() -> (Store, Program) {
    let store = Store::of("evtx-sample");
    let rules = store.folder().join("rules");
    std::fs::create_dir_all(&rules).unwrap();
    for (name, text) in RULES {
        std::fs::write(rules.join(name), text).unwrap();
    }
    let run = foreman(["analyze", "--analysis", "sigma", "--sigma-rules"]).arg(&rules).arg(store.path());
    (store, run)
}

fn rows(store: &Store) -> String {
    let query = "SELECT result_type || ' | ' || label || ' | ' || title || ' | ' || group_values || ' | ' || first_time \
                 || ' | ' || last_time || ' | ' || number_of_records || ' | ' || number_of_firings \
                 FROM sigma_analysis_result";
    store.texts(query).join("\n")
}

fn labels(store: &Store) -> String {
    let labels = store.dump().labels_in_tags.into_iter().filter(|(label, _)| label.starts_with("sigma_"));
    labels.map(|(label, events)| format!("{label} {events}")).collect::<Vec<_>>().join("\n")
}

#[test]
fn records_that_come_together_get_a_label_and_firings_have_rows() {
    let (store, run) = case();
    run.succeed();
    assert_snapshot!("rows", rows(&store));
    assert_snapshot!("labels", labels(&store));
    let report = foreman(["report"]).arg(store.path()).succeed().stdout;
    let (_, firings) = report.split_once("Firings of Sigma correlations").unwrap();
    assert_snapshot!("report", firings.lines().take(5).collect::<Vec<_>>().join("\n"));
    let html = foreman(["report", "--format", "html"]).arg(store.path()).succeed().stdout;
    assert!(html.contains("Firings of correlations"));
}

#[test]
fn the_number_of_workers_does_not_matter() {
    let [one, many] = ["1", "5"].map(|workers| {
        let (store, run) = case();
        run.args(["--workers", workers]).succeed();
        (rows(&store), store.dump())
    });
    assert_eq!(one.0, many.0);
    one.1.assert_same(&many.1);
}

/// A copy that Plaso recovered has other values in its fields: `SubjectUserName` is the number of
/// the logon.
#[test]
fn values_are_those_of_the_copy_that_is_not_recovered() {
    let store = Store::of("evtx-sample");
    let rules = store.beside(
        "copies.yml",
        "title: Access\nname: access\nlogsource: {product: windows, service: security}\ndetection: {s: {EventID: 4662}, \
         condition: s}\n---\ntitle: By name\ncorrelation: {type: event_count, rules: [access], group-by: \
         [SubjectUserName], timespan: 1s, condition: {gte: 1}}\n",
    );
    foreman(["analyze", "--analysis", "sigma", "--sigma-rules"]).arg(rules).arg(store.path()).succeed();
    let rows = rows(&store);
    assert!(rows.contains("SubjectUserName=admmig"), "{rows}");
    assert!(!rows.contains("SubjectUserName=0x0000000000882e4a"), "{rows}");
}

/// Rules of a correlation often have a low level or none.
#[test]
fn levels_leave_out_no_rule_that_a_correlation_needs() {
    let (store, run) = case();
    run.args(["--sigma-level", "high"]).succeed();
    assert_snapshot!(labels(&store));
    let (store, run) = case();
    run.args(["--sigma-exclude", "clearing.yml"]).succeed();
    assert!(!labels(&store).contains("sigma_clearing"), "{}", labels(&store));
}

#[test]
fn check_counts_correlations() {
    let (store, _) = case();
    let check = || foreman(["check", "--sigma-rules"]).arg(store.folder().join("rules"));
    let shown = |run: Program| run.succeed().redacted(&[(store.folder(), "[FOLDER]")]);
    assert_snapshot!(shown(check()));
    let counted = shown(check().arg(store.path()));
    assert!(counted.contains("correlations are not tried here"), "{counted}");
    let json: serde_json::Value =
        serde_json::from_str(&check().args(["--format", "json"]).succeed().stdout).unwrap();
    let correlations = json["sigma"][0]["correlations"].as_array().unwrap();
    assert_eq!(correlations.len(), 4);
}
