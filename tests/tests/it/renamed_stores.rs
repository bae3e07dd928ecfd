//! Resuming a run after its store was renamed, moved or replaced.

use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use tests::{FaultPlan, Finished, Store, foreman, places};

use crate::resume::{Interrupted, undisturbed};
use crate::support::{analyze_with, waiting};

fn resume(store: &Path) -> Finished {
    foreman(["analyze", "--resume"]).arg(store).run()
}

/// Renames a store and, if `with_folder` is `true`, the folder of its run. Returns the new path of
/// the store.
fn rename(store: &Path, name: &str, with_folder: bool) -> PathBuf {
    let renamed = store.with_file_name(name);
    std::fs::rename(store, &renamed).unwrap();
    if with_folder {
        let folder = |store: &Path| store.with_extension("plaso.foreman");
        std::fs::rename(folder(store), folder(&renamed)).unwrap();
    }
    renamed
}

/// The run belongs to the name of the store: it is found only under this name, and nothing is lost.
#[test]
fn a_run_is_resumed_only_under_the_name_of_its_store() {
    let interrupted = Interrupted::by(Signal::SIGINT);
    let original = interrupted.store.path().to_owned();
    let renamed = rename(&original, "renamed.plaso", false);
    let refused = resume(&renamed).expect(1);
    assert!(refused.stderr.contains("there is no interrupted run of"), "{}", refused.stderr);
    rename(&renamed, "sample.plaso", false);

    let renamed = rename(&original, "renamed.plaso", true);
    let refused = resume(&renamed).expect(1);
    let expected = format!("the interrupted run cannot be resumed: it belongs to {}", original.display());
    assert!(refused.stderr.contains(&expected), "{}", refused.stderr);
    assert!(std::fs::read(&renamed).unwrap() == interrupted.bytes, "the store has changed");
    rename(&renamed, "sample.plaso", true);
    interrupted.resume();
}

/// The contents of the store count.
#[test]
fn another_store_under_the_name_is_refused_and_a_copy_of_the_same_is_not() {
    let interrupted = Interrupted::by(Signal::SIGINT);
    let path = interrupted.store.path();
    rename(path, "away.plaso", false);
    let other = Store::of("chrome").bytes();
    std::fs::write(path, &other).unwrap();
    let refused = resume(path).expect(1);
    assert!(refused.stderr.contains("the storage file has changed since then"), "{}", refused.stderr);
    assert!(interrupted.store.bytes() == other, "the store has changed");
    std::fs::copy(path.with_file_name("away.plaso"), path).unwrap();
    resume(path).expect(0);
    interrupted.store.dump().assert_same(&undisturbed());
}

/// The store, or the folder in which it is, is renamed during its run.
#[test]
fn a_store_that_is_moved_during_its_run() {
    for with_folder in [false, true] {
        let store = Store::of("sample");
        let case = store.folder().join("case");
        std::fs::create_dir(&case).unwrap();
        let path = case.join("sample.plaso");
        std::fs::rename(store.path(), &path).unwrap();
        let (from, to) =
            if with_folder { (&case, case.with_file_name("away")) } else { (&path, case.join("away")) };
        let faults = FaultPlan::new("wait 3000");
        let run = analyze_with(&places::data("sample-rules.txt")).args(["--workers", "2"]).arg(&path);
        let running = waiting(&faults, run, &case.join("sample.plaso.foreman"));
        std::fs::rename(from, &to).unwrap();
        faults.go_on();
        let said = running.wait().expect(1).stderr;
        let expected = format!("{} is not there any more", path.display());
        assert!(said.contains(&expected) && said.contains("has written nothing to it"), "{said}");
        assert!(said.contains("; move it back first; resume with:"), "{said}");
        std::fs::rename(&to, from).unwrap();
        resume(&path).expect(0);
        std::fs::rename(&path, store.path()).unwrap();
        store.dump().assert_same(&undisturbed());
    }
}
