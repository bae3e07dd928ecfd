//! Files that nothing may be written over, although the command line does not name them.

use std::fs;

use tests::{Program, Store, foreman, places, worker};

use crate::support::analyze;

/// The rules lie in a folder, which alone is named.
#[test]
fn rules_in_a_folder() {
    let store = Store::of("sample");
    let folder = store.folder().join("rules");
    fs::create_dir_all(folder.join("inner")).unwrap();
    let sigma = folder.join("inner/own.yml");
    let text = "title: Own\nlevel: high\nlogsource: {product: linux}\ndetection: {a: {b: c}, condition: a}\n";
    fs::write(&sigma, text).unwrap();
    let list = format!("{},{}", folder.display(), folder.display());
    for rules in [folder.to_str().unwrap(), &list] {
        for option in ["--log-file", "--summary", "--status-view-file"] {
            let run = foreman(["analyze", "--analysis", "sigma", "--sigma-rules", rules, option]);
            let refused = run.arg(&sigma).arg(store.path()).expect(2);
            let expected = format!("{option} names a file in a folder that --sigma-rules reads");
            assert!(refused.stderr.contains(&expected), "{refused:?}");
            assert_eq!(fs::read_to_string(&sigma).unwrap(), text);
        }
        let task = worker(["run", "--plugin", "sigma", "--sigma-rules", rules, "--store"]).arg(store.path());
        let refused = task.arg("--output").arg(&sigma).expect(1);
        assert!(refused.stderr.contains("in a folder that --sigma-rules reads"), "{refused:?}");
        assert_eq!(fs::read_to_string(&sigma).unwrap(), text);
    }
}

/// Without its record, the change of an interrupted run cannot be undone. It may be a run over
/// another store.
#[test]
fn the_record_of_a_run() {
    let (store, other) = (Store::of("sample"), Store::of("sample"));
    let Some(run) = analyze(&store).on_faulty_disk(store.path(), "write-kill 9") else { return };
    assert_eq!(run.run().signal, Some(9));
    let record = store.folder().join("sample.plaso.foreman/run.json");
    let before = fs::read(&record).unwrap();
    let refused = |run: Program| {
        let refused = run.expect(1);
        assert!(refused.stderr.contains("it is the record of an interrupted run"), "{refused:?}");
        assert!(fs::read(&record).unwrap() == before, "the record has changed");
    };
    for option in ["--log-file", "--summary"] {
        refused(foreman(["analyze", "--analysis", "sessionize", option]).arg(&record).arg(other.path()));
    }
    let task = worker(["run", "--plugin", "sessionize", "--store"]).arg(other.path());
    refused(task.arg("--output").arg(&record));
    foreman(["clean"]).arg(store.path()).succeed();
    assert!(store.bytes() == other.bytes(), "the store is not as it was");
}

/// The worker is found beside foreman, and no option names it.
#[test]
fn the_worker_in_use() {
    let store = Store::of("sample");
    let programs = Store::empty();
    let at = |name: &str| programs.folder().join(name);
    for name in ["foreman", "worker"] {
        fs::copy(places::program(name), at(name)).unwrap();
    }
    let run = Program::new(&at("foreman"), ["analyze", "--analysis", "sessionize", "--log-file"]);
    let refused = run.arg(at("worker")).arg(store.path()).expect(2);
    assert!(refused.stderr.contains("--log-file and --worker name the same file"), "{refused:?}");
    assert!(fs::read(at("worker")).unwrap() == fs::read(places::program("worker")).unwrap());
}

/// psort writes the log to the file with the ending `.gz`, and to no other.
#[test]
fn what_has_the_name_of_a_log_of_psort_without_its_ending() {
    let store = Store::of("sample");
    let at = |name: &str| store.folder().join(name);
    fs::write(at("notes.txt"), "mine").unwrap();
    for log in ["notes.txt.2", "notes.txt.3"] {
        let run = foreman(["psort", "-q", "-o", "null", "--analysis", "sessionize", "--logfile"]);
        run.arg(at("notes.txt.gz")).arg(store.path()).succeed();
        assert_eq!(fs::read_to_string(at("notes.txt")).unwrap(), "mine");
        assert!(fs::read_to_string(at(log)).unwrap().contains("begins"), "{log}");
    }
}

