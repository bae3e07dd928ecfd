//! Exports that are killed, and what they leave.

use std::io::Read as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::signal::Signal;
use tests::{FaultPlan, Program, Store, foreman, places};

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Kills an export in the middle. Returns the temporary folder, in which its folder stays.
fn killed(store: &Store, format: &str) -> tempfile::TempDir {
    let temporary = tempfile::tempdir().unwrap();
    let faults = FaultPlan::new("wait any once");
    let mut running = faults.of_workers(export(store, format, temporary.path())).start();
    running.until(|_| faults.waiting()).expect("a worker waits");
    running.signal(Signal::SIGKILL);
    assert_eq!(running.wait().signal, Some(Signal::SIGKILL as i32));
    let left = names(temporary.path());
    assert!(left.iter().any(|name| name.starts_with("foreman-export-")), "{left:?}");
    temporary
}

fn export(store: &Store, format: &str, temporary: &Path) -> Program {
    let output = store.folder().join("out");
    let run = foreman(["export", "--workers", "1", "--format", format, "--output"]);
    run.arg(output).arg(store.path()).arg("--temporary-directory").arg(temporary)
}

fn clean(store: &Store, temporary: &Path) -> Program {
    foreman(["clean", "--temporary-directory"]).arg(temporary).arg(store.path())
}

/// Somebody who may write to the folder above puts another folder in the place of the one with the
/// parts, while they are joined. The lines are read from the folder that was made.
#[test]
fn a_folder_of_parts_that_somebody_exchanges() {
    let store = Store::of("sample");
    let expected = foreman(["export"]).arg(store.path()).succeed().stdout;
    let temporary = tempfile::tempdir().unwrap();
    let secret = store.folder().join("secret");
    std::fs::write(&secret, "a secret of somebody else\n").unwrap();
    let mut command = Command::new(places::program("foreman"));
    command.args(["export", "--workers", "1", "--temporary-directory"]).arg(temporary.path());
    let streams =
        command.arg(store.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = streams.spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    // The joining has begun. It goes on when the rest is read, which the pipe does not hold.
    let mut joined = vec![0; 1];
    stdout.read_exact(&mut joined).unwrap();
    let made = temporary.path().join(&names(temporary.path())[0]);
    std::fs::rename(&made, temporary.path().join("moved")).unwrap();
    std::fs::create_dir(&made).unwrap();
    for task in 0..20 {
        symlink(&secret, made.join(format!("task-{task:06}.part"))).unwrap();
    }
    stdout.read_to_end(&mut joined).unwrap();
    let finished = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&finished.stderr);
    assert_eq!(finished.status.code(), Some(0), "{said}");
    assert!(said.contains("there is another folder in its place now"), "{said}");
    assert!(joined == expected.as_bytes(), "the lines are not those of the store");
}

/// Without an option, the folder is beside the output.
#[test]
fn clean_looks_beside_the_storage_file() {
    let store = Store::of("sample");
    let faults = FaultPlan::new("wait any once");
    let run = foreman(["export", "--workers", "1", "--output"]).arg(store.folder().join("out.csv"));
    let mut running = faults.of_workers(run.arg(store.path())).start();
    running.until(|_| faults.waiting()).expect("a worker waits");
    running.signal(Signal::SIGKILL);
    assert_eq!(running.wait().signal, Some(Signal::SIGKILL as i32));
    assert!(store.files().iter().any(|name| name.starts_with("foreman-export-")), "{:?}", store.files());
    let said = foreman(["clean"]).arg(store.path()).succeed().stdout;
    assert!(said.contains("removed the folder of a killed dry run or export from"), "{said}");
    assert_eq!(store.files(), ["sample.plaso"]);
}

/// The folder beside such an output is one of the system, in which nothing can be made.
#[test]
fn an_output_that_is_a_link_is_the_first_error() {
    let store = Store::of("sample");
    let refused = foreman(["export", "--output", "/dev/fd/1"]).arg(store.path()).expect(1);
    let expected = "cannot write /dev/fd/1: it is a symbolic link";
    assert!(refused.stderr.contains(expected) && !refused.stderr.contains("TMPDIR"), "{refused:?}");
}

#[test]
fn the_next_export_removes_what_is_left() {
    let store = Store::of("sample");
    let temporary = killed(&store, "csv");
    // Where the system can do so, an output has no name until it is complete.
    if cfg!(target_os = "linux") {
        assert_eq!(store.files(), ["sample.plaso"], "something is left beside the output");
    }
    let said = export(&store, "csv", temporary.path()).succeed().stderr;
    let expected =
        format!("removed the folder of a killed dry run or export from {}", temporary.path().display());
    assert!(said.contains(&expected), "{said}");
    assert_eq!((names(temporary.path()), store.files()), (vec![], vec!["out".into(), "sample.plaso".into()]));
}

/// The tables of an export lie in a folder beside their place until all are complete.
#[test]
fn the_next_export_removes_unfinished_tables() {
    let store = Store::of("sample");
    let unfinished = |store: &Store| {
        let files = store.files();
        files.into_iter().filter(|name| name.starts_with(".out.") && name.ends_with(".unfinished")).count()
    };
    let _temporary = killed(&store, "parquet");
    assert_eq!(unfinished(&store), 1);
    let temporary = tempfile::tempdir().unwrap();
    let said = export(&store, "parquet", temporary.path()).succeed().stderr;
    assert!(said.contains("removed the unfinished output of a killed command from"), "{said}");
    assert_eq!(store.files(), ["out", "sample.plaso"]);
    assert!(names(&store.folder().join("out")).iter().all(|name| name.ends_with(".parquet")));
}

#[test]
fn clean_removes_what_is_left_and_leaves_the_rest() {
    let store = Store::of("sample");
    let temporary = killed(&store, "jsonl");
    let foreign = temporary.path().join("foreman-export-0123456789");
    std::fs::create_dir(&foreign).unwrap();
    std::fs::write(foreign.join("notes.txt"), "mine").unwrap();
    let said = clean(&store, temporary.path()).succeed().stdout;
    assert!(said.contains("removed the folder of a killed dry run or export from"), "{said}");
    assert_eq!(names(temporary.path()), ["foreman-export-0123456789"]);
    assert_eq!(std::fs::read(foreign.join("notes.txt")).unwrap(), b"mine");
}

/// Another foreman may be at work.
#[test]
fn an_export_that_is_active_keeps_its_folder() {
    let store = Store::of("sample");
    let temporary = tempfile::tempdir().unwrap();
    let faults = FaultPlan::new("wait any once");
    let mut running = faults.of_workers(export(&store, "csv", temporary.path())).start();
    running.until(|_| faults.waiting()).expect("a worker waits");
    let before = names(temporary.path());
    let other = Store::of("sample");
    let said = clean(&other, temporary.path()).succeed().stdout;
    assert!(!said.contains("killed"), "{said}");
    export(&other, "csv", temporary.path()).succeed();
    assert_eq!(names(temporary.path()), before);
    faults.go_on();
    running.wait().expect(0);
    assert_eq!(names(temporary.path()), [""; 0]);
}
