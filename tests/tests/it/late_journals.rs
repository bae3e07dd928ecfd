//! A journal that appears beside a store while a run works on it.

use std::os::unix::fs::symlink;

use tests::power_cut::journal_of;

use crate::resume::Interrupted;

/// The workers have opened the store before. The foreman notices it before it writes for the first
/// time, touches nothing, and the run can be resumed.
#[test]
fn is_noticed_before_the_first_write() {
    for is_link in [true, false] {
        let run = Interrupted::new();
        let running = run.start(&[]);
        let notes = run.store.beside("notes.txt", "not ours");
        let journal = journal_of(run.store.path());
        if is_link {
            symlink(&notes, &journal).unwrap();
        } else {
            std::fs::copy(&notes, &journal).unwrap();
        }
        run.faults.go_on();
        let refused = running.wait().expect(1);
        let said = if is_link { "is not a journal that may undo" } else { "has not been undone yet" };
        assert!(refused.stderr.contains(said), "{refused:?}");
        assert!(run.store.bytes() == run.bytes, "the store has changed");
        assert_eq!(std::fs::read_to_string(&journal).unwrap(), "not ours");
        std::fs::remove_file(&journal).unwrap();
        assert_eq!(std::fs::read_to_string(&notes).unwrap(), "not ours");
        std::fs::remove_file(&notes).unwrap();
        run.resume();
    }
}
