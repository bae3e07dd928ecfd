//! A journal that appears beside a store while a run works on it.

use std::os::unix::fs::symlink;

use tests::power_cut::journal_of;
use tests::{FaultPlan, Store, foreman};

use crate::support::analyze;

/// The run notices it before it writes for the first time, touches neither, and can be resumed.
#[test]
fn is_noticed_before_the_first_write() {
    let undisturbed = Store::of("sample");
    let bytes = undisturbed.bytes();
    analyze(&undisturbed).succeed();
    for is_link in [true, false] {
        let store = Store::of("sample");
        let notes = store.beside("notes.txt", "not ours");
        let journal = journal_of(store.path());
        let faults = FaultPlan::new("wait any once");
        let mut running = faults.of_workers(analyze(&store).args(["--workers", "1"])).start();
        running.until(|running| (!running.children().is_empty()).then_some(())).expect("a worker waits");
        if is_link {
            symlink(&notes, &journal).unwrap();
        } else {
            std::fs::copy(&notes, &journal).unwrap();
        }
        faults.go_on();
        let refused = running.wait().expect(1);
        let said = if is_link { "is not a journal that may undo" } else { "has not been undone yet" };
        assert!(refused.stderr.contains(said), "{refused:?}");
        assert!(store.bytes() == bytes, "the store has changed");
        for untouched in [&notes, &journal] {
            assert_eq!(std::fs::read_to_string(untouched).unwrap(), "not ours");
        }
        std::fs::remove_file(&journal).unwrap();
        foreman(["analyze", "--resume"]).arg(store.path()).succeed();
        store.dump().assert_same(&undisturbed.dump());
    }
}
