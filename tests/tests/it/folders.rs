//! Folders of a run where other users or programs may have put something else.

use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use tests::{FaultPlan, Program, Running, Store, foreman, places};

use crate::support::{analyze, interrupt, waiting};

const NOBODY: u32 = 65_534;

/// A store, and the folder of an interrupted run over it.
fn interrupted() -> (Store, PathBuf) {
    let store = Store::of("sample");
    let folder = store.folder().join("sample.plaso.foreman");
    interrupt(analyze(&store).args(["--workers", "2"]), &folder);
    (store, folder)
}

/// A normal run, a resumed run and `clean` all refuse what is there.
fn refused(store: &Store, why: &str) {
    let bytes = store.bytes();
    let resume = foreman(["analyze", "--resume"]).arg(store.path());
    for run in [analyze(store), resume, foreman(["clean"]).arg(store.path())] {
        let refused = run.expect(1);
        assert!(refused.stderr.contains("is in the way: "), "{}", refused.stderr);
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
        assert!(store.bytes() == bytes, "the store has changed");
    }
}

/// A user's folder with files that have the same names as those of a run.
fn precious(place: &Path) -> PathBuf {
    let folder = place.join("precious");
    fs::create_dir(&folder).unwrap();
    for name in ["run.json", "finished.jsonl", "task-000000.sqlite", "notes.txt"] {
        fs::write(folder.join(name), "mine").unwrap();
    }
    folder
}

fn assert_intact(precious: &Path) {
    for name in ["run.json", "finished.jsonl", "task-000000.sqlite", "notes.txt"] {
        assert_eq!(fs::read_to_string(precious.join(name)).unwrap(), "mine", "{name}");
    }
    assert_eq!(fs::read_dir(precious).unwrap().count(), 4);
}

#[test]
fn a_link_in_the_place_of_the_folder() {
    let store = Store::of("sample");
    let precious = precious(store.folder());
    symlink(&precious, store.folder().join("sample.plaso.foreman")).unwrap();
    refused(&store, "it is a symbolic link");
    assert_intact(&precious);
}

/// A link to the folder of a run is refused like any other link.
#[test]
fn a_link_to_a_folder_of_ours() {
    let (store, folder) = interrupted();
    let moved = store.folder().join("moved");
    fs::rename(&folder, &moved).unwrap();
    symlink("moved", &folder).unwrap();
    refused(&store, "it is a symbolic link");
    assert!(moved.join("finished.jsonl").exists());
}

#[test]
fn a_folder_of_a_user_with_a_file_run_json() {
    let store = Store::of("sample");
    let precious = precious(store.folder());
    let folder = store.folder().join("sample.plaso.foreman");
    fs::rename(&precious, &folder).unwrap();
    for content in ["mine", "", "{\n  \"format\": \"of another program\"\n}"] {
        fs::write(folder.join("run.json"), content).unwrap();
        refused(&store, "it is not a folder of an earlier run; move it away");
        assert_eq!(fs::read_to_string(folder.join("run.json")).unwrap(), content);
    }
    fs::write(folder.join("run.json"), "mine").unwrap();
    assert_intact(&folder);
}

/// A user's empty folder is not removed. A folder is removed if a run was killed before it made the
/// first file there.
#[test]
fn an_empty_folder() {
    let store = Store::of("sample");
    let folder = store.folder().join("sample.plaso.foreman");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    for run in [foreman(["clean"]).arg(store.path()), analyze(&store)] {
        let refused = run.expect(1);
        assert!(refused.stderr.contains("is not a folder of an earlier run"), "{}", refused.stderr);
        assert!(folder.exists());
    }
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
    foreman(["clean"]).arg(store.path()).succeed();
    assert!(!folder.exists());
}

