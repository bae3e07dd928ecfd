//! Names with line ends, which could add lines of their own to messages, logs and reports.

use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};
use tests::{Finished, Store, foreman, places, worker};

/// A name that adds a line and a command to whatever shows it raw.
const NAME: &str = "a\nFORGED: 0 errors\n  foreman clean FORGED\r\tb\x1b[1m\u{202e}";

/// Lines of a text that only a name can have made.
fn forged(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| line.trim_start().starts_with("FORGED") || line.contains("  foreman clean FORGED\r"))
        .collect()
}

fn check(what: &str, text: &str) {
    assert!(forged(text).is_empty(), "{what}: {text}");
    let is_raw = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
    assert!(!text.contains(is_raw), "{what}: {text:?}");
}

fn check_output(finished: &Finished) {
    check(&finished.command, &finished.stdout);
    check(&finished.command, &finished.stderr);
}

/// A folder and a store in it that have such names.
fn hostile_store() -> (Store, std::path::PathBuf) {
    let store = Store::of("sample");
    let folder = store.folder().join(NAME);
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join(format!("{NAME}.plaso"));
    std::fs::rename(store.path(), &path).unwrap();
    (store, path)
}

/// What whoever wrote a list or a rule chose.
#[test]
fn titles_of_lists_and_values_of_rules() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let attribute = json!({"type": "mutex", "value": "x", "to_ids": true});
    let list = json!({"Event": {"info": NAME, "Attribute": [attribute]}});
    std::fs::write(at("list.json"), list.to_string()).unwrap();
    let quoted = json!(NAME).to_string();
    let source = "title: A\nlogsource: {product: windows, service: system}\n";
    for (name, rest) in [
        ("level.yml", format!("level: {quoted}\ndetection: {{a: {{EventID: 1}}, condition: a}}\n")),
        ("field.yml", format!("detection: {{a: {{{quoted}: 1}}, condition: a}}\n")),
        ("network.yml", format!("detection: {{a: {{'F|cidr': {quoted}}}, condition: a}}\n")),
        ("condition.yml", format!("detection: {{a: {{EventID: 1}}, condition: {quoted}}}\n")),
    ] {
        std::fs::write(at(name), format!("{source}{rest}")).unwrap();
    }
    let store = Store::of("sample");
    let check = |option: &str, name: &str| foreman(["check", option]).arg(at(name)).arg(store.path()).run();
    let checked = check("--ioc", "list.json");
    assert!(checked.stdout.contains("FORGED"), "the title is shown: {}", checked.stdout);
    check_output(&checked);
    let mut shown = 0;
    for name in ["level.yml", "field.yml", "network.yml", "condition.yml"] {
        let checked = check("--sigma-rules", name);
        shown += usize::from(checked.stdout.contains("FORGED"));
        check_output(&checked);
    }
    assert!(shown > 1, "values are shown");
}

