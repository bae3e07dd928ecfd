//! The built-in Windows rules on real event logs: how many events each rule matches, and which
//! rules these logs cannot exercise.
//!
//! The snapshots are exact: a rule that starts or stops matching, or matches more or fewer events,
//! changes them.

use std::fmt::Write as _;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;
use tests::{Store, foreman, places};

use crate::support::interrupt;

#[test]
fn windows_rules_on_the_sample_of_event_logs() {
    assert_snapshot!("windows_evtx_sample", table(&places::data("evtx-sample.plaso")));
}

/// The collection that the sample was cut from.
#[test]
fn windows_rules_on_the_whole_collection_of_event_logs() {
    let Some(store) = places::shared_store("evtx-mitre") else { return };
    assert_snapshot!("windows_evtx_mitre", table(&store));
}

/// Returns a paragraph for each label, with a line for each of its rules, in the order of the file.
fn table(store: &Path) -> String {
    let run = foreman(["check", "--tagging-file", "windows", "--format", "json"]).arg(store).succeed();
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    let labels = json["matches"][0]["labels"].as_array().unwrap();
    let rules = || labels.iter().flat_map(|label| label["rules"].as_array().unwrap());
    let matching = rules().filter(|rule| rule["events"] != 0).count();
    let mut table =
        format!("{matching} of {} rules match some of {} events\n", rules().count(), json["events"]);
    for label in labels {
        writeln!(table, "\n{}: {} events", label["label"].as_str().unwrap(), label["events"]).unwrap();
        for (position, rule) in label["rules"].as_array().unwrap().iter().enumerate() {
            let outcome = match (&rule["events"], rule["expression"].as_str().unwrap()) {
                (Value::Number(events), _) if events.as_u64() != Some(0) => events.to_string(),
                (_, rule) if rule.contains("'windows:evtx:record'") => "not in these records".into(),
                (_, _) => "for other data types".into(),
            };
            writeln!(table, "  rule {}: {outcome}", position + 1).unwrap();
        }
    }
    table
}

/// A file of that name, which may come with evidence, is used neither in place of the rules nor
/// beside them, also if it appears while a run is interrupted.
#[test]
fn a_file_with_the_name_of_built_in_rules() {
    let run = || {
        let store = Store::of("sample");
        let run = foreman(["analyze", "--analysis", "tagging", "--tagging-file", "linux"]);
        (run.arg(store.path()).current_dir(store.folder()), store)
    };
    let (analysis, undisturbed) = run();
    analysis.succeed();
    let expected = undisturbed.dump();
    let (analysis, store) = run();
    let rules = store.beside("linux", "planted\n  timestamp > 0\n");
    let analysed = analysis.succeed();
    assert!(analysed.stderr.contains("to use that, write ./linux"), "{analysed:?}");
    store.dump().assert_same(&expected);
    std::fs::remove_file(&rules).unwrap();

    let (analysis, store) = run();
    interrupt(analysis.args(["--workers", "2"]), &store.folder().join("sample.plaso.foreman"));
    let _ = store.beside("linux", "planted\n  timestamp > 0\n");
    foreman(["analyze", "--resume"]).arg(store.path()).current_dir(store.folder()).succeed();
    store.dump().assert_same(&expected);

    // With a folder, it is the file.
    let store = Store::of("sample");
    let _ = store.beside("linux", "planted\n  timestamp > 0\n");
    let run = foreman(["analyze", "--analysis", "tagging", "--tagging-file", "./linux"]);
    let analysed = run.arg(store.path()).current_dir(store.folder()).succeed();
    assert!(analysed.stdout.contains("planted"), "{analysed:?}");
}
