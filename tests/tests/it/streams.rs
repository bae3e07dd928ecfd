//! Standard streams that are closed, full, or not read.

use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tests::{Program, Store, Terminal, places, wait_until};

use crate::support::{analyze, analyze_slowly, slow_store};

/// The analysis of a sample. `sh` redirects its streams.
fn analysis(redirections: &str, options: &str, store: &Store) -> Command {
    let mut shell = Command::new("sh");
    let line = format!(
        "exec \"$0\" analyze {options} --analysis tagging,sessionize --tagging-file \"$1\" \"$2\" {redirections}"
    );
    shell.args(["-c", &line]).arg(places::program("foreman")).arg(places::data("sample-rules.txt"));
    shell.arg(store.path()).stdin(Stdio::null()).process_group(0);
    shell
}

/// A pipe that is already full, and its other end.
fn full_pipe() -> (OwnedFd, OwnedFd) {
    let (read, write) = nix::unistd::pipe().unwrap();
    let flags = OFlag::from_bits_truncate(fcntl(&write, FcntlArg::F_GETFL).unwrap());
    fcntl(&write, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK)).unwrap();
    while nix::unistd::write(&write, &[b'.'; 4096]).is_ok() {}
    while nix::unistd::write(&write, b".").is_ok() {}
    fcntl(&write, FcntlArg::F_SETFL(flags)).unwrap();
    (read, write)
}

/// Waits for the end of the program, and kills it if that takes too long.
fn status_of(mut child: Child) -> Option<i32> {
    let deadline = Instant::now() + Duration::from_secs(120);
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = kill(pid(&child), Signal::SIGKILL);
    let _ = child.wait();
    panic!("it does not end");
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed())
}

#[test]
fn streams_that_are_closed_or_full() {
    for redirections in [
        "2>&-",
        ">&-",
        "<&- >&- 2>&-",
        "2>/dev/full",
        ">/dev/full",
        ">/dev/full 2>/dev/full",
        "<&- 2>/dev/full >&-",
    ] {
        for options in ["", "--debug", "--status-view json --status-view-interval 0"] {
            let store = Store::of("sample");
            let mut run = analysis(redirections, options, &store);
            let child = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            assert_eq!(status_of(child), Some(0), "{redirections} {options}");
            assert_eq!(store.dump().labels_in_tags["login_failed"], 240, "{redirections} {options}");
            assert_eq!(store.files(), ["sample.plaso"]);
        }
    }
}

/// A result that was asked for, and has no place, is an error: nothing was written.
#[test]
fn results_that_have_no_place() {
    let store = Store::of("sample");
    let bytes = store.bytes();
    for (line, closed) in [
        ("export \"$1\"", ">&-"),
        ("export --format csv --sort time \"$1\"", ">&-"),
        ("export --output - \"$1\"", "<&- >&-"),
        ("export --output /dev/stderr \"$1\"", "2>&-"),
        ("report \"$1\"", ">&-"),
        ("report --format html --output /dev/stdout \"$1\"", ">&-"),
        ("report --output /dev/stderr \"$1\"", "2>&-"),
        ("info \"$1\"", ">&-"),
        ("info --format json \"$1\"", ">&-"),
        ("analyze --dry-run --analysis sessionize \"$1\"", ">&-"),
        ("rules linux", ">&-"),
        ("plugins", ">&-"),
        ("completions bash", ">&-"),
        ("check --tagging-file linux", ">&-"),
        ("check --tagging-file linux --format json \"$1\"", ">&-"),
        ("--help", ">&-"),
        ("--version", ">&-"),
    ] {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec \"$0\" {line} {closed}")]).arg(places::program("foreman"));
        let finished = shell.arg(store.path()).stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&finished.stderr);
        assert_eq!(finished.status.code(), Some(1), "{line} {closed}: {said}");
        let is_said = said.contains("standard output is closed");
        assert!(closed == "2>&-" || is_said && !said.contains("events exported"), "{line}: {said}");
        // A caller that does not want the output says so with `/dev/null`.
        let mut shell = Command::new("sh");
        let line = format!("exec \"$0\" {line} 1<>/dev/null 2>/dev/null");
        shell.args(["-c", &line]).arg(places::program("foreman")).arg(store.path()).stdin(Stdio::null());
        assert_eq!(status_of(shell.spawn().unwrap()), Some(0), "{line}");
    }
    assert!(store.bytes() == bytes && store.files() == ["sample.plaso"], "the store has changed");
}

