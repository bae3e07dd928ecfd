//! Who may read what foreman writes: nobody who may not read the storage file.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;

use tests::{Program, Store, places};

use crate::support::analyze;

/// The program, with a umask that allows everything.
fn open_foreman(arguments: &[&str]) -> Program {
    let open = Program::new(Path::new("/bin/sh"), ["-c", "umask 0; exec \"$0\" \"$@\""]);
    open.arg(places::program("foreman")).args(arguments)
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// The permissions of what is in a folder, and of itself, by its names.
fn modes(folder: &Path) -> Vec<(String, u32)> {
    let mut found = vec![(".".to_owned(), mode(folder))];
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            found.extend(
                modes(&entry.path()).into_iter().map(|(inner, mode)| (format!("{name}/{inner}"), mode)),
            );
        } else {
            found.push((name, mode(&entry.path())));
        }
    }
    found
}

/// Has each command write what it can into `out`.
fn write_all(store: &Store, other: &Store, out: &Path) {
    let at = |name: &str| out.join(name);
    let outputs = |run: Program, name: &str| {
        let run = run.arg("--summary").arg(at(&format!("{name}.json"))).arg("--log-file");
        let run = run.arg(at(&format!("{name}.log"))).args(["--status-view", "file", "--status-view-file"]);
        run.arg(at(&format!("{name}.status")))
    };
    let analyze = open_foreman(&["analyze", "--dry-run", "--analysis", "sessionize"]);
    outputs(analyze.arg(store.path()), "analyze").succeed();
    let psort = open_foreman(&["psort", "-o", "null", "--analysis", "sessionize", "--logfile"]);
    psort.arg(at("psort.log")).arg(store.path()).succeed();
    let cases = out.parent().unwrap().join("list");
    fs::write(&cases, format!("{}\n{}\n", store.path().display(), other.path().display())).unwrap();
    let many = open_foreman(&["analyze", "--dry-run", "--analysis", "sessionize", "--stores-from"]);
    outputs(many.arg(&cases), "many").succeed();
    for output in ["events.jsonl", "events.csv", "events.parquet"] {
        let export = open_foreman(&["export", "--output"]).arg(at(output)).arg(store.path());
        outputs(export, output).succeed();
    }
    for (format, name) in [("text", "report.txt"), ("json", "report.json"), ("html", "report.html")] {
        let report = open_foreman(&["report", "--format", format, "--output"]).arg(at(name));
        report.arg(store.path()).succeed();
    }
    let case = open_foreman(&["report", "--format", "html", "--output"]).arg(at("case.html"));
    case.args([other.path(), store.path()]).succeed();
}

#[test]
fn nobody_reads_more_than_the_storage_file() {
    let (store, other) = (Store::of("sample"), Store::of("sample"));
    analyze(&store).succeed();
    // Everybody may enter the folder of the other store.
    set_mode(other.folder().parent().unwrap(), 0o755);
    for (of_folder, of_store, file, folder) in
        [(0o755, 0o600, 0o600, 0o700), (0o755, 0o644, 0o666, 0o777), (0o700, 0o644, 0o600, 0o700)]
    {
        set_mode(store.folder(), of_folder);
        set_mode(store.path(), of_store);
        set_mode(other.path(), 0o644);
        let out = store.folder().with_file_name(format!("out-{of_folder:o}-{of_store:o}"));
        fs::create_dir(&out).unwrap();
        set_mode(&out, folder);
        write_all(&store, &other, &out);
        let written = modes(&out);
        assert!(written.len() > 25, "{written:?}");
        for (name, mode) in written {
            let expected = if name.ends_with('.') { folder } else { file };
            assert_eq!(mode, expected, "{name} of a storage file with {of_store:o} in {of_folder:o}");
        }
    }
}

/// Who may not enter the folder of the storage file may not enter it for the report either.
#[test]
fn a_closed_folder_protects_what_is_in_it() {
    let store = Store::of("sample");
    set_mode(store.folder(), 0o700);
    set_mode(store.path(), 0o644);
    for (report, expected) in
        [(store.folder().join("report.txt"), 0o666), (store.folder().with_file_name("report.txt"), 0o600)]
    {
        open_foreman(&["report", "--output"]).arg(&report).arg(store.path()).succeed();
        assert_eq!(mode(&report), expected, "{}", report.display());
    }
}

/// An earlier output was open to all, but the storage file is not.
#[test]
fn a_file_that_is_replaced_is_closed_to_others() {
    let store = Store::of("sample");
    let summary = store.folder().join("summary.json");
    let run = || analyze(&store).arg("--dry-run").arg("--summary").arg(&summary);
    run().succeed();
    for (of_store, before, after) in [(0o600, 0o644, 0o600), (0o644, 0o664, 0o664), (0o644, 0o600, 0o600)] {
        set_mode(store.path(), of_store);
        set_mode(&summary, before);
        run().succeed();
        assert_eq!(mode(&summary), after, "{before:o} of a storage file with {of_store:o}");
    }
}