/// A folder into which a user has put a file stays as it is, so that the run can be resumed.
#[test]
fn notes_in_a_folder_of_ours() {
    let (store, folder) = interrupted();
    let notes = folder.join("notes.txt");
    fs::write(&notes, "mine").unwrap();
    let refused = analyze(&store).expect(1);
    assert!(refused.stderr.contains("has files that foreman did not make"), "{}", refused.stderr);
    assert!(folder.join("finished.jsonl").exists(), "what could be resumed is gone");
    let files = || fs::read_dir(&folder).unwrap().count();
    let before = files();
    let cleaned = foreman(["clean"]).arg(store.path()).expect(1);
    assert!(
        cleaned.stderr.contains("was not removed") && cleaned.stderr.contains("notes.txt"),
        "{cleaned:?}"
    );
    assert_eq!(files(), before, "clean has removed a part of the folder");
    assert_eq!(fs::read_to_string(&notes).unwrap(), "mine");
    fs::remove_file(&notes).unwrap();
    foreman(["analyze", "--resume"]).arg(store.path()).succeed();
}

/// The list of finished tasks cannot be read: that does not mean that none is finished.
#[test]
fn a_list_of_finished_tasks_that_cannot_be_read() {
    let (store, folder) = interrupted();
    let (list, away) = (folder.join("finished.jsonl"), store.folder().join("away"));
    fs::rename(&list, &away).unwrap();
    fs::create_dir(&list).unwrap();
    let resume = || foreman(["analyze", "--resume"]).arg(store.path());
    let refused = resume().expect(1);
    assert!(
        refused.stderr.contains("cannot read") && refused.stderr.contains("finished.jsonl"),
        "{refused:?}"
    );
    fs::remove_dir(&list).unwrap();
    fs::rename(&away, &list).unwrap();
    resume().succeed();
}

/// The same during a run: the run completes and says which files stay.
#[test]
fn notes_in_the_folder_of_a_run() {
    let store = Store::of("sample");
    let folder = store.folder().join("sample.plaso.foreman");
    let faults = FaultPlan::new("wait 3000");
    let running = waiting(&faults, analyze(&store).args(["--workers", "2"]), &folder);
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    faults.go_on();
    let finished = running.wait().expect(0);
    assert!(finished.stderr.contains("notes.txt"), "{}", finished.stderr);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

/// The folder of a run is moved away, and a link is put in its place.
#[test]
fn a_folder_that_is_swapped_for_a_link() {
    let store = Store::of("sample");
    let folder = store.folder().join("sample.plaso.foreman");
    let precious = precious(store.folder());
    // A second worker could read its rules when the folder has been moved.
    let running = waiting(&FaultPlan::new("wait 3000"), analyze(&store).args(["--workers", "1"]), &folder);
    fs::rename(&folder, store.folder().join("moved")).unwrap();
    symlink(&precious, &folder).unwrap();
    running.signal(Signal::SIGINT);
    running.wait().expect(130);
    assert_intact(&precious);
    refused(&store, "it is a symbolic link");
    assert_intact(&precious);
}

/// The same, before a worker writes its task store there.
#[test]
fn a_link_in_the_way_of_a_worker() {
    let store = Store::of("sample");
    let bytes = store.bytes();
    let folder = store.folder().join("sample.plaso.foreman");
    let precious = precious(store.folder());
    let faults = FaultPlan::new("wait 3000");
    let running = waiting(&faults, analyze(&store).args(["--workers", "2"]), &folder);
    fs::rename(&folder, store.folder().join("moved")).unwrap();
    symlink(&precious, &folder).unwrap();
    faults.go_on();
    let failed = running.wait().expect(1);
    assert!(failed.stderr.contains("is untouched"), "{}", failed.stderr);
    assert!(store.bytes() == bytes, "the store has changed");
    assert_intact(&precious);
}

#[test]
fn folders_of_a_user_named_like_those_of_a_dry_run() {
    let store = Store::of("sample");
    let cases = store.folder().join("cases");
    let names = ["foreman-dry-run-2026-results", "foreman-dry-run-0123456789", "foreman-sockets-0123456789"];
    for name in names {
        fs::create_dir_all(cases.join(name)).unwrap();
        fs::write(cases.join(name).join("notes.txt"), "mine").unwrap();
        fs::write(cases.join(name).join("run.json"), "mine").unwrap();
    }
    let target = store.folder().join("target");
    fs::create_dir(&target).unwrap();
    fs::write(target.join("notes.txt"), "mine").unwrap();
    symlink(&target, cases.join("foreman-dry-run-aaaaaaaaaa")).unwrap();
    let dry_run = analyze(&store).args(["--dry-run", "--temporary-directory"]).arg(&cases);
    dry_run.env("TMPDIR", &cases).succeed();
    foreman(["clean"]).arg(store.path()).env("TMPDIR", &cases).succeed();
    for name in names {
        for file in ["notes.txt", "run.json"] {
            assert_eq!(fs::read_to_string(cases.join(name).join(file)).unwrap(), "mine", "{name}");
        }
    }
    assert!(target.join("notes.txt").exists());
    assert_eq!(fs::read_dir(&cases).unwrap().count(), 4);
}

/// Fails if other users may read anything in this folder, or if it contains too few files to check.
fn assert_closed(folder: &Path, least: usize) {
    let mode = |path: &Path| path.symlink_metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder), 0o700, "{}", folder.display());
    let mut looked_at = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_file = path.is_file();
        looked_at += usize::from(is_file);
        assert!(!is_file || mode(&path) == 0o600, "{}: {:o}", path.display(), mode(&path));
    }
    assert!(looked_at >= least, "{looked_at} files in {}", folder.display());
}

