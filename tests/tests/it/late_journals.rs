//! A journal that appears beside a store, or another content in it, while a run works on it.

use std::os::unix::fs::symlink;

use tests::power_cut::journal_of;

use crate::resume::Interrupted;

/// The workers have already opened the store. The foreman notices the journal before it first
/// writes, changes nothing, and the run can be resumed.
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

/// `cp other.plaso case.plaso` heeds no lock. The results of this run would be written into the
/// other content.
#[test]
fn another_content_is_noticed_before_the_first_write() {
    let run = Interrupted::new();
    let running = run.start(&[]);
    let other = crate::support::analyzed("sample").bytes();
    std::fs::write(run.store.path(), &other).unwrap();
    run.faults.go_on();
    let refused = running.wait().expect(1);
    let said = "was changed by another program during the run (or its time was set), and foreman has written nothing to it";
    assert!(refused.stderr.contains(said), "{refused:?}");
    assert!(run.store.bytes() == other, "the store has changed");
    // Nobody knows which content the results that are done belong to.
    assert_eq!(run.store.files(), ["sample.plaso"], "something is left behind");
}

/// What another program puts there while the workers still read may be no store at all. Then the
/// run ends early, and must not say that the file is as it was.
#[test]
fn another_content_is_noticed_while_events_are_read() {
    let changed = "was changed by another program during the run (or its time was set), and foreman has written nothing to it";
    for (cut, said) in [(true, changed), (false, "it is not known whether")] {
        let run = Interrupted::new();
        let running = run.start(&[]);
        let other = if cut { run.bytes[..run.bytes.len() / 3].to_vec() } else { vec![7; run.bytes.len()] };
        std::fs::write(run.store.path(), &other).unwrap();
        run.faults.go_on();
        let refused = running.wait().expect(1);
        assert!(!refused.stderr.contains("is untouched"), "{refused:?}");
        assert!(refused.stderr.contains(said), "{refused:?}");
        assert!(run.store.bytes() == other, "the store has changed");
    }
}