#[test]
fn failures_keep_their_status() {
    for redirections in ["2>&-", "2>/dev/full"] {
        for (line, status) in [
            ("\"$0\" analyze --analysis sessionize /nowhere.plaso", 1),
            ("\"$0\" analyze --analysis nonsense /nowhere.plaso", 2),
            ("\"$0\" --nonsense", 2),
            ("RUST_LOG='=,=' \"$0\" analyze --analysis sessionize /nowhere.plaso", 1),
            ("RUST_LOG='=,=' \"$1\" run --store /nowhere.plaso --plugin sessionize --output /tmp/none", 1),
            ("\"$1\" run --nonsense", 2),
            ("\"$1\" serve --connect nobody --protocol 1 --foreman 1", 1),
        ] {
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("{line} {redirections}")]).arg(places::program("foreman"));
            let child = shell.arg(places::program("worker")).stdout(Stdio::null()).spawn().unwrap();
            assert_eq!(status_of(child), Some(status), "{line} {redirections}");
        }
    }
}

/// If nobody reads the pipe, the run ends as usual. So does a run that is asked to stop.
#[test]
fn standard_error_that_nobody_reads() {
    for options in ["", "--debug", "--status-view json --status-view-interval 0", "--status-view linear"] {
        let store = Store::of("sample");
        let (_read, write) = full_pipe();
        let child = analysis("", options, &store).stdout(Stdio::null()).stderr(write).spawn().unwrap();
        assert_eq!(status_of(child), Some(0), "{options}");
        assert_eq!(store.dump().labels_in_tags["login_failed"], 240, "{options}");
    }
}

#[test]
fn asked_to_stop_while_nobody_reads() {
    let store = slow_store();
    let bytes = store.bytes();
    let (_read, write) = full_pipe();
    let mut shell = Command::new(places::program("foreman"));
    shell.args(["analyze", "--debug", "--analysis", "tagging", "--tagging-file"]);
    shell.arg(places::data("slow-rules.txt")).arg(store.path()).process_group(0);
    let child = shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(write).spawn().unwrap();
    let first = store.folder().join("case.plaso.foreman/task-000000.sqlite");
    wait_until("a task is done", || first.exists());
    kill(pid(&child), Signal::SIGINT).unwrap();
    assert_eq!(status_of(child), Some(130));
    assert!(store.bytes() == bytes, "the store has changed");
}

/// A reader who continues later gets the messages that fitted, and a count of the rest. The program
/// is still running, because its summary waits, too.
#[test]
fn what_was_lost_is_counted() {
    let store = Store::of("sample");
    let ((out, out_end), (said, said_end)) = (full_pipe(), full_pipe());
    let mut run = Command::new(places::program("foreman"));
    run.args(["analyze", "--debug", "--status-view", "none", "--analysis", "sessionize"]).arg(store.path());
    // A line for each task has the filter in it.
    run.arg(format!("data_type is not '{}'", "x".repeat(60_000))).process_group(0);
    let child = run.stdin(Stdio::null()).stdout(out_end).stderr(said_end).spawn().unwrap();
    drop(run);
    wait_until("the results are stored", || {
        store.dump().labels_in_tags.contains_key("session_0") && store.files() == ["sample.plaso"]
    });
    // Both streams are read to their end.
    let reader = std::thread::spawn(move || read_all(said));
    assert!(read_all(out).contains("sessionize"));
    let said = reader.join().unwrap();
    assert_eq!(status_of(child), Some(0));
    let lost = said.lines().find(|line| line.ends_with("lost because nobody read them"));
    assert!(lost.is_some(), "{:?}", said.lines().map(str::len).collect::<Vec<_>>());
}

