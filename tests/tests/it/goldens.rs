//! The same answers as Plaso.

use std::path::PathBuf;

use tests::{Program, Store, foreman, golden, places};

/// The run that Plaso's answer is compared with.
fn analyze(plugins: &[&str]) -> Program {
    foreman(["analyze", "--analysis", &plugins.join(",")])
}

/// Runs the analysis on the store and compares what it leaves with what Plaso left.
fn compare(run: Program, store: &Store, filter: &[&str], golden_name: &str, plugins: &[&str]) {
    let Some(golden) = golden::load(golden_name) else { return };
    let evidence = store.digest_of_evidence();
    run.arg(store.path()).args(filter).succeed();
    let dump = store.dump();
    dump.assert_same(&golden.only(plugins));
    assert_eq!(dump.tag_rows, dump.tags.len() as u64, "an event has one tag");
    assert_eq!(dump.sessions, 2, "log2timeline's and ours");
    assert_eq!(store.digest_of_evidence(), evidence, "evidence has changed");
}

fn plaso_rules(system: &str) -> Option<PathBuf> {
    places::shared(&format!("data/plaso-tags/tag_{system}.txt"))
}

/// Compares a tagging of `testdata.plaso` by Plaso's own rules for a system.
fn tagging(system: &str) {
    let (Some(store), Some(rules)) = (Store::shared("testdata"), plaso_rules(system)) else { return };
    let run = analyze(&["tagging"]).arg("--tagging-file").arg(rules);
    compare(run, &store, &[], &format!("testdata.tagging_{system}"), &["tagging"]);
}

#[test]
fn tagging_windows() {
    tagging("windows");
}

#[test]
fn tagging_linux() {
    tagging("linux");
}

#[test]
fn tagging_macos() {
    tagging("macos");
}

#[test]
fn sessionize() {
    let Some(store) = Store::shared("testdata") else { return };
    compare(analyze(&["sessionize"]), &store, &[], "testdata.sessionize", &["sessionize"]);
}

#[test]
fn sessionize_with_a_longer_pause_and_a_filter() {
    let Some(store) = Store::shared("testdata") else { return };
    let run = analyze(&["sessionize"]).args(["--maximum-pause", "60"]);
    let filter = ["data_type contains 'windows'"];
    compare(run, &store, &filter, "testdata.sessionize_60_windows", &["sessionize"]);
}

#[test]
fn tagging_and_sessionize_at_once() {
    let (Some(store), Some(rules)) = (Store::shared("testdata"), plaso_rules("windows")) else { return };
    let plugins = ["tagging", "sessionize"];
    let run = analyze(&plugins).arg("--tagging-file").arg(rules);
    compare(run, &store, &[], "testdata.three_plugins", &plugins);
}

#[test]
fn sample_sessionize() {
    for name in ["sample", "sample-20230327"] {
        let golden = format!("{name}.all");
        compare(analyze(&["sessionize"]), &Store::of(name), &[], &golden, &["sessionize"]);
    }
}

#[test]
fn sample_tagging_and_sessionize() {
    let plugins = ["tagging", "sessionize"];
    let Some(rules) = plaso_rules("linux") else { return };
    let sample = Store::of("sample");
    let run = analyze(&plugins).arg("--tagging-file").arg(&rules);
    compare(run, &sample, &[], "sample.all", &plugins);

    // Plaso of that time called the text of a syslog line otherwise, in its rules and in the event data.
    let sample = Store::of("sample-20230327");
    let rules = std::fs::read_to_string(rules).expect("the rules are text").replace("message_body", "body");
    let run = analyze(&plugins).arg("--tagging-file").arg(sample.beside("rules.txt", &rules));
    compare(run, &sample, &[], "sample-20230327.all", &plugins);
}
