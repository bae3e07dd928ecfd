//! Runs on a machine with too few resources.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use tests::{Compression, Dump, NewStore, Program, Store, foreman, places, wait_until};

use crate::shards::Planned;
use crate::support::{analyze, analyze_with};

/// A separate file system in memory, with a copy of the sample.
struct Medium {
    _folder: tempfile::TempDir,
    place: PathBuf,
    store: PathBuf,
}

impl Medium {
    /// Makes one with this many KiB in addition to the sample. Returns `None` if only root may make
    /// one and this is another user.
    fn with_room_for(kibibytes: u64) -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("medium-").tempdir().unwrap();
        let place = folder.path().join("mounted");
        std::fs::create_dir(&place).unwrap();
        let sample = std::fs::read(places::data("sample.plaso")).unwrap();
        let size = format!("size={}k", sample.len() as u64 / 1_024 + kibibytes);
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&place).output();
        if !mounted.is_ok_and(|mounted| mounted.status.success()) {
            places::skipped("no file system can be mounted");
            return None;
        }
        let store = place.join("sample.plaso");
        let medium = Self { _folder: folder, place, store };
        std::fs::write(&medium.store, sample).unwrap();
        Some(medium)
    }

    /// A process that another test is just starting may still have a file here open for writing, so
    /// that the file system is busy for a moment.
    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        wait_until(&options, || {
            Command::new("mount").args(["-o", &options]).arg(&self.place).status().unwrap().success()
        });
    }

    fn analyze(&self) -> Program {
        analyze_with(&places::data("sample-rules.txt")).arg(&self.store)
    }

    fn assert_untouched(&self) {
        let sample = std::fs::read(places::data("sample.plaso")).unwrap();
        assert!(std::fs::read(&self.store).unwrap() == sample, "the store has changed");
    }

    fn files(&self) -> Vec<String> {
        names(&self.place)
    }

    fn assert_right(&self) {
        Store::copy_of(&self.store).dump().assert_same(&undisturbed());
        assert_eq!(self.files(), ["sample.plaso"], "something is left behind");
    }
}

impl Drop for Medium {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.place).status();
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn undisturbed() -> Dump {
    let store = Store::of("sample");
    analyze(&store).succeed();
    store.dump()
}

#[test]
fn the_disk_is_full_when_workers_write() {
    let Some(medium) = Medium::with_room_for(64) else { return };
    let failed = medium.analyze().expect(1);
    assert!(failed.stderr.contains("full"), "{}", failed.stderr);
    assert!(failed.stderr.contains("is untouched"), "{}", failed.stderr);
    medium.assert_untouched();
    medium.remount("size=64m");
    medium.analyze().succeed();
    medium.assert_right();
}

/// As in a container into which only the storage file is mounted: its journal would not lie beside
/// the real file.
#[test]
fn a_store_that_is_mounted_alone() {
    let store = Store::of("sample");
    let at = store.folder().join("mounted here.plaso");
    std::fs::write(&at, "").unwrap();
    let mounted = Command::new("mount").arg("--bind").arg(store.path()).arg(&at).output();
    if !mounted.is_ok_and(|mounted| mounted.status.success()) {
        places::skipped("no file can be mounted");
        return;
    }
    let refused = analyze_with(&places::data("sample-rules.txt")).arg(&at).expect(1);
    let read = foreman(["info"]).arg(&at).run();
    Command::new("umount").arg(&at).status().unwrap();
    assert!(refused.stderr.contains("is mounted as a single file"), "{}", refused.stderr);
    assert!(refused.stderr.contains("mount the folder that it is in"), "{}", refused.stderr);
    assert!(read.stderr.is_empty(), "{}", read.stderr);
}

/// psort reads a store for hours when it writes a timeline.
#[test]
fn another_program_reads_the_store_when_results_are_stored() {
    let store = Store::of("sample");
    let reader = rusqlite::Connection::open(store.path()).unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM event LIMIT 1").unwrap();
    let elsewhere = Store::empty();
    let log = elsewhere.folder().join("log");
    let mut run = analyze(&store).arg("--log-file").arg(&log).start();
    let waits = || {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        text.contains("is being read by another program, so foreman waits").then_some(())
    };
    run.until(|_| waits()).expect("it waits");
    drop(reader);
    run.wait().expect(0);
    store.dump().assert_same(&undisturbed());
}