/// Task stores hold evidence: no other user can read them or connect to the sockets, whatever the
/// umask.
#[test]
fn only_oneself_reads_what_a_run_keeps() {
    let store = Store::of("sample");
    let faults = FaultPlan::new("wait 3000");
    let temporary = Store::empty();
    let in_temporary = |prefix: &str| {
        let entries = fs::read_dir(temporary.folder()).unwrap();
        let mut paths = entries.map(|entry| entry.unwrap().path());
        paths.find(|path| path.file_name().unwrap().to_str().unwrap().starts_with(prefix)).unwrap()
    };
    let start = |more: &[&str], folder: &dyn Fn() -> PathBuf| {
        let open = Program::new(Path::new("/bin/sh"), ["-c", "umask 0; exec \"$0\" \"$@\""]);
        let run = open.arg(places::program("foreman")).args(["analyze", "--analysis", "tagging,sessionize"]);
        let run = run.arg("--tagging-file").arg(places::data("sample-rules.txt")).arg(store.path());
        let run = run.args(["--workers", "2"]).args(more).env("TMPDIR", temporary.folder());
        let mut running = faults.of_workers(run).start();
        let is_done = |_: &Running| {
            let stores =
                fs::read_dir(temporary.folder()).unwrap().count() == 1 + usize::from(!more.is_empty());
            let is_task_store = |path: &PathBuf| path.extension() == Some("sqlite".as_ref());
            let has_task_store = || {
                let mut files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
                files.any(|file| is_task_store(&file))
            };
            // Only a run that can be resumed keeps this list, when the task store is there.
            let is_listed = || !more.is_empty() || folder().join("finished.jsonl").exists();
            (stores && has_task_store() && is_listed()).then_some(())
        };
        running.until(is_done).expect("it waits");
        running
    };
    let beside = || store.folder().join("sample.plaso.foreman");
    let running = start(&[], &beside);
    // The record of the run, the rules, a task store and the logs of the workers; and the list of
    // done tasks, if the run can be resumed.
    assert_closed(&beside(), 6);
    assert_closed(&in_temporary("foreman-sockets-"), 1);
    running.signal(Signal::SIGINT);
    running.wait().expect(130);
    foreman(["clean"]).arg(store.path()).succeed();
    let running = start(&["--dry-run"], &|| in_temporary("foreman-dry-run-"));
    assert_closed(&in_temporary("foreman-dry-run-"), 5);
    running.signal(Signal::SIGINT);
    running.wait().expect(130);
    assert_eq!(fs::read_dir(temporary.folder()).unwrap().count(), 0, "something is left behind");
}

