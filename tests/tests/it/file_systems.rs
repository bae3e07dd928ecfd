//! File systems that cannot do something: read a part of a file, lock it, or give it
//! permissions, a second or a long name.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use tests::{Program, Store, foreman};

use crate::support::analyze;

/// Commands that read a store.
fn readers(store: &Store) -> Vec<Program> {
    let mut commands: Vec<Program> = ["info", "report", "export"]
        .map(|command| foreman([command]).arg(store.path()))
        .into_iter()
        .collect();
    commands.push(foreman(["check", "--filter", "data_type is 'fs:stat'"]).arg(store.path()));
    commands.push(analyze(store).arg("--dry-run"));
    commands
}

/// SQLite says that such a file is malformed.
#[test]
fn a_disk_that_cannot_be_read() {
    let store = Store::of("sample");
    let bytes = store.bytes();
    for from in [0, 4_096, 200_000, bytes.len() / 2, bytes.len() - 8_192] {
        let mut commands = readers(&store);
        commands.push(analyze(&store));
        commands.push(foreman(["clean"]).arg(store.path()));
        let mut failed = 0;
        for command in commands {
            let Some(run) = command.on_faulty_disk(store.path(), &format!("read-eio {from}")) else { return };
            // Not every command reads all of the file.
            let run = run.run();
            if run.status == Some(0) {
                continue;
            }
            failed += 1;
            let said = run.expect(1).stderr;
            for words in ["read error of its disk", "Input/output error", "ddrescue", "changed nothing"] {
                assert!(said.contains(words), "from {from}: {said}");
            }
            assert!(!said.contains("is damaged") && !said.contains("malformed"), "from {from}: {said}");
        }
        assert!(failed > 3, "from {from}: {failed} commands have noticed it");
        assert!(store.bytes() == bytes, "the store has changed");
        foreman(["clean"]).arg(store.path()).succeed();
        assert_eq!(store.files(), ["sample.plaso"]);
    }
}

#[test]
fn a_file_system_without_locks() {
    let store = Store::of("sample");
    let temporary = Store::empty();
    let output = store.folder().join("events.jsonl");
    for command in [
        foreman(["export"]).arg(store.path()),
        foreman(["export", "--output"]).arg(&output).arg(store.path()),
        analyze(&store).arg("--dry-run"),
    ] {
        let command = command.env("TMPDIR", temporary.folder());
        let Some(run) = command.on_faulty_disk(store.path(), "no-locks") else { return };
        let said = run.expect(1).stderr;
        assert!(said.contains("has no locks") && said.contains("--temporary-directory"), "{said}");
        assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
        assert_eq!(fs::read_dir(temporary.folder()).unwrap().count(), 0, "something is left behind");
    }
}

