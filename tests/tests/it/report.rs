//! Reports on the results of analyses.

use std::path::Path;

use insta::assert_snapshot;
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tests::{Compression, NewStore, Program, Running, Store, foreman, places};

use crate::support::{analyze, analyzed, without_times};

fn report(store: &Store) -> Program {
    foreman(["report"]).arg(store.path())
}

fn report_json(store: &Store) -> Value {
    let finished = report(store).args(["--format", "json"]).succeed();
    assert_eq!(finished.stderr, "");
    serde_json::from_str(&finished.stdout).unwrap()
}

fn rows<'r>(report: &'r Value, table: &str) -> &'r [Value] {
    report[table]["rows"].as_array().unwrap()
}

#[test]
fn of_both_versions() {
    for name in ["sample", "sample-20230327"] {
        let store = analyzed(name);
        let bytes = store.bytes();
        for format in ["text", "markdown"] {
            let said = report(&store).args(["--format", format, "--rows", "12"]).succeed().stdout;
            assert_snapshot!(format!("{name}_{format}"), without_times(&said, &store));
        }
        assert!(store.bytes() == bytes && store.files().len() == 1, "something was written");
    }
}

#[test]
fn json_has_all_of_it() {
    let store = analyzed("sample");
    let report = report_json(&store);
    assert_eq!(report["format_version"], 2);
    let labels: Vec<_> = rows(&report, "labels")
        .iter()
        .map(|row| (row["label"].as_str().unwrap(), row["events"].as_u64()))
        .collect();
    assert_eq!(labels, [("login_failed", Some(240)), ("files", Some(210)), ("hashed", Some(144))]);
    assert_eq!(rows(&report, "sessions").len(), 283);
    let in_sessions: u64 = rows(&report, "sessions").iter().map(|row| row["events"].as_u64().unwrap()).sum();
    assert_eq!(in_sessions, 4_547);
    // Every event is counted, on the axis or outside it.
    let sum = |bins: &Value| -> u64 {
        let counts = bins["counts"].as_array().unwrap().iter();
        counts.chain([&bins["before"], &bins["after"]]).map(|count| count.as_u64().unwrap()).sum()
    };
    assert_eq!(sum(&report["timeline"]["events"]), 4_547);
    for label in rows(&report, "labels") {
        assert_eq!(sum(&label["histogram"]), label["events"].as_u64().unwrap(), "{label}");
    }
    let starts = report["timeline"]["starts"].as_array().unwrap();
    assert_eq!(starts.len(), report["timeline"]["events"]["counts"].as_array().unwrap().len());
    let first = store.texts("SELECT min(timestamp) FROM event");
    assert_eq!(
        (first[0].as_str(), report["info"]["events"]["first"].as_str()),
        ("1788242485000000", Some("2026-09-01T06:01:25Z"))
    );
}

#[test]
fn of_stores_without_findings() {
    let never = report_json(&Store::of("sample"));
    assert_eq!((rows(&never, "labels").len(), rows(&never, "plugins").len()), (0, 0));
    for version in ["20230327", "20260516"] {
        let store = NewStore::of_version(Compression::None, version).finish();
        assert_eq!(report_json(&store)["timeline"], Value::Null);
        for format in ["text", "markdown"] {
            report(&store).args(["--format", format]).succeed();
        }
    }
}

#[test]
fn the_newest_of_several_runs_or_all() {
    let store = Store::of("sample");
    analyze(&store).succeed();
    analyze(&store).args(["--keep-earlier"]).arg("data_type is 'fs:stat'").succeed();
    let newest = report_json(&store);
    let filters = |report: &Value| -> Vec<Value> {
        rows(report, "plugins").iter().map(|row| row["event_filter"].clone()).collect()
    };
    assert_eq!(filters(&newest), [json!("data_type is 'fs:stat'"), json!("data_type is 'fs:stat'")]);
    let all = report(&store).args(["--all", "--format", "json"]).succeed().stdout;
    let all: Value = serde_json::from_str(&all).unwrap();
    assert_eq!(filters(&all)[2..], [Value::Null, Value::Null]);
    assert_eq!(all["plugins"]["rows"][3]["plugin"], "tagging");
}

