//! Journals beside a store: the journal of an interrupted change to this store is used; every other
//! journal is refused.

use std::fs::File;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use tests::power_cut::journal_of;
use tests::{Finished, Store, foreman, places};

use crate::support::{analyze, slow_store, with_free_pages};

/// Returns a sample store whose run was killed while it completed the change, or `None` if that is
/// not possible here.
fn killed(plan: &str) -> Option<Store> {
    let store = Store::of("sample");
    let run = analyze(&store).on_faulty_disk(store.path(), plan)?.run();
    assert_eq!(run.signal, Some(9), "{run:?}");
    Some(store)
}

fn journal(store: &Store) -> Vec<u8> {
    std::fs::read(journal_of(store.path())).unwrap()
}

fn resume(store: &Store) -> Finished {
    foreman(["analyze", "--resume"]).arg(store.path()).run()
}

fn clean(store: &Store) -> Finished {
    foreman(["clean"]).arg(store.path()).run()
}

/// Each command that writes refuses the store, says what to do, and changes nothing.
fn assert_refused(store: &Store) -> String {
    let before = (store.bytes(), std::fs::read(journal_of(store.path())).ok(), store.files());
    let mut said = String::new();
    for finished in [clean(store), resume(store), analyze(store).run()] {
        said = finished.expect(1).stderr;
        // Only a journal that no run has recorded may be moved away, or one of a later file.
        let may_be_moved =
            !said.contains("has recorded this journal as its own") || said.contains("give the run up");
        assert_eq!(said.contains("mv -n '"), may_be_moved, "{said}");
        let after = (store.bytes(), std::fs::read(journal_of(store.path())).ok(), store.files());
        assert!(before == after, "something has changed: {said}");
    }
    said
}

#[test]
fn a_change_that_was_interrupted_is_undone() {
    let undisturbed = Store::of("sample");
    let original = undisturbed.bytes();
    analyze(&undisturbed).succeed();
    for plan in ["write-kill 1", "write-kill 2", "write-kill 9", "unlink-kill"] {
        for command in [resume, clean, |store: &Store| analyze(store).arg("--quiet").run()] {
            let Some(store) = killed(plan) else { return };
            let finished = command(&store).expect(0);
            assert!(finished.stderr.contains("was undone with"), "{plan}: {finished:?}");
            if finished.stdout.starts_with("removed") {
                assert!(store.bytes() == original, "{plan}: the store is not as it was");
            } else {
                store.dump().assert_same(&undisturbed.dump());
            }
            assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
        }
    }
}

/// A journal that was cut off changes nothing when it is played back, and would be removed.
#[test]
fn a_change_that_was_interrupted_and_whose_journal_is_cut_off() {
    for number in [2, 3, 9] {
        let Some(store) = killed(&format!("write-kill {number}")) else { return };
        let journal = File::options().write(true).open(journal_of(store.path())).unwrap();
        journal.set_len(600).unwrap();
        let said = assert_refused(&store);
        assert!(said.contains("it is cut off or damaged"), "{said}");
    }
}

/// `clean FOLDER` looks at journals as `clean STORE` does, wherever the record of the run is.
#[test]
fn the_journals_of_a_folder_are_looked_at() {
    let store = Store::of("sample");
    let original = store.bytes();
    let temporary = Store::empty();
    let run = analyze(&store).arg("--temporary-directory").arg(temporary.folder());
    let Some(run) = run.on_faulty_disk(store.path(), "write-kill 9") else { return };
    assert_eq!(run.run().signal, Some(9));
    let half = (store.bytes(), journal(&store));
    let clean_folder = || foreman(["clean"]).arg(store.folder());
    // Under another name of the store, only the record of the run names the journal, or nothing.
    let renamed = store.folder().join("renamed.plaso");
    std::fs::rename(store.path(), &renamed).unwrap();
    let incomplete = clean_folder().expect(3);
    assert!(incomplete.stderr.contains("give it this path again"), "{incomplete:?}");
    let away = temporary.folder().join("away");
    std::fs::rename(store.folder().join("sample.plaso.foreman"), &away).unwrap();
    let incomplete = clean_folder().expect(3);
    assert!(incomplete.stderr.contains("give it this name again"), "{incomplete:?}");
    std::fs::rename(&away, store.folder().join("sample.plaso.foreman")).unwrap();
    std::fs::rename(&renamed, store.path()).unwrap();
    assert!(half == (store.bytes(), journal(&store)), "something has changed");
    clean_folder().succeed();
    assert!(store.bytes() == original, "the store is not as it was");
    assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
    assert_eq!(temporary.files(), [""; 0], "something is left behind");
}

