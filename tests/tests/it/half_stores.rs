//! Runs over many storage files, one of which has only a part of the results of an interrupted run.

use std::path::PathBuf;

use tests::power_cut::journal_of;
use tests::{Finished, Program, foreman};

use crate::many_stores::Case;
use crate::shards::json as read_json;

const PART: &str = "a.plaso has only a part of the results";

/// A folder with storage files, one of which was killed in its commit and has lost its journal. No
/// command is given the folder for temporary files of its run again.
struct HalfStore {
    case: Case,
    /// The storage file from before that run.
    before: PathBuf,
    /// What the run was asked to do.
    rules: PathBuf,
}

impl HalfStore {
    /// Returns `None` if no run can be killed here.
    fn new() -> Option<Self> {
        for number in 1..9 {
            let case = Case::new(&[("a.plaso", "sample"), ("b.plaso", "chrome")]);
            let file = |name: &str, text: &str| {
                std::fs::write(case.place.path().join(name), text).unwrap();
                case.place.path().join(name)
            };
            let first = file("first.txt", "first_label\n  reporter is 'sshd'\n");
            let rules = file("second.txt", "attack\n  pid is 12239 and reporter is 'sshd'\n");
            let (store, before) = (case.store("a.plaso"), file("before", ""));
            let temporary = case.place.path().join("temporary");
            std::fs::create_dir(&temporary).unwrap();
            let run = |rules| foreman(["analyze", "--analysis", "tagging", "--tagging-file"]).arg(rules);
            run(&first).arg(&store).succeed();
            std::fs::copy(&store, &before).unwrap();
            let killed = run(&rules).arg("--temporary-directory").arg(&temporary).arg(case.folder());
            let killed = killed.on_faulty_disk(&store, &format!("write-kill {number}"))?.run();
            assert_eq!(killed.signal, Some(9), "{number}: {killed:?}");
            std::fs::remove_file(journal_of(&store)).unwrap();
            // The session is written after some other pages.
            if foreman(["info"]).arg(&store).run().stderr.contains(PART) {
                return Some(Self { case, before, rules });
            }
        }
        panic!("no kill came after the session was written");
    }

    fn analyze(&self, rules: &PathBuf) -> Program {
        let run = foreman(["analyze", "--analysis", "tagging", "--tagging-file"]).arg(rules);
        run.arg("--summary").arg(self.case.place.path().join("summary.json")).arg(self.case.folder())
    }

    fn clean(&self) -> Finished {
        foreman(["clean"]).arg(self.case.folder()).run()
    }

    fn has_record(&self) -> bool {
        self.case.store("a.plaso.foreman").join("run.json").exists()
    }

    /// Fails unless only the half-changed file has failed.
    fn assert_fails_alone(&self, finished: &Finished) {
        assert_eq!(finished.status, Some(3), "{finished:?}");
        assert!(finished.stderr.contains(PART), "{finished:?}");
        let summary = read_json(&self.case.place.path().join("summary.json"));
        let failed: Vec<_> = summary["stores"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|store| store["outcome"] != "done")
            .map(|store| store["store"].as_str().unwrap())
            .collect();
        assert_eq!(failed.len(), 1, "{summary}");
        assert!(failed[0].ends_with("a.plaso"), "{summary}");
        assert!(self.has_record());
    }
}

#[test]
fn it_fails_alone_and_its_record_stays() {
    let Some(half) = HalfStore::new() else { return };
    let (store, bytes) = (half.case.store("a.plaso"), std::fs::read(half.case.store("a.plaso")).unwrap());
    half.assert_fails_alone(&half.analyze(&half.rules).arg("--resume").run());
    // A new run, also one that does something else, keeps what the earlier one wrote down.
    let other = half.case.place.path().join("first.txt");
    for rules in [&half.rules, &other] {
        half.assert_fails_alone(&half.analyze(rules).run());
        half.assert_fails_alone(&half.analyze(rules).arg("--resume").run());
    }
    half.analyze(&half.rules).arg("no filter").expect(2);
    let refused = half.clean();
    assert_eq!(refused.status, Some(1), "{refused:?}");
    assert!(refused.stderr.contains(PART), "{refused:?}");
    assert!(half.has_record());
    assert!(std::fs::read(&store).unwrap() == bytes, "the store has changed");

    std::fs::copy(&half.before, &store).unwrap();
    half.analyze(&half.rules).succeed();
    assert_eq!(half.case.files(), ["a.plaso", "b.plaso"]);
}

/// The file may come back.
#[test]
fn it_is_moved_away() {
    let Some(half) = HalfStore::new() else { return };
    let (store, away) = (half.case.store("a.plaso"), half.case.place.path().join("away"));
    std::fs::rename(&store, &away).unwrap();
    for more in [&["--resume"][..], &[]] {
        half.analyze(&half.rules).args(more).succeed();
        assert!(half.has_record());
    }
    let kept = half.clean();
    assert_eq!(kept.status, Some(3), "{kept:?}");
    assert!(kept.stderr.contains("a.plaso.foreman was not removed: an interrupted run"), "{kept:?}");
    assert!(half.has_record());
    std::fs::rename(&away, &store).unwrap();
    half.assert_fails_alone(&half.analyze(&half.rules).run());
    std::fs::copy(&half.before, &store).unwrap();
    assert_eq!(half.clean().status, Some(0));
    assert_eq!(half.case.files(), ["a.plaso", "b.plaso"]);
}

/// A file that is done, and has lost some results since then, is no such file.
#[test]
fn a_file_that_was_done_and_then_changed_is_not_taken_for_one() {
    let case = Case::new(&[("a.plaso", "sample")]);
    std::fs::write(case.store("none.plaso"), "").unwrap();
    case.analyze().arg(case.folder()).expect(3);
    let store = rusqlite::Connection::open(case.store("a.plaso")).unwrap();
    assert!(store.execute("DELETE FROM event_tag", []).unwrap() > 0);
    drop(store);
    let resumed = case.analyze().arg("--resume").arg(case.folder()).expect(3);
    assert!(resumed.stderr.contains("a.plaso is analysed again: it was changed or replaced"), "{resumed:?}");
    assert!(!resumed.stderr.contains("only a part"), "{resumed:?}");
    assert!(resumed.stdout.contains("done             1\n"), "{}", resumed.stdout);
}