/// Gives files to another user. If that is not possible, says that the test is skipped.
fn give_away(path: &Path) -> bool {
    if chown(path, Some(NOBODY), Some(NOBODY)).is_err() {
        places::skipped("only root can give a file to another user");
        return false;
    }
    for entry in fs::read_dir(path).unwrap() {
        chown(entry.unwrap().path(), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    true
}

/// A folder that another user has made is not used, even if its contents look right.
#[test]
fn a_folder_of_another_user() {
    let (store, folder) = interrupted();
    if !give_away(&folder) {
        return;
    }
    // It may be needed for an active run of that user, or to undo a change.
    refused(&store, "it belongs to user 65534; keep it as it is; if a run of that user is active, wait");
    assert!(folder.join("finished.jsonl").exists() && folder.join("run.json").exists());
}

/// Another user puts a folder in the place of that with the files of an interrupted run. Nothing is
/// read from it, nothing is written to it, and it stays.
#[test]
fn a_shared_temporary_directory() {
    let store = Store::of("sample");
    let shared = store.folder().with_file_name("shared");
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, Permissions::from_mode(0o1777)).unwrap();
    let run = || analyze(&store).arg("--temporary-directory").arg(&shared);
    let mut running = FaultPlan::new("wait 3000").of_workers(run()).start();
    let done = || {
        let folder = fs::read_dir(&shared).unwrap().next()?.unwrap().path();
        folder.join("finished.jsonl").exists().then_some(folder)
    };
    let folder = running.until(|_| done()).unwrap();
    running.signal(Signal::SIGKILL);
    assert_eq!(running.wait().signal, Some(9));
    fs::remove_dir_all(&folder).unwrap();
    fs::create_dir(&folder).unwrap();
    if !give_away(&folder) {
        return;
    }
    for mode in [0o777, 0o700] {
        fs::set_permissions(&folder, Permissions::from_mode(mode)).unwrap();
        let refused = run().arg("--resume").expect(1);
        assert!(refused.stderr.contains("cannot be used: it belongs to user 65534"), "{}", refused.stderr);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "something was written to it");
    }
    let begun_anew = run().succeed();
    assert!(begun_anew.stderr.contains("stays, because it cannot be used"), "{}", begun_anew.stderr);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "something was written to it");
    assert_eq!(fs::read_dir(&shared).unwrap().count(), 1, "something is left behind");
}

/// Sockets may go to another folder. Results of a dry run go only to a folder that the user knows.
#[test]
fn a_temporary_directory_that_is_not_utf_8() {
    let store = Store::of("sample");
    let odd = store.folder().with_file_name(std::ffi::OsString::from_vec(b"od\xffd".to_vec()));
    if fs::create_dir(&odd).is_err() {
        places::skipped("the file system has no such names");
        return;
    }
    analyze(&store).env("TMPDIR", &odd).succeed();
    let refused = analyze(&store).arg("--dry-run").env("TMPDIR", &odd).expect(1);
    assert!(refused.stderr.contains("must be UTF-8; name another"), "{}", refused.stderr);
    let named = analyze(&store).args(["--dry-run", "--temporary-directory"]).arg(store.folder());
    named.env("TMPDIR", &odd).succeed();
    foreman(["clean"]).arg(store.path()).env("TMPDIR", &odd).succeed();
    assert_eq!(fs::read_dir(&odd).unwrap().count(), 0);
    assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
}

/// With such a umask, a user may not enter folders of his own.
#[test]
fn a_umask_that_denies_oneself_everything() {
    let store = Store::of("sample");
    let summary = store.folder().join("summary.json");
    for mask in ["0777", "0700", "0400"] {
        let closed = Program::new(Path::new("/bin/sh"), ["-c", &format!("umask {mask}; exec \"$0\" \"$@\"")]);
        let run = closed.arg(places::program("foreman")).args(["analyze", "--analysis", "sessionize"]);
        run.arg("--summary").arg(&summary).arg(store.path()).succeed();
        assert_eq!(summary.metadata().unwrap().permissions().mode() & 0o700, 0o600, "{mask}");
        fs::remove_file(&summary).unwrap();
    }
    assert_eq!(store.files(), ["sample.plaso"]);
}

/// Whoever can exchange the folder of the sockets could give commands to the workers.
#[test]
fn a_temporary_folder_in_which_others_can_exchange_files() {
    let store = Store::of("sample");
    let temporary = Store::empty();
    let set = |mode| {
        fs::set_permissions(temporary.folder(), fs::Permissions::from_mode(mode)).unwrap();
        analyze(&store).env("TMPDIR", temporary.folder())
    };
    let refused = set(0o777).expect(1);
    assert!(refused.stderr.contains("others may write to"), "{refused:?}");
    assert!(refused.stderr.contains("with the variable TMPDIR"), "{refused:?}");
    let (_, command) = refused.stderr.trim_end().rsplit_once('\n').unwrap();
    assert!(command.starts_with("  chmod +t "), "{refused:?}");
    Program::new(Path::new("/bin/sh"), ["-c", command]).succeed();
    analyze(&store).env("TMPDIR", temporary.folder()).succeed();
    // The sticky bit of a folder does not help against its owner.
    set(0o755);
    if chown(temporary.folder(), Some(NOBODY), Some(NOBODY)).is_err() {
        return places::skipped("only root can give a folder to another user");
    }
    let refused = analyze(&store).env("TMPDIR", temporary.folder()).expect(1).stderr;
    assert!(refused.contains("belongs to") && !refused.contains("chmod"), "{refused}");
}