/// The folder of the run belongs to another user. Its record is needed, so it is not to be moved.
#[test]
fn the_record_of_another_user_is_not_to_be_moved_away() {
    let Some(store) = killed("write-kill 9") else { return };
    let folder = store.folder().join("sample.plaso.foreman");
    let other = nix::unistd::Uid::from_raw(65_534);
    if nix::unistd::chown(&folder, Some(other), None).is_err() {
        return places::skipped("only root can give a folder to another user");
    }
    for place in [store.folder(), store.path()] {
        let refused = foreman(["clean"]).arg(place).expect(1);
        assert!(refused.stderr.contains("keep them together"), "{refused:?}");
        assert!(!refused.stderr.contains("move it away") && !refused.stderr.contains("mv -n"), "{refused:?}");
    }
}

/// That a journal cannot be read does not make it the journal of something else: without it, the
/// store would stay half changed.
#[test]
fn a_journal_that_cannot_be_read_is_kept() {
    let Some(store) = killed("write-kill 9") else { return };
    let state = || (store.bytes(), journal(&store), store.files());
    let before = state();
    let commands = || {
        let of = |arguments: &[&str]| foreman(arguments).arg(store.path());
        [of(&["clean"]), of(&["analyze", "--resume"]), analyze(&store), of(&["report"]), of(&["info"])]
    };
    for command in commands() {
        let said = command.on_faulty_disk(store.path(), "journal-eio 1").unwrap().expect(1).stderr;
        assert!(said.contains("sample.plaso-journal cannot be read: Input/output error"), "{said}");
        assert!(said.contains("so keep both files together, as they are"), "{said}");
        for wrong in ["mv -n", "move", "is not a journal"] {
            assert!(!said.contains(wrong), "{wrong}: {said}");
        }
        assert!(before == state(), "something has changed: {said}");
    }
    // From the look at its beginning to the moment in which SQLite plays it back.
    for read in (1..60).step_by(3) {
        let plan = format!("journal-eio {read}");
        let cleaned = foreman(["clean"]).arg(store.path()).on_faulty_disk(store.path(), &plan).unwrap().run();
        let said = cleaned.stderr;
        assert!(!said.contains("mv -n") && !said.contains("is not a journal"), "{read}: {said}");
        if cleaned.status == Some(0) {
            break;
        }
        assert!(said.contains("so keep both files together"), "{read}: {said}");
    }
    clean(&store).expect(0);
    assert!(store.bytes() == Store::of("sample").bytes(), "the store is not as it was");
}

/// Which rules fit is seen in the store, which cannot be read before the change is undone.
#[test]
fn a_change_is_undone_before_rules_are_chosen() {
    for arguments in
        [&["analyze"][..], &["analyze", "--resume"], &["psort", "-o", "null", "-u", "--data", "."]]
    {
        let Some(store) = killed("write-kill 9") else { return };
        let automatic = ["--analysis", "tagging", "--tagging-file", "auto"];
        let finished = foreman(arguments).args(automatic).arg(store.path()).run();
        assert!(finished.stderr.contains("was undone with"), "{finished:?}");
        assert!(!finished.stderr.contains("an analysis without --dry-run"), "{finished:?}");
    }
}

/// The table of results is new, and so is its count of rows.
#[test]
fn results_of_a_plugin_are_undone() {
    let store = Store::of("sample");
    let original = store.bytes();
    let run = foreman(["analyze", "--analysis", "browser_search"]).arg(store.path());
    let Some(run) = run.on_faulty_disk(store.path(), "unlink-kill") else { return };
    assert_eq!(run.run().signal, Some(9));
    let cleaned = clean(&store).expect(0);
    assert!(cleaned.stderr.contains("was undone with"), "{cleaned:?}");
    assert!(store.bytes() == original, "the store is not as it was");
}