#[test]
fn results_and_warnings() {
    let mut store = NewStore::new(Compression::None);
    let columns = [
        ("browser_search_analysis_result", "number_of_queries INTEGER, search_engine TEXT, search_term TEXT"),
        ("chrome_extension_analysis_result", "extension TEXT, extension_identifier TEXT, username TEXT"),
        ("analysis_warning", "message TEXT, plugin_name TEXT"),
        ("analysis_report", "_data BLOB"),
    ];
    for (table, columns) in columns {
        store
            .sql(&format!("CREATE TABLE {table} (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, {columns})"));
    }
    store.sql(
        "INSERT INTO browser_search_analysis_result VALUES (1, 2, 'Bing', 'rust'), (2, 5, 'Yahoo', 'plaso');
         INSERT INTO chrome_extension_analysis_result VALUES (1, 'Dark', 'abcdef', 'alice');
         INSERT INTO analysis_warning VALUES (1, 'event.1 was skipped: odd', 'x'), (2, 'no such thing', 'y'),
             (3, 'event.27 was skipped: odd', 'x');
         INSERT INTO analysis_report VALUES (1, '{\"__type__\": \"AttributeContainer\", \"__container_type__\":
             \"analysis_report\", \"analysis_counter\": {\"b.example\": 2, \"a.example\": 7, \"c.example\": 7}, \"plugin_name\":
             \"unique_domains_visited\", \"time_compiled\": 1795520873000000}')",
    );
    let store = store.finish();
    // The report's time is stored, so it stays.
    let said = report(&store).succeed().stdout.replace(&*store.folder().to_string_lossy(), "[FOLDER]");
    assert_snapshot!("results", said);
    let none_shown = report(&store).args(["--rows", "0"]).succeed().stdout;
    assert!(
        none_shown.contains("Analysis warnings\n  times  plugin  message\n  and 2 more kinds\n"),
        "{none_shown}"
    );
}

/// Numbers whose sum is too large, long texts in reports that take a few bytes in the file, and
/// tags without an event.
#[test]
fn of_a_store_that_is_meant_to_do_harm() {
    let mut store = NewStore::new(Compression::Zlib);
    let data = store.event_data(json!({"data_type": "test:x"}));
    let event = store.event_row(&"noon", &format!("event_data.{data}"), &"x");
    store.tag(event, &["ghost"]);
    store.tag(4_711, &["ghost"]);
    // A list of labels that is far longer than any real one.
    let labels = format!("[\"a\"{}]", ",\"a\"".repeat(5 << 20));
    store.insert("event_tag", &[("_event_identifier", &"event.1"), ("labels", &labels)]);
    store.sql("CREATE TABLE analysis_report (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, _data BLOB)");
    let counts: serde_json::Map<_, _> = (0..20).map(|n| (format!("a_{n}"), json!(u64::MAX))).collect();
    let report_json = json!({"plugin_name": "x", "text": "    # a\n1. b\n", "analysis_counter": counts});
    // Reports are stored like event data.
    let report_row = store.event_data(report_json);
    let long_row = store.event_data(json!({"plugin_name": "y", "text": "y".repeat(1 << 20)}));
    store.sql(&format!(
        "INSERT INTO analysis_report (_data) SELECT _data FROM event_data WHERE _identifier = {report_row};
         WITH RECURSIVE number AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM number WHERE n < 300)
         INSERT INTO analysis_report (_data) SELECT _data FROM number, event_data WHERE _identifier = {long_row}"
    ));
    let store = store.finish();
    for format in ["text", "markdown", "json", "html"] {
        let limited = r#"ulimit -d 250000; exec "$0" "$@""#;
        let run = Program::new(Path::new("/bin/sh"), ["-c", limited]).arg(places::program("foreman"));
        let said = run.args(["report", "--format", format]).arg(store.path()).succeed().stdout;
        let sum = if format == "json" { "18446744073709551615" } else { "18,446,744,073,709,551,615" };
        assert!(said.contains(sum), "{format}: {said}");
    }
    let markdown = report(&store).args(["--format", "markdown"]).succeed().stdout;
    assert!(markdown.contains("\n\\# a\n") && markdown.contains("\n1\\. b\n"), "{markdown}");
    assert!(markdown.contains("2 event tags that cannot be read"), "{markdown}");
    let ghosts = report(&store).args(["--label", "ghost", "--format", "json"]).succeed().stdout;
    let ghosts: Value = serde_json::from_str(&ghosts).unwrap();
    let times: Vec<_> = rows(&ghosts, "events").iter().map(|row| &row["time"]).collect();
    assert_eq!(times, [&Value::Null]);
    for format in ["text", "markdown", "html"] {
        let said = report(&store).args(["--label", "ghost", "--format", format]).succeed().stdout;
        assert!(said.contains("no event of the file") && !said.contains("1970"), "{said}");
    }
}

