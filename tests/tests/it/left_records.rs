//! The record of a run, in the place where another run would put its own.

use std::path::Path;
use std::process::Command;

use nix::sys::signal::Signal;
use tests::power_cut::journal_of;
use tests::{Store, foreman};

use crate::many_stores::Case;
use crate::resume::Interrupted;
use crate::support::analyze;

/// Another store gets the name of the one that was half changed. The record of the interrupted run
/// alone lets foreman undo the change.
#[test]
fn of_a_change_to_another_store_stays() {
    let store = Store::of("sample");
    let original = store.bytes();
    let Some(run) = analyze(&store).on_faulty_disk(store.path(), "write-kill 9") else { return };
    assert_eq!(run.run().signal, Some(9));
    let away = Store::empty();
    let moved = |from: &Store, to: &std::path::Path| std::fs::rename(from.path(), to).unwrap();
    let journal = away.folder().join("journal");
    moved(&store, &away.folder().join("store"));
    std::fs::rename(journal_of(store.path()), &journal).unwrap();
    let other = Store::of("chrome");
    std::fs::copy(other.path(), store.path()).unwrap();
    let for_all = || foreman(["clean"]).arg(store.folder());
    let resumed = || foreman(["analyze", "--resume"]).arg(store.path());
    for refused in [analyze(&store).expect(1), resumed().expect(1), for_all().expect(1)] {
        assert!(refused.stderr.contains("so the record stays"), "{refused:?}");
        assert!(store.bytes() == other.bytes(), "the other store has changed");
    }
    std::fs::rename(away.folder().join("store"), store.path()).unwrap();
    std::fs::rename(&journal, journal_of(store.path())).unwrap();
    foreman(["clean"]).arg(store.path()).succeed();
    assert!(store.bytes() == original, "the store is not as it was");
}

/// The user names the file, as the message says that refuses to discard the record.
#[test]
fn of_a_change_to_another_store_goes_when_that_is_asked() {
    let store = Store::of("sample");
    let Some(run) = analyze(&store).on_faulty_disk(store.path(), "write-kill 9") else { return };
    assert_eq!(run.run().signal, Some(9));
    std::fs::remove_file(journal_of(store.path())).unwrap();
    std::fs::copy(Store::of("chrome").path(), store.path()).unwrap();
    let discarded = foreman(["clean"]).arg(store.path()).succeed();
    // The other store was written into the same file.
    assert!(
        discarded.stdout.contains("can no longer undo the change of that run; ")
            && discarded.stdout.contains("is not as it was when an interrupted run began to change it"),
        "{discarded:?}"
    );
    analyze(&store).succeed();
}

/// In two containers, different stores can have one path and share a folder for temporary files.
#[test]
fn of_an_active_run_stays() {
    let run = Interrupted::new();
    let temporary = Store::empty();
    let parent = temporary.folder().to_str().unwrap();
    let faults = &run.faults;
    // A second worker could open the store when it has been moved.
    let one_worker = analyze(&run.store).args(["--workers", "1", "--temporary-directory", parent]);
    let mut running = faults.of_workers(one_worker).start();
    let is_done = || {
        let folder = std::fs::read_dir(parent).unwrap().next()?.unwrap().path();
        folder.join("finished.jsonl").exists().then_some(folder)
    };
    let folder = running.until(|_| is_done()).expect("it waits");
    // As in the other container, the file of this name is not the one that is locked.
    let elsewhere = Store::empty();
    std::fs::rename(run.store.path(), elsewhere.folder().join("first")).unwrap();
    std::fs::write(run.store.path(), &run.bytes).unwrap();
    for command in [&["analyze", "--analysis", "sessionize"][..], &["analyze", "--resume"], &["clean"]] {
        let refused =
            foreman(command).args(["--temporary-directory", parent]).arg(run.store.path()).expect(1);
        assert!(refused.stderr.contains("belongs to a run that is still active"), "{refused:?}");
        assert!(folder.join("finished.jsonl").exists());
    }
    std::fs::rename(elsewhere.folder().join("first"), run.store.path()).unwrap();
    running.signal(Signal::SIGINT);
    running.wait().expect(130);
}