/// Commands that only read do not undo the change.
#[test]
fn reading_undoes_nothing() {
    let Some(store) = killed("unlink-kill") else { return };
    let before = (store.bytes(), journal(&store), store.files());
    let dry_run = ["analyze", "--analysis", "sessionize", "--dry-run"];
    for reading in [&["info"][..], &["report"], &["check", "--tagging-file", "linux"], &dry_run] {
        let refused = foreman(reading).arg(store.path()).expect(1);
        assert!(refused.stderr.contains("has not been undone yet"), "{refused:?}");
        assert!(
            before == (store.bytes(), journal(&store), store.files()),
            "{reading:?} has changed something"
        );
    }
}

/// SQLite does not keep the bytes of free pages, so they differ. The run can be resumed
/// nevertheless.
#[test]
fn a_change_to_a_store_with_free_pages_is_undone() {
    let undisturbed = with_free_pages();
    analyze(&undisturbed).succeed();
    for command in [resume, clean] {
        let store = with_free_pages();
        let (before, evidence) = (store.dump(), store.digest_of_evidence());
        let Some(run) = analyze(&store).on_faulty_disk(store.path(), "unlink-kill") else { return };
        assert_eq!(run.run().signal, Some(9));
        let finished = command(&store).expect(0);
        assert!(finished.stderr.contains("was undone with"), "{finished:?}");
        let expected = if finished.stdout.starts_with("removed") { &before } else { &undisturbed.dump() };
        store.dump().assert_same(expected);
        assert_eq!(store.digest_of_evidence(), evidence);
        assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
    }
}

/// A journal is played back only if the record of an interrupted run names it.
#[test]
fn a_journal_without_the_record_of_its_run_is_refused() {
    let Some(store) = killed("write-kill 9") else { return };
    let folder = store.folder().join("sample.plaso.foreman");
    let away = store.folder().join("away");
    std::fs::rename(&folder, &away).unwrap();
    assert!(
        assert_refused(&store)
            .contains("no interrupted run of foreman is known that has recorded it as its own")
    );
    std::fs::rename(&away, &folder).unwrap();
    // The record of another run over the same store, with another journal.
    let Some(other) = killed("write-kill 9") else { return };
    std::fs::write(
        folder.join("run.json"),
        std::fs::read(other.folder().join("sample.plaso.foreman/run.json")).unwrap(),
    )
    .unwrap();
    assert!(assert_refused(&store).contains("but the interrupted run has recorded one with"));
}

/// No option must name the folder for temporary files again.
#[test]
fn a_run_whose_files_are_elsewhere() {
    let store = Store::of("sample");
    let elsewhere = Store::empty();
    let run = analyze(&store).arg("--temporary-directory").arg(elsewhere.folder());
    let Some(run) = run.on_faulty_disk(store.path(), "unlink-kill") else { return };
    assert_eq!(run.run().signal, Some(9));
    foreman(["clean"]).arg(store.path()).succeed();
    assert!(store.bytes() == Store::of("sample").bytes(), "the store is not as it was");
    assert_eq!(elsewhere.files(), [""; 0], "something is left behind");
}

/// The owner of a store cannot read the record of a run by root. Without its journal, the store
/// would stay half changed.
#[test]
fn the_record_of_a_run_of_another_user() {
    let Some(store) = killed("unlink-kill") else { return };
    let folder = store.folder().join("sample.plaso.foreman");
    if std::os::unix::fs::chown(&folder, Some(65_534), None).is_err() {
        places::skipped("only root can give a folder to another user");
        return;
    }
    let before = (store.bytes(), journal(&store), store.files());
    let resume = || foreman(["analyze", "--resume"]).arg(store.path());
    for run in [foreman(["clean"]).arg(store.path()), resume(), analyze(&store)] {
        let said = run.expect(1).stderr;
        assert!(said.contains("it belongs to user 65534"), "{said}");
        assert!(said.contains("keep them together") && !said.contains("mv -n"), "{said}");
        assert!(before == (store.bytes(), journal(&store), store.files()), "something has changed: {said}");
    }
    std::os::unix::fs::chown(&folder, Some(0), None).unwrap();
    clean(&store).expect(0);
    assert!(store.bytes() == Store::of("sample").bytes(), "the store is not as it was");
}