fn read_all(pipe: OwnedFd) -> String {
    let mut text = String::new();
    std::fs::File::from(pipe).read_to_string(&mut text).unwrap();
    text
}

/// The summary waits for its reader, after the store has been released. The whole summary arrives.
/// A signal ends the waiting.
#[test]
fn standard_output_that_is_read_late() {
    for (options, is_interrupted) in [
        ("", false),
        ("", true),
        ("--summary -", false),
        ("--summary -", true),
        ("--quiet --summary /dev/stdout", true),
    ] {
        let store = Store::of("sample");
        let (read, write) = full_pipe();
        let child = analysis("", options, &store).stdout(write).stderr(Stdio::piped()).spawn().unwrap();
        wait_until("the results are stored and the store is free", || {
            store.files() == ["sample.plaso"]
                && store.connection().execute_batch("BEGIN IMMEDIATE; ROLLBACK").is_ok()
                && store.dump().labels_in_tags.contains_key("session_0")
        });
        if is_interrupted {
            kill(pid(&child), Signal::SIGINT).unwrap();
            let finished = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&finished.stderr);
            assert_eq!(finished.status.code(), Some(130), "{said}");
            assert!(said.contains("the results are stored"), "{said}");
        } else {
            let summary = read_all(read);
            assert_eq!(status_of(child), Some(0));
            assert!(summary.contains("login_failed") && summary.contains("warnings"), "{summary}");
        }
    }
}

/// The summaries of several files, and what `plan` and `split` say. One signal ends the waiting for
/// the reader, and what was stored is known to the next run.
#[test]
fn one_signal_ends_commands_that_nobody_reads() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("cases")).unwrap();
    let store = Store::of("sample");
    for name in ["cases/a.plaso", "cases/b.plaso", "store.plaso"] {
        std::fs::copy(store.path(), at(name)).unwrap();
    }
    let unread = |words: &[&str], last: &str, is_there: &dyn Fn() -> bool| {
        let (_read, write) = full_pipe();
        let mut command = Command::new(places::program("foreman"));
        command.args(words).arg(at(last)).stdin(Stdio::null()).stdout(write).stderr(Stdio::piped());
        let child = command.process_group(0).spawn().unwrap();
        drop(command);
        wait_until("there is something to say", is_there);
        kill(pid(&child), Signal::SIGTERM).unwrap();
        let finished = child.wait_with_output().unwrap();
        (finished.status.code(), String::from_utf8_lossy(&finished.stderr).into_owned())
    };
    let written = |name: &str| at(name).metadata().unwrap().modified().unwrap();
    let names = ["cases/a.plaso", "cases/b.plaso"];
    let before = names.map(written);
    let is_stored = |(name, before): (&str, std::time::SystemTime)| {
        let is_busy = [".foreman", "-journal"].iter().any(|end| at(&format!("{name}{end}")).exists());
        !is_busy && written(name) > before
    };
    let is_any_stored = || names.into_iter().zip(before).any(is_stored);
    let words = ["analyze", "--analysis", "sessionize"];
    let (status, said) = unread(&words, "cases", &is_any_stored);
    assert_eq!(status, Some(130), "{said}");
    assert!(said.contains("the results are stored"), "{said}");
    let resumed = Program::new(&places::program("foreman"), words).arg("--resume").arg(at("cases")).succeed();
    assert!(resumed.stdout.contains("of them before"), "{}", resumed.stdout);
    let (plan, parts) = (at("plan"), at("parts"));
    let plan = plan.to_str().unwrap();
    let words = ["plan", "--analysis", "sessionize", "--out", plan];
    let (status, said) = unread(&words, "store.plaso", &|| at("plan").exists());
    assert_eq!(status, Some(130), "{said}");
    assert!(said.contains("the plan is complete"), "{said}");
    let words = ["split", "--plan", plan, "--out", parts.to_str().unwrap()];
    let (status, said) = unread(&words, "store.plaso", &|| at("plan/parts.json").exists() && parts.exists());
    assert_eq!(status, Some(130), "{said}");
    assert!(said.contains("all parts are complete"), "{said}");
    let words = ["work", "--plan", plan, "--shard", "0", "--parts"];
    let is_done = || {
        std::fs::read_dir(at("plan"))
            .unwrap()
            .flatten()
            .any(|file| file.file_name().to_string_lossy().contains("shard-"))
    };
    let (status, said) = unread(&words, "parts", &is_done);
    assert_eq!(status, Some(130), "{said}");
    assert!(said.contains("the shard is done"), "{said}");
}

