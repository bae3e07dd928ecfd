//! Standard streams that a shell sends to a file of the same command.

use std::fs;
use std::process::Command;

use tests::{Store, places};

/// A rule of Sigma, and a formatter file.
const RULE: &str = "title: x\nlogsource: {product: windows}\ndetection: {k: [x], condition: k}\n";
const FORMATTER: &str = "type: 'conditional'\ndata_type: 'fs:stat'\nmessage:\n- 'x'\nshort_message:\n- 'x'\nshort_source: 'x'\nsource: 'x'\n";

/// Runs a line of `sh`, in which `foreman` is the program, in the store's folder.
fn run(store: &Store, line: &str) -> (Option<i32>, String, String) {
    let folder = places::program("foreman").parent().unwrap().to_owned();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let output =
        Command::new("sh").args(["-c", line]).env("PATH", path).current_dir(store.folder()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A slip with the redirection must not change evidence.
#[test]
fn a_stream_that_goes_to_a_storage_file_is_refused() {
    let store = Store::of("sample");
    let bytes = store.bytes();
    fs::copy(store.path(), store.beside("other", "")).unwrap();
    const WORDS: &str = "goes to an SQLite database or its journal";
    for line in [
        "foreman export --format csv sample.plaso >> sample.plaso",
        "foreman analyze --analysis sessionize sample.plaso 1<>sample.plaso",
        "foreman info other >> sample.plaso",
        "foreman rules >> sample.plaso",
        "worker run --store sample.plaso --plugin sessionize --output t.sqlite >> sample.plaso",
    ] {
        let (status, _, said) = run(&store, line);
        assert_eq!(status, Some(2), "{line}: {said}");
        assert!(said.contains(&format!("standard output {WORDS}")), "{line}: {said}");
        assert!(store.bytes() == bytes, "{line}: the store has changed");
    }
    // What is wrong is said where it does no harm.
    let (status, said, _) = run(&store, "foreman info sample.plaso 2>> sample.plaso");
    assert_eq!((status, said.contains(&format!("standard error {WORDS}"))), (Some(2), true), "{said}");
    let (status, ..) = run(&store, "foreman nonsense >> sample.plaso 2>&1");
    assert_eq!(status, Some(2));
    assert!(store.bytes() == bytes, "the store has changed");
}

/// The log would replace the file, and the results would go to what no name leads to any more.
#[test]
fn a_stream_that_goes_to_an_output_of_the_command_is_refused() {
    let store = Store::of("sample");
    for (line, file) in [
        ("foreman export --format csv --log-file o sample.plaso > o", "o"),
        ("foreman export --format csv --status-view file --status-view-file ./o sample.plaso > o", "./o"),
        ("foreman analyze --dry-run --analysis sessionize --summary o sample.plaso > o", "o"),
        ("foreman analyze --dry-run --analysis sessionize --log-file o sample.plaso 2> o", "o"),
        ("foreman psort -o null -w x sample.plaso --logfile o > o", "o"),
        ("foreman report sample.plaso > page.txt --output page.txt", "page.txt"),
    ] {
        let (status, printed, said) = run(&store, line);
        let said = printed + &said;
        assert_eq!(fs::read(store.folder().join(file)).unwrap(), b"", "{line}");
        assert_eq!(status, Some(2), "{line}: {said}");
        assert!(
            said.contains(&format!("goes to {file}, which the command itself reads or writes")),
            "{line}: {said}"
        );
    }
}

/// What is printed would become a part of the rules or of the list, now or the next time.
#[test]
fn a_stream_that_goes_to_an_input_of_the_command_is_refused() {
    let store = Store::of("sample");
    let at = |name: &str| store.folder().join(name);
    for folder in ["lists", "rules", "f", "p"] {
        fs::create_dir(at(folder)).unwrap();
    }
    let [tags, list] = ["label\n  data_type is 'fs:stat'\n", "203.0.113.9\n"];
    for (name, text) in [
        ("f/a.yaml", FORMATTER),
        ("p/plan.json", "{}"),
        ("l", "sample.plaso\n"),
        ("r.txt", tags),
        ("s.txt", tags),
        ("rules/r.txt", tags),
        ("rules/a.yml", RULE),
        ("b.txt", list),
        ("lists/a.txt", list),
    ] {
        fs::write(at(name), text).unwrap();
    }
    let tagging = "foreman analyze --analysis tagging sample.plaso --dry-run";
    let ioc = "foreman analyze --analysis ioc sample.plaso --dry-run";
    let worker = "worker run --store sample.plaso --output x.db --plugin";
    for (line, file) in [
        (format!("{tagging} --tagging-file r.txt,s.txt >> s.txt"), "s.txt"),
        (format!("{tagging} --tagging-file r.txt,s.txt 2>> s.txt"), "s.txt"),
        (format!("{ioc} --ioc b.txt,lists >> b.txt"), "b.txt"),
        (format!("{ioc} --ioc lists >> lists/a.txt"), "lists/a.txt"),
        (format!("{ioc} --ioc lists > lists/new.txt"), "lists/new.txt"),
        ("foreman check --sigma-rules rules >> rules/a.yml".into(), "rules/a.yml"),
        (format!("{worker} tagging --tagging-file r.txt >> r.txt"), "r.txt"),
        (format!("{worker} ioc --ioc lists >> lists/a.txt"), "lists/a.txt"),
        (format!("{worker} sessionize > x.db"), "x.db"),
        (format!("{worker} tagging --tagging-file r.txt 2>> r.txt"), "r.txt"),
        (format!("{tagging} --tagging-file r.txt >> r.txt 2>&1"), "r.txt"),
        ("foreman check --tagging-file rules sample.plaso >> rules/r.txt".into(), "rules/r.txt"),
        ("foreman export --formatters f sample.plaso >> f/a.yaml".into(), "f/a.yaml"),
        ("foreman export --formatters f sample.plaso 2>> f/a.yaml".into(), "f/a.yaml"),
        ("foreman split --plan p --out o sample.plaso >> p/plan.json".into(), "p/plan.json"),
        ("foreman analyze --stores-from - --analysis sessionize < l >> l".into(), "l"),
        // What clap says of wrong usage.
        (format!("{tagging} --tagging-file=s.txt,r.txt --wrong 2>> r.txt"), "r.txt"),
        ("foreman check --wrong --tagging-file s.txt 2>> s.txt".into(), "s.txt"),
    ] {
        let before = fs::read_to_string(at(file)).unwrap_or_default();
        let (status, printed, said) = run(&store, &line);
        let after = fs::read_to_string(at(file)).unwrap();
        assert_eq!(after, before, "{line}");
        let said = printed + &said;
        let stream = if line.contains(" 2>> ") { "standard error" } else { "standard output" };
        if line.ends_with("2>&1") {
            assert_eq!(said, "", "there is no place for it");
        } else {
            assert!(said.contains(&format!("{stream} goes to")), "{line}: {said}");
        }
        assert_eq!(status, Some(if line.starts_with("worker") { 1 } else { 2 }), "{line}: {said}");
        if matches!(file, "x.db" | "lists/new.txt") {
            fs::remove_file(at(file)).unwrap();
        }
    }
}

/// What only looks like it stays possible.
#[test]
fn other_redirections_are_no_slips() {
    let store = Store::of("sample");
    fs::write(store.folder().join("a.yml"), RULE).unwrap();
    for folder in ["rules", "f"] {
        fs::create_dir(store.folder().join(folder)).unwrap();
    }
    fs::write(store.folder().join("f/a.yaml"), FORMATTER).unwrap();
    fs::write(store.folder().join("one"), "").unwrap();
    fs::write(
        store.folder().join("rules/a.txt"),
        "label\n".to_owned() + &"  data_type is 'fs:stat'\n".repeat(9),
    )
    .unwrap();
    for (line, file) in [
        ("foreman rules windows > windows", "windows"),
        ("foreman info sample.plaso >> notes.txt 2>&1", "notes.txt"),
        ("foreman report --output /dev/stdout sample.plaso > page.txt", "page.txt"),
        ("foreman report . > report.txt", "report.txt"),
        (
            "foreman analyze --dry-run --analysis sessionize --temporary-directory . sample.plaso > run.txt",
            "run.txt",
        ),
        ("foreman check --sigma-rules . > check.txt", "check.txt"),
        ("foreman check --tagging-file rules > rules/check.log", "rules/check.log"),
        ("foreman export --format csv --formatters f sample.plaso > f/o.csv", "f/o.csv"),
        (
            "foreman plan --analysis sessionize --out p sample.plaso && foreman work --plan p --shard 0 > p/0.log 2>&1",
            "p/0.log",
        ),
        ("foreman export --format csv --output 'x,log' sample.plaso 2> log", "x,log"),
        ("foreman info sample.plaso < one > /dev/null 2>> one && cp sample.plaso two", "two"),
    ] {
        let (status, _, said) = run(&store, line);
        assert_eq!(status, Some(0), "{line}: {said}");
        assert!(fs::metadata(store.folder().join(file)).unwrap().len() > 100, "{line}");
    }
}
