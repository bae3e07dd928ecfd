//! Changes that fail at the last moment: the messages about the state of the store are true.

use std::process::Command;

use rusqlite::Connection;
use tests::power_cut::{Moment, journal_of};
use tests::{Finished, Store, foreman, places};

use crate::support::{analyze, analyze_with, with_free_pages};

/// Runs an analysis that fails on this disk. Returns what it has left behind, and its messages.
fn failed(store: &Store, plan: &str) -> Option<String> {
    let failed = analyze(store).on_faulty_disk(store.path(), plan)?.expect(1);
    Some(failed.stderr)
}

/// When the disk works again, `clean` restores the old store, and `--resume` completes the run.
fn assert_can_go_on(store: &Store, what: &str) {
    let original = Store::of("sample");
    let copy = Store::copy_of(store.path());
    Moment::after(store).restore(&copy);
    foreman(["clean"]).arg(copy.path()).succeed();
    assert!(copy.bytes() == original.bytes(), "{what}: the store is not as it was");
    foreman(["analyze", "--resume"]).arg(store.path()).succeed();
    analyze(&original).succeed();
    store.dump().assert_same(&original.dump());
    assert_eq!(store.files(), ["sample.plaso"], "{what}: something is left behind");
}

/// All writes after a certain one fail: in the journal, in the store, and when SQLite tries to undo
/// the change.
#[test]
fn writes_that_fail() {
    let original = Store::of("sample").bytes();
    let mut left_half_done = 0;
    for from in [1, 2, 5, 20, 40, 41, 42, 43, 45, 50, 55, 60, 80, 100, 150] {
        let store = Store::of("sample");
        let Some(run) = analyze(&store).on_faulty_disk(store.path(), &format!("write-eio {from}")) else {
            return;
        };
        let finished = run.run();
        if finished.status == Some(0) {
            assert!(from > 50, "the disk did not fail");
            continue;
        }
        let said = finished.expect(1).stderr;
        let is_same = store.bytes() == original;
        let undone = std::fs::read(journal_of(store.path())).is_ok_and(|journal| journal.first() > Some(&0));
        let expected = match (is_same, undone) {
            (true, false) => "sample.plaso is untouched",
            (true, true) => "is untouched, but its journal",
            (false, _) => "of the change, and",
        };
        left_half_done += u32::from(!is_same);
        assert!(said.contains(expected), "{from}, {is_same}, {undone}: {said}");
        assert!(said.contains("a write failed; if there is a quota"), "{from}: {said}");
        assert_can_go_on(&store, &format!("write {from}"));
    }
    assert!(left_half_done > 0, "no write failed in the middle of the change");
}

/// After Ctrl-C, the exit status says that the store is untouched, so it must be.
#[test]
fn writes_that_fail_after_a_request_to_stop() {
    let original = Store::of("sample").bytes();
    let mut left_half_done = 0;
    for from in [20, 41, 43, 45, 50] {
        let store = Store::of("sample");
        let run = analyze(&store).arg("--quiet").on_faulty_disk(store.path(), &format!("write-int {from}"));
        let Some(run) = run else { return };
        let finished = run.run();
        if store.bytes() == original && !journal_of(store.path()).exists() {
            finished.expect(130);
            continue;
        }
        left_half_done += 1;
        let said = finished.expect(1).stderr;
        assert!(said.contains("of the change, and") || said.contains("could not be removed"), "{said}");
        assert_can_go_on(&store, &format!("write {from}"));
    }
    assert!(left_half_done > 0, "no write failed in the middle of the change");
}

/// A third request ends foreman at once, also in the middle of a change.
#[test]
fn a_write_that_never_ends_and_three_requests_to_stop() {
    let original = Store::of("sample").bytes();
    let mut left_half_done = 0;
    for at in [1, 20, 43, 45] {
        let store = Store::of("sample");
        let Some(run) = analyze(&store).on_faulty_disk(store.path(), &format!("write-stop {at}")) else {
            return;
        };
        let said = run.expect(1).stderr;
        let store_path = store.path().display();
        for words in [
            format!("stopped while the results were being stored in {store_path}, which may have"),
            format!("foreman analyze --resume '{store_path}'"),
            format!("foreman clean '{store_path}'"),
        ] {
            assert!(said.contains(&words), "write {at}: {said}");
        }
        left_half_done += u32::from(store.bytes() != original);
        assert_can_go_on(&store, &format!("write {at}"));
    }
    assert!(left_half_done > 0, "no write was in the middle of the change");
}

#[test]
fn a_journal_that_cannot_be_removed() {
    let store = Store::of("sample");
    let Some(said) = failed(&store, "unlink-eperm") else { return };
    assert!(said.contains("has all of the change, and"), "{said}");
    assert!(said.contains("--resume"), "{said}");
    assert_can_go_on(&store, "no removal");
}

