//! Journals that could undo a part of a change, and are lost: nothing is called complete or undone.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use tests::power_cut::journal_of;
use tests::{Program, Store, foreman};

/// Somebody tidies up, or copies the store without its journal. The session of the run is written
/// before its labels, so it does not show that the results are there.
#[test]
fn a_change_that_was_interrupted_and_whose_journal_is_lost() {
    let remove = |journal: &Path| std::fs::remove_file(journal).unwrap();
    let has_only_a_part = assert_lost_journals_are_noticed(remove, "is gone", "can no longer undo");
    assert!(has_only_a_part != Some(0), "no kill came after the session was written");
}

/// A power cut, or a copy of a damaged disk, can lose the beginning of the journal: SQLite then
/// takes it for one that has nothing to undo. The pages in it may still be needed.
#[test]
fn a_change_that_was_interrupted_and_whose_journal_has_lost_its_beginning() {
    let fill = |journal: &Path| {
        File::options().write(true).open(journal).unwrap().write_all_at(&[0; 28], 0).unwrap();
    };
    let has_only_a_part = assert_lost_journals_are_noticed(fill, "is lost (zeros)", "-journal as it is");
    assert!(has_only_a_part != Some(0), "no kill came after the session was written");
}

/// Kills runs at each write of their change, and loses their journals. Returns how often it was
/// said that the store has a part of the results, for this reason, or `None` if no run can be
/// killed here.
fn assert_lost_journals_are_noticed(lose: fn(&Path), why: &str, discarded: &str) -> Option<usize> {
    let mut with_session = 0;
    for number in 1..9 {
        let store = Store::of("sample");
        let rules = |name: &str, text: &str| store.beside(name, text);
        let first = rules("first.txt", "first_label\n  reporter is 'sshd'\n");
        let second = rules("second.txt", "attack\n  pid is 12239 and reporter is 'sshd'\n");
        let run = |rules| {
            foreman(["analyze", "--analysis", "tagging", "--tagging-file"]).arg(rules).arg(store.path())
        };
        run(&first).succeed();
        let before = store.bytes();
        let faulty = run(&second).on_faulty_disk(store.path(), &format!("write-kill {number}"))?;
        if faulty.run().signal != Some(9) {
            // The change takes fewer writes.
            break;
        }
        lose(&journal_of(store.path()));
        let bytes = store.bytes();
        if bytes == before {
            continue;
        }
        let is_there = journal_of(store.path()).exists();
        for command in [
            foreman(["analyze", "--resume"]).arg(store.path()).run(),
            run(&second).run(),
            foreman(["clean"]).arg(store.folder()).run(),
        ] {
            let refused = command.expect(1).stderr;
            if refused.contains("has only a part of the results") {
                assert!(refused.contains(why), "{number}: {refused}");
                with_session += 1;
            }
            assert!(!refused.contains("has stored all"), "{number}: {refused}");
        }
        assert_everybody_is_warned(&store, || run(&second), number);
        assert!(store.bytes() == bytes, "{number}: the store has changed");
        assert!(store.files().contains(&"sample.plaso.foreman".to_owned()), "{number}: {:?}", store.files());
        if !is_there {
            assert_nothing_is_claimed_after_another_run(&store, run(&first), number);
        }
        let said = foreman(["clean"]).arg(store.path()).expect(0).stdout;
        assert!(said.contains(discarded), "{number}: {said}");
        assert_eq!(journal_of(store.path()).exists(), is_there);
    }
    Some(with_session)
}

/// Whatever reads the store, and wherever it would have the folder of its own run.
fn assert_everybody_is_warned(store: &Store, analyze: impl Fn() -> Program, number: u32) {
    let elsewhere = store.folder().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let in_folder = |run: Program| run.arg("--temporary-directory").arg(&elsewhere);
    for (run, status) in [
        (foreman(["info"]).arg(store.path()), None),
        (foreman(["report"]).arg(store.path()), None),
        (analyze().arg("--dry-run"), None),
        (in_folder(analyze().arg("--dry-run")), None),
        (in_folder(analyze()), Some(1)),
        (
            foreman(["plan", "--analysis", "sessionize", "--out"])
                .arg(elsewhere.join("plan"))
                .arg(store.path()),
            Some(1),
        ),
    ] {
        let run = run.run();
        let warns = run.stderr.contains("of the results of") || run.stderr.contains(" to change ");
        assert!(warns && status.is_none_or(|status| run.status == Some(status)), "{number}: {run:?}");
    }
    std::fs::remove_dir(&elsewhere).unwrap();
}

/// A program that does not know of the record of the run stores its results, too. After that, the
/// digest of all results does not tell any more which of the interrupted run are there.
fn assert_nothing_is_claimed_after_another_run(store: &Store, other: Program, number: u32) {
    let (record, away) = (store.folder().join("sample.plaso.foreman"), store.folder().join("away"));
    let bytes = store.bytes();
    std::fs::rename(&record, &away).unwrap();
    let other = other.arg("--force").run();
    std::fs::rename(&away, &record).unwrap();
    if other.status == Some(0) {
        for command in [["analyze", "--resume"], ["info", "--no-data-types"]] {
            let said = foreman(command).arg(store.path()).run();
            assert!(!said.stderr.contains("has stored all"), "{number}: {said:?}");
            let doubts =
                said.stderr.contains("it is not known") || said.stderr.contains("is not as it was when");
            assert!(doubts, "{number}: {said:?}");
        }
        assert!(record.exists());
    }
    std::fs::write(store.path(), bytes).unwrap();
}