/// The file for the summary may be a stream. If it cannot be written, the run says so.
#[test]
fn summaries_that_have_no_place() {
    for (options, redirections) in [
        ("--summary -", ">/dev/full"),
        ("--summary /dev/stderr", "2>/dev/full"),
        ("--summary /dev/stderr", "2>&-"),
        ("--quiet --summary /dev/stderr", "2>/dev/full"),
    ] {
        let store = Store::of("sample");
        let mut run = analysis(redirections, options, &store);
        let child = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        assert_eq!(status_of(child), Some(3), "{options} {redirections}");
        assert_eq!(store.dump().labels_in_tags["login_failed"], 240, "{options} {redirections}");
    }
    let store = Store::of("sample");
    let mut shell = Command::new("sh");
    let line = "exec \"$0\" export --output \"$1.jsonl\" --summary /dev/stderr \"$1\" 2>/dev/full";
    shell.args(["-c", line]).arg(places::program("foreman")).arg(store.path()).stdin(Stdio::null());
    assert_eq!(status_of(shell.spawn().unwrap()), Some(3));
}

/// Results that do not fit into a pipe reach a slow reader completely, even through a non-blocking
/// stream.
#[test]
fn long_results_are_whole() {
    let store = Store::of("sample");
    let expected = tests::foreman(["report", "--format", "html"]).arg(store.path()).succeed().stdout;
    for flags in [OFlag::empty(), OFlag::O_NONBLOCK] {
        let (read, write) = nix::unistd::pipe().unwrap();
        fcntl(&write, FcntlArg::F_SETFL(flags)).unwrap();
        let mut command = Command::new(places::program("foreman"));
        command.args(["report", "--format", "html"]).arg(store.path()).stdin(Stdio::null());
        let child = command.stdout(write).spawn().unwrap();
        drop(command);
        let mut text: Vec<u8> = Vec::new();
        let mut piece = [0; 997];
        let mut read = std::fs::File::from(read);
        loop {
            let length = read.read(&mut piece).unwrap();
            if length == 0 {
                break;
            }
            text.extend_from_slice(&piece[..length]);
            std::thread::sleep(Duration::from_micros(200));
        }
        assert_eq!(status_of(child), Some(0));
        assert_eq!(text.len(), expected.len());
    }
}

/// `worker run` by hand.
#[test]
fn a_worker_alone() {
    let store = Store::of("sample");
    let run = |redirections: &str, number: usize| {
        let mut shell = Command::new("sh");
        let line =
            format!("exec \"$0\" run --store \"$1\" --plugin sessionize --output \"$2\" {redirections}");
        shell.args(["-c", &line]).arg(places::program("worker")).arg(store.path());
        shell.arg(store.folder().join(format!("{number}.sqlite"))).env("RUST_LOG", "trace,=");
        shell.stdin(Stdio::null()).stdout(Stdio::null());
        shell
    };
    for (number, redirections) in ["2>&-", "2>/dev/full", ">/dev/full 2>&1", ">&- 2>&-"].iter().enumerate() {
        assert_eq!(status_of(run(redirections, number).spawn().unwrap()), Some(0), "{redirections}");
    }
    let (_read, write) = full_pipe();
    assert_eq!(status_of(run("", 99).stderr(write).spawn().unwrap()), Some(0));
}

