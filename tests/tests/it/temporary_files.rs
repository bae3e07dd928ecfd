//! The files of a run in a folder for temporary files. Its record lies beside the storage file.

use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::Signal;
use tests::{FaultPlan, Running, Store, foreman};

use crate::support::analyze;

/// Starts a run whose files are in a folder for temporary files, and returns it when a task is
/// done, and the folder of the files.
fn begun(store: &Store, temporary: &Store, faults: &FaultPlan) -> (Running, PathBuf) {
    let run = analyze(store).args(["--workers", "1", "--temporary-directory"]).arg(temporary.folder());
    let mut run = faults.of_workers(run).start();
    let done = || {
        let files = std::fs::read_dir(temporary.folder()).unwrap().next()?.unwrap().path();
        let finished = std::fs::read(files.join("finished.jsonl")).ok()?;
        finished.ends_with(b"\n").then_some(files)
    };
    let files = run.until(|_| done()).expect("it waits");
    (run, files)
}

fn kill(run: Running) {
    run.signal(Signal::SIGKILL);
    assert_eq!(run.wait().signal, Some(9));
}

/// The run had a folder for temporary files. Its record lies beside the store, and each message
/// about its files leads to the command that undoes the change.
#[test]
fn each_message_leads_to_the_store() {
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
        let cleaned = foreman(["clean"]).arg(renamed.join("sample.plaso")).run();
        assert_eq!(cleaned.status, Some(if is_in_one_folder { 3 } else { 0 }), "{cleaned:?}");
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
fn files_of_run(temporary: &Path) -> PathBuf {
    let folders = std::fs::read_dir(temporary).unwrap().map(|entry| entry.unwrap().path());
    let is_of_run = |path: &PathBuf| {
        path.extension() == Some("foreman".as_ref()) && !path.join("elsewhere.json").exists()
    };
    folders.into_iter().find(is_of_run).unwrap()
}

/// What the run has done is in the folder for temporary files that it was given, whatever is given
/// later. If that folder is not there, for example on a disk that is not mounted, nothing is lost.
#[test]
fn they_are_found_again() {
    let (store, elsewhere, other) = (Store::of("sample"), Store::empty(), Store::empty());
    let faults = FaultPlan::new("wait 3000");
    let (running, files) = begun(&store, &elsewhere, &faults);
    kill(running);
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
    let (another, others) = begun(&neighbour, &other, &FaultPlan::new("wait 3000"));
    kill(another);
    std::fs::rename(&others, &files).unwrap();
    let refused = foreman(["analyze", "--resume"]).arg(store.path()).expect(1).stderr;
    assert!(refused.contains("it is that of another run"), "{refused}");
    std::fs::rename(&files, &others).unwrap();
    foreman(["clean"]).arg(neighbour.path()).succeed();

    std::fs::rename(&away, &files).unwrap();
    let resumed = analyze(&store).arg("--resume").arg("--temporary-directory").arg(other.folder()).succeed();
    assert!(resumed.stderr.contains("has its files in"), "{resumed:?}");
    assert!(!resumed.stderr.contains("resuming the interrupted run: 0 of"), "{resumed:?}");
    for (folder, expected) in [(&store, &["sample.plaso"][..]), (&elsewhere, &[]), (&other, &[])] {
        assert_eq!(folder.files(), expected, "something is left behind");
    }
    let undisturbed = Store::of("sample");
    analyze(&undisturbed).succeed();
    store.dump().assert_same(&undisturbed.dump());
}

/// A case is copied with the record of a run in it. The files belong to the original, whether its
/// run is active or was interrupted.
#[test]
fn a_copy_of_the_case_leaves_them_alone() {
    for is_active in [true, false] {
        let (store, temporary, copy) = (Store::of("sample"), Store::empty(), Store::empty());
        let faults = FaultPlan::new("wait 3000");
        let (run, files) = begun(&store, &temporary, &faults);
        let active = match is_active {
            true => Some(run),
            false => {
                kill(run);
                None
            }
        };
        for command in [&["clean"][..], &["analyze", "--analysis", "sessionize"]] {
            let copied =
                Command::new("cp").arg("-a").arg(store.folder().join(".")).arg(copy.folder()).status();
            assert!(copied.unwrap().success());
            let finished = foreman(command).arg(copy.folder().join("sample.plaso")).succeed();
            assert!(files.join("finished.jsonl").exists(), "{finished:?}");
        }
        faults.go_on();
        match active {
            Some(run) => run.wait().expect(0),
            None => foreman(["analyze", "--resume"]).arg(store.path()).succeed(),
        };
        assert_eq!((store.files(), temporary.files()), (vec!["sample.plaso".into()], Vec::new()));
    }
}

/// The files were left by an earlier run, which a later one has discarded while they were not
/// there. The later one is not to be discarded for them.
#[test]
fn those_of_an_earlier_run_do_not_lead_to_a_later_one() {
    let (store, first, second) = (Store::of("sample"), Store::empty(), Store::empty());
    let faults = FaultPlan::new("wait 3000");
    let (run, files) = begun(&store, &first, &faults);
    kill(run);
    let unmounted = first.folder().with_file_name("unmounted");
    std::fs::rename(&files, &unmounted).unwrap();
    let (run, _) = begun(&store, &second, &faults);
    kill(run);
    std::fs::rename(&unmounted, &files).unwrap();
    let said = foreman(["clean"]).arg(first.folder()).expect(3).stderr;
    let remove = format!("  rm -r '{}'", files.display());
    assert!(said.lines().any(|line| line == remove) && !said.contains("foreman clean"), "{said}");
    foreman(["clean"]).arg(store.path()).succeed();
    assert_eq!((store.files(), second.files()), (vec!["sample.plaso".into()], Vec::new()));
    assert!(files.join("finished.jsonl").exists());
}

/// A kill can come when the folder of the files is made or removed.
#[test]
fn a_folder_that_was_just_made_or_almost_removed() {
    let marker = "{\n  \"format\": \"foreman run 1\"";
    for left in
        [&[][..], &[("run.json", "")], &[("run.json", marker), (".run.json.0123456789.unfinished", "{")]]
    {
        let (store, temporary) = (Store::of("sample"), Store::empty());
        let (run, files) = begun(&store, &temporary, &FaultPlan::new("wait 3000"));
        kill(run);
        for file in std::fs::read_dir(&files).unwrap() {
            std::fs::remove_file(file.unwrap().path()).unwrap();
        }
        for (name, text) in left {
            std::fs::write(files.join(name), text).unwrap();
        }
        let cleaned = foreman(["clean"]).arg(store.path()).succeed();
        assert!(cleaned.stderr.is_empty(), "{cleaned:?}");
        assert_eq!((store.files(), temporary.files()), (vec!["sample.plaso".into()], Vec::new()));
        // Without the record, nobody needs it.
        let unused = temporary.folder().join("sample.plaso.0123456789abcdef.foreman");
        std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700)
            .create(&unused)
            .unwrap();
        for (name, text) in left {
            std::fs::write(unused.join(name), text).unwrap();
        }
        let _ = foreman(["clean"]).arg(temporary.folder()).run();
        assert!(!unused.exists(), "{left:?}");
    }
}