/// As after a kill between the commit and the removal of the folder.
#[test]
fn of_a_run_that_is_complete() {
    let run = Interrupted::by(Signal::SIGKILL);
    let folder = run.store.folder().join("sample.plaso.foreman");
    let kept = Store::empty();
    std::fs::copy(folder.join("run.json"), kept.folder().join("run.json")).unwrap();
    run.faults.go_on();
    foreman(["analyze", "--resume"]).arg(run.store.path()).succeed();
    std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700).create(&folder).unwrap();
    std::fs::copy(kept.folder().join("run.json"), folder.join("run.json")).unwrap();
    let refused = foreman(["analyze", "--resume"]).arg(run.store.path()).expect(1);
    assert!(refused.stderr.contains("has stored all its results"), "{refused:?}");
    foreman(["clean"]).arg(run.store.path()).succeed();
}

/// The record in the copy names the original, whose run must not be discarded in its place.
#[test]
fn in_a_case_that_was_copied_leads_to_the_copy() {
    let run = Interrupted::by(Signal::SIGINT);
    let copy = Store::empty();
    let at = |name: &str| copy.folder().join(name);
    let made = Command::new("cp").arg("-a").arg(run.store.folder().join(".")).arg(copy.folder()).status();
    assert!(made.unwrap().success());
    let refused = foreman(["clean"]).arg(at("sample.plaso.foreman")).expect(1);
    let command = format!("  foreman clean '{}'", at("sample.plaso").display());
    assert!(refused.stderr.lines().any(|line| line == command), "{refused:?}");
    foreman(["clean"]).arg(at("sample.plaso")).succeed();
    assert!(!at("sample.plaso.foreman").exists());
    run.resume();
}

/// An empty folder under the name of the record, which a kill can leave.
#[test]
fn in_an_empty_folder_of_the_record_is_nothing_to_name() {
    let place = Store::empty();
    let case = place.folder().join("case");
    std::fs::create_dir(&case).unwrap();
    std::fs::copy(Store::of("sample").path(), case.join("a.plaso")).unwrap();
    let record = case.join("case.foreman");
    std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700).create(&record).unwrap();
    let cleaned = foreman(["clean"]).arg(&case).succeed();
    assert!(cleaned.stdout.contains("the record of the run over this folder"), "{cleaned:?}");
    assert!(!record.exists() && cleaned.stderr.is_empty(), "{cleaned:?}");
}

/// Nobody finds it beside storage files.
#[test]
fn of_a_list_can_be_discarded() {
    let case = Case::new(&[("a.plaso", "sample")]);
    std::fs::write(case.store("none.plaso"), "").unwrap();
    let list = case.place.path().join("list.txt");
    let names = ["a.plaso", "none.plaso"].map(|name| case.store(name).display().to_string());
    std::fs::write(&list, names.join("\n")).unwrap();
    case.analyze().arg("--stores-from").arg(&list).expect(3);
    let record = list.with_file_name("list.txt.foreman").canonicalize().unwrap();
    let named = foreman(["clean"]).arg(case.place.path()).expect(3).stderr;
    let discard = format!("  foreman clean '{}'", record.display());
    assert!(named.lines().any(|line| line == discard), "{named}");
    assert!(record.exists());
    let discarded = foreman(["clean"]).arg(&record).succeed().stdout;
    assert!(discarded.contains("the record of a run over several storage files"), "{discarded}");
    assert!(!record.exists());
}

/// Replaces a folder by a copy of it, as an archive that somebody else has made brings it along.
fn copy_in_its_place(folder: &Path) {
    let kept = folder.with_extension("kept");
    std::fs::rename(folder, &kept).unwrap();
    let copied = Command::new("cp").arg("-a").arg(&kept).arg(folder).status();
    assert!(copied.unwrap().success());
    std::fs::remove_dir_all(&kept).unwrap();
}

/// What somebody else has prepared would be taken for results of this machine.
#[test]
fn of_somebody_else_are_not_resumed() {
    let run = Interrupted::by(Signal::SIGKILL);
    copy_in_its_place(&run.store.folder().join("sample.plaso.foreman"));
    let refused = foreman(["analyze", "--resume"]).arg(run.store.path()).expect(1).stderr;
    assert!(refused.contains("its folder was copied, or made on another machine"), "{refused}");
    let info = foreman(["info"]).arg(run.store.path()).succeed().stdout;
    assert!(info.contains("was copied, or made on another machine") && !info.contains("--resume"), "{info}");
    run.faults.go_on();
    analyze(&run.store).succeed();

    let case = Case::new(&[("a.plaso", "sample")]);
    std::fs::write(case.store("none.plaso"), "").unwrap();
    case.analyze().arg(case.folder()).expect(3);
    copy_in_its_place(&case.store("case.foreman"));
    let refused = case.analyze().arg("--resume").arg(case.folder()).expect(1).stderr;
    assert!(refused.contains("case.foreman was copied, or made on another machine"), "{refused}");
}