/// Makes the folder of a store one in which files can be made, but not removed, or undoes that.
fn set_append_only(store: &Store, flag: &str) -> bool {
    let changed = Command::new("chattr").arg(flag).arg(store.folder()).output();
    let is_changed = changed.is_ok_and(|changed| changed.status.success());
    if !is_changed {
        places::skipped("no folder can be made append-only");
    }
    is_changed
}

/// Runs an analysis in whose folder no file can be removed from the moment on when the change has
/// begun. Returns nothing if there can be no such folder.
fn in_append_only_folder(store: &Store, elsewhere: &Store) -> Option<Finished> {
    let reader = Connection::open(store.path()).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM metadata").unwrap();
    let mut run = analyze(store).arg("--temporary-directory").arg(elsewhere.folder()).start();
    run.until(|_| journal_of(store.path()).exists().then_some(())).expect("the commit waits for the reader");
    let is_changed = set_append_only(store, "+a");
    drop(reader);
    let finished = run.wait();
    is_changed.then(|| {
        assert!(set_append_only(store, "-a"));
        finished
    })
}

/// The results could not be stored after the work, so it is not begun.
#[test]
fn a_folder_that_is_append_only_before() {
    let (store, elsewhere) = (Store::of("sample"), Store::empty());
    if !set_append_only(&store, "+a") {
        return;
    }
    let run = || analyze(&store).arg("--temporary-directory").arg(elsewhere.folder());
    let (refused, beside) = (run().run(), analyze(&store).run());
    let dry_run = run().arg("--dry-run").run();
    let rules = places::data("sample-rules.txt");
    let of_all = analyze_with(&rules).arg(store.folder()).run();
    let elsewhere_is = Store::of("sample");
    let temporary = analyze(&elsewhere_is).arg("--temporary-directory").arg(store.folder()).run();
    assert!(set_append_only(&store, "-a"));
    for refused in [refused, beside, of_all, temporary] {
        let said = refused.expect(1).stderr;
        assert!(said.contains("no file can be removed from"), "{said}");
    }
    dry_run.expect(0);
    assert!(store.bytes() == Store::of("sample").bytes(), "the store has changed");
    assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
    assert!(elsewhere.files().is_empty(), "something is left behind");
    run().succeed();
}

/// Whoever has chosen the folder for what goes with the process.
#[test]
fn a_folder_for_temporary_files_that_is_append_only_before() {
    let (store, temporary, plan) = (Store::of("sample"), Store::empty(), Store::empty());
    let planned = plan.folder().join("plan");
    foreman(["plan", "--analysis", "sessionize", "--out"]).arg(&planned).arg(store.path()).succeed();
    if !set_append_only(&temporary, "+a") {
        return;
    }
    let several = foreman(["analyze", "--analysis", "sessionize"]).arg(store.folder());
    let export =
        || foreman(["export", "--output"]).arg(temporary.folder().join("out.jsonl")).arg(store.path());
    let work = || foreman(["work", "--shard", "0", "--plan"]).arg(&planned);
    let to_tmpdir = "name another folder for temporary files with the variable TMPDIR";
    let refused = [
        (analyze(&store), to_tmpdir),
        (analyze(&store).arg("--dry-run"), to_tmpdir),
        (several, to_tmpdir),
        (foreman(["export"]).arg(store.path()), to_tmpdir),
        (work(), to_tmpdir),
        (export(), "--temporary-directory"),
    ];
    let refused = refused.map(|(run, words)| (run.env("TMPDIR", temporary.folder()).run(), words));
    let unnamed = (export().run(), "for an export or a dry run, with --temporary-directory");
    let results = (work().arg("--out").arg(temporary.folder()).run(), "name another folder with --out");
    let elsewhere = export().arg("--temporary-directory").arg(store.folder()).run();
    assert!(set_append_only(&temporary, "-a"));
    for (refused, words) in refused.into_iter().chain([unnamed, results]) {
        let said = refused.expect(1).stderr;
        assert!(said.contains(words), "{said}");
        assert_eq!(said.matches("no file can be removed from").count(), 1, "{said}");
    }
    elsewhere.expect(0);
    assert_eq!(temporary.files(), ["out.jsonl"], "something is left behind");
    assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
    assert!(store.bytes() == Store::of("sample").bytes(), "the store has changed");
}

/// Nothing is stored, so the message that says this also says what stays.
#[test]
fn nothing_to_store_and_a_journal_that_cannot_be_removed() {
    let (store, elsewhere) = (Store::of("sample"), Store::empty());
    let run = analyze(&store).arg("data_type is 'none:such'").arg("--temporary-directory");
    let run = run.arg(elsewhere.folder()).on_faulty_disk(store.path(), "unlink-eperm");
    let Some(run) = run else { return };
    let said = run.expect(1).stderr;
    assert_eq!(store.files(), ["sample.plaso", "sample.plaso-journal"]);
    assert!(said.contains("no event matches the filter"), "{said}");
    assert!(said.contains("sample.plaso-journal stays, because it could not be removed"), "{said}");
    let command = said.lines().find_map(|line| line.strip_prefix("  foreman clean ")).expect("a command");
    assert!(command.ends_with("sample.plaso'"), "{said}");
    foreman(["clean"]).arg(store.path()).succeed();
    assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
    assert!(store.bytes() == Store::of("sample").bytes(), "the store is not as it was");
}

