//! Storage files that another program exchanges while a command only reads them. Nothing is locked,
//! so numbers of before and after would be mixed.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use tests::{Finished, Program, Store, foreman, places};

use crate::support::{analyzed, slow_store};

/// What a command says. It may also open the file for a second time only after the exchange.
const SAID: [&str; 3] = [
    "was changed by another program while it was read",
    "replaced by another file, after foreman had opened it first",
    "replaced by another file while it was being opened",
];
/// How often a command may be too fast for the test.
const TRIES: usize = 200;

#[test]
fn commands_that_only_read_say_so() {
    let commands: [&[&str]; 6] = [
        &["info"],
        &["report"],
        &["report", "--format", "json"],
        &["report", "--format", "html"],
        &["report", "--label", "process"],
        &["report", "--label", "process", "--format", "html"],
    ];
    let store = analyzed("sample");
    for arguments in commands {
        let failed = exchanged(&store, |store| foreman(arguments).arg(store.path()));
        assert_eq!(failed.stdout, "", "{arguments:?}");
    }
    let rules = places::data("slow-rules.txt");
    let check = |store: &Store| foreman(["check", "--tagging-file"]).arg(&rules).arg(store.path());
    assert_eq!(exchanged(&slow_store(), check).stdout, "");
}

/// Exchanges the store while a command reads it, and returns what the command said of that.
fn exchanged(store: &Store, command: impl Fn(&Store) -> Program) -> Finished {
    let content = std::fs::read(store.path()).unwrap();
    for _ in 0..TRIES {
        let other = Store::of("chrome");
        let running = command(store).start();
        let is_reading = is_read(store, running.pid());
        running.signal(Signal::SIGSTOP);
        std::fs::rename(other.path(), store.path()).unwrap();
        running.signal(Signal::SIGCONT);
        let finished = running.wait();
        std::fs::write(store.path(), &content).unwrap();
        if is_reading && SAID.iter().any(|said| finished.stderr.contains(said)) {
            return finished.expect(1);
        }
        // It had read everything before it was stopped, or has read only the other file.
        finished.expect(0);
    }
    panic!("each time, the command was done before the store was exchanged");
}

/// Waits until a process has the store open. Returns `false` if it is never seen to.
fn is_read(store: &Store, pid: nix::unistd::Pid) -> bool {
    let path = store.path().canonicalize().unwrap();
    let opened = format!("/proc/{pid}/fd");
    let is_open = || {
        let files = std::fs::read_dir(&opened).into_iter().flatten().flatten();
        files.map(|file| std::fs::read_link(file.path())).any(|file| file.is_ok_and(|file| file == path))
    };
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(5) {
        if is_open() {
            return true;
        }
    }
    false
}
