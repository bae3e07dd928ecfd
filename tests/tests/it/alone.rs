//! The worker without a foreman.

use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};
use tests::{Store, digest_of_table, foreman, worker};

use crate::support::RULES;

/// Returns a digest of each table of a task store.
fn digests(task_store: &Path) -> Vec<(String, String)> {
    let connection = Connection::open(task_store).unwrap();
    let mut statement =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").unwrap();
    let tables = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    tables.map(|table| table.unwrap()).map(|t| (t.clone(), digest_of_table(&connection, &t))).collect()
}

#[test]
fn a_task_store_can_be_looked_at() {
    let store = Store::of("sample");
    let (bytes, output) = (store.bytes(), store.folder().join("task.sqlite"));
    let run = worker(["run", "--plugin", "tagging,sessionize", "--events", "1..4000", "--tagging-file"]);
    let run = run.arg(store.beside("rules.txt", RULES)).arg("--store").arg(store.path());
    let finished = run.arg("--filter").arg("data_type is 'fs:stat'").arg("--output").arg(&output).succeed();
    assert!(store.bytes() == bytes, "the store has changed");

    let task = Connection::open(&output).unwrap();
    let number = |sql: &str| task.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let (events, filtered) = (
        number("SELECT value FROM task WHERE name = 'events'"),
        number("SELECT value FROM task WHERE name = 'filtered'"),
    );
    assert_eq!(events, 4_000);
    assert_eq!(number("SELECT count(*) FROM deferred"), events - filtered);
    assert_eq!(number("SELECT count(*) FROM event_tag WHERE labels LIKE '%\"files\"%'"), events - filtered);
    assert_eq!(number("SELECT count FROM counter WHERE name = 'files'"), events - filtered);
    let tagged = events - filtered;
    assert_eq!(
        finished.stdout,
        format!("{}: {events} events, {filtered} filtered, {tagged} tagged, 0 skipped\n", output.display())
    );
}

#[test]
fn a_task_as_json_is_the_same_task() {
    let store = Store::of("sample");
    let (rules, output) = (store.beside("rules.txt", RULES), store.folder().join("task.sqlite"));
    let run = worker(["run", "--plugin", "tagging,sessionize", "--events", "100..2000", "--tagging-file"]);
    run.arg(&rules).arg("--store").arg(store.path()).arg("--output").arg(&output).succeed();
    let from_options = digests(&output);
    let task = json!({
        "run": {
            "id": "alone",
            "store": store.path(),
            "plugins": [
                {"plugin": "tagging", "tagging_file": rules},
                {"plugin": "sessionize", "maximum_pause": 10},
            ],
        },
        "task": 0,
        "step": {"map": {"first": 100, "last": 2000}},
        "output": output,
    });
    std::fs::remove_file(&output).unwrap();
    for _ in 0..2 {
        let finished = worker(["run", "--task", "-"]).standard_input(&task.to_string()).succeed();
        assert_eq!(digests(&output), from_options);
        let done: Value = serde_json::from_str(&finished.stdout).unwrap();
        assert_eq!(done["events"], 1901);
        let length = std::fs::metadata(&output).unwrap().len();
        assert_eq!(done["digest"].as_u64().unwrap() >> 32, length, "the digest has the length");
    }
    let long = " ".repeat((16 << 20) + 1);
    let refused = worker(["run", "--task", "-"]).standard_input(&long).expect(1);
    assert!(refused.stderr.contains("has more than 16 MiB"), "{}", refused.stderr);
}

/// A task can come from somebody else, who must not get a file replaced, or a secret sent to him.
#[test]
fn a_task_of_somebody_else() {
    let store = Store::of("sample");
    let (output, notes) = (store.folder().join("task.sqlite"), store.beside("task.part", "notes"));
    let run = |run: Value, more: (&str, Value)| {
        let mut task = json!({
            "run": {"id": "alone", "store": store.path(), "plugins": []},
            "task": 0,
            "step": {"map": {"first": 1, "last": 200}},
            "output": output,
        });
        task["run"].as_object_mut().unwrap().extend(run.as_object().unwrap().clone());
        task[more.0] = more.1;
        worker(["run", "--task", "-"]).standard_input(&task.to_string())
    };
    let sessionize = json!({"plugins": [{"plugin": "sessionize", "maximum_pause": 10}]});
    run(sessionize, ("trace", json!(notes))).succeed();
    assert_eq!(std::fs::read_to_string(&notes).unwrap(), "notes");
    let export = json!({"export": {"format": "json_lines", "order": "rows"}});
    let refused = run(export.clone(), ("profile", json!(false))).expect(1).stderr;
    assert!(refused.contains("the task would replace") && refused.contains("task.part"), "{refused}");
    assert_eq!(std::fs::read_to_string(&notes).unwrap(), "notes");
    let server = json!({"plugins": [{
        "plugin": "virustotal", "virustotal_api_key_file": notes, "virustotal_url": "http://127.0.0.1:1",
    }]});
    let refused = run(server, ("profile", json!(false))).expect(1).stderr;
    assert!(refused.contains("the plugin virustotal of the task sends something to a server"), "{refused}");
    std::fs::remove_file(&notes).unwrap();
    run(export, ("profile", json!(false))).succeed();
    assert!(notes.exists(), "there is no part");
}

