//! The record of a run, in the place where another run would put its own.

use std::process::Command;

use nix::sys::signal::Signal;
use tests::power_cut::journal_of;
use tests::{FaultPlan, Store, foreman};

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

/// The run had a folder for temporary files. Its record lies beside the store, and each message
/// about its files leads to the command that undoes the change.
#[test]
fn in_a_folder_for_temporary_files_leads_to_the_store() {
    for is_in_one_folder in [false, true] {
        let (store, elsewhere) = (Store::of("sample"), Store::empty());
        let original = store.bytes();
        let temporary = if is_in_one_folder { store.folder() } else { elsewhere.folder() };
        let run = analyze(&store).arg("--temporary-directory").arg(temporary);
        let Some(run) = run.on_faulty_disk(store.path(), "write-kill 9") else { return };
        assert_eq!(run.run().signal, Some(9));
        assert!(store.bytes() != original, "the test does not test what it should");
        let folder = files_of_run(temporary);
        let command = format!("  foreman clean '{}'", store.path().display());
        let leads_to_it = |refused: &tests::Finished| {
            let said = &refused.stderr;
            assert!(said.lines().any(|line| line == command), "{command}: {said}");
            assert!(!said.contains("rm -r") && !said.contains("mv -n"), "{said}");
        };
        leads_to_it(&foreman(["clean"]).arg(&folder).expect(1));
        if !is_in_one_folder {
            leads_to_it(&foreman(["clean"]).arg(temporary).expect(3));
        }
        // The folder of the store gets another name.
        let old = store.folder().to_owned();
        let renamed = old.with_file_name("renamed");
        std::fs::rename(&old, &renamed).unwrap();
        let cleaned = foreman(["clean"]).arg(renamed.join("sample.plaso")).succeed();
        assert_eq!(cleaned.stderr.contains("in which the run had its files, is not there"), is_in_one_folder);
        std::fs::rename(&renamed, &old).unwrap();
        assert!(store.bytes() == original, "the store is not as it was");
        // A folder that is not where it was is not looked for.
        assert_eq!(folder.exists(), is_in_one_folder);
        if is_in_one_folder {
            let orphan = foreman(["clean"]).arg(&old).expect(3).stderr;
            let remove = format!("  rm -r '{}'", folder.display());
            assert!(orphan.lines().any(|line| line == remove), "{orphan}");
        }
    }
}

/// Returns the folder with the files of a run, without its record, in this folder for temporary
/// files.
fn files_of_run(temporary: &std::path::Path) -> std::path::PathBuf {
    let folders = std::fs::read_dir(temporary).unwrap().map(|entry| entry.unwrap().path());
    let is_of_run = |path: &std::path::PathBuf| {
        path.extension() == Some("foreman".as_ref()) && !path.join("elsewhere.json").exists()
    };
    folders.into_iter().find(is_of_run).unwrap()
}

/// What the run has done is in the folder for temporary files that it was given, whatever is given
/// later. If that folder is not there, for example on a disk that is not mounted, nothing is lost.
#[test]
fn in_a_folder_for_temporary_files_is_found_again() {
    let (store, elsewhere, other) = (Store::of("sample"), Store::empty(), Store::empty());
    let faults = FaultPlan::new("wait 3000");
    let run = |folder: &Store| analyze(&store).arg("--temporary-directory").arg(folder.folder());
    let mut running = faults.of_workers(run(&elsewhere)).start();
    let done_in = |temporary: &std::path::Path| {
        let files = std::fs::read_dir(temporary).unwrap().next()?.unwrap().path();
        files.join("finished.jsonl").exists().then_some(files)
    };
    let files = running.until(|_| done_in(elsewhere.folder())).expect("it waits");
    running.signal(Signal::SIGKILL);
    assert_eq!(running.wait().signal, Some(9));
    faults.go_on();
    let away = elsewhere.folder().join("away");
    std::fs::rename(&files, &away).unwrap();
    let refused = foreman(["analyze", "--resume"]).arg(store.path()).expect(1).stderr;
    assert!(
        refused.contains(&format!("{}, which cannot be used: it is not there", files.display())),
        "{refused}"
    );
    // The files of another run in its place.
    let neighbour = Store::of("sample");
    let another = analyze(&neighbour).arg("--temporary-directory").arg(other.folder());
    let mut another = FaultPlan::new("wait 3000").of_workers(another).start();
    let others = another.until(|_| done_in(other.folder())).expect("it waits");
    another.signal(Signal::SIGKILL);
    assert_eq!(another.wait().signal, Some(9));
    std::fs::rename(&others, &files).unwrap();
    let refused = foreman(["analyze", "--resume"]).arg(store.path()).expect(1).stderr;
    assert!(refused.contains("it is that of another run"), "{refused}");
    std::fs::rename(&files, &others).unwrap();
    foreman(["clean"]).arg(neighbour.path()).succeed();

    std::fs::rename(&away, &files).unwrap();
    let resumed = run(&other).arg("--resume").succeed();
    assert!(resumed.stderr.contains("has its files in"), "{resumed:?}");
    assert!(!resumed.stderr.contains("resuming the interrupted run: 0 of"), "{resumed:?}");
    for (folder, expected) in [(&store, &["sample.plaso"][..]), (&elsewhere, &[]), (&other, &[])] {
        assert_eq!(folder.files(), expected, "something is left behind");
    }
    let undisturbed = Store::of("sample");
    analyze(&undisturbed).succeed();
    store.dump().assert_same(&undisturbed.dump());
}
