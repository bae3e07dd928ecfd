//! Files that a user asks for never overwrite other files, whatever is in their place.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use rusqlite::Connection;
use serde_json::Value;
use tests::{FaultPlan, Finished, Program, Running, Store, foreman, places, worker};

use crate::support::analyze;

/// A hot journal, as far as SQLite checks it at first.
const JOURNAL: &[u8] = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7\xff\xff\xff\xff what it takes to undo a change";
const EVIDENCE: &[u8] = b"SQLite format 3\0 and the events of another case";

const IMAGE: &[u8] = b"EVF\x09\x0d\x0a\xff\x00 and the disk";
const NOTES: &[u8] = b"2026-01-31 12:00 the case was opened\n";
const PLAN: &[u8] = b"{\n  \"format\": \"foreman plan 1\", and the rest";

/// What may be in the place of a file, by name, and why it is refused.
struct Traps {
    store: Store,
    bytes: Vec<u8>,
    files: Vec<String>,
}

impl Traps {
    const REFUSED: [(&str, &str); 14] = [
        ("sample.plaso", "it is the storage file"),
        ("other.plaso", "it is a database"),
        ("database.txt", "it is a database"),
        ("other.plaso-journal", "a database's journal"),
        ("sample.plaso-wal", "a database's journal"),
        ("undo.txt", "a database's journal"),
        ("link", "it is a symbolic link"),
        ("dangling", "it is a symbolic link"),
        ("pipe", "it is a pipe, a socket or a device"),
        ("name", "a hard link"),
        ("folder", "it is a folder"),
        ("disk.E01", "foreman has not written it"),
        ("notes.md", "foreman has not written it"),
        ("plan.json", "foreman has not written it"),
    ];

