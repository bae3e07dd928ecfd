//! A store that has a part of a change, or may have it, and what tells of the interrupted run is
//! somewhere else, of somebody else, or damaged.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::process::Command;

use tests::places::skipped;
use tests::power_cut::journal_of;
use tests::{Store, foreman};

use crate::support::analyze;

/// A store to which a run was killed while it wrote its results, and its bytes from before the run.
/// `None` if no run can be killed here.
fn half_changed() -> Option<(Store, Vec<u8>)> {
    let store = Store::of("sample");
    let before = store.bytes();
    let run = analyze(&store).on_faulty_disk(store.path(), "write-kill 9")?;
    assert_eq!(run.run().signal, Some(9));
    assert!(journal_of(store.path()).exists() && store.bytes() != before);
    Some((store, before))
}

fn record_of(store: &Store) -> PathBuf {
    store.folder().join("sample.plaso.foreman")
}

/// Such a record may be of a run that has changed the store.
#[test]
fn a_damaged_record_is_kept() {
    let Some((store, before)) = half_changed() else { return };
    let record = record_of(&store).join("run.json");
    let text = std::fs::read(&record).unwrap();
    std::fs::write(&record, &text[..text.len() / 2]).unwrap();
    let refused = foreman(["clean"]).arg(store.path()).expect(1).stderr;
    assert!(refused.contains("keep them together, and go on with a copy"), "{refused}");
    std::fs::remove_file(journal_of(store.path())).unwrap();
    std::fs::write(store.path(), before).unwrap();
    for command in [foreman(["clean"]).arg(store.folder()), analyze(&store)] {
        let refused = command.expect(1).stderr;
        assert!(refused.contains("run.json is damaged"), "{refused}");
    }
    let said = foreman(["info"]).arg(store.path()).run().stderr;
    assert!(said.contains("it is not known whether"), "{said}");
    assert!(record.exists());
    let said = foreman(["clean"]).arg(store.path()).succeed().stdout;
    assert!(said.contains("can no longer undo") && said.contains("is damaged"), "{said}");
}

/// Its text is not believed, but that it is there is said.
#[test]
fn the_record_of_another_user() {
    if !nix::unistd::geteuid().is_root() {
        return skipped("only root can give files to somebody else");
    }
    let Some((store, before)) = half_changed() else { return };
    std::fs::remove_file(journal_of(store.path())).unwrap();
    std::fs::write(store.path(), before).unwrap();
    std::os::unix::fs::chown(record_of(&store), Some(65_321), None).unwrap();
    // Whoever reads only what was written is told, too.
    for command in [
        foreman(["info"]),
        foreman(["info", "--format", "json"]),
        foreman(["report"]),
        foreman(["report", "--format", "markdown"]),
        foreman(["report", "--format", "json"]),
        foreman(["report", "--format", "html"]),
        foreman(["report", "--label", "login_failed", "--tagging-file"])
            .arg(tests::places::data("sample-rules.txt")),
        foreman(["analyze", "--dry-run", "--analysis", "sessionize"]),
    ] {
        let finished = command.arg(store.path()).run();
        for said in [&finished.stderr, &finished.stdout] {
            assert!(said.contains("it is not known whether"), "{finished:?}");
            assert!(said.contains("user 65321"), "{finished:?}");
        }
    }
    let elsewhere = tempfile::tempdir().unwrap();
    for more in [&[][..], &["--temporary-directory".as_ref(), elsewhere.path().as_os_str()]] {
        analyze(&store).args(more).expect(1);
    }
    assert!(record_of(&store).exists());
}

/// The journal belongs to the file that was here, and would destroy the copy.
#[test]
fn a_copy_from_before_the_run_in_its_place() {
    let store = Store::of("sample");
    let backup = store.bytes();
    foreman(["analyze", "--analysis", "sessionize"]).arg(store.path()).succeed();
    let Some(run) = analyze(&store).on_faulty_disk(store.path(), "write-kill 9") else { return };
    assert_eq!(run.run().signal, Some(9));
    std::fs::write(store.path(), &backup).unwrap();
    let said = foreman(["info"]).arg(store.path()).expect(1).stderr;
    assert!(said.contains("-journal may undo it"), "{said}");
    let refused = foreman(["clean"]).arg(store.path()).expect(1).stderr;
    assert!(refused.contains("give the run up"), "{refused}");
    let advice = refused.lines().find(|line| line.contains("mkdir")).unwrap();
    assert!(Command::new("/bin/sh").args(["-c", advice]).status().unwrap().success(), "{advice}");
    assert!(store.bytes() == backup, "the copy has changed");
    assert_eq!(std::fs::read_dir(store.folder().join("sample.plaso.away")).unwrap().count(), 2);
    analyze(&store).succeed();
}