#[test]
fn the_disk_is_full_when_results_are_stored() {
    let Some(medium) = Medium::with_room_for(16) else { return };
    let elsewhere = Store::empty();
    let temporary = ["--temporary-directory".as_ref(), elsewhere.folder().as_os_str()];
    let failed = medium.analyze().args(temporary).expect(1);
    assert!(failed.stderr.contains("the disk is full"), "{}", failed.stderr);
    assert!(failed.stderr.contains("--resume"), "{}", failed.stderr);
    medium.assert_untouched();
    assert_eq!(medium.files(), ["sample.plaso", "sample.plaso.foreman"], "something is left behind");
    medium.remount("size=64m");
    foreman(["analyze", "--resume"]).arg(&medium.store).args(temporary).succeed();
    medium.assert_right();
    assert_eq!(elsewhere.files(), [""; 0], "something is left behind");
}

#[test]
fn a_read_only_medium() {
    let Some(medium) = Medium::with_room_for(16) else { return };
    medium.remount("ro");
    let refused = medium.analyze().expect(1);
    assert!(refused.stderr.contains("--dry-run"), "{}", refused.stderr);
    let dry = medium.analyze().arg("--dry-run").succeed();
    assert!(dry.stdout.contains("Nothing was written"), "{}", dry.stdout);
    medium.assert_untouched();
    assert_eq!(medium.files(), ["sample.plaso"], "something is left behind");
}

/// Makes a folder with programs that other users may run, beside the folder of the store, which
/// gets these permissions. Returns `None` if that is not possible here.
fn programs_for_others(store: &Store, permissions: u32) -> Option<PathBuf> {
    let possible = Command::new("setpriv").args(["--reuid=65534", "--clear-groups", "true"]).status();
    if !possible.is_ok_and(|status| status.success()) {
        places::skipped("nobody else can be asked to run a program");
        return None;
    }
    let programs = store.folder().with_file_name("programs");
    std::fs::create_dir(&programs).unwrap();
    for name in ["foreman", "worker"] {
        std::fs::copy(places::program(name), programs.join(name)).unwrap();
    }
    let parent = programs.parent().unwrap();
    let modes = [(parent, 0o755), (store.folder(), permissions), (&programs, 0o755), (store.path(), 0o666)];
    for (path, mode) in modes {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
    Some(programs)
}

/// Runs the foreman as an ordinary user, started by another program.
fn as_person(number: u32, by_way_of: &[&str], programs: &Path) -> Program {
    let person = [format!("--reuid={number}"), format!("--regid={number}"), "--clear-groups".into()];
    Program::new(Path::new("setpriv"), person).args(by_way_of).arg(programs.join("foreman"))
}

/// A folder that cannot be read is not one in which nothing was left.
#[test]
fn a_folder_that_is_to_be_cleaned_without_read_permission() {
    let store = Store::of("sample");
    let Some(programs) = programs_for_others(&store, 0o711) else { return };
    let cleaned = as_person(65_534, &[], &programs).arg("clean").arg(store.folder()).expect(1);
    assert!(cleaned.stderr.contains("cannot read the folder"), "{}", cleaned.stderr);
    assert_eq!(cleaned.stdout, "");
}

/// A folder whose record may not be read can be that of a run, and a journal that may not be read
/// can undo a change. Neither is to be moved away.
#[test]
fn a_record_and_a_journal_without_read_permission() {
    let store = Store::of("sample");
    let Some(programs) = programs_for_others(&store, 0o777) else { return };
    let folder = store.folder().join("sample.plaso.foreman");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("run.json"), "{\n  \"format\": \"foreman run").unwrap();
    for (path, mode) in [(folder.join("run.json"), 0), (folder.clone(), 0o700)] {
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        std::os::unix::fs::chown(&path, Some(65_534), None).unwrap();
    }
    let as_nobody = |arguments: &[&str]| as_person(65_534, &[], &programs).args(arguments).arg(store.path());
    let commands: [&[&str]; 3] =
        [&["clean"], &["analyze", "--resume"], &["analyze", "--analysis", "sessionize"]];
    for command in commands {
        let said = as_nobody(command).expect(1).stderr;
        assert!(said.contains("run.json in it cannot be read: Permission denied"), "{said}");
        assert!(said.contains("keep it as it is") && !said.contains("move it away"), "{said}");
    }
    let journal = store.folder().join("sample.plaso-journal");
    std::fs::write(&journal, "what a killed run has left").unwrap();
    std::fs::set_permissions(&journal, Permissions::from_mode(0o600)).unwrap();
    for command in commands.into_iter().chain([&["report"][..], &["info"]]) {
        let said = as_nobody(command).expect(1).stderr;
        assert!(said.contains("sample.plaso-journal cannot be read: Permission denied"), "{said}");
        assert!(said.contains("get the permission to read it") && !said.contains("mv -n"), "{said}");
    }
    assert_eq!(store.files(), ["sample.plaso", "sample.plaso-journal", "sample.plaso.foreman"]);
}

