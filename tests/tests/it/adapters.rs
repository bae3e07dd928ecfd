//! The adapters for the engines that distribute work (`adapters/python`), without any engine.
//!
//! `cargo xtask scale` runs them with Spark and Celery.

use std::path::Path;

use serde_json::{Value, json};
use tests::{Program, Store, foreman, path_with_foreman, places};

use crate::shards::{Planned, assert_same, options};

/// Returns Python with what stands for the engines. If there is no Python, reports that the test is
/// skipped.
fn python() -> Option<Program> {
    let is_new = "import sys; sys.exit(sys.version_info < (3, 9))";
    let asked = std::process::Command::new("python3").args(["-c", is_new]).output();
    if !asked.is_ok_and(|asked| asked.status.success()) {
        places::skipped("there is no Python 3.9 or later");
        return None;
    }
    let adapters = places::workspace().join("adapters/python");
    let path = std::env::join_paths([adapters.clone(), adapters.join("tests/engines")]).unwrap();
    let python = Program::new::<&str>(Path::new("python3"), []).env("PYTHONPATH", path);
    // Python must leave no compiled files in the checkout.
    Some(python.env("PATH", path_with_foreman()).env("PYTHONDONTWRITEBYTECODE", "1"))
}

#[test]
fn adapters_alone() {
    let Some(python) = python() else { return };
    let tests = places::workspace().join("adapters/python/tests");
    python.args(["-m", "unittest", "discover", "--start-directory"]).arg(tests).succeed();
}

/// Returns the adapter for Spark, which does and merges a plan.
fn spark(planned: &Planned) -> Option<Program> {
    let run = python()?.args(["-m", "foreman_spark", "--foreman"]).arg(places::program("foreman"));
    Some(run.arg("--plan").arg(planned.folder()).arg("--merge").arg(planned.store.path()))
}

#[test]
fn shards_by_spark() {
    let planned = Planned::sample();
    let Some(run) = spark(&planned) else { return };
    let done = run.args(["--", "--workers", "1"]).succeed();
    assert!(done.stdout.contains("events analysed"), "{}", done.stdout);
    assert!(done.stderr.contains("3 shards took "), "{}", done.stderr);
    let local = Store::of("sample");
    foreman(["analyze"]).args(options()).arg(local.path()).succeed();
    assert_same(&planned.store, &local);
}

#[test]
fn spark_loses_or_doubles_a_shard_or_is_refused() {
    for (variable, message) in [("LOSE", "no results of the shards 1"), ("TWICE", "there twice")] {
        let planned = Planned::sample();
        let bytes = planned.store.bytes();
        let Some(run) = spark(&planned) else { return };
        let refused = run.env(variable, "1").expect(1);
        assert!(refused.stderr.contains(message), "{}", refused.stderr);
        assert!(planned.store.bytes() == bytes, "the store has changed");
    }
    let planned = Planned::sample();
    planned.store.change("UPDATE event SET timestamp = timestamp + 1 WHERE _identifier = 1");
    let Some(run) = spark(&planned) else { return };
    let refused = run.expect(1);
    let message = "shard 0 was refused: foreman: ";
    assert!(refused.stderr.contains(message), "{}", refused.stderr);
    assert!(refused.stderr.contains("is not the storage file of the plan"), "{}", refused.stderr);
}

/// The inputs of a task of OpenRelik stay as they are, and each has two outputs.
#[test]
fn a_task_of_openrelik() {
    let Some(python) = python() else { return };
    let (first, second, outputs) = (Store::of("sample"), Store::of("chrome"), Store::empty());
    let inputs = [(&first, "web01.plaso"), (&second, "laptop.plaso")];
    let files = inputs.map(|(store, name)| json!({ "path": store.path(), "display_name": name }));
    let bytes = [first.bytes(), second.bytes()];
    let call = "import sys, json, foreman_openrelik as f\n\
                print(f.analyze(None, json.loads(sys.argv[1]), sys.argv[2], 'workflow', None))";
    let done = python.args(["-c", call, &json!(files).to_string()]).arg(outputs.folder()).succeed();
    let result: Value = serde_json::from_str(&done.stdout).unwrap();
    assert!(bytes == [first.bytes(), second.bytes()], "an input has changed");
    assert_eq!([first.files().len(), second.files().len()], [1, 1]);
    let files = result["output_files"].as_array().unwrap();
    let names: Vec<&str> = files.iter().map(|file| file["display_name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["web01.analyzed.plaso", "web01.report.md", "laptop.analyzed.plaso", "laptop.report.md"]
    );
    assert_eq!(files[0]["data_type"], "plaso:storage");
    assert_eq!(outputs.files().len(), 4, "{:?}", outputs.files());
    let report = std::fs::read_to_string(files[1]["path"].as_str().unwrap()).unwrap();
    assert!(
        report.starts_with("# web01.plaso\n") && report.contains("88 | web\\_path\\_traversal"),
        "{report}"
    );
}