#[test]
fn the_events_of_a_label() {
    let store = analyzed("sample");
    let label = |arguments: &[&str]| {
        let run = report(&store).args(["--label", "login_failed", "--rows", "2"]).args(arguments);
        run.succeed().stdout.replace(&*places::data("").to_string_lossy(), "[DATA]/")
    };
    let rules = places::data("sample-rules.txt");
    let rules = ["--tagging-file", rules.to_str().unwrap()];
    assert_snapshot!("label", without_times(&label(&[]), &store));
    assert_snapshot!("label_with_rules", without_times(&label(&rules), &store));
    let markdown = [&rules[..], &["--format", "markdown"]].concat();
    assert_snapshot!("label_with_rules_markdown", without_times(&label(&markdown), &store));
    let json: Value = serde_json::from_str(&label(&["--format", "json"])).unwrap();
    assert_eq!((&json["label"]["events"], &json["events"]["more"]["rows"]), (&json!(240), &json!(238)));
}

#[test]
fn the_events_of_a_label_that_say_much() {
    let mut store = NewStore::new(Compression::Zlib);
    let mut attributes: serde_json::Map<_, _> =
        (0..24).map(|n| (format!("a{n}"), json!("x".repeat(500)))).collect();
    attributes.insert("data_type".into(), json!("test:x"));
    for time in 0..3_000 {
        let data = store.event_data(Value::Object(attributes.clone()));
        let event = store.event(time, data);
        store.tag(event, &["much"]);
    }
    let store = store.finish();
    let said = report(&store).args(["--label", "much", "--format", "json"]).succeed().stdout;
    assert!(said.len() < 32 << 20, "{} bytes", said.len());
    let json: Value = serde_json::from_str(&said).unwrap();
    let (shown, more) =
        (rows(&json, "events").len() as u64, json["events"]["more"]["rows"].as_u64().unwrap());
    assert_eq!(shown + more, 3_000);
    assert!((500..2_000).contains(&shown), "{shown}");
}