/// A run that cannot begin discards nothing.
#[test]
fn a_run_without_a_worker_or_a_folder_keeps_the_earlier_one() {
    let (store, temporary) = (Store::of("sample"), Store::empty());
    let (run, files) = begun(&store, &temporary, &FaultPlan::new("wait 3000"));
    kill(run);
    let closed = Store::empty();
    let folder = closed.folder().to_str().unwrap();
    let chattr =
        |flag: &str| Command::new("chattr").args([flag, folder]).status().is_ok_and(|done| done.success());
    let mut wrong = vec![["--worker", "/none"]];
    match chattr("+i") {
        true => wrong.push(["--temporary-directory", folder]),
        false => tests::places::skipped("no folder can be made unchangeable"),
    }
    let refused: Vec<_> = wrong.iter().map(|wrong| analyze(&store).args(wrong).run()).collect();
    chattr("-i");
    for refused in refused {
        assert_eq!(refused.status, Some(1), "{refused:?}");
        assert!(files.join("finished.jsonl").exists(), "{refused:?}");
    }
    let resumed = foreman(["analyze", "--resume"]).arg(store.path()).succeed();
    assert!(!resumed.stderr.contains("resuming the interrupted run: 0 of"), "{resumed:?}");
}

/// Nobody can tell where they are.
#[test]
fn a_damaged_file_that_says_where_they_are() {
    let (store, temporary) = (Store::of("sample"), Store::empty());
    let (run, files) = begun(&store, &temporary, &FaultPlan::new("wait 3000"));
    kill(run);
    std::fs::write(store.folder().join("sample.plaso.foreman/elsewhere.json"), "").unwrap();
    let refused = foreman(["analyze", "--resume"]).arg(store.path()).expect(1).stderr;
    assert!(refused.contains("elsewhere.json, which is damaged"), "{refused}");
    let cleaned = foreman(["clean"]).arg(store.path()).expect(3);
    assert!(cleaned.stderr.contains("they stay, because"), "{cleaned:?}");
    let said = foreman(["clean"]).arg(temporary.folder()).expect(3).stderr;
    assert!(said.contains(&format!("  rm -r '{}'", files.display())), "{said}");
}