#[test]
fn messages_logs_and_reports() {
    let (_store, path) = hostile_store();
    let folder = path.parent().unwrap().to_owned();
    let rules = folder.join(format!("{NAME}.txt"));
    std::fs::copy(places::data("sample-rules.txt"), &rules).unwrap();
    let odd = folder.join(format!("{NAME}-odd.txt"));
    std::fs::write(&odd, "odd\n  filename is 'x' and filename is 'y'\n\nbad\n  filename is\n").unwrap();
    let sigma = folder.join(format!("{NAME}.yml"));
    std::fs::write(&sigma, "title: [\n").unwrap();
    let missing = folder.join("missing\nFORGED");
    let (summary, log) = (folder.join("summary.json"), folder.join("run.log"));
    let p = |path: &Path| path.to_str().unwrap().to_owned();
    let (store, rules, odd, sigma, missing) = (p(&path), p(&rules), p(&odd), p(&sigma), p(&missing));
    let lists = p(&folder);
    let commands: &[&[&str]] = &[
        &["info", &store],
        &["info", "--format", "json", &store],
        &["info", &store, &missing],
        &["report", &store],
        &["report", "--format", "markdown", &store],
        &["report", "--format", "json", &store],
        &["check", "--tagging-file", &rules, &store],
        &["check", "--tagging-file", &odd],
        &["check", "--tagging-file", &odd, "--format", "json"],
        &["check", "--sigma-rules", &sigma],
        &["check", "--sigma-rules", &lists],
        &["check", "--tagging-file", &rules, "--event", "1", &store],
        &["check", "--ioc", &lists],
        &["clean", &store],
        &["clean", &missing],
        &["analyze", "--analysis", "tagging", "--tagging-file", &odd, &store],
        &["analyze", "--analysis", "tagging", "--tagging-file", &missing, &store],
        &["analyze", "--analysis", "sigma", "--sigma-rules", &sigma, &store],
        &["analyze", "--analysis", "sessionize", "--resume", &store],
        &["analyze", "--analysis", "sessionize", "--summary", &store, &store],
        &["analyze", "--analysis", "sessionize", "--temporary-directory", &missing, &store],
        &["analyze", "--analysis", "sessionize", &store, &missing],
        &["analyze", "--analysis", "sessionize", &store, "filename contains 'x\nFORGED'"],
        &["analyze", NAME],
        &["--no-such-option=\nFORGED"],
        &["psort", "-o", "null", "--analysis", "tagging", "--tagging-file", &rules, &store],
        &["psort", "-o", "null", "--analysis", "tagging", "--tagging-file", &missing, &store],
        &["export", "--format", "jsonl", "--output", &store, &store],
        &["plan", "--analysis", "sessionize", "--out", &lists, &store],
        &["split", "--plan", &missing, "--out", &missing, &store],
    ];
    let mut showing = 0;
    for command in commands {
        let finished = foreman(*command).run();
        check_output(&finished);
        showing += usize::from((finished.stdout + &finished.stderr).contains(r"\nFORGED"));
    }
    assert!(showing > 20, "only {showing} of {} commands show the name", commands.len());
    let analysis =
        foreman(["analyze", "--debug", "--analysis", "tagging", "--workers", "2", "--tagging-file"]);
    let analysis = analysis.arg(&rules).arg("--summary").arg(&summary).arg("--log-file").arg(&log);
    check_output(&analysis.arg(&store).expect(0));
    check("the log", &std::fs::read_to_string(&log).unwrap());
    let json: Value = serde_json::from_str(&std::fs::read_to_string(&summary).unwrap()).unwrap();
    assert_eq!(json["store"].as_str(), Path::new(&store).canonicalize().unwrap().to_str());
    check_output(&worker(["run", "--analysis", "sessionize", "--output", &store, &store]).run());
    check_output(&worker(["run", "--no-such=\nFORGED"]).run());
}

/// Messages about wrong usage repeat the values of environment variables.
#[test]
fn values_of_environment_variables() {
    for variable in ["FOREMAN_WORKERS", "FOREMAN_WORKER_MEMORY_LIMIT", "FOREMAN_WORKER_TIMEOUT"] {
        let finished = foreman(["analyze", "a.plaso"]).env(variable, NAME).expect(2);
        assert!(
            finished.stderr.contains(r"\nFORGED") && finished.stderr.contains(r"\u{202e}"),
            "{finished:?}"
        );
        check_output(&finished);
    }
}

/// Names of tables and columns are in what SQLite says of a file.
#[test]
fn names_in_a_database() {
    let store = Store::of("sample");
    let connection = Connection::open(store.path()).unwrap();
    connection.execute_batch("PRAGMA writable_schema = on").unwrap();
    connection.execute("UPDATE sqlite_schema SET name = 'a' || char(10) || 'FORGED', sql = 'CREATE TABLE \"a' || char(10) || 'FORGED\" (' WHERE name = 'event_source'", []).unwrap();
    drop(connection);
    for command in [&["info"][..], &["report"], &["analyze", "--analysis", "sessionize"]] {
        let refused = foreman(command).arg(store.path()).expect(1);
        assert!(refused.stderr.contains("FORGED"), "{refused:?}");
        check_output(&refused);
    }
}