/// What a person needs to understand an event: it in words, host, user, file, and where a rule
/// found its text.
#[test]
fn an_event_of_a_label_in_words() {
    let mut store = NewStore::new(Compression::Zlib);
    let stream =
        store.stream(json!({"path_spec": r#"{"type_indicator": "OS", "location": "/logs/Security.evtx"}"#}));
    let script = format!("{} Invoke-Mimikatz -DumpCreds {} the-end", "a".repeat(5_000), "b".repeat(5_000));
    let xml = "<Event><System><EventID>4688</EventID></System><EventData>\
               <Data Name=\"SubjectUserName\">alice</Data><Data Name=\"SubjectDomainName\">CORP</Data>\
               <Data Name=\"NewProcessName\">C:\\x.exe</Data></EventData></Event>";
    let data = store.event_data(json!({
        "data_type": "windows:evtx:record", "event_identifier": 4688, "hostname": "ws01", "xml_string": xml,
        "source_name": "Microsoft-Windows-Security-Auditing", "strings": ["one", script],
        "_event_data_stream_identifier": format!("event_data_stream.{stream}"), "script": script,
    }));
    for description in ["Creation Time", "Content Modification Time"] {
        let event = store.event_row(&1_600_000_000_000_000_i64, &format!("event_data.{data}"), &description);
        store.tag(event, &["dumped"]);
    }
    let store = store.finish();
    let rules = store.beside(
        "rules.txt",
        "dumped\n  script contains 'invoke-mimikatz' AND script regexp 'the-end$' AND strings contains 'one'\n",
    );
    let run = |arguments: &[&str]| {
        let run = report(&store).args(["--label", "dumped", "--tagging-file"]).arg(&rules).args(arguments);
        run.succeed().stdout
    };
    let said = run(&[]);
    for part in [
        "events           2 events, 1 record\n",
        "Creation Time  2020-09-13T12:26:40Z  Content Modification Time  windows:evtx:record  event 1\n",
        "      Process C:\\x.exe started by CORP\\alice\n      host: ws01\n      by: CORP\\alice\n",
        "      file: /logs/Security.evtx\n",
        "…aaaaaaa",
        "a Invoke-Mimikatz -DumpCreds b",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(said.len() < 2_000 && run(&["--full"]).len() > 10_000, "{said}");
    let page = run(&["--format", "html"]);
    assert!(page.contains(" <mark>Invoke-Mimikatz</mark> -DumpCreds"), "{page}");
    let json: Value = serde_json::from_str(&run(&["--format", "json"])).unwrap();
    let event = &rows(&json, "events")[0];
    assert_eq!((&json["label"]["records"], &json["label"]["events"]), (&json!(1), &json!(2)));
    assert_eq!(event["other_times"][0]["description"], "Content Modification Time");
    let attribute = |name: &str| {
        let attributes = event["attributes"].as_array().unwrap();
        attributes.iter().find(|attribute| attribute["name"] == name).unwrap().clone()
    };
    assert_eq!(
        attribute("script"),
        json!({"name": "script", "value": script, "matched": ["Invoke-Mimikatz", "the-end"]})
    );
    assert_eq!(attribute("strings")["value"], json!(["one", script]), "a list stays a list");
    let check = |arguments: &[&str]| {
        let run = foreman(["check", "--event", "1", "--tagging-file"]).arg(&rules).args(arguments);
        run.arg(store.path()).succeed().stdout
    };
    let said = check(&[]);
    assert!(
        said.contains("message    Process C:\\x.exe started by CORP\\alice\n  host       ws01\n"),
        "{said}"
    );
    assert!(said.contains("(script has 'Invoke-Mimikatz' in: …aaaaaa"), "{said}");
    assert!(said.len() < 3_000 && check(&["--full"]).len() > 10_000, "{said}");
    let json: Value = serde_json::from_str(&check(&["--format", "json"])).unwrap();
    let attributes = &json["event"]["attributes"];
    assert_eq!((&attributes["event_identifier"], &attributes["script"]), (&json!(4688), &json!(script)));
    let rule = &json["rules"][0]["rules"][0]["explanation"]["and"];
    assert_eq!((&rule[0]["value"], &rule[0]["matched"]), (&json!(script), &json!("Invoke-Mimikatz")));
}

#[test]
fn messages_of_a_plaso_installation() {
    let store = analyzed("sample");
    let folder = store.folder().join("formatters");
    std::fs::create_dir(&folder).unwrap();
    let run = || report(&store).args(["--label", "login_failed", "--rows", "1", "--formatters"]).arg(&folder);
    let refused = run().expect(2);
    assert!(refused.stderr.contains("has no formatter files"), "{}", refused.stderr);
    let formatter = "type: conditional\ndata_type: 'syslog:line'\nmessage:\n- '<{reporter}>'\n- 'missing {x}'\n- '{pid:08x}'\n";
    std::fs::write(folder.join("own.yaml"), formatter).unwrap();
    let said = run().succeed().stdout;
    assert!(said.contains("\n      <sshd> 0000"), "{said}");
    std::fs::write(folder.join("own.yaml"), "type: conditional\nmessage: &a [*a]\n").unwrap();
    let refused = run().expect(2);
    assert!(refused.stderr.contains("cannot use the formatter file"), "{}", refused.stderr);
    for command in ["/dev/null", "/nowhere"] {
        let run = foreman(["check", "--event", "1", "--formatters", command]).arg(store.path());
        assert!(run.expect(2).stderr.contains("formatter files"));
    }
}

/// As when a variable of a script is empty.
#[test]
fn a_label_option_without_a_label_is_refused() {
    let store = Store::of("sample");
    for label in ["", ",", " "] {
        let refused = report(&store).args(["--label", label]).expect(2);
        assert!(refused.stderr.contains("--label names no label"), "{refused:?}");
    }
}

#[test]
fn a_label_that_no_event_has() {
    let store = analyzed("sample");
    let finished = report(&store).args(["--label", "login"]).expect(2);
    let said = finished.stderr;
    assert!(said.contains("the labels of the store are files, hashed, login_failed"), "{said}");
}

#[test]
fn built_in_rules_say_what_to_look_at() {
    let store = Store::of("sample");
    foreman(["analyze", "--analysis", "tagging", "--tagging-file", "linux"]).arg(store.path()).succeed();
    let labels = report_json(&store);
    assert!(rows(&labels, "labels").len() > 10);
    for label in rows(&labels, "labels") {
        let name = label["label"].as_str().unwrap();
        let run = report(&store).args(["--label", name, "--format", "json", "--tagging-file", "linux"]);
        let events: Value = serde_json::from_str(&run.succeed().stdout).unwrap();
        let others = rows(&events, "events").iter().map(|row| row["other_times"].as_array().unwrap().len());
        let shown = rows(&events, "events").len();
        assert_eq!((shown + others.sum::<usize>()) as u64, label["events"].as_u64().unwrap());
        assert_eq!(shown as u64, events["label"]["records"].as_u64().unwrap());
        for event in rows(&events, "events") {
            assert!(!event["rules"].as_array().unwrap().is_empty(), "{name}: {event}");
            assert!(!event["attributes"].as_array().unwrap().is_empty(), "{name}: {event}");
        }
    }
}

#[test]
fn a_file_is_made_and_none_is_replaced() {
    let store = analyzed("sample");
    let bytes = store.bytes();
    let output = store.folder().join("report.md");
    let run = |output: &Path| report(&store).args(["--format", "markdown", "-w"]).arg(output);
    let finished = run(&output).succeed();
    assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("", ""));
    let printed = report(&store).args(["--format", "markdown"]).succeed().stdout;
    assert_eq!(std::fs::read_to_string(&output).unwrap(), printed);
    for other in [output.as_path(), store.path()] {
        let refused = run(other).expect(1);
        assert!(refused.stderr.contains("cannot write"), "{}", refused.stderr);
    }
    assert!(store.bytes() == bytes);
    // A store that cannot be read leaves no output file.
    let broken = Store::with_bytes(b"hello");
    let output = broken.folder().join("report.md");
    let _ = report(&broken).arg("-w").arg(&output).expect(1);
    assert!(!output.exists());
}

/// A report that is interrupted leaves nothing that would stop the next one. (The test uses
/// SIGTERM, because background processes of a shell ignore SIGINT.)
#[test]
fn an_interrupted_report_leaves_no_file() {
    let store = Store::of("sample");
    let other = rusqlite::Connection::open(store.path()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let output = store.folder().join("report.md");
    let mut running = report(&store).arg("-w").arg(&output).start();
    let is_waiting = |running: &Running| {
        let open = std::fs::read_dir(format!("/proc/{}/fd", running.pid())).ok()?.flatten();
        open.filter_map(|file| std::fs::read_link(file.path()).ok()).find(|path| path == store.path())
    };
    running.until(is_waiting).expect("it waits for the store");
    running.signal(Signal::SIGTERM);
    let stopped = running.wait().expect(130);
    assert!(stopped.stderr.contains("aborted; nothing was written"), "{}", stopped.stderr);
    assert!(!output.exists());
}

#[test]
fn a_file_with_several_names_counts_once() {
    let store = analyzed("sample");
    let folder = store.path().parent().unwrap();
    let link = folder.join("link");
    std::os::unix::fs::symlink(store.path(), &link).unwrap();
    for command in ["report", "info"] {
        let finished =
            foreman([command, "--format", "json"]).args([store.path(), &link, store.path()]).succeed();
        let json: Value = serde_json::from_str(&finished.stdout).unwrap();
        assert!(json.get("stores").is_none(), "{json}");
        assert_eq!(finished.stderr.matches("so it counts once").count(), 2, "{}", finished.stderr);
    }
    let finished = foreman(["report", "--format", "json"]).args([folder, store.path()]).succeed();
    assert!(finished.stderr.contains("so it counts once"), "{}", finished.stderr);
}

#[test]
fn values_that_are_cut_are_named_with_the_command_for_the_whole() {
    let mut store = NewStore::new(Compression::None);
    let text = "x".repeat(2 << 20);
    let data = store.event_data(json!({"data_type": "syslog:line", "body": text}));
    let event = store.event(1_700_000_000_000_000, data);
    store.tag(event, &["long"]);
    let store = store.finish();
    for format in ["text", "json", "html"] {
        let finished = report(&store).args(["--label", "long", "--full", "--format", format]).succeed();
        let said = "values of 1 record are cut, because they are very long";
        assert!(
            finished.stdout.contains(said) && finished.stdout.contains("foreman export --label"),
            "{format}"
        );
    }
}
