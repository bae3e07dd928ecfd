//! Files that a user asks for, when a command is asked to stop while it makes them.
//!
//! All tests are on a file system where each file has a name while it is being written.

use std::ffi::OsString;
use std::path::Path;

use tests::{Program, Store, foreman, worker};

/// The names in a folder, and those in its folders.
fn names(folder: &Path) -> Vec<OsString> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
        names.push(entry.file_name());
        if entry.path().is_dir() {
            names.extend(self::names(&entry.path()));
        }
    }
    names.sort();
    names
}

/// What a command writes, as a path in the folder of the storage file.
const OUTPUT: &str = "wanted.html";

/// Returns the commands that write a file when they have done their work, with how many files each
/// makes under a temporary name, and the exit status of one that is asked to stop.
fn commands(store: &Store) -> Vec<(&'static str, Program, usize, i32)> {
    let at = |name: &str| store.folder().join(name);
    let run = worker(["run", "--plugin", "tagging", "--tagging-file", "linux", "--store"]);
    let analyze = || foreman(["analyze", "--analysis", "sessionize", "--status-view", "none"]);
    let psort = || foreman(["psort", "-o", "null", "--status-view", "none", "--logfile"]);
    let (html, output) = (["report", "--format", "html", "--output"], at(OUTPUT));
    vec![
        ("worker run", run.arg(store.path()).arg("--output").arg(&output), 1, 130),
        ("report", foreman(html).arg(&output).arg(store.path()), 2, 130),
        ("pages", foreman(html).arg(&output).arg(at("case")), 1, 130),
        ("export", foreman(["export", "--output"]).arg(&output).arg(store.path()), 3, 130),
        ("log", analyze().arg("--log-file").arg(&output).arg(store.path()), 1, 130),
        ("summary", analyze().arg("--summary").arg(&output).arg(store.path()), 1, 130),
        ("psort", psort().arg(&output).args(["--analysis", "sessionize"]).arg(store.path()), 1, 1),
        ("psort without plugins", psort().arg(&output).arg(store.path()), 1, 1),
    ]
}

/// A hidden file in a folder of evidence would be a riddle to others.
#[test]
fn a_command_that_is_asked_to_stop_leaves_no_unfinished_file() {
    let kinds = commands(&Store::of("sample")).len();
    for number in 0..kinds {
        for file in 1.. {
            let store = Store::of("sample");
            let case = store.folder().join("case");
            std::fs::create_dir(&case).unwrap();
            for name in ["a.plaso", "b.plaso"] {
                std::fs::copy(store.path(), case.join(name)).unwrap();
            }
            let before = names(store.folder());
            let (command, program, files, status) = commands(&store).swap_remove(number);
            if file > files {
                break;
            }
            let plan = format!("create-int {file} .{OUTPUT}.");
            let Some(program) = program.on_faulty_disk(store.path(), &plan) else { return };
            let stopped = program.run();
            assert_eq!(stopped.status, Some(status), "{command}, file {file}: {}", stopped.stderr);
            assert!(stopped.stderr.contains("aborted"), "{command}, file {file}: {}", stopped.stderr);
            assert_eq!(names(store.folder()), before, "{command}, file {file}");
        }
    }
}
