//! The stores that `cargo xtask bench` makes are the same each time and can be analysed.

use serde_json::Value;
use tests::bench::{GENERATED_RULES, with_generated_rules, write_file_system};
use tests::{Store, foreman};

#[test]
fn the_made_up_file_system_is_the_same_each_time() {
    let write = || {
        let store = Store::empty();
        write_file_system(store.path(), 300);
        store
    };
    let (one, other) = (write(), write());
    assert!(std::fs::read(one.path()).unwrap() == std::fs::read(other.path()).unwrap());
    let rules = with_generated_rules("linux", one.folder());
    let summary = one.folder().join("summary.json");
    let run = foreman(["analyze", "--analysis", "tagging,sessionize", "--tagging-file"]).arg(rules);
    run.arg("--summary").arg(&summary).arg(one.path()).expect(0);
    let summary: Value = serde_json::from_slice(&std::fs::read(summary).unwrap()).unwrap();
    let events = summary["results"]["events"].as_u64().unwrap();
    assert!((900..=1_200).contains(&events), "{events}");
    assert_eq!(summary["results"]["tagged"].as_u64(), Some(events));
    // Not only by sessionize.
    let labels = summary["results"]["labels"].as_object().unwrap();
    assert!(labels.keys().any(|label| !label.starts_with("session_")), "{labels:?}");
}

#[test]
fn the_generated_rules_are_rules_and_the_same_each_time() {
    let folders = [Store::empty(), Store::empty()];
    let files = folders.each_ref().map(|folder| with_generated_rules("windows", folder.folder()));
    let texts = files.each_ref().map(|file| std::fs::read_to_string(file).unwrap());
    assert_eq!(texts[0], texts[1]);
    assert_eq!(texts[0].matches("\ngenerated_").count(), GENERATED_RULES);
    foreman(["check", "--tagging-file"]).arg(&files[0]).expect(0);
}
