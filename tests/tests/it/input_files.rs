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

/// Lists that somebody has made so that reading them takes long or much memory. The process may
/// have 1 GiB of addresses, which the largest of them would not fit into.
#[test]
fn lists_that_are_made_to_exhaust_are_refused() {
    const DEEP: usize = 1_000_000;
    let store = Store::of("sample");
    let lists = Store::empty();
    let list = lists.folder().join("list");
    let brackets = format!("{{\"Event\":{{\"Attribute\":{}{}}}}}", "[".repeat(DEEP), "]".repeat(DEEP));
    let pattern = format!(
        r#"{{"type":"bundle","objects":[{{"type":"indicator","pattern_type":"stix","pattern":"{}"}}]}}"#,
        "(".repeat(50 << 20)
    );
    let xml = format!("<ioc><definition>{}", "<Indicator operator=\"OR\">".repeat(DEEP));
    let json = format!("{{\"Event\":\"{}", "a".repeat(1 << 20));
    let line = "192.0.2.1,".repeat(100_000);
    let all: [(&str, u64); 6] = [
        (&brackets, 0),
        (&pattern, 0),
        (&xml, 0),
        (&line, (1 << 30) - 1),
        (&json, (1 << 30) - 1),
        ("\u{1f}\0\u{8}", 1 << 20),
    ];
    let said = [
        "the attribute cannot be read",
        "the pattern is longer than 256 KiB",
        "nested more than 32 deep",
        "the line is longer than 64 KiB",
        "it is JSON or XML of more than 256 MiB",
        "it is no text; unpack it if it is an archive",
    ];
    for ((beginning, size), said) in all.into_iter().zip(said) {
        std::fs::write(&list, beginning).unwrap();
        if size > 0 {
            // The rest is a hole.
            std::fs::File::options().write(true).open(&list).unwrap().set_len(size).unwrap();
        }
        let limited = |arguments: &[&str]| {
            let script = "ulimit -v 1048576; exec timeout 60 \"$0\" \"$@\"";
            let shell = Program::new(Path::new("/bin/bash"), ["-c", script]);
            shell.arg(places::program("foreman")).args(arguments).arg(&list)
        };
        let checked = limited(&["check", "--ioc"]).expect(2);
        assert!(checked.stdout.contains(said) && checked.stdout.len() < 2_048, "{said}: {checked:?}");
        let bytes = store.bytes();
        let refused = limited(&["analyze", "--analysis", "ioc", "--ioc"]).arg(store.path()).expect(2);
        assert!(refused.stderr.contains("no indicator can be used"), "{said}: {refused:?}");
        assert!(store.bytes() == bytes, "the store has changed");
    }
    assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
}