#[test]
fn an_append_only_folder() {
    let (store, elsewhere) = (Store::of("sample"), Store::empty());
    let Some(finished) = in_append_only_folder(&store, &elsewhere) else { return };
    let said = finished.expect(1).stderr;
    assert!(said.contains("has all of the change, and"), "{said}");
    let clean = || foreman(["clean"]).arg(store.path());
    let in_folder = |flag| Command::new("chattr").arg(flag).arg(store.folder()).status().unwrap();
    in_folder("+a");
    let stays = clean().run();
    let again = analyze(&store).arg("--temporary-directory").arg(elsewhere.folder()).run();
    in_folder("-a");
    let said = again.expect(1).stderr;
    assert!(said.contains("journal") && !said.contains("work on a copy"), "{said}");
    let said = stays.expect(1).stderr;
    assert!(said.contains("was undone, and the storage file is as it was before that change; but"), "{said}");
    assert!(store.bytes() == Store::of("sample").bytes(), "the store is not as it was");
    let clean = clean().succeed();
    assert!(clean.stderr.contains("was undone with"), "{clean:?}");
    assert!(store.bytes() == Store::of("sample").bytes(), "the store is not as it was");
    assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
}

/// A store without events has no task that could be lost, but the run's folder must stay all the
/// same.
#[test]
fn an_append_only_folder_and_a_store_without_events() {
    let (store, elsewhere) = (Store::of("sample"), Store::empty());
    let connection = Connection::open(store.path()).unwrap();
    connection.execute_batch("DELETE FROM event; VACUUM").unwrap();
    drop(connection);
    let bytes = store.bytes();
    let Some(finished) = in_append_only_folder(&store, &elsewhere) else { return };
    let said = finished.expect(1).stderr;
    assert!(said.contains("has all of the change, and"), "{said}");
    assert!(store.bytes() != bytes, "the test does not test what it should");
    foreman(["clean"]).arg(store.path()).succeed();
    assert!(store.bytes() == bytes, "the store is not as it was");
    assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
}

/// SQLite does not restore free pages, so the contents are as before, but the bytes are not.
#[test]
fn a_store_with_free_pages() {
    let store = with_free_pages();
    let (bytes, dump, evidence) = (store.bytes(), store.dump(), store.digest_of_evidence());
    let Some(said) = failed(&store, "sync-eio") else { return };
    assert!(store.bytes() != bytes, "the test does not test what it should");
    assert!(said.contains("sample.plaso is as it was (the bytes of its free pages"), "{said}");
    assert!(!said.contains("untouched"), "{said}");
    store.dump().assert_same(&dump);
    assert_eq!(store.digest_of_evidence(), evidence);
    foreman(["analyze", "--resume"]).arg(store.path()).succeed();
    let undisturbed = with_free_pages();
    analyze(&undisturbed).succeed();
    store.dump().assert_same(&undisturbed.dump());
}

/// SQLite says nothing if the disk does not confirm that the folder has the journal. Without it, a
/// power cut could leave a part of the results that nothing can undo, so nothing is stored.
#[test]
fn a_folder_that_cannot_be_synced_when_the_journal_is_made() {
    let (store, elsewhere) = (Store::of("sample"), Store::empty());
    for more in [&[][..], &["--temporary-directory".as_ref(), elsewhere.folder().as_os_str()]] {
        let Some(run) = analyze(&store).args(more).on_faulty_disk(store.path(), "early-folder-eio") else {
            return;
        };
        let said = run.expect(1).stderr;
        assert!(said.contains("is untouched: cannot sync the folder in which"), "{said}");
        assert!(store.bytes() == Store::of("sample").bytes(), "the store has changed");
        foreman(["clean"]).arg(store.path()).succeed();
        assert!(
            store.files() == ["sample.plaso"] && elsewhere.files().is_empty(),
            "something is left behind"
        );
    }
}

/// The change is complete when the journal is gone. Only the disk's confirmation is missing.
#[test]
fn a_folder_that_cannot_be_synced() {
    let store = Store::of("sample");
    let Some(run) = analyze(&store).on_faulty_disk(store.path(), "folder-eio") else { return };
    let finished = run.succeed();
    assert!(finished.stderr.contains("could not be synced"), "{finished:?}");
    let undisturbed = Store::of("sample");
    analyze(&undisturbed).succeed();
    store.dump().assert_same(&undisturbed.dump());
}