/// What an ordinary user sees who may not write to the folder of the store or to the store.
#[test]
fn a_folder_without_write_permission() {
    let store = Store::of("sample");
    let bytes = store.bytes();
    let Some(programs) = programs_for_others(&store, 0o555) else { return };
    let as_nobody = |arguments: &[&str]| as_person(65_534, &[], &programs).args(arguments).arg(store.path());
    let analyze = ["analyze", "--analysis", "sessionize"];
    let refused = as_nobody(&analyze).expect(1);
    assert!(refused.stderr.contains("SQLite needs to write beside it"), "{}", refused.stderr);
    std::fs::set_permissions(store.path(), Permissions::from_mode(0o444)).unwrap();
    let refused_file = as_nobody(&analyze).expect(1);
    assert!(refused_file.stderr.contains("--dry-run"), "{}", refused_file.stderr);
    let dry = as_nobody(&["analyze", "--analysis", "sessionize", "--dry-run"]).succeed();
    assert!(dry.stdout.contains("Nothing was written"), "{}", dry.stdout);
    assert!(store.bytes() == bytes, "the store has changed");
    assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
    insta::assert_snapshot!("without_write_permission", refused.redacted(&[(store.folder(), "[FOLDER]")]));
}

/// The files of the run are elsewhere, so the folder is needed only for its record and for SQLite.
#[test]
fn a_folder_that_cannot_be_written_is_told_before_the_work() {
    let store = Store::of("sample");
    let Some(programs) = programs_for_others(&store, 0o555) else { return };
    let elsewhere = programs.with_file_name("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::set_permissions(&elsewhere, Permissions::from_mode(0o777)).unwrap();
    let bytes = store.bytes();
    let run = as_person(65_534, &[], &programs).args(["analyze", "--debug", "--analysis", "sessionize"]);
    let refused = run.arg("--temporary-directory").arg(&elsewhere).arg(store.path()).expect(1);
    assert!(refused.stderr.contains("SQLite needs to write beside it"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("started (process"), "{}", refused.stderr);
    assert!(store.bytes() == bytes, "the store has changed");
    assert_eq!(names(&elsewhere), [""; 0], "something is left behind");
    // As root, for whom only the mount is read-only.
    let Some(medium) = Medium::with_room_for(16) else { return };
    medium.remount("ro");
    let refused = medium.analyze().arg("--temporary-directory").arg(&elsewhere).expect(1);
    assert!(refused.stderr.contains("cannot be written"), "{}", refused.stderr);
    assert_eq!(names(&elsewhere), [""; 0], "something is left behind");
}

/// The paths of sockets must be short; a long path would be cut off silently.
#[test]
fn a_long_temporary_directory() {
    let store = Store::of("sample");
    let base = Store::empty();
    let long = base.folder().join("t".repeat(150));
    std::fs::create_dir(&long).unwrap();
    analyze(&store).env("TMPDIR", &long).succeed();
    store.dump().assert_same(&undisturbed());
    analyze(&store).arg("--dry-run").env("TMPDIR", &long).succeed();
    assert_eq!(names(&long), [""; 0], "something is left behind");
    assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
}

#[test]
fn no_temporary_directory() {
    let store = Store::of("sample");
    let bytes = store.bytes();
    let failed = analyze(&store).env("TMPDIR", "/no/such/folder").expect(1);
    assert!(failed.stderr.contains("is untouched"), "{}", failed.stderr);
    assert!(store.bytes() == bytes, "the store has changed");
    assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
}

/// The folder exists, but no folder can be made in it: as in /proc, or in a folder that was
/// removed.
#[cfg(target_os = "linux")]
#[test]
fn a_temporary_directory_in_which_nothing_can_be_made() {
    let store = Store::of("sample");
    let bytes = store.bytes();
    let removed = "mkdir gone && cd gone && rmdir ../gone && TMPDIR=. exec \"$0\" \"$@\"";
    let elsewhere = Store::empty();
    let in_removed = || {
        let shell = Program::new(std::path::Path::new("/bin/sh"), ["-c", removed]);
        let shell = shell.current_dir(elsewhere.folder()).arg(places::program("foreman"));
        shell.args(["analyze", "--analysis", "sessionize"]).arg(store.path())
    };
    let in_proc = || analyze(&store).env("TMPDIR", "/proc");
    for (run, why) in [
        (
            in_proc(),
            "no folder can be made in /proc (No such file or directory (os error 2)); name another folder",
        ),
        (in_proc().arg("--dry-run"), "no folder can be made in /proc ("),
        (in_removed(), "no folder can be made in . ("),
        (in_removed().arg("--dry-run"), "cannot use the folder ."),
    ] {
        let failed = run.expect(1);
        assert!(failed.stderr.contains(why), "{}", failed.stderr);
        assert!(store.bytes() == bytes, "the store has changed");
        assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
    }
}

/// A run with too few threads says so and changes nothing. It does not blame the tasks of workers
/// that cannot start their threads. With a few more threads it works.
#[test]
fn few_threads() {
    let store = Store::of("sample");
    let bytes = store.bytes();
    let Some(programs) = programs_for_others(&store, 0o777) else { return };
    for most in 1..40 {
        let limit = format!("--nproc={most}");
        // The limit counts all processes of a user; this user has no others.
        let run = as_person(65_321, &["prlimit", &limit], &programs);
        let run = run.args(["analyze", "--workers", "1", "--analysis", "sessionize"]).arg(store.path());
        let finished = run.run();
        assert_eq!(finished.stderr.matches("at events").count(), 0, "{most}: {finished:?}");
        if finished.status == Some(0) {
            assert!(most > 3, "the limit is not one");
            return;
        }
        assert_eq!(finished.status, Some(1), "{most}: {finished:?}");
        assert!(store.bytes() == bytes, "the store has changed");
        assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
    }
    panic!("no run had enough");
}

/// A run that may open too few files says so and changes nothing. With a few more it works.
#[test]
fn few_file_descriptors() {
    let store = Store::of("sample");
    let bytes = store.bytes();
    let rules = places::data("sample-rules.txt");
    for most in (6..16).chain((16..60).step_by(6)) {
        let limited = format!("ulimit -n {most}; exec \"$0\" \"$@\"");
        let run = Program::new(Path::new("/bin/sh"), ["-c", &limited]).arg(places::program("foreman"));
        let run = run.args(["analyze", "--workers", "2", "--analysis", "tagging,sessionize"]);
        let finished = run.arg("--tagging-file").arg(&rules).arg(store.path()).run();
        if finished.status == Some(0) {
            store.dump().assert_same(&undisturbed());
            assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
            return;
        }
        assert!(finished.status == Some(1) || most < 10, "{most}: {finished:?}");
        if most >= 12 {
            let message = format!("foreman may have only {most} files open at a time, and needs ");
            assert!(finished.stderr.contains(&message), "{}", finished.stderr);
        }
        assert!(store.bytes() == bytes, "the store has changed");
        assert_eq!(store.files(), ["sample.plaso"], "{most}: something is left behind");
    }
    panic!("no run had enough");
}

/// ipc-channel ends the program if it has no descriptor for a socket.
#[test]
fn more_workers_than_file_descriptors() {
    let store = Store::of("sample");
    let limited = "ulimit -n 64; exec \"$0\" \"$@\"";
    let run = Program::new(Path::new("/bin/sh"), ["-c", limited]).arg(places::program("foreman"));
    let run = run.args(["analyze", "--workers", "60", "--analysis", "tagging,sessionize", "--tagging-file"]);
    let finished = run.arg(places::data("sample-rules.txt")).arg(store.path()).succeed();
    let message = "foreman may have only 64 files open at a time, which is enough for ";
    assert!(finished.stderr.contains(message), "{}", finished.stderr);
    store.dump().assert_same(&undisturbed());
}

/// The unfinished folder of an export has no marker yet when the first file cannot be opened, so
/// the next export would not know it.
#[test]
fn an_export_with_few_file_descriptors_leaves_nothing() {
    let store = Store::of("sample");
    for most in (5..16).chain((16..60).step_by(6)) {
        let limited = format!("ulimit -n {most}; exec \"$0\" \"$@\"");
        let run = Program::new(Path::new("/bin/sh"), ["-c", &limited]).arg(places::program("foreman"));
        let run = run.args(["export", "--workers", "2", "--format", "parquet", "--output"]);
        let finished = run.arg(store.folder().join("tables")).arg(store.path()).run();
        if finished.status == Some(0) {
            assert_eq!(store.files(), ["sample.plaso", "tables"], "something is left behind");
            return;
        }
        assert_eq!(store.files(), ["sample.plaso"], "{most}: something is left behind");
    }
    panic!("no export had enough");
}

/// The parts of all tasks are too many to be open at a time.
#[test]
fn an_export_by_time_with_few_file_descriptors() {
    let mut store = NewStore::new(Compression::Zlib);
    let data = store.event_data(json!({"data_type": "test:event"}));
    for number in 0..40_000 {
        store.event(number * 7_919 % 40_009, data);
    }
    let store = store.finish();
    let export = |limit: &str, output: &Path| {
        let limited = format!("{limit}; exec \"$0\" \"$@\"");
        let run = Program::new(Path::new("/bin/sh"), ["-c", &limited]).arg(places::program("foreman"));
        run.args(["export", "--workers", "1", "--sort", "time", "--output"])
            .arg(output)
            .arg(store.path())
            .run()
    };
    let (whole, limited) = (store.folder().join("whole"), store.folder().join("limited"));
    assert_eq!(export("true", &whole).status, Some(0));
    for limit in ["ulimit -n 40", "ulimit -S -n 40"] {
        let finished = export(limit, &limited);
        assert_eq!(finished.status, Some(0), "{limit}: {}", finished.stderr);
        assert!(std::fs::read(&limited).unwrap() == std::fs::read(&whole).unwrap(), "{limit}: it differs");
        std::fs::remove_file(&limited).unwrap();
    }
}

/// An export writes only where it is told to, and says so if there is no room.
#[test]
fn an_export_on_a_full_disk_names_it() {
    let Some(medium) = Medium::with_room_for(700) else { return };
    let output = medium.place.join("out.jsonl");
    let finished = foreman(["export"]).arg(&medium.store).arg("--output").arg(&output).expect(1);
    assert!(finished.stderr.contains("the disk is full"), "{}", finished.stderr);
    assert!(
        finished.stderr.contains(&format!("{} was not written", output.display())),
        "{}",
        finished.stderr
    );
    // An export cannot be resumed.
    assert!(!finished.stderr.contains("--resume"), "{}", finished.stderr);
    assert_eq!(std::fs::read_dir(&medium.place).unwrap().count(), 1, "something is left behind");
    medium.assert_untouched();
}

/// Whatever is written, the message says which disk is full.
#[test]
fn a_full_disk_is_named_whatever_is_written() {
    let Some(medium) = Medium::with_room_for(0) else { return };
    let mut filler = std::fs::File::create(medium.place.join("filler")).unwrap();
    while std::io::Write::write_all(&mut filler, &[1; 512]).is_ok() {}
    let store = Store::of("sample");
    let elsewhere = Store::empty();
    let rules = places::data("sample-rules.txt");
    let analyze =
        ["analyze", "--dry-run", "--analysis", "tagging", "--tagging-file", rules.to_str().unwrap()];
    let at = |name: &str| medium.place.join(name).into_os_string().into_string().unwrap();
    let (full, free) = (at(""), elsewhere.folder().to_str().unwrap().to_owned());
    let runs: &[(&[&str], &[&str], i32)] = &[
        (&["report", "--format", "html"], &["--output", &at("page")], 1),
        (&["report", "--format", "json"], &["--output", &at("json")], 1),
        (&["export"], &["--output", &at("a.jsonl"), "--temporary-directory", &free], 1),
        (&["export"], &["--output", &at("a.csv"), "--temporary-directory", &free], 1),
        (&["export", "--format", "parquet"], &["--output", &at("a"), "--temporary-directory", &free], 1),
        (&["export"], &["--output", &format!("{free}/out"), "--temporary-directory", &full], 1),
        (&analyze, &["--temporary-directory", &full], 1),
        (&analyze, &["--summary", &at("summary")], 3),
        (&analyze, &["--log-file", &at("log")], 0),
        (&analyze, &["--status-view", "json", "--status-view-file", &at("json")], 0),
        (&analyze, &["--status-view", "file", "--status-view-file", &at("status")], 0),
    ];
    let disk = format!("on the disk that is mounted at {}; make room there", medium.place.display());
    for (command, options, status) in runs {
        let finished = foreman(*command).args(*options).arg(store.path()).expect(*status);
        let said = finished.stderr;
        assert!(said.contains("the disk is full: there is no room for "), "{command:?} {options:?}: {said}");
        assert!(said.contains(&disk), "{command:?} {options:?}: {said}");
    }
    // Standard output in a file.
    for command in ["info", "report", "export"] {
        let script = format!("exec \"$0\" \"$@\" > '{}'", at("stdout"));
        let run = Program::new(Path::new("/bin/sh"), ["-c", &script]).arg(places::program("foreman"));
        let said = run.arg(command).arg(store.path()).expect(1).stderr;
        assert!(said.contains(&disk), "{command}: {said}");
    }
}

#[test]
fn an_export_from_a_medium_that_cannot_be_written() {
    let Some(medium) = Medium::with_room_for(0) else { return };
    medium.remount("ro");
    let folder = tempfile::tempdir().unwrap();
    for (format, name) in [("jsonl", "a"), ("csv", "b"), ("parquet", "c")] {
        let run = foreman(["export", "--format", format]).arg(&medium.store);
        run.arg("--output").arg(folder.path().join(name)).succeed();
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "something is left behind");
    medium.assert_untouched();
}

/// The process in which foreman starts was a copy of this one.
#[test]
fn the_memory_of_whoever_starts_foreman_is_not_counted() {
    let here = std::hint::black_box(vec![1_u8; 200 << 20]);
    let store = Store::of("sample");
    let finished = analyze(&store).succeed();
    drop(here);
    let line = finished.stdout.lines().find(|line| line.contains("peak memory")).unwrap();
    let foreman = line.split_whitespace().nth(3).unwrap();
    assert!(foreman.parse::<f64>().unwrap() < 64.0, "{line}");
}

/// The work that is done is not thrown away because there is no room to merge it.
#[test]
fn a_full_disk_for_the_results_of_shards() {
    let Some(medium) = Medium::with_room_for(100) else { return };
    let planned = Planned::sample();
    planned.work_on_all();
    let said = planned.merge().arg("--temporary-directory").arg(&medium.place).expect(1).stderr;
    assert!(said.contains("the result of shard ") && said.contains("was not taken"), "{said}");
    assert!(said.contains("the disk is full") && !said.contains("move it away"), "{said}");
    planned.merge().succeed();
}