    fn new() -> Self {
        let store = Store::of("sample");
        let at = |name: &str| store.folder().join(name);
        for (name, content) in [
            ("other.plaso", EVIDENCE),
            ("database.txt", EVIDENCE),
            ("other.plaso-journal", JOURNAL),
            ("undo.txt", JOURNAL),
            ("name", b"precious"),
            ("disk.E01", IMAGE),
            ("notes.md", NOTES),
            ("plan.json", PLAN),
        ] {
            fs::write(at(name), content).unwrap();
        }
        symlink("other.plaso", at("link")).unwrap();
        symlink("bashrc", at("dangling")).unwrap();
        mkfifo(&at("pipe"), Mode::S_IRWXU).unwrap();
        fs::hard_link(at("name"), at("other-name")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        Self { bytes: store.bytes(), files: store.files(), store }
    }

    fn assert_intact(&self) {
        assert!(self.store.bytes() == self.bytes, "the store has changed");
        assert_eq!(self.store.files(), self.files, "something is lost or left behind");
        let read = |name: &str| fs::read(self.store.folder().join(name)).unwrap();
        assert_eq!((read("other.plaso"), read("database.txt")), (EVIDENCE.to_vec(), EVIDENCE.to_vec()));
        assert_eq!((read("other.plaso-journal"), read("undo.txt")), (JOURNAL.to_vec(), JOURNAL.to_vec()));
        assert_eq!(read("other-name"), b"precious");
        assert_eq!((read("disk.E01"), read("notes.md")), (IMAGE.to_vec(), NOTES.to_vec()));
        assert_eq!(read("plan.json"), PLAN);
        let link = |name: &str| fs::read_link(self.store.folder().join(name)).unwrap();
        assert_eq!((link("link"), link("dangling")), ("other.plaso".into(), "bashrc".into()));
    }

    /// Each trap is refused before the run starts, with the reason and what to do.
    fn refused_by(&self, run: impl Fn(&Path) -> Program) {
        for (name, why) in Self::REFUSED {
            let path = self.store.folder().join(name);
            let Finished { stderr, .. } = run(&path).expect(1);
            assert!(stderr.contains("cannot write") && stderr.contains(why), "{name}: {stderr}");
            assert!(stderr.contains(path.to_str().unwrap()) && stderr.contains("name "), "{name}: {stderr}");
            self.assert_intact();
        }
        let device = run(Path::new("/dev/full")).expect(1);
        assert!(device.stderr.contains("a device"), "{}", device.stderr);
    }
}

#[test]
fn a_summary() {
    let traps = Traps::new();
    traps.refused_by(|path| analyze(&traps.store).arg("--summary").arg(path));
}

#[test]
fn a_status_file() {
    let traps = Traps::new();
    for view in ["file", "json"] {
        let run = || analyze(&traps.store).args(["--status-view", view, "--status-view-file"]);
        traps.refused_by(|path| run().arg(path));
    }
}

#[test]
fn a_log() {
    let traps = Traps::new();
    traps.refused_by(|path| analyze(&traps.store).arg("--log-file").arg(path));
    let psort = ["psort", "-q", "-o", "null", "--analysis", "sessionize", "--logfile"];
    traps.refused_by(|path| foreman(psort).arg(path).arg(traps.store.path()));
}

#[test]
fn a_report() {
    let traps = Traps::new();
    for (name, _) in Traps::REFUSED {
        let report = foreman(["report"]).arg(traps.store.path()).arg("--output");
        let refused = report.arg(traps.store.folder().join(name)).expect(1);
        assert!(refused.stderr.contains("cannot write"), "{name}: {}", refused.stderr);
        traps.assert_intact();
    }
}

/// A run may be repeated with the same names, also with another view or over several storage files.
#[test]
fn earlier_outputs_of_the_same_kind() {
    let (store, outputs) = (Store::of("sample"), Store::empty());
    let at = |name: &str| outputs.folder().join(name);
    let run = |view: &str, stores: &Path| {
        let run = foreman(["analyze", "--dry-run", "--analysis", "sessionize", "--status-view", view]);
        let run = run.arg("--status-view-file").arg(at("status")).arg("--summary").arg(at("summary"));
        run.arg("--log-file").arg(at("log")).arg(stores).succeed();
    };
    fs::write(at("status"), "").unwrap();
    for view in ["file", "file", "json", "json", "file"] {
        run(view, store.path());
    }
    run("json", store.folder());
    run("json", store.path());
    let read = |name: &str| fs::read_to_string(at(name)).unwrap();
    assert!(read("summary").starts_with("{\"kind\":\"summary\""), "{}", read("summary"));
    // A log is no summary, though.
    let swapped = analyze(&store).arg("--summary").arg(at("log")).expect(1);
    assert!(swapped.stderr.contains("foreman has not written it as such a file"), "{}", swapped.stderr);
    assert!(read("log").starts_with("# log of foreman "), "{}", read("log"));
    // Nor is a summary a status, which a run replaces before it has done anything.
    let view = ["--status-view", "json", "--status-view-file"];
    let swapped = analyze(&store).args(view).arg(at("summary")).expect(1);
    assert!(swapped.stderr.contains("foreman has not written it as such a file"), "{}", swapped.stderr);
    // Logs of other programs look like foreman's, but for the first line.
    fs::write(at("other.log"), "2026-01-31T12:00:00.123456Z  INFO server: started\n").unwrap();
    let swapped = analyze(&store).arg("--log-file").arg(at("other.log")).expect(1);
    assert!(swapped.stderr.contains("foreman has not written it as such a file"), "{}", swapped.stderr);
    assert!(read("other.log").contains("server: started"));
}

fn task(store: &Store, output: &Path) -> Program {
    let run = worker(["run", "--plugin", "sessionize", "--events", "1..10", "--store"]).arg(store.path());
    run.arg("--output").arg(output)
}

#[test]
fn a_task_store() {
    let traps = Traps::new();
    traps.refused_by(|path| task(&traps.store, path));
    // A task store that is already there is replaced, because a user may repeat the command.
    let path = traps.store.folder().join("task.sqlite");
    for _ in 0..2 {
        task(&traps.store, &path).succeed();
    }
    let tables = "SELECT count(*) FROM deferred";
    let deferred: i64 = Connection::open(&path).unwrap().query_row(tables, [], |row| row.get(0)).unwrap();
    assert_eq!(deferred, 10);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    fs::remove_file(&path).unwrap();
    // A folder may be a link.
    let linked = traps.store.folder().with_file_name("linked");
    symlink(traps.store.folder(), &linked).unwrap();
    task(&traps.store, &linked.join("task.sqlite")).succeed();
    fs::remove_file(&path).unwrap();
    traps.assert_intact();
}

/// In such a folder, files can be made, but not renamed: the run would lose its outputs at the end.
#[test]
fn outputs_in_an_append_only_folder() {
    let (store, folder) = (Store::of("sample"), Store::empty());
    let change = |flag| Command::new("chattr").arg(flag).arg(folder.folder()).output();
    if !change("+a").is_ok_and(|changed| changed.status.success()) {
        return places::skipped("no folder can be made append-only");
    }
    let output = |name: &str| folder.folder().join(name).into_os_string().into_string().unwrap();
    let [summary, log, plan, tables] = ["sum.json", "log.txt", "plan", "tables"].map(output);
    let elsewhere = store.folder().to_str().unwrap().to_owned();
    let analyze = ["analyze", "--analysis", "sessionize"];
    let runs = [
        [&analyze[..], &["--summary", &summary]].concat(),
        [&analyze[..], &["--log-file", &log]].concat(),
        vec!["plan", "--analysis", "sessionize", "--out", &plan],
        vec!["export", "--temporary-directory", &elsewhere, "--format", "parquet", "--output", &tables],
    ];
    let said = runs.map(|run| foreman(run).arg(store.path()).run());
    change("-a").unwrap();
    let mut left = folder.files();
    for refused in said {
        let refused = refused.expect(1).stderr;
        let stays = left.iter().position(|name| refused.contains(name.as_str()));
        assert!(refused.contains("it may be append-only") && refused.contains(" stays; "), "{refused}");
        left.remove(stays.unwrap_or_else(|| panic!("{refused}")));
    }
    assert_eq!(left, [""; 0], "no message names it");
    assert_eq!(store.files(), ["sample.plaso"]);
}

/// Links with the names that the previous version used while it wrote such files.
#[test]
fn planted_links() {
    let store = Store::of("sample");
    let at = |name: &str| store.folder().join(name);
    let evidence = store.beside("evidence.plaso", "SQLite format 3\0 and so on");
    let bashrc = store.beside("bashrc", "export PATH");
    for name in ["sum.json.unfinished", "task.sqlite.unfinished"] {
        symlink(&evidence, at(name)).unwrap();
    }
    symlink(&bashrc, at("status.info.unfinished")).unwrap();
    let run = analyze(&store).args(["--status-view", "file", "--status-view-file"]).arg(at("status.info"));
    run.arg("--summary").arg(at("sum.json")).succeed();
    task(&store, &at("task.sqlite")).succeed();
    assert_eq!(fs::read_to_string(evidence).unwrap(), "SQLite format 3\0 and so on");
    assert_eq!(fs::read_to_string(bashrc).unwrap(), "export PATH");
    for name in ["status.info", "sum.json"] {
        assert!(!fs::read(at(name)).unwrap().is_empty(), "{name}");
    }
}

/// A damaged storage file looks like any other file. It must not be overwritten with the report of
/// its failed analysis.
#[test]
fn a_damaged_store() {
    let store = Store::with_bytes(b"SQLight format 3\0 and what can be saved");
    for option in ["--summary", "--log-file"] {
        let run = foreman(["analyze", "--analysis", "sessionize", option]).arg(store.path());
        let refused = run.arg(store.path()).expect(1);
        assert!(refused.stderr.contains("it is the storage file"), "{}", refused.stderr);
        assert!(store.bytes().ends_with(b"can be saved"));
    }
}

/// One file for two things would lose one of them: the log is begun before the rules are read.
#[test]
fn a_file_that_is_read_or_written_already() {
    let store = Store::of("sample");
    let rules = store.folder().join("rules.txt");
    let text = "label\n  data_type is 'fs:stat'\n";
    fs::write(&rules, text).unwrap();
    let run = || foreman(["analyze", "--analysis", "tagging"]).arg("--tagging-file").arg(&rules);
    for option in ["--log-file", "--summary", "--status-view-file"] {
        let refused = run().arg(option).arg(&rules).arg(store.path()).expect(2);
        let expected =
            format!("foreman: {option} and --tagging-file name the same file, {}", rules.display());
        assert!(refused.stderr.starts_with(&expected), "{}", refused.stderr);
        assert_eq!(fs::read_to_string(&rules).unwrap(), text);
    }
    let one = store.folder().join("one");
    let refused = run().arg("--log-file").arg(&one).arg("--summary").arg(&one).arg(store.path()).expect(2);
    assert!(refused.stderr.contains("--summary and --log-file name the same file"), "{}", refused.stderr);
    assert!(!one.exists());
    let refused = {
        let run =
            worker(["run", "--plugin", "tagging", "--tagging-file"]).arg(&rules).arg("--output").arg(&rules);
        run.arg("--store").arg(store.path()).expect(1)
    };
    assert!(refused.stderr.contains("--output and --tagging-file name the same file"), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(&rules).unwrap(), text);
}

/// The command line does not name these files.
#[test]
fn a_file_that_is_read_or_written_by_default() {
    let store = Store::of("sample");
    let path = |name: &str| store.folder().join(name);
    let refused = |plugin: &str, arguments: &[&str], file: &str, expected: &str| {
        fs::write(path(file), "what the run reads").unwrap();
        let run = foreman(["analyze", "--analysis", plugin]).args(arguments).arg(store.path());
        let refused = run.current_dir(store.folder()).expect(2);
        assert!(refused.stderr.contains(expected), "{}", refused.stderr);
        assert_eq!(fs::read_to_string(path(file)).unwrap(), "what the run reads");
    };
    let filter = "hashlookup-full.bloom";
    let expected = "--log-file and --bloom-file name the same file";
    refused("bloom", &["--log-file", filter], filter, expected);
    let rules = ["--tagging-file", "status.info", "--status-view", "file"];
    refused("tagging", &rules, "status.info", "--status-view-file and --tagging-file name the same file");
    let log = ["--log-file", "status.info", "--status-view", "file"];
    refused("sessionize", &log, "status.info", "--status-view-file and --log-file name the same file");
}

/// An analysis could not make its folder there, neither this one nor a later one.
#[test]
fn the_name_of_a_run_folder() {
    let store = Store::of("sample");
    for name in ["sample.plaso.foreman", "other.plaso.foreman"] {
        let output = store.folder().join(name);
        for command in [
            &["analyze", "--analysis", "sessionize", "--summary"][..],
            &["analyze", "--analysis", "sessionize", "--log-file"],
            &["analyze", "--analysis", "sessionize", "--status-view", "file", "--status-view-file"],
            &["report", "--output"],
            &["export", "--format", "jsonl", "--output"],
            &["export", "--format", "parquet", "--output"],
            &["plan", "--analysis", "sessionize", "--out"],
        ] {
            let run = foreman(command).arg(&output).arg(store.path());
            let Finished { status, stderr, .. } = run.start().wait();
            assert!(matches!(status, Some(1 | 2)), "{command:?}: {status:?} {stderr}");
            assert!(
                stderr.contains("names that end in .foreman are those of the folders"),
                "{command:?}: {stderr}"
            );
        }
    }
    assert_eq!(store.files(), ["sample.plaso"]);
    analyze(&store).succeed();
}

#[test]
fn streams_that_have_a_name() {
    let store = Store::of("sample");
    let run = || analyze(&store).arg("--dry-run");
    run().args(["--summary", "/dev/null", "--log-file", "/dev/null"]).succeed();
    let finished = run().args(["--quiet", "--summary", "/dev/stdout"]).succeed();
    let summary: Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(summary["outcome"], "done");
    let finished = run().args(["--status-view", "json", "--status-view-file", "/dev/stderr"]).succeed();
    assert!(finished.stderr.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    let finished = run().args(["--quiet", "--summary", "-", "--log-file", "-"]).current_dir(store.folder());
    assert!(finished.succeed().stdout.contains("\"outcome\":\"done\""));
    assert_eq!(store.files(), ["sample.plaso"]);
}

#[test]
fn reports_and_exports_to_streams_that_have_a_name() {
    let store = Store::of("sample");
    let commands: [&[&str]; 4] = [
        &["report", "--format", "markdown", "--output"],
        &["report", "--format", "json", "--output"],
        &["export", "--quiet", "--output"],
        &["export", "--quiet", "--format", "csv", "--sort", "time", "--output"],
    ];
    for command in commands {
        let to = |output: &str| {
            let run = foreman(command).arg(output).arg(store.path()).current_dir(store.folder());
            let Finished { stdout, stderr, .. } = run.expect(0);
            (stdout, stderr)
        };
        let (whole, nothing) = to("-");
        assert!(whole.len() > 200 && nothing.is_empty(), "{command:?}: {nothing}");
        assert_eq!(to("/dev/stdout"), (whole.clone(), String::new()), "{command:?}");
        assert_eq!(to("/dev/stderr"), (String::new(), whole), "{command:?}");
        assert_eq!(to("/dev/null"), (String::new(), String::new()), "{command:?}");
        for other in ["/dev/zero", "/dev/full", "/dev/tty"] {
            let refused = foreman(command).arg(other).arg(store.path()).run();
            assert_ne!(refused.status, Some(0), "{refused:?}");
            assert!(refused.stderr.contains("cannot write"), "{refused:?}");
        }
    }
    let folder = foreman(["export", "--format", "parquet", "--output", "/dev/stdout"]).arg(store.path());
    assert!(folder.expect(2).stderr.contains("parquet is a folder of files"));
    assert_eq!(store.files(), ["sample.plaso"]);
}

/// A run that waits before its last task, and the path of its summary.
fn waiting(faults: &FaultPlan, run: Program, store: &Store) -> (Running, PathBuf) {
    let summary = store.folder().join("summary.json");
    let mut running = faults.of_workers(run.arg("--summary").arg(&summary)).start();
    let finished = store.folder().join("sample.plaso.foreman/finished.jsonl");
    running.until(|_| finished.exists().then_some(())).expect("it waits");
    (running, summary)
}

/// If the summary cannot be written at the end, this is an error, although the results are in the
/// store.
#[test]
fn a_summary_that_cannot_be_written_in_the_end() {
    let faults = FaultPlan::new("wait 3000");
    let store = Store::of("sample");
    let run = analyze(&store).args(["--workers", "2", "--status-view", "json"]);
    let (running, summary) = waiting(&faults, run, &store);
    fs::write(&summary, EVIDENCE).unwrap();
    faults.go_on();
    let finished = running.wait().expect(3);
    let expected = format!("foreman: cannot write the summary {}: it is a database", summary.display());
    let (json, said) = finished.stderr.trim_end().rsplit_once('\n').unwrap();
    assert!(said.starts_with(&expected), "{said}");
    let last: Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
    assert_eq!((last["outcome"].as_str(), &last["exit_status"]), (Some("incomplete"), &3.into()));
    assert!(last["error"].as_str().unwrap().starts_with("cannot write the summary"));
    assert_eq!(fs::read(&summary).unwrap(), EVIDENCE);
    assert_eq!(store.files(), ["sample.plaso", "summary.json"], "something is left behind");
    assert_eq!(store.dump().sessions, 2);
}

/// psort has another exit status for this.
#[test]
fn a_summary_of_psort_that_cannot_be_written() {
    let faults = FaultPlan::new("wait 3000");
    let store = Store::of("sample");
    let run = foreman(["psort", "-o", "null", "--analysis", "sessionize", "--workers", "2"]);
    let (running, summary) = waiting(&faults, run.arg(store.path()), &store);
    fs::create_dir(&summary).unwrap();
    faults.go_on();
    let finished = running.wait().expect(1);
    assert!(finished.stderr.contains("cannot write the summary"), "{}", finished.stderr);
    assert_eq!(store.files(), ["sample.plaso", "summary.json"], "something is left behind");
    assert_eq!(store.dump().sessions, 2);
}