/// All these stores have the same page size, and most have the same change counter as the store of
/// the journal.
#[test]
fn a_journal_of_another_store_is_refused() {
    let Some(own) = killed("unlink-kill") else { return };
    let half = own.bytes();
    let analysed = Store::of("sample");
    analyze(&analysed).succeed();
    let others = [Store::of("chrome"), Store::of("sample-20230327"), slow_store()];
    for other in &others {
        std::fs::write(own.path(), other.bytes()).unwrap();
        assert_refused(&own);
        // The same after one more change: the change counter of the journal's own store is also one
        // higher than the journal says.
        other.change("INSERT INTO metadata VALUES ('one', 'change')");
        std::fs::write(own.path(), other.bytes()).unwrap();
        assert_refused(&own);
    }
    std::fs::write(own.path(), analysed.bytes()).unwrap();
    assert!(assert_refused(&own).contains("another run"));
    // The journal can still undo the change to its own store.
    std::fs::write(own.path(), half).unwrap();
    clean(&own).expect(0);
    assert!(own.bytes() == Store::of("sample").bytes(), "the store is not as it was");
}

/// A journal as a killed psort leaves it: the program that made a journal must play it back.
#[test]
fn a_journal_of_another_program_is_refused() {
    let store = Store::of("sample");
    analyze(&store).succeed();
    let original = store.bytes();
    let psort = rusqlite::Connection::open(store.path()).unwrap();
    psort
        .execute_batch(
            "PRAGMA cache_size = 10; BEGIN; UPDATE event_tag SET labels = '[\"label\", \"another_label\"]'",
        )
        .unwrap();
    // While the change is in progress, its journal is not a leftover.
    let locked = clean(&store).expect(1);
    assert!(locked.stderr.contains("is locked"), "{locked:?}");
    let copy = Store::copy_of(store.path());
    std::fs::copy(journal_of(store.path()), journal_of(copy.path())).unwrap();
    assert!(copy.bytes() != original, "nothing is written yet");
    assert!(assert_refused(&copy).contains("let that program or sqlite3 open a copy of both files"));
    // The command that the message advises.
    copy.change("PRAGMA user_version");
    let read = rusqlite::Connection::open(copy.path()).unwrap();
    let check: String = read.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    assert!(copy.bytes() == original, "the store is not as it was");
}

/// A copy from before the change needs no undoing, and gets none.
#[test]
fn a_copy_from_before_the_change() {
    let Some(store) = killed("write-kill 9") else { return };
    let original = Store::of("sample");
    std::fs::write(store.path(), original.bytes()).unwrap();
    clean(&store).expect(0);
    assert!(store.bytes() == original.bytes(), "the store is not as it was");
    assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
}