/// Without a foreman, nobody has made one file of the rules.
#[test]
fn rules_in_a_folder_and_lists_in_several_files() {
    let store = Store::of("sample");
    let folder = store.folder().join("rules");
    std::fs::create_dir(&folder).unwrap();
    let rule = "title: Own\nlevel: high\nlogsource: {product: linux, service: syslog}\n\
                detection: {words: [reboot], condition: words}\n";
    std::fs::write(folder.join("own.yml"), rule).unwrap();
    let lists = ["one.txt", "two.txt"].map(|name| store.beside(name, "192.0.2.1\n").display().to_string());
    let output = store.folder().join("task.sqlite");
    let run = |plugin: &str| {
        worker(["run", "--plugin", plugin, "--store"]).arg(store.path()).arg("--output").arg(&output)
    };
    run("sigma").arg("--sigma-rules").arg(&folder).succeed();
    run("ioc").arg("--ioc").arg(lists.join(",")).succeed();
}

#[test]
fn what_the_foreman_sends_can_be_run_again() {
    let store = Store::of("sample");
    let log = store.folder().join("log.txt");
    let run = foreman(["analyze", "--analysis", "sessionize", "--dry-run", "--debug", "--log-file"]);
    run.arg(&log).arg(store.path()).succeed();
    let log = std::fs::read_to_string(log).unwrap();
    let mut tasks = log.lines().filter_map(|line| {
        let json = &line[line.find("{\"run\"")?..];
        serde_json::Deserializer::from_str(json).into_iter::<Value>().next()?.ok()
    });
    let mut task = tasks.find(|task| task["step"]["map"]["first"] == 1025).expect("the second map task");
    let output = store.folder().join("task.sqlite");
    task["output"] = json!(output);
    let finished = worker(["run", "--task", &task.to_string()]).succeed();
    let done: Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!((&done["events"], &done["tagged"]), (&json!(1024), &json!(1024)));
    let step: String = Connection::open(&output)
        .unwrap()
        .query_row("SELECT value FROM task WHERE name = 'step'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(step, "events 1025 to 2048");
}

#[test]
fn errors() {
    let store = Store::of("chrome");
    let output = store.folder().join("task.sqlite");
    let run = |arguments: &[&str]| worker(["run"]).args(arguments).arg("--output").arg(&output);
    let store_path = store.path().to_string_lossy();
    let missing = run(&["--plugin", "sessionize", "--store", "/no/such.plaso"]).expect(1);
    assert!(missing.stderr.starts_with("worker: cannot open /no/such.plaso"), "{}", missing.stderr);
    let filter = run(&["--plugin", "sessionize", "--store", &store_path, "--filter", "x iz 1"]).expect(1);
    assert!(filter.stderr.contains("column 3"), "{}", filter.stderr);
    let range = run(&["--plugin", "sessionize", "--store", &store_path, "--events", "5..1"]).expect(2);
    assert!(range.stderr.contains("the range is empty"), "{}", range.stderr);
    let json = worker(["run", "--task", "{}"]).expect(1);
    assert!(json.stderr.contains("the task is not valid"), "{}", json.stderr);
    // SQLite would play it back when somebody opens the output.
    for journal in ["task.sqlite-journal", "task.sqlite-wal"] {
        let journal = store.beside(journal, "of an earlier one");
        let refused = run(&["--plugin", "sessionize", "--store", &store_path]).expect(1);
        assert!(refused.stderr.contains("lies beside the output"), "{}", refused.stderr);
        std::fs::remove_file(journal).unwrap();
    }
    assert!(!output.exists());
}