/// Ctrl-S stops the terminal. The run continues and ends.
#[test]
fn a_terminal_that_is_stopped() {
    let stopped = slow_store();
    let mut terminal = Terminal::run(analyze_slowly(&stopped).args(["--workers", "2"]), 24, 80, &[]);
    terminal.until(|screen| screen.iter().any(|line| line.contains("analyzing")));
    terminal.type_in("\x13");
    wait_until("the results are stored", || stopped.files() == ["case.plaso"]);
    terminal.type_in("\x11");
    terminal.expect(0);
    let all = terminal.everything();
    assert!(all.iter().any(|line| line.contains("new labels")), "{all:#?}");
    assert_eq!(stopped.dump().labels_in_tags["session_0"], crate::support::SLOW_EVENTS.unsigned_abs());
}

/// A limit on the size of files is an error, and no event is blamed. Some of these limits are too
/// small for the store, of which a part is changed in the second analysis.
#[test]
fn a_limit_for_the_size_of_files() {
    let store = Store::of("sample");
    analyze(&store).succeed();
    let bytes = store.bytes();
    for (blocks, words) in [(0, "large"), (8, "ulimit -f"), (100, "ulimit -f"), (2_400, "ulimit -f")] {
        let mut shell = Command::new("bash");
        let line = format!(
            "ulimit -f {blocks}; exec \"$0\" analyze --analysis tagging,sessionize --tagging-file \"$1\" \"$2\""
        );
        shell.args(["-c", &line]).arg(places::program("foreman")).arg(places::data("sample-rules.txt"));
        let finished = shell.arg(store.path()).output().unwrap();
        let said = String::from_utf8_lossy(&finished.stderr);
        assert_eq!(finished.status.code(), Some(1), "{said}");
        assert!(said.contains(words) && !said.contains("skipped"), "{said}");
        assert!(store.bytes() == bytes, "the store has changed");
        tests::foreman(["clean"]).arg(store.path()).succeed();
    }
    let mut shell = Command::new("bash");
    shell.args(["-c", "ulimit -f 100; exec \"$0\" report --format html --output \"$1\" \"$2\""]);
    shell.arg(places::program("foreman")).arg(store.folder().join("page.html")).arg(store.path());
    let finished = shell.output().unwrap();
    let said = String::from_utf8_lossy(&finished.stderr);
    assert!(finished.status.code() == Some(1) && said.contains("ulimit -f"), "{said}");
}

/// A value for another program in the environment of foreman hides neither warnings nor the log.
#[test]
fn a_log_setting_for_another_program() {
    let store = Store::of("sample");
    std::fs::hard_link(store.path(), store.folder().join("other")).unwrap();
    let log = store.folder().join("log.txt");
    let run = || analyze(&store).env("RUST_LOG", "hyper=debug");
    let said = run().succeed().stderr;
    run().arg("--log-file").arg(&log).succeed();
    for said in [said, std::fs::read_to_string(log).unwrap()] {
        assert!(said.contains("has more than one name (hard links)"), "{said}");
    }
}

/// The contents of `RUST_LOG` are escaped before they reach a terminal.
#[test]
fn a_log_setting_that_is_not_understood() {
    let store = Store::of("sample");
    let run = analyze(&store).env("RUST_LOG", "\x1b]0;title\x07=loud").succeed();
    assert!(run.stderr.contains("RUST_LOG is ignored") && !run.stderr.contains('\x1b'), "{}", run.stderr);
    let output = store.folder().join("task.sqlite");
    let alone = tests::worker(["run", "--plugin", "sessionize", "--store"]).arg(store.path());
    let alone = alone.arg("--output").arg(&output).env("RUST_LOG", "\x1b]0;title\x07=loud").succeed();
    assert!(
        alone.stderr.contains("RUST_LOG is ignored") && !alone.stderr.contains('\x1b'),
        "{}",
        alone.stderr
    );
}
