//! Tests that cannot run here are counted, and fail where they must run.

use std::path::Path;

use tests::places::{REQUIRE_SHARED, SHARED, SKIPPED_TESTS};
use tests::{Program, Store};

/// Runs a test that needs shared data where there is none.
fn without_shared(folder: &Path) -> Program {
    let own = std::env::current_exe().unwrap();
    Program::new(&own, ["--exact", "goldens::tagging_linux"])
        .env(SHARED, folder.join("no such folder"))
        .env(SKIPPED_TESTS, folder.join("skipped"))
}

#[test]
fn a_skipped_test_is_counted() {
    let folder = Store::empty();
    let run = without_shared(folder.folder()).without_env(REQUIRE_SHARED).succeed();
    assert!(run.stdout.contains("1 passed"), "{}", run.stdout);
    let skipped = std::fs::read_to_string(folder.folder().join("skipped")).unwrap();
    let is_named = |line: &str| line.starts_with("skipped: goldens::tagging_linux: there is no ");
    assert!(!skipped.is_empty() && skipped.lines().all(is_named), "{skipped}");
}

#[test]
fn a_test_that_must_not_be_skipped_fails() {
    let folder = Store::empty();
    let run = without_shared(folder.folder()).env(REQUIRE_SHARED, "1").expect(101);
    assert!(run.stdout.contains("REQUIRE_SHARED is set"), "{}", run.stdout);
}