/// The group of the storage file may read it; the members of another group may not.
#[test]
fn a_group_reads_only_the_files_of_its_group() {
    const GROUP: u32 = 12_345;
    let store = Store::of("sample");
    if chown(store.path(), None, Some(GROUP)).is_err() {
        places::skipped("only root may give a file to any group");
        return;
    }
    set_mode(store.path(), 0o640);
    // A folder with this bit gives its group to what is made in it.
    for (of_folder, expected) in [(0o2777, 0o660), (0o777, 0o600)] {
        let out = store.folder().with_file_name(format!("out-{of_folder:o}"));
        fs::create_dir(&out).unwrap();
        chown(&out, None, Some(GROUP)).unwrap();
        set_mode(&out, of_folder);
        let report = out.join("report.txt");
        open_foreman(&["report", "--output"]).arg(&report).arg(store.path()).succeed();
        assert_eq!(mode(&report), expected, "in a folder with {of_folder:o}");
    }
}

/// A plan has copies of rules and lists, which may be more private than the storage file. Others
/// may read a plan that the user shares, but whoever may write to it decides what is done.
#[test]
fn a_plan_is_no_more_open_than_what_it_copies() {
    let store = Store::of("sample");
    set_mode(store.folder(), 0o755);
    set_mode(store.folder().parent().unwrap(), 0o755);
    set_mode(store.path(), 0o644);
    let inputs = store.folder().join("inputs");
    fs::create_dir(&inputs).unwrap();
    let (rules, list) = (store.folder().join("rules.txt"), inputs.join("list.txt"));
    fs::copy(places::data("sample-rules.txt"), &rules).unwrap();
    fs::write(&list, "secret-indicator.example\n").unwrap();
    let planned = |name: &str, of_rules: u32, of_list: u32, of_inputs: u32| {
        set_mode(&rules, of_rules);
        set_mode(&list, of_list);
        set_mode(&inputs, of_inputs);
        let out = store.folder().join(name);
        let plan = open_foreman(&["plan", "--analysis", "tagging,ioc", "--tagging-file"]).arg(&rules);
        plan.arg("--ioc").arg(&inputs).arg("--out").arg(&out).arg(store.path()).succeed();
        let split = open_foreman(&["split", "--plan"]).arg(&out).arg("--out");
        split.arg(store.folder().join(format!("{name}-parts"))).arg(store.path()).succeed();
        let written = modes(&out);
        assert!(written.len() > 4, "{written:?}");
        for (name, mode) in written {
            let of_plan = if of_rules & of_list & of_inputs & 0o004 == 0 { 0o700 } else { 0o755 };
            let expected = if name == "." { of_plan } else { of_plan & 0o666 };
            assert_eq!(mode, expected, "{name} with {of_rules:o}, {of_list:o}, {of_inputs:o}");
        }
    };
    planned("open", 0o644, 0o666, 0o755);
    planned("private-rules", 0o600, 0o644, 0o755);
    planned("private-list", 0o644, 0o600, 0o755);
    planned("private-folder", 0o644, 0o644, 0o700);
}

/// Messages and results quote rules, lists and lists of storage files.
#[test]
fn what_quotes_private_rules_is_private() {
    let store = Store::of("sample");
    analyze(&store).succeed();
    set_mode(store.path(), 0o644);
    // The folders above rules and lists do not count.
    set_mode(store.folder().parent().unwrap(), 0o755);
    let at = |name: &str| store.folder().join(name);
    fs::write(at("broken.txt"), "label\n  data_type wrong 'fs:stat'\n").unwrap();
    fs::write(at("stores"), "nowhere.plaso\n").unwrap();
    for folder in ["sigma", "lists", "out"] {
        fs::create_dir(at(folder)).unwrap();
    }
    fs::write(at("sigma/broken.yml"), "title: x\n: broken\n").unwrap();
    fs::write(at("lists/list.txt"), "secret-indicator.example\n").unwrap();
    fs::copy(places::data("sample-rules.txt"), at("rules.txt")).unwrap();
    let inputs = ["broken.txt", "stores", "sigma/broken.yml", "lists/list.txt", "rules.txt"];
    for (of_inputs, expected) in [(0o600, 0o600), (0o640, 0o660), (0o644, 0o666)] {
        inputs.iter().for_each(|input| set_mode(&at(input), of_inputs));
        for (number, options) in [
            "analyze --dry-run --analysis tagging --tagging-file broken.txt",
            "analyze --dry-run --analysis sigma --sigma-rules sigma",
            "analyze --dry-run --analysis ioc --ioc lists",
            "analyze --dry-run --analysis sessionize --stores-from stores",
            "psort -o null --analysis tagging --tagging-file broken.txt",
        ]
        .iter()
        .enumerate()
        {
            let log = if options.starts_with("psort") { "--logfile" } else { "--log-file" };
            let [log_file, summary] =
                ["log", "json"].map(|kind| at(&format!("out/{number}-{of_inputs:o}.{kind}")));
            let mut run = open_foreman(&options.split(' ').collect::<Vec<_>>()).current_dir(store.folder());
            if !options.contains("stores-from") {
                run = run.arg(store.path());
            }
            let _ = run.arg(log).arg(&log_file).arg("--summary").arg(&summary).run();
            assert_eq!(mode(&log_file), expected, "the log of {options} with {of_inputs:o}");
            assert_eq!(mode(&summary), expected, "the summary of {options} with {of_inputs:o}");
        }
        let report = at(&format!("out/report-{of_inputs:o}"));
        let command = open_foreman(&["report", "--tagging-file"]).arg(at("rules.txt")).arg("--output");
        command.arg(&report).arg(store.path()).succeed();
        assert_eq!(mode(&report), expected, "a report with {of_inputs:o}");
    }
}
