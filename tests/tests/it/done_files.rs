//! Which storage files `--resume` of several takes for done.

use tests::{Store, foreman};

/// With `--keep-earlier`, a second analysis would store everything a second time.
#[test]
fn a_done_file_that_was_renamed_is_not_analysed_again() {
    let folder = tempfile::tempdir().unwrap();
    let sample = Store::of("sample");
    let [a, b, renamed] = ["a.plaso", "b.plaso", "web01.plaso"].map(|name| folder.path().join(name));
    std::fs::copy(sample.path(), &a).unwrap();
    std::fs::copy(sample.path(), &b).unwrap();
    let analyze = || foreman(["analyze", "--analysis", "sessionize", "--keep-earlier"]).arg(folder.path());
    let Some(run) = analyze().arg("--workers").arg("1").on_faulty_disk(&b, "write-kill 1") else { return };
    assert_eq!(run.run().signal, Some(9));
    let done = std::fs::read(&a).unwrap();
    assert!(done != sample.bytes(), "the first file was not done");
    std::fs::rename(&a, &renamed).unwrap();
    let said = analyze().arg("--resume").succeed();
    assert!(said.stderr.contains("was done as"), "{said:?}");
    assert!(std::fs::read(&renamed).unwrap() == done, "it was analysed again");
    assert!(std::fs::read(&b).unwrap() != sample.bytes());
}