/// A header as SQLite writes it, filled up to a sector.
fn header(records: u32, pages: u32, page_size: u32) -> Vec<u8> {
    let mut bytes = vec![0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    for number in [records, 7, pages, 512, page_size] {
        bytes.extend(number.to_be_bytes());
    }
    bytes.resize(512, 0);
    bytes
}

#[test]
fn made_up_journals_are_refused() {
    let store = Store::of("sample");
    let place = journal_of(store.path());
    let of_sample = killed("unlink-kill").map(|killed| journal(&killed));
    let mut made_up = vec![
        b"no journal at all".to_vec(),
        header(0, 0, 4_096)[..28].to_vec(),
        header(0, 1, 4_096)[..20].to_vec(),
        header(0, 0, 4_096),
        header(0, 1, 4_096),
        header(0, u32::MAX, 4_096),
        header(u32::MAX, 5, 4_096),
        header(0, 618, 8_192),
        header(0, 618, 0),
        header(1, 619, 4_096),
    ];
    // SQLite would overwrite these files and remove them.
    made_up.push([vec![0; 512], b"somebody's file".repeat(1_000)].concat());
    made_up.push([&[0; 12], &b"somebody's file"[..]].concat());
    if let Some(whole) = of_sample {
        let mut named = whole;
        named.extend([
            0, 0, 0, 1, b'x', 0, 0, 0, 1, 0, 0, 0, b'x', 0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7,
        ]);
        made_up.push(named);
    }
    for bytes in made_up {
        std::fs::write(&place, &bytes).unwrap();
        let said = assert_refused(&store);
        assert!(said.contains("is not a journal that may undo a change"), "{said}");
    }
}

/// A journal of this store, except for a page of events that the change would not have touched.
/// More such journals are in the tests of `storage`.
#[test]
fn a_journal_that_would_change_evidence_is_refused() {
    const SIZE: usize = 4_096;
    let store = Store::of("sample");
    let bytes = store.bytes();
    let root = |table: &str| -> usize {
        let connection = rusqlite::Connection::open(store.path()).unwrap();
        let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
        connection.query_row(sql, [table], |row| row.get(0)).unwrap()
    };
    let page = |number: usize| bytes[(number - 1) * SIZE..number * SIZE].to_vec();
    let pages = bytes.len() / SIZE;
    let words = b"Last Access Time";
    let has_words = |page: &[u8]| page.windows(words.len()).position(|part| part == words);
    let (number, at) = (2..=pages).find_map(|number| Some((number, has_words(&page(number))?))).unwrap();
    let mut forged = page(number);
    forged[at..at + 4].copy_from_slice(b"Fake");
    let records = [
        (1, page(1)),
        (root("sqlite_sequence"), page(root("sqlite_sequence"))),
        (root("session"), page(root("session"))),
        (number, forged),
    ];
    let mut made_up = header(4, u32::try_from(pages).unwrap(), 4_096);
    for (number, content) in records {
        made_up.extend(u32::try_from(number).unwrap().to_be_bytes());
        made_up.extend(&content);
        let sum = (1..).map_while(|step| SIZE.checked_sub(200 * step)).filter(|&at| at > 0);
        let sum = sum.fold(7_u32, |sum, at| sum.wrapping_add(u32::from(content[at])));
        made_up.extend(sum.to_be_bytes());
    }
    std::fs::write(journal_of(store.path()), made_up).unwrap();
    let said = assert_refused(&store);
    assert!(
        said.contains("no interrupted run of foreman is known that has recorded it as its own"),
        "{said}"
    );
}

/// What has a journal beside it may be no store at all: to open a pipe would wait for ever.
#[test]
fn a_pipe_with_a_journal_is_refused() {
    let Some(store) = killed("write-kill 9") else { return };
    std::fs::remove_file(store.path()).unwrap();
    nix::unistd::mkfifo(store.path(), nix::sys::stat::Mode::S_IRWXU).unwrap();
    for command in
        [&["clean"][..], &["analyze", "--resume"], &["analyze", "--analysis", "sessionize"], &["info"]]
    {
        let refused = foreman(command).arg(store.path()).expect(1);
        let said = refused.stderr;
        assert!(
            said.contains("it is no regular file") || said.contains("and has not been undone"),
            "{command:?}: {said}"
        );
    }
}

/// A journal that has nothing to undo is ignored.
#[test]
fn journals_with_nothing_to_undo() {
    for bytes in [vec![], vec![0; 28], vec![0; 4_096], header(0, 618, 4_096)] {
        let store = Store::of("sample");
        let original = store.bytes();
        std::fs::write(journal_of(store.path()), &bytes).unwrap();
        clean(&store).expect(0);
        assert!(store.bytes() == original, "the store has changed");
        std::fs::write(journal_of(store.path()), &bytes).unwrap();
        analyze(&store).succeed();
        assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
    }
}

/// A journal that was cut off cannot undo all of a change that was written.
#[test]
fn a_journal_that_is_cut_off_is_refused() {
    let Some(store) = killed("unlink-kill") else { return };
    let (half, whole) = (store.bytes(), journal(&store));
    for length in [600, whole.len() / 2, whole.len() - 1] {
        std::fs::write(journal_of(store.path()), &whole[..length]).unwrap();
        assert_refused(&store);
    }
    let mut damaged = whole.clone();
    // The checksum covers every 200th byte.
    for byte in &mut damaged[600..1_600] {
        *byte ^= 1;
    }
    std::fs::write(journal_of(store.path()), &damaged).unwrap();
    assert_refused(&store);
    assert!(store.bytes() == half, "the store has changed");
    std::fs::write(journal_of(store.path()), &whole).unwrap();
    clean(&store).expect(0);
    assert!(store.bytes() == Store::of("sample").bytes(), "the store is not as it was");
}

/// Makes something at a path.
type Maker<'a> = &'a dyn Fn(&PathBuf);

/// Something else in place of a journal. foreman must not hang when it opens it, and must not
/// follow links.
#[test]
fn what_is_no_file_of_ones_own_is_refused() {
    let Some(own) = killed("unlink-kill") else { return };
    let whole = journal(&own);
    let store = Store::of("sample");
    let place = journal_of(store.path());
    let elsewhere = store.beside("elsewhere", "");
    let makers: [(&str, Maker<'_>); 5] = [
        ("link", &|place| symlink(&elsewhere, place).unwrap()),
        ("link to nothing", &|place| symlink("/no/such/file", place).unwrap()),
        ("FIFO", &|place| assert!(Command::new("mkfifo").arg(place).status().unwrap().success())),
        ("folder", &|place| std::fs::create_dir(place).unwrap()),
        ("hard link", &|place| std::fs::hard_link(&elsewhere, place).unwrap()),
    ];
    for (name, make) in makers {
        std::fs::write(&elsewhere, &whole).unwrap();
        make(&place);
        let original = store.bytes();
        for arguments in [vec!["clean"], vec!["info"], vec!["analyze", "--analysis", "sessionize"]] {
            let refused = foreman(&arguments).arg(store.path()).expect(1);
            assert!(refused.stderr.contains("is not a journal that may undo"), "{name}: {refused:?}");
        }
        assert!(std::fs::read(&elsewhere).unwrap() == whole, "{name}: the other file has changed");
        assert!(store.bytes() == original, "{name}: the store has changed");
        if name == "folder" {
            std::fs::remove_dir(&place).unwrap()
        } else {
            std::fs::remove_file(&place).unwrap()
        }
    }
}

#[test]
fn a_journal_of_another_person_is_refused() {
    let Some(store) = killed("unlink-kill") else { return };
    if std::os::unix::fs::chown(journal_of(store.path()), Some(65_534), None).is_err() {
        places::skipped("files cannot be given to somebody else");
        return;
    }
    assert!(assert_refused(&store).contains("belongs to another user"));
    // A user who owns the store too has made both.
    std::os::unix::fs::chown(store.path(), Some(65_534), None).unwrap();
    clean(&store).expect(0);
    assert!(store.bytes() == Store::of("sample").bytes(), "the store is not as it was");
}

/// SQLite passes such a journal over. A program that is killed when it has just made its journal
/// leaves one.
#[test]
fn a_journal_with_nothing_to_undo_is_removed() {
    let store = Store::of("sample");
    let (bytes, path) = (store.bytes(), journal_of(store.path()));
    for content in [vec![], vec![0; 512], [&[0; 512][..], &1_u32.to_be_bytes(), &[7; 4_100]].concat()] {
        std::fs::write(&path, &content).unwrap();
        foreman(["info"]).arg(store.path()).succeed();
        let writing = rusqlite::Connection::open(store.path()).unwrap();
        writing.execute_batch("BEGIN IMMEDIATE").unwrap();
        assert!(clean(&store).expect(1).stderr.contains("is locked"));
        drop(writing);
        assert_eq!(std::fs::read(&path).unwrap(), content, "it was removed or changed without the lock");
        let said = clean(&store).expect(0).stdout;
        assert!(said.starts_with("removed ") && said.contains("-journal, a journal with nothing"), "{said}");
        assert_eq!(store.files(), ["sample.plaso"]);
        assert!(store.bytes() == bytes, "the store has changed");
        assert!(clean(&store).expect(0).stdout.contains("no interrupted run has left anything"));
    }
    // The file of somebody else stays.
    let notes = store.beside("notes", "");
    std::fs::hard_link(&notes, &path).unwrap();
    clean(&store).expect(1);
    std::fs::remove_file(&path).unwrap();
    symlink(&notes, &path).unwrap();
    clean(&store).expect(1);
    assert!(path.symlink_metadata().unwrap().is_symlink() && notes.exists());
}
