//! Files that a user names as input, and that are not files.

use std::path::Path;

use nix::sys::stat::Mode;
use tests::{Program, Store, foreman, places};

fn refused(run: Program, store: &Store, status: i32) {
    let bytes = store.bytes();
    let refused = run.arg(store.path()).expect(status);
    let said = [&*refused.stdout, &*refused.stderr].concat();
    assert!(said.contains("it is a pipe, and only regular files are read; save"), "{refused:?}");
    assert!(store.bytes() == bytes, "the store has changed");
}

/// Nobody writes to this pipe: to open it would wait without end.
#[test]
fn a_pipe_is_refused_by_all_options() {
    let store = Store::of("sample");
    let elsewhere = Store::empty();
    let pipe = elsewhere.folder().join("pipe");
    nix::unistd::mkfifo(&pipe, Mode::S_IRWXU).unwrap();
    for [plugin, option] in [
        ["tagging", "--tagging-file"],
        ["bloom", "--bloom-file"],
        ["virustotal", "--virustotal-api-key-file"],
    ] {
        refused(foreman(["analyze", "--analysis", plugin, option]).arg(&pipe), &store, 2);
        refused(foreman(["analyze", "--dry-run", "--analysis", plugin, option]).arg(&pipe), &store, 2);
    }
    let psort = foreman(["psort", "-o", "null", "--analysis", "tagging", "--tagging-file"]);
    refused(psort.arg(&pipe), &store, 1);
    refused(foreman(["check", "--tagging-file"]).arg(&pipe), &store, 2);
    refused(foreman(["report", "--label", "a", "--tagging-file"]).arg(&pipe), &store, 2);
    assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
}

/// `--tagging-file <(cat rules)`: the shell makes a pipe, which can be read only once.
#[test]
fn the_output_of_a_command_is_refused() {
    let store = Store::of("sample");
    let script = "\"$0\" analyze --analysis tagging --tagging-file <(cat \"$1\") \"$2\"";
    let shell = Program::new(Path::new("/bin/bash"), ["-c", script]);
    refused(shell.arg(places::program("foreman")).arg(places::data("sample-rules.txt")), &store, 2);
}