/// An archive can bring many records with it, each as large as one can be.
#[test]
fn many_large_records_are_not_all_read() {
    let store = Store::of("sample");
    let Some(run) = analyze(&store).on_faulty_disk(store.path(), "write-kill 9") else { return };
    assert_eq!(run.run().signal, Some(9));
    let record = store.folder().join("sample.plaso.foreman");
    let text = std::fs::read_to_string(record.join("run.json")).unwrap();
    std::fs::remove_dir_all(&record).unwrap();
    let text = text.replacen("\"program\": \"", &format!("\"program\": \"{}", "a".repeat(15 << 20)), 1);
    let large = store.folder().join("large");
    std::fs::write(&large, text.replacen("\"journal\": \"", "\"journal\": \"another, ", 1)).unwrap();
    for number in 0..40 {
        let folder = store.folder().join(format!("{number}.foreman"));
        std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700)
            .create(&folder)
            .unwrap();
        std::fs::hard_link(&large, folder.join("run.json")).unwrap();
    }
    let refused = foreman(["clean"]).arg(store.path()).expect(1);
    assert!(refused.stderr.contains("are too many, or too large"), "{refused:?}");
    assert!(!refused.stderr.contains("mv -n"), "{refused:?}");
}

/// The kill can come before the folder is made.
#[test]
fn a_folder_that_was_not_made_yet() {
    let (store, temporary) = (Store::of("sample"), Store::empty());
    let (run, files) = begun(&store, &temporary, &FaultPlan::new("wait 3000"));
    kill(run);
    std::fs::remove_dir_all(&files).unwrap();
    let record = store.folder().join("sample.plaso.foreman/run.json");
    std::fs::write(record, "{\n  \"format\": \"foreman run 1\"").unwrap();
    let cleaned = foreman(["clean"]).arg(store.path()).succeed();
    assert!(cleaned.stderr.is_empty(), "{cleaned:?}");
    assert_eq!(store.files(), ["sample.plaso"]);
}

/// A cleaner of old files has emptied the folder. It is this run's again.
#[test]
fn a_folder_that_was_emptied() {
    let (store, temporary) = (Store::of("sample"), Store::empty());
    let faults = FaultPlan::new("wait 3000");
    let (run, files) = begun(&store, &temporary, &faults);
    kill(run);
    for file in std::fs::read_dir(&files).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    // The rules of the run are gone with them.
    foreman(["analyze", "--resume"]).arg(store.path()).expect(1);
    assert!(std::fs::read_to_string(files.join("run.json")).unwrap().contains("\"key\""));
    foreman(["clean"]).arg(store.path()).succeed();
    assert_eq!((store.files(), temporary.files()), (vec!["sample.plaso".into()], Vec::new()));
}

/// A record that came with the evidence names any folder.
#[test]
fn no_other_folder_is_removed() {
    let (store, temporary) = (Store::of("sample"), Store::empty());
    let victim = store.folder().with_file_name("victim");
    std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700).create(&victim).unwrap();
    let (run, files) = begun(&store, &temporary, &FaultPlan::new("wait 3000"));
    kill(run);
    let record = store.folder().join("sample.plaso.foreman");
    // Who made the record could not know all of this.
    let link = std::fs::read_to_string(record.join("elsewhere.json")).unwrap();
    let link = link.replace(files.to_str().unwrap(), victim.to_str().unwrap());
    std::fs::write(record.join("elsewhere.json"), &link).unwrap();
    let cleaned = foreman(["clean"]).arg(store.path()).expect(3);
    assert!(cleaned.stderr.contains("this is no name for such a folder"), "{cleaned:?}");
    assert!(victim.exists());
    // Beside evidence, it does not make the folder that of a run.
    std::fs::write(store.folder().join("run.json"), &link).unwrap();
    let cleaned = foreman(["clean"]).arg(store.folder()).succeed();
    assert!(!cleaned.stderr.contains("rm -r"), "{cleaned:?}");
}

/// The disk with the case is not mounted. The run can still be resumed.
#[test]
fn without_the_disk_of_the_case_they_are_not_to_be_removed() {
    let (store, temporary) = (Store::of("sample"), Store::empty());
    let (run, files) = begun(&store, &temporary, &FaultPlan::new("wait 3000"));
    kill(run);
    let away = store.folder().with_file_name("away");
    std::fs::rename(store.folder(), &away).unwrap();
    for folder in [temporary.folder(), &files] {
        let named = foreman(["clean"]).arg(folder).run();
        assert!(matches!(named.status, Some(1 | 3)), "{named:?}");
        assert!(named.stderr.contains("when the disk is mounted"), "{named:?}");
        assert!(!named.stderr.contains("rm -r"), "{named:?}");
    }
    std::fs::rename(&away, store.folder()).unwrap();
    foreman(["analyze", "--resume"]).arg(store.path()).succeed();
}