/// The folder of a run may lie where others may write, as a storage file may. A warning says so.
#[test]
fn a_folder_for_runs_in_which_others_can_exchange_files() {
    let store = Store::of("sample");
    let shared = Store::empty();
    for (mode, is_open) in [(0o777, true), (0o1777, false), (0o700, false)] {
        fs::set_permissions(shared.folder(), Permissions::from_mode(mode)).unwrap();
        let run = analyze(&store).arg("--force").arg("--temporary-directory").arg(shared.folder()).succeed();
        let is_said = run.stderr.contains("other users could exchange what foreman makes in")
            && run.stderr.contains("chmod +t ");
        assert_eq!(is_said, is_open, "{mode:o}: {}", run.stderr);
        let output = shared.folder().join(format!("{mode:o}.csv"));
        let export = || foreman(["export", "--output"]).arg(&output).arg(store.path());
        let run = export().arg("--temporary-directory").arg(shared.folder()).succeed();
        assert_eq!(run.stderr.contains("other users could exchange"), is_open, "{mode:o}: {}", run.stderr);
        // Who names only the output need not be told: it lies there itself.
        fs::remove_file(&output).unwrap();
        let run = export().succeed();
        assert!(!run.stderr.contains("other users could exchange"), "{mode:o}: {}", run.stderr);
    }
}

/// The link "current case" of a script, for example.
#[test]
fn a_link_to_the_storage_file_that_then_leads_elsewhere() {
    let store = Store::of("sample");
    let other = Store::of("chrome");
    let (link, bytes) = (store.folder().join("current.plaso"), other.bytes());
    symlink(store.path(), &link).unwrap();
    let faults = FaultPlan::new("wait 1500");
    let summary = store.folder().join("summary.json");
    let run = foreman(["analyze", "--analysis", "sessionize", "--summary"]).args([&summary, &link]);
    let running = waiting(&faults, run, &store.folder().join("sample.plaso.foreman"));
    fs::remove_file(&link).unwrap();
    symlink(other.path(), &link).unwrap();
    faults.go_on();
    let said = running.wait().expect(0).stdout + &fs::read_to_string(&summary).unwrap();
    assert!(!said.contains(other.folder().to_str().unwrap()), "{said}");
    assert_eq!(said.matches(store.path().canonicalize().unwrap().to_str().unwrap()).count(), 2, "{said}");
    assert!(other.bytes() == bytes, "the other store has changed");
}

/// Who owns a link on the path of TMPDIR lets it lead elsewhere while the run works, and would take
/// the place of foreman towards the worker that is started then.
#[test]
fn a_temporary_folder_behind_a_link_that_then_leads_elsewhere() {
    let store = Store::of("sample");
    let temporary = Store::empty();
    let [real, evil, link] = ["real", "evil", "link"].map(|name| temporary.folder().join(name));
    fs::create_dir(&real).unwrap();
    fs::create_dir(&evil).unwrap();
    symlink(&real, &link).unwrap();
    let faults = FaultPlan::new("wait 1500; crash 4500 once");
    let run = analyze(&store).args(["--workers", "1"]).env("TMPDIR", &link);
    let running = waiting(&faults, run, &store.folder().join("sample.plaso.foreman"));
    fs::remove_file(&link).unwrap();
    symlink(&evil, &link).unwrap();
    faults.go_on();
    running.wait().expect(0);
    assert_eq!(fs::read_dir(&real).unwrap().count(), 0, "something is left behind");
    assert_eq!(fs::read_dir(&evil).unwrap().count(), 0, "something was written there");
}