/// Such as a disk of Windows in WSL, and many shares.
#[test]
fn a_file_system_that_refuses_to_change_permissions() {
    let store = Store::of("sample");
    let at = |name: &str| store.folder().join(name);
    // The second run replaces the files of the first one.
    for _ in 0..2 {
        let run = analyze(&store).arg("--summary").arg(at("summary.json")).arg("--log-file").arg(at("log"));
        let run = run.args(["--status-view", "file", "--status-view-file"]).arg(at("status"));
        let Some(run) = run.on_faulty_disk(store.path(), "no-chmod") else { return };
        let said = run.expect(0).stderr;
        assert!(!said.contains("Operation not permitted"), "{said}");
        for name in ["summary.json", "log", "status"] {
            let metadata = at(name).metadata().unwrap();
            assert!(metadata.len() > 0, "{name} is empty");
        }
    }
    // Nobody else may read what replaces a file.
    assert_eq!(at("summary.json").metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let export = foreman(["export", "--output"]).arg(at("events.parquet")).arg(store.path());
    export.on_faulty_disk(store.path(), "no-chmod").unwrap().expect(0);
}

#[test]
fn a_file_system_without_links() {
    let store = Store::of("sample");
    let page = store.folder().join("page.html");
    let report = || foreman(["report", "--format", "html", "--output"]).arg(&page).arg(store.path());
    let Some(run) = report().on_faulty_disk(store.path(), "no-links") else { return };
    run.expect(0);
    let text = fs::read(&page).unwrap();
    report().on_faulty_disk(store.path(), "no-links").unwrap().expect(1);
    assert!(fs::read(&page).unwrap() == text, "the page was replaced");
    assert_eq!(store.files(), ["page.html", "sample.plaso"]);
}

/// The longest name is that of the journal that SQLite makes.
#[test]
fn names_that_are_too_long() {
    let store = Store::of("sample");
    let rename = |length: usize| {
        let name = format!("{}.plaso", "a".repeat(length - ".plaso".len()));
        let path = store.folder().join(name);
        fs::copy(store.path(), &path).unwrap();
        path
    };
    let long = rename(248);
    let commands = [
        &["info"][..],
        &["report"],
        &["export"],
        &["check", "--filter", "data_type is 'fs:stat'"],
        &["clean"],
        &["analyze", "--analysis", "sessionize"],
        &["analyze", "--dry-run", "--analysis", "sessionize"],
        &["psort", "-o", "null", "--analysis", "sessionize"],
    ];
    for command in commands {
        let said = foreman(command).arg(&long).expect(1).stderr;
        assert!(said.contains("is too long") && said.contains("a shorter name"), "{command:?}: {said}");
        assert!(!said.contains("is not a journal"), "{command:?}: {said}");
    }
    foreman(["analyze", "--analysis", "sessionize"]).arg(rename(247)).succeed();
}

/// The folder of a run and a file that is being written have names that are longer than that of the
/// storage file or of the output.
#[test]
fn names_that_are_almost_too_long() {
    let (store, chrome, elsewhere) = (Store::of("sample"), Store::of("chrome"), Store::empty());
    let name = |start: &str, length: usize| start.repeat(length / start.len());
    let long = store.folder().join(format!("{}.plaso", name("é", 241)));
    fs::copy(store.path(), &long).unwrap();
    let run = foreman(["analyze", "--analysis", "sessionize", "--temporary-directory"]);
    run.arg(elsewhere.folder()).arg(&long).succeed();
    assert_eq!(elsewhere.files(), [""; 0]);
    fs::remove_file(&long).unwrap();
    let at = |name: &String| store.folder().join(name);
    let [summary, log, status, plan, tables] = ["s", "l", "v", "p", "t"].map(|start| name(start, 255));
    let page = format!("{}.html", name("h", 249));
    let run = analyze(&store).arg("--summary").arg(at(&summary)).arg("--log-file").arg(at(&log));
    run.args(["--status-view", "file", "--status-view-file"]).arg(at(&status)).succeed();
    let run = foreman(["plan", "--analysis", "sessionize", "--out"]).arg(at(&plan));
    run.arg(store.path()).succeed();
    let run = foreman(["export", "--format", "parquet", "--output"]).arg(at(&tables));
    run.arg(store.path()).succeed();
    let run = foreman(["report", "--format", "html", "--output"]).arg(at(&page));
    run.arg(store.path()).arg(chrome.path()).succeed();
    let pages = page.replace(".html", ".pages");
    let expected = [page, pages, log, plan, "sample.plaso".into(), summary, tables, status];
    assert_eq!(store.files(), expected);
}

/// What is named after a list is no folder of an earlier run, since no folder can have the name.
#[test]
fn a_list_whose_name_is_too_long_for_a_record() {
    let store = Store::of("sample");
    let list = store.beside(&"l".repeat(250), &format!("{}\n", store.path().display()));
    let said = foreman(["analyze", "--analysis", "sessionize", "--stores-from"]).arg(list).expect(1).stderr;
    assert!(said.contains("the list that it is named after a shorter name"), "{said}");
    assert!(!said.contains("keep it as it is"), "{said}");
}
