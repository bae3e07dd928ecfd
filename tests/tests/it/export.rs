//! `foreman export`: JSON lines and CSV.

use std::process::Stdio;

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::{Compression, FaultPlan, NewStore, Program, Store, foreman, places, wait_until};

use crate::support::analyze;

/// The five fields that are compared with psort's.
const FIELDS: [&str; 5] = ["timestamp", "timestamp_desc", "data_type", "parser", "display_name"];

/// An export of `store`.
pub(crate) fn export(store: &Store) -> Program {
    foreman(["export"]).arg(store.path())
}

/// Exports with these arguments to a new file, and returns its content.
pub(crate) fn exported(store: &Store, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    export(store).args(arguments).arg("--output").arg(&path).succeed();
    let names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["out"], "something is left behind");
    std::fs::read_to_string(path).unwrap()
}

pub(crate) fn rows(lines: &str) -> Vec<Value> {
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// Reads CSV by its standard (RFC 4180).
fn cells(csv: &str) -> Vec<Vec<String>> {
    let (mut table, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut characters = csv.chars().peekable();
    let mut is_quoted = false;
    while let Some(c) = characters.next() {
        match c {
            '"' if is_quoted && characters.peek() == Some(&'"') => cell.push(characters.next().unwrap()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !is_quoted => {
                assert_eq!(characters.next(), Some('\n'));
                row.push(std::mem::take(&mut cell));
                table.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    assert!(row.is_empty() && cell.is_empty() && !is_quoted, "the last line is complete");
    table
}

/// Returns the table of a CSV export, without its header, and the five fields of each row.
fn fields_of_csv(csv: &str) -> Vec<[String; 5]> {
    let table = cells(csv.strip_prefix('\u{feff}').expect("a mark of UTF-8"));
    let columns = FIELDS.map(|field| table[0].iter().position(|name| name == field).unwrap());
    table[1..]
        .iter()
        .map(|row| columns.map(|column| row[column].trim_start_matches('\'').to_owned()))
        .collect()
}

fn fields_of_json(lines: &str) -> Vec<[String; 5]> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    rows(lines).iter().map(|row| FIELDS.map(|field| row.get(field).map(text).unwrap_or_default())).collect()
}

/// Compares the events with those that psort exports of the store of this name.
fn assert_same_as_psort(name: &str, mut events: Vec<[String; 5]>) {
    const LAST_TIME: i64 = 253_402_300_799_999_999;
    // The golden digests leave out events after the year 9999.
    events.retain(|event| event[0].parse::<i64>().unwrap() <= LAST_TIME);
    let mut lines: Vec<_> = events.iter().map(|event| event.join("\t").into_bytes()).collect();
    lines.sort();
    let digest: String =
        Sha256::digest(lines.join(&b'\n')).iter().map(|byte| format!("{byte:02x}")).collect();
    let golden = std::fs::read_to_string(places::data("psort-json-line.txt")).unwrap();
    let expected = golden.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
    assert_eq!(format!("{name} {} {digest}", lines.len()), expected);
}

#[test]
fn events_are_the_same_as_psorts() {
    for name in ["sample", "chrome"] {
        let store = Store::of(name);
        assert_same_as_psort(name, fields_of_json(&exported(&store, &[])));
        assert_same_as_psort(name, fields_of_csv(&exported(&store, &["--format", "csv"])));
    }
}

#[test]
fn events_of_testdata_are_the_same_as_psorts() {
    let Some(store) = Store::shared("testdata") else { return };
    let json = exported(&store, &[]);
    assert_same_as_psort("testdata", fields_of_json(&json));
    assert_same_as_psort("testdata", fields_of_csv(&exported(&store, &["--format", "csv"])));
}

#[test]
fn any_number_of_workers_gives_the_same_bytes() {
    let store = Store::of("sample");
    analyze(&store).succeed();
    let before = store.bytes();
    for arguments in [
        &["--format", "jsonl"][..],
        &["--format", "csv"],
        &["--sort", "time"],
        &["--format", "csv", "--sort", "time"],
    ] {
        let with = |workers| exported(&store, &[arguments, &["--workers", workers]].concat());
        let one = with("1");
        assert_eq!(one, with("3"), "{arguments:?}");
        let sorted = arguments.contains(&"--sort");
        if arguments.contains(&"csv") {
            continue;
        }
        let rows = rows(&one);
        let key =
            |row: &Value| (if sorted { row["timestamp"].as_i64() } else { None }, row["event"].as_i64());
        assert!(rows.is_sorted_by_key(key), "{arguments:?}");
        assert_eq!(rows.len(), 4_547);
    }
    assert!(store.bytes() == before, "the store has changed");
    assert_eq!(store.files(), ["sample.plaso"]);
}

#[test]
fn fields_that_timesketch_needs() {
    let store = Store::of("sample");
    analyze(&store).succeed();
    let rows = rows(&exported(&store, &["--label", "login_failed"]));
    assert_eq!(rows.len(), 240);
    for row in &rows {
        for name in ["message", "datetime", "timestamp_desc", "data_type", "display_name"] {
            assert!(row[name].as_str().is_some_and(|text| !text.is_empty()), "{name} of {row}");
        }
        assert!(row["timestamp"].is_i64() && row["pathspec"].is_object(), "{row}");
        assert!(row["tag"].as_array().unwrap().contains(&json!("login_failed")), "{row}");
    }
}

#[test]
fn labels_filters_and_slices() {
    let store = Store::of("sample");
    analyze(&store).succeed();
    let count = |arguments: &[&str]| rows(&exported(&store, arguments)).len();
    let failed = store.dump().labels_in_tags["login_failed"] as usize;
    assert_eq!(count(&["--label", "login_fail*"]), failed);
    // A label of the built-in rules that no event has is no slip.
    assert_eq!(count(&["--label", "login_failed,log_cleared"]), failed);
    assert_eq!(count(&["--label", "session_*"]), 4_547);
    let stat = count(&["data_type is 'fs:stat'"]);
    let other = count(&["data_type is not 'fs:stat'"]);
    assert!(stat > 0 && stat + other == 4_547, "{stat} + {other}");
    let slice = count(&["--slice", "2026-11-23T07:26:50", "--slice-size", "1"]);
    assert!(slice > 0 && slice < 4_547, "{slice}");
    assert_eq!(exported(&store, &["data_type is 'no:such'"]), "");
}

#[test]
fn a_label_that_no_event_has_is_an_error() {
    let store = Store::of("sample");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.jsonl");
    analyze(&store).succeed();
    let run =
        |label: &str| export(&store).args(["--label", label]).arg("--output").arg(&path).expect(2).stderr;
    let said = run("log_cleared");
    assert!(said.contains("no event has such a label"), "{said}");
    for (slip, meant) in [
        ("login_faild", "no event has the label `login_faild`; did you mean `login_failed`?"),
        ("files,login failed", "no event has the label `login failed`; did you mean `login_failed`?"),
        ("x_*", "no event has a label like `x_*`\n"),
    ] {
        let said = run(slip);
        assert!(said.contains(meant), "{slip}: {said}");
        assert!(said.contains("\nthe labels of the store are "), "{slip}: {said}");
        // The report says the same.
        let reported = foreman(["report", "--label", slip]).arg(store.path()).expect(2).stderr;
        assert_eq!(reported, said);
    }
    assert!(!path.exists());
}

#[test]
fn the_name_of_the_output_chooses_the_format() {
    let store = Store::of("chrome");
    let folder = tempfile::tempdir().unwrap();
    for (name, start) in
        [("a.csv", "\u{feff}datetime,"), ("a.jsonl", "{\"datetime\""), ("a", "{\"datetime\"")]
    {
        let path = folder.path().join(name);
        export(&store).arg("--output").arg(&path).succeed();
        assert!(std::fs::read_to_string(path).unwrap().starts_with(start), "{name}");
    }
    let to_stdout = export(&store).args(["--output", "-"]).succeed();
    assert_eq!(to_stdout.stdout, std::fs::read_to_string(folder.path().join("a")).unwrap());
}

#[test]
fn nothing_is_replaced() {
    let store = Store::of("chrome");
    let path = store.beside("notes.txt", "mine");
    for (place, why) in [(path.as_path(), "exists already"), (store.path(), "exists already")] {
        let finished = export(&store).arg("--output").arg(place).expect(1);
        assert!(finished.stderr.contains(why), "{}", finished.stderr);
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    assert_eq!(store.files(), ["chrome.plaso", "notes.txt"]);
}

/// A store in which everything is made up.
pub(crate) fn hostile() -> Store {
    let mut store = NewStore::new(Compression::None);
    let specification =
        json!({"__type__": "PathSpec", "location": "/=a\u{1b}[31m\n", "type_indicator": "OS"});
    let stream = store.stream(json!({"path_spec": specification.to_string(), "md5_hash": "=1+1"}));
    let attributes = json!({
        "_event_data_stream_identifier": format!("event_data_stream.{stream}"),
        "data_type": "../../etc:=passwd\n", "message": "=cmd|' /C calc'!A0", "timestamp": "mine", "event": 7,
        "username": "@SUM(A1)", "hostname": "\t=1+1", "a b\"\n{": "\u{202e}x", "text": "\r\n=2,\"3\"\u{0}",
        "list": ["=1", {"deep": [1, "\u{1b}"]}], "tuple": {"__type__": "tuple", "values": [1, "b"]},
        "when": {"__type__": "DateTimeValues", "timestamp": 1}
    });
    let data = store.event_data(attributes);
    store.event(i64::MAX, data);
    store.event(i64::MIN, data);
    store.event_row(&None::<i64>, &format!("event_data.{data}"), &"=now()\u{1b}");
    let odd = store.event_data_json(
        r#"{"data_type": "x", "n": NaN, "i": 123456789012345678901234567890, "s": "\ud800", "a": 1, "a": 2,
            "tag": "mine", "attribute_tag": "another", "datetime": "made up"}"#,
    );
    let tagged = store.event(5, odd);
    store.tag(tagged, &["odd"]);
    let broken = store.event_data_json(r#"{"data_type": "x", "n": [1,,2]}"#);
    store.event(6, broken);
    store.finish()
}

/// Returns whether a terminal or another program could act on a text.
fn is_harmless(text: &str) -> bool {
    !text
        .chars()
        .any(|c| (c.is_control() && !matches!(c, '\n' | '\r')) || matches!(c, '\u{202a}'..='\u{202e}'))
}

#[test]
fn hostile_stores_inject_nothing() {
    let store = hostile();
    let folder = tempfile::tempdir().unwrap();
    let run = |format: &str| {
        let path = folder.path().join(format);
        let finished = export(&store).args(["--format", format, "--output"]).arg(&path).expect(3);
        assert!(finished.stderr.contains("event.5 was skipped: in event_data.3"), "{}", finished.stderr);
        std::fs::read_to_string(path).unwrap()
    };
    let json = run("jsonl");
    assert!(is_harmless(&json) && json.lines().count() == 4, "{json}");
    let rows = rows(&json);
    assert_eq!(rows[0]["attribute_message"], "=cmd|' /C calc'!A0");
    assert_eq!((&rows[0]["attribute_timestamp"], &rows[0]["event"]), (&json!("mine"), &json!(1)));
    assert_eq!((&rows[0]["tuple"], &rows[0]["attribute_event"]), (&json!([1, "b"]), &json!(7)));
    assert_eq!((&rows[0]["datetime"], rows[0].get("when")), (&Value::Null, None));
    assert_eq!((&rows[0]["a b\"\n{"], &rows[2]["timestamp"]), (&json!("\u{202e}x"), &Value::Null));
    assert_eq!((&rows[3]["n"], &rows[3]["s"], &rows[3]["a"]), (&Value::Null, &json!("\u{fffd}"), &json!(1)));
    assert_eq!(rows[3]["tag"], json!(["odd"]));
    assert_eq!(
        (&rows[3]["attribute_tag"], &rows[3]["attribute_attribute_tag"]),
        (&json!("mine"), &json!("another"))
    );
    assert_eq!(rows[3]["attribute_datetime"], "made up");
    assert_eq!(json.matches("\"datetime\":").count(), 4, "{json}");
    assert!(json.contains("123456789012345678901234567890"));
    let csv = run("csv");
    assert!(is_harmless(&csv) && csv.lines().count() == 5, "{csv}");
    for cell in cells(csv.trim_start_matches('\u{feff}')).iter().flatten() {
        let start = cell.trim_start().chars().next();
        assert!(!start.is_some_and(|c| "=+-@\t\r".contains(c)), "{cell:?} begins a formula");
    }
}

/// What is broken in an event data stream is not said of the event data.
#[test]
fn an_attribute_of_a_stream_that_cannot_be_exported() {
    let mut store = NewStore::new(Compression::Zlib);
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    for attributes in [
        json!({"path_spec": format!("{{\"parent\": {deep}}}")}),
        json!({"path_spec": r#"{"location": "/a"}"#, "yara_match": "[1,,2]"}),
        json!({"path_spec": r#"{"location": "/b"}"#}),
    ] {
        let stream = format!("event_data_stream.{}", store.stream(attributes));
        let data = json!({"data_type": "test:event", "_event_data_stream_identifier": stream});
        let data = store.event_data(data);
        store.event(1, data);
    }
    let store = store.finish();
    let folder = tempfile::tempdir().unwrap();
    for format in ["jsonl", "csv", "parquet"] {
        let output = folder.path().join(format);
        let said = export(&store).args(["--format", format, "--output"]).arg(&output).expect(3).stderr;
        for problem in [
            "event.1 was skipped: in event_data_stream.1, its path_spec is not valid JSON: lists and objects nest deeper",
            "event.2 was skipped: in event_data_stream.2, its yara_match is not valid JSON: ",
        ] {
            assert_eq!(said.matches(problem).count(), 1, "{format}: {said}");
        }
        assert!(
            said.contains("1 of 3 events exported") && !said.contains("in event_data."),
            "{format}: {said}"
        );
    }
}

#[test]
fn an_event_that_ends_workers_does_not_stop_an_export() {
    let store = Store::of("sample");
    for (fault, expected, status) in
        [("crash 1500", 4_546, 3), ("crash 1500 once", 4_547, 0), ("exit 1500", 4_546, 3)]
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        let plan = FaultPlan::new(fault);
        let run =
            plan.of_workers(export(&store).args(["--workers", "2", "--sort", "time", "--output"]).arg(&path));
        let finished = run.expect(status);
        let rows = rows(&std::fs::read_to_string(&path).unwrap());
        assert_eq!(rows.len(), expected, "{fault}");
        assert_eq!(finished.stderr.contains("event.1500 was skipped"), status == 3, "{}", finished.stderr);
    }
}

/// Nothing is locked, so labels of before and after would stand side by side.
#[test]
fn an_analysis_that_stores_its_labels_meanwhile_is_noticed() {
    let store = Store::of("sample");
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let export_to = |name: &str| {
        let run = export(&store).args(["--workers", "1", "--output"]).arg(at(name));
        run.arg("--summary").arg(at("summary"))
    };
    let plan = FaultPlan::new("wait 3000 once");
    let running = plan.of_workers(export_to("mixed")).start();
    wait_until("the worker waits", || plan.waiting().is_some());
    let rules = places::data("sample-rules.txt");
    let run = foreman(["analyze", "--analysis", "tagging", "--tagging-file"]).arg(rules);
    run.arg(store.path()).succeed();
    plan.go_on();
    let finished = running.wait().expect(3);
    assert!(finished.stderr.contains("has changed the storage file meanwhile"), "{}", finished.stderr);
    let summary = || serde_json::from_slice::<Value>(&std::fs::read(at("summary")).unwrap()).unwrap();
    let exported = &summary()["exported"];
    assert_eq!((&exported["is_mixed"], &exported["exported"]), (&true.into(), &4_547.into()));
    export_to("whole").succeed();
    assert_eq!(summary()["exported"]["is_mixed"], false);
}

#[test]
fn a_reader_may_close_the_pipe() {
    let store = Store::of("sample");
    let mut shell = std::process::Command::new("bash");
    shell.args(["-c", "\"$0\" export \"$1\" | head -1; exit ${PIPESTATUS[0]}"]);
    let output = shell.arg(places::program("foreman")).arg(store.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "it is not complete");
    assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 1);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("error"));
}

#[test]
fn stops_while_nobody_reads() {
    let store = Store::of("sample");
    let mut run = std::process::Command::new(places::program("foreman"));
    run.arg("export").arg(store.path()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = run.spawn().unwrap();
    // The first byte shows that the workers are done. Nobody reads the rest.
    let mut stdout = child.stdout.take().unwrap();
    std::io::Read::read_exact(&mut stdout, &mut [0]).unwrap();
    let pid = nix::unistd::Pid::from_raw(child.id().cast_signed());
    nix::sys::signal::kill(pid, Signal::SIGINT).unwrap();
    wait_until("the export ends", || child.try_wait().unwrap().is_some());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn stops_while_workers_work() {
    let store = Store::of("sample");
    let folder = tempfile::tempdir().unwrap();
    let plan = FaultPlan::new("hang any");
    let path = folder.path().join("out.jsonl");
    let mut running = plan.of_workers(export(&store).arg("--output").arg(&path)).start();
    running.until(|running| (!running.children().is_empty()).then_some(())).unwrap();
    running.signal(Signal::SIGINT);
    let said = running.wait().expect(130).stderr;
    assert!(said.contains(&format!("aborted; {} was not written", path.display())), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "something is left behind");
}

/// 91,591 events with long texts take no more memory than a few thousand.
#[test]
fn memory_is_bounded() {
    const MOST: u64 = 150 << 20;
    let Some(store) = Store::shared("testdata") else { return };
    let folder = tempfile::tempdir().unwrap();
    for arguments in
        [&["--sort", "time", "--format", "jsonl"][..], &["--format", "csv"], &["--format", "parquet"]]
    {
        let [output, summary] = ["out", "summary"]
            .map(|name| folder.path().join(format!("{name}-{}", arguments.last().unwrap())));
        export(&store).args(arguments).arg("--output").arg(&output).arg("--summary").arg(&summary).succeed();
        let summary: Value = serde_json::from_str(&std::fs::read_to_string(&summary).unwrap()).unwrap();
        let memory = ["foreman", "worker"].map(|process| summary["memory"][process].as_u64().unwrap());
        assert!(memory.iter().all(|bytes| (1..MOST).contains(bytes)), "{arguments:?}: {memory:?}");
        assert_eq!(summary["exported"]["exported"], 91_591);
    }
}

#[test]
fn psort_points_to_export() {
    for format in ["json_line", "l2tcsv", "dynamic"] {
        let finished = foreman(["psort", "-o", format, "-w", "out", "case.plaso"]).expect(1);
        assert!(finished.stderr.contains("foreman export --"), "{}", finished.stderr);
    }
}

#[test]
fn messages_of_a_plaso_installation() {
    let store = Store::of("sample");
    let folder = store.folder().join("formatters");
    std::fs::create_dir(&folder).unwrap();
    let path = folder.to_str().unwrap();
    let refused = export(&store).args(["--formatters", path]).expect(2);
    assert!(refused.stderr.contains("has no formatter files"), "{}", refused.stderr);
    let formatter = "type: conditional\ndata_type: 'fs:stat'\nmessage:\n- '<{filename}>'\n";
    std::fs::write(folder.join("own.yaml"), formatter).unwrap();
    let rows = rows(&exported(&store, &["--formatters", path, "filename is '/case'"]));
    assert!(!rows.is_empty() && rows.iter().all(|row| row["message"] == "</case>"), "{rows:?}");
}

/// An event is evidence, whatever was stored beside it.
#[test]
fn an_event_with_an_unreadable_tag_is_exported_without_it() {
    let store = Store::of("sample");
    crate::support::analyze(&store).succeed();
    store.change("UPDATE event_tag SET labels = '7' WHERE _identifier = 1");
    let event = store.texts("SELECT _event_identifier FROM event_tag WHERE _identifier = 1").remove(0);
    let path = store.path().to_str().unwrap().to_owned();
    let run = foreman(["export", &path]).expect(3);
    assert_eq!(run.stdout.lines().count(), 4_547);
    let said = format!("the tag of {event} cannot be read, so its labels are not exported");
    assert!(run.stderr.contains(&said), "{}", run.stderr);
    // A filter cannot decide without the labels.
    let run = foreman(["export", &path, "tag contains 'login_failed'"]).expect(3);
    assert!(run.stderr.contains("its stored labels are not a list of texts"), "{}", run.stderr);
    for format in ["text", "json", "html"] {
        let report = foreman(["report", &path, "--label", "login_failed", "--format", format]).succeed();
        assert!(report.stdout.contains("1 event tag that cannot be read"), "{}", report.stdout);
    }
}

/// A program that reads the events would take a line of the status for one of them.
#[test]
fn standard_output_has_nothing_but_events() {
    let store = Store::of("sample");
    let status = ["--status-view", "json", "--status-view-file", "-"];
    for options in [&["--summary", "-"][..], &["--summary", "/dev/stdout"], &["--log-file", "-"], &status] {
        for output in [&[][..], &["--output", "-"]] {
            let refused = export(&store).args(options).args(output).expect(2);
            assert!(refused.stdout.is_empty(), "{refused:?}");
            assert!(refused.stderr.contains("the events go to standard output"), "{refused:?}");
        }
        export(&store).args(options).args(["--output", "/dev/null"]).succeed();
    }
    let separate = export(&store).args(["--format", "csv", "--summary", "/dev/stderr"]).succeed();
    assert!(separate.stdout.lines().count() > 4_000, "{}", separate.stdout.len());
}
