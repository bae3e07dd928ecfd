//! Resuming a run after its store was renamed, moved or replaced.

use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use tests::{Finished, Store, foreman};

use crate::resume::{Interrupted, undisturbed};

fn resume(store: &Path) -> Finished {
    foreman(["analyze", "--resume"]).arg(store).run()
}

/// Renames a store and, if that is wanted, the folder of its run. Returns the new path of the
/// store.
fn rename(store: &Path, name: &str, with_folder: bool) -> PathBuf {
    let renamed = store.with_file_name(name);
    std::fs::rename(store, &renamed).unwrap();
    if with_folder {
        let folder = |store: &Path| store.with_extension("plaso.foreman");
        std::fs::rename(folder(store), folder(&renamed)).unwrap();
    }
    renamed
}

/// The run belongs to the name: it is found under this name only, and nothing is lost.
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

/// What counts is what is in the store.
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