/// SQLite could not make its journal there.
#[test]
fn the_place_of_a_journal() {
    let store = Store::of("sample");
    let run = foreman(["export", "--format", "parquet", "--output"]);
    let refused = run.arg(store.folder().join("sample.plaso-journal")).arg(store.path()).expect(1);
    assert!(refused.stderr.contains("that of a database's journal"), "{refused:?}");
    assert_eq!(store.files(), ["sample.plaso"]);
}

/// The next run over the storage file could not make its folder there. The storage file need not
/// exist yet.
#[test]
fn the_place_of_the_folder_of_a_run() {
    let store = Store::of("sample");
    let analyze = |option: &str| foreman(["analyze", "--analysis", "sessionize", option]);
    let outputs = || {
        let mut outputs =
            vec![worker(["run", "--plugin", "sessionize", "--store"]).arg(store.path()).arg("--output")];
        outputs.extend(["--log-file", "--summary"].map(analyze));
        outputs.push(analyze("--status-view").args(["file", "--status-view-file"]));
        for format in ["jsonl", "csv", "parquet"] {
            outputs.push(foreman(["export", "--format", format, "--output"]));
        }
        for format in ["text", "html", "json"] {
            outputs.push(foreman(["report", "--format", format, "--output"]));
        }
        outputs
    };
    for name in ["sample.plaso.foreman", "new.plaso.foreman", "case.foreman", "NEW.PLASO.FOREMAN"] {
        for (number, output) in outputs().into_iter().enumerate() {
            let run = output.arg(store.folder().join(name));
            // The first has it already.
            let run = if number == 0 { run } else { run.arg(store.path()) };
            let said = run.expect(1).stderr;
            assert!(said.contains("those of the folders that runs make beside storage files"), "{said}");
            assert_eq!(store.files(), ["sample.plaso"], "{said}");
        }
        let plan = foreman(["plan", "--analysis", "sessionize", "--output"]);
        let said = plan.arg(store.folder().join(name)).arg(store.path()).run().stderr;
        assert_eq!(store.files(), ["sample.plaso"], "{said}");
    }
}

/// A file there would stop the next run, which does not remove what is not foreman's.
#[test]
fn the_folder_of_a_run() {
    let store = Store::of("sample");
    let other = Store::of("sample");
    let Some(run) = analyze(&store).on_faulty_disk(store.path(), "write-kill 9") else { return };
    assert_eq!(run.run().signal, Some(9));
    let inside = store.folder().join("sample.plaso.foreman/notes.txt");
    for run in [
        foreman(["analyze", "--analysis", "sessionize", "--summary"]),
        foreman(["export", "--output"]),
        foreman(["report", "--output"]),
    ] {
        let said = run.arg(&inside).arg(other.path()).expect(1).stderr;
        assert!(said.contains("it would lie in the folder of a run"), "{said}");
        assert!(!inside.exists());
    }
    let task = worker(["run", "--plugin", "sessionize", "--store"]).arg(other.path()).arg("--output");
    let said = task.arg(&inside).expect(1).stderr;
    assert!(said.contains("it would lie in the folder of a run") && !inside.exists(), "{said}");
    // What other runs make would be in the way, too.
    let folder = inside.parent().unwrap();
    let plan = other.folder().join("plan");
    foreman(["plan", "--analysis", "sessionize", "--out"]).arg(&plan).arg(other.path()).succeed();
    let before = std::fs::read_dir(folder).unwrap().count();
    for run in [
        foreman(["analyze", "--analysis", "sessionize", "--temporary-directory"])
            .arg(folder)
            .arg(other.path()),
        foreman(["analyze", "--dry-run", "--analysis", "sessionize", "--temporary-directory"])
            .arg(folder)
            .arg(other.path()),
        foreman(["export", "--output", "-", "--temporary-directory"]).arg(folder).arg(other.path()),
        foreman(["work", "--shard", "0", "--plan"]).arg(&plan).arg("--out").arg(folder),
    ] {
        let said = run.expect(1).stderr;
        assert!(said.contains("it would lie in the folder of a run"), "{said}");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), before, "{said}");
    }
    std::fs::remove_dir_all(&plan).unwrap();
    foreman(["clean"]).arg(store.path()).succeed();
    assert!(store.bytes() == other.bytes(), "the store is not as it was");
}