/// SQLite takes it for one that has nothing to undo, and no record says otherwise.
#[test]
fn a_journal_without_its_beginning_whose_record_is_elsewhere() {
    let mut kept = 0;
    for number in [4, 8, 24] {
        let store = Store::of("sample");
        // A store with free pages, which are written first.
        analyze(&store).succeed();
        store.change("DELETE FROM event_tag");
        let kill = format!("write-kill {number}");
        let run = foreman(["analyze", "--analysis", "tagging", "--tagging-file", "linux"]).arg(store.path());
        let Some(run) = run.on_faulty_disk(store.path(), &kill) else { return };
        assert_eq!(run.run().signal, Some(9));
        let away = tempfile::tempdir().unwrap();
        std::fs::rename(record_of(&store), away.path().join("record")).unwrap();
        let journal = journal_of(store.path());
        File::options().write(true).open(&journal).unwrap().write_all_at(&[0; 28], 0).unwrap();
        let (bytes, pages) = (store.bytes(), std::fs::read(&journal).unwrap());
        let check = "PRAGMA quick_check(1)";
        let found = store.connection().query_row(check, [], |row| row.get::<_, String>(0));
        if found.is_ok_and(|found| found == "ok") {
            continue;
        }
        let refused = foreman(["clean"]).arg(store.path()).expect(1).stderr;
        assert!(refused.contains("together"), "{refused}");
        assert!(store.bytes() == bytes && std::fs::read(&journal).unwrap() == pages);
        kept += usize::from(refused.contains("its beginning is lost (zeros)"));
    }
    assert!(kept > 0, "SQLite could open no store with a part of the change");
}

/// The folder of the run was copied, too, and its record names the first file.
#[test]
fn a_copy_of_a_store_and_of_its_interrupted_run() {
    let Some((store, _)) = half_changed() else { return };
    foreman(["clean"]).arg(store.path()).succeed();
    let Some(run) = analyze(&store).on_faulty_disk(store.path(), "write-kill 1") else { return };
    assert_eq!(run.run().signal, Some(9));
    let copy = Store::copy_of(store.path());
    let copied = Command::new("cp").arg("-r").arg(record_of(&store)).arg(copy.folder()).status().unwrap();
    assert!(copied.success());
    let journal = journal_of(store.path());
    if journal.exists() {
        std::fs::remove_file(journal).unwrap();
    }
    let said = foreman(["info"]).arg(copy.path()).succeed().stdout;
    assert!(!said.contains("analyze --resume"), "{said}");
    assert!(said.contains("belongs to") && said.contains(store.path().to_str().unwrap()), "{said}");
    let said = foreman(["info"]).arg(store.path()).succeed().stdout;
    assert!(said.contains("analyze --resume"), "{said}");
    // The folder of the case gets another name, and the run is resumed there.
    let moved = store.folder().with_file_name("moved");
    std::fs::rename(store.folder(), &moved).unwrap();
    let said = foreman(["info"]).arg(moved.join("sample.plaso")).succeed().stdout;
    let resume = format!("  foreman analyze --resume '{}'", moved.join("sample.plaso").display());
    assert!(said.lines().any(|line| line == resume), "{resume}: {said}");
    foreman(["analyze", "--resume"]).arg(moved.join("sample.plaso")).succeed();
}

/// SQLite writes parts of a large change before the commit, behind the last page: a copy that is
/// made whole without them would look good.
#[test]
fn bytes_of_a_change_behind_the_last_page() {
    let store = Store::of("sample");
    let Some(run) = analyze(&store).on_faulty_disk(store.path(), "write-kill 1") else { return };
    assert_eq!(run.run().signal, Some(9));
    std::fs::remove_file(journal_of(store.path())).unwrap();
    let length = store.path().metadata().unwrap().len();
    let file = File::options().write(true).open(store.path()).unwrap();
    file.write_all_at(&[7; 8_192], length).unwrap();
    let said = foreman(["info"]).arg(store.path()).succeed().stderr;
    assert!(said.contains("may have a part of the change"), "{said}");
    for command in [
        foreman(["analyze", "--resume"]).arg(store.path()),
        analyze(&store),
        foreman(["clean"]).arg(store.path()),
    ] {
        let refused = command.expect(1).stderr;
        assert!(refused.contains("an interrupted run had begun to change it"), "{refused}");
        assert!(!refused.contains("VACUUM"), "{refused}");
    }
    assert!(record_of(&store).exists());
}

/// A power cut leaves a file of zeros in the place of what was not synced.
#[test]
fn a_task_store_of_zeros_is_made_again() {
    let Some((store, _)) = half_changed() else { return };
    let undisturbed = Store::of("sample");
    analyze(&undisturbed).succeed();
    let tasks = std::fs::read_dir(record_of(&store)).unwrap().map(|entry| entry.unwrap().path());
    let tasks: Vec<_> = tasks.filter(|path| path.extension() == Some("sqlite".as_ref())).collect();
    assert!(!tasks.is_empty());
    for task in &tasks {
        let length = task.metadata().unwrap().len();
        std::fs::write(task, vec![0; usize::try_from(length).unwrap()]).unwrap();
    }
    foreman(["analyze", "--resume"]).arg(store.path()).succeed();
    store.dump().assert_same(&undisturbed.dump());
}
