//! The status and the summary for programs: JSON, the status file, the log.

use nix::sys::signal::Signal;
use serde_json::Value;
use tests::{FaultPlan, Finished, Store, foreman};

use crate::support::{SLOW_EVENTS, analyze, analyze_slowly, slow_store};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// The names of an object's members, sorted.
fn members(object: &Value) -> Vec<&str> {
    let mut names: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

fn json_of(finished: &Finished) -> Vec<Value> {
    lines(&finished.stderr)
}

#[test]
fn json_goes_on_until_the_summary() {
    let store = slow_store();
    let run = analyze_slowly(&store).args(["--workers", "2", "--status-view", "json"]);
    let all = json_of(&run.args(["--status-view-interval", "0.05"]).succeed());
    let (summary, status) = all.split_last().unwrap();
    assert!(status.len() > 3, "a run of seconds has more to say");
    let mut phases: Vec<&str> = Vec::new();
    let mut done = 0;
    for line in status {
        assert_eq!((line["kind"].as_str(), line["version"].as_u64()), (Some("status"), Some(1)));
        let phase = line["phase"].as_str().unwrap();
        if phases.last() != Some(&phase) {
            phases.push(phase);
        }
        if phase == "analyzing" {
            let now = line["events"]["done"].as_u64().unwrap();
            assert!(now >= done, "progress never goes back");
            done = now;
            assert_eq!(line["events"]["total"], SLOW_EVENTS);
            assert!(line["workers"].as_array().unwrap().len() <= 2);
        }
    }
    assert_eq!(phases, ["analyzing", "reducing", "stopping", "merging", "finalizing"]);
    let busy = |line: &&Value| line["workers"][0]["task"].is_string();
    let worker = &status.iter().find(busy).expect("a worker is seen at work")["workers"][0];
    assert_eq!(members(worker), ["memory", "pid", "state", "steps", "task"]);

    assert_eq!((summary["kind"].as_str(), summary["outcome"].as_str()), (Some("summary"), Some("done")));
    assert_eq!((&summary["exit_status"], &summary["error"]), (&0.into(), &Value::Null));
    let phases: Vec<_> = summary["phases"].as_array().unwrap().iter().map(|phase| &phase["phase"]).collect();
    assert_eq!(phases, ["start", "map", "reduce", "stop", "merge", "commit"]);
    assert_eq!(summary["run"]["plugins"], serde_json::json!(["tagging", "sessionize"]));
    let results = &summary["results"];
    assert_eq!((&results["events"], &results["tagged"]), (&SLOW_EVENTS.into(), &SLOW_EVENTS.into()));
    assert_eq!(results["labels"], serde_json::json!({"session_0": SLOW_EVENTS, "third": SLOW_EVENTS / 3}));
    assert_eq!(results["reports"][1]["counts"]["session_0"], SLOW_EVENTS);
}

#[test]
fn the_summary_is_the_same_everywhere() {
    let store = Store::of("sample");
    let (view, file) = (store.folder().join("view.jsonl"), store.folder().join("summary.json"));
    let run = analyze(&store).args(["--quiet", "--status-view", "json", "--status-view-file"]).arg(&view);
    let finished = run.arg("--summary").arg(&file).succeed();
    assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("", ""));
    let view = std::fs::read_to_string(view).unwrap();
    let summary = std::fs::read_to_string(file).unwrap();
    assert_eq!(view.lines().last().unwrap(), summary.trim_end());
    assert_eq!(store.files(), ["sample.plaso", "summary.json", "view.jsonl"]);
}

/// The summary repeats what others have written, and may come to a terminal.
#[test]
fn the_summary_has_no_commands_for_a_terminal() {
    let store = Store::of("sample");
    let filter = "body is '\u{202e}\u{9b}2J\u{7f}'";
    let finished = analyze(&store).args(["--dry-run", "--status-view", "json"]).arg(filter).succeed();
    assert!(finished.stderr.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{finished:?}");
    assert_eq!(json_of(&finished).last().unwrap()["run"]["filter"], filter);
}

#[test]
fn workers_that_were_lost_and_events_that_were_set_aside() {
    let store = Store::of("sample");
    let faults = FaultPlan::new("crash 2000");
    let finished = faults.of_workers(analyze(&store).args(["--status-view", "json"])).expect(3);
    let all = json_of(&finished);
    let summary = all.last().unwrap();
    assert_eq!((summary["outcome"].as_str(), summary["exit_status"].as_u64()), (Some("incomplete"), Some(3)));
    let replaced = summary["workers"]["replaced"].as_array().unwrap();
    assert_eq!(replaced.len(), 3);
    assert!(replaced.iter().all(|worker| worker["reason"] == "was killed by SIGABRT"), "{replaced:?}");
    assert_eq!(replaced[0]["task"], "events 1025 to 2048");
    assert!(replaced[0]["pid"].is_u64());
    let aside = &summary["results"]["set_aside"];
    assert_eq!((aside.as_array().unwrap().len(), &aside[0]["event"]), (1, &2000.into()));
}

#[test]
fn runs_that_fail_have_a_summary_too() {
    let store = Store::empty();
    let file = store.folder().join("summary.json");
    let run =
        foreman(["analyze", "--analysis", "sessionize", "--status-view", "json", "--summary"]).arg(&file);
    let refused = run.arg(store.path()).expect(1);
    let (json, said) = refused.stderr.split_once('\n').unwrap();
    let summary: Value = serde_json::from_str(json).unwrap();
    assert_eq!((summary["outcome"].as_str(), &summary["results"]), (Some("failed"), &Value::Null));
    assert_eq!(format!("foreman: {}\n", summary["error"].as_str().unwrap()), said);
    assert_eq!(std::fs::read_to_string(file).unwrap().trim_end(), json);
}

#[test]
fn the_status_file_is_as_plaso_begins_it() {
    let store = Store::of("sample");
    let faults = FaultPlan::new("wait any");
    let run = analyze(&store).args(["--workers", "2", "--status-view", "file"]).current_dir(store.folder());
    let mut running = faults.of_workers(run).start();
    let path = store.folder().join("status.info");
    let read = || std::fs::read_to_string(&path).unwrap_or_default();
    running.until(|_| read().contains("events 1025 to 2048").then_some(())).expect("the run waits");
    let status = read();
    faults.go_on();
    running.wait().expect(0);
    let mut status = status.lines();
    assert_eq!(
        status.next(),
        Some("Events: Filtered: 0 In time slice: 0 Duplicates: 0 MACB grouped: 0 Total: 4547")
    );
    assert_eq!(status.next().map(|line| line.starts_with("analyzing: 0 of 4,547 events")), Some(true));
    assert_eq!(status.count(), 3, "a heading, and two workers");
    assert!(read().contains("finalizing: 5 of 5 tasks"), "{}", read());
}

#[test]
fn evidence_is_not_overwritten_by_a_slip() {
    let store = Store::of("sample");
    let bytes = store.bytes();
    for options in [
        &["--status-view", "file", "--status-view-file"][..],
        &["--status-view", "json", "--status-view-file"],
        &["--log-file"],
        &["--summary"],
    ] {
        let refused = analyze(&store).args(options).arg(store.path()).expect(1);
        assert!(refused.stderr.contains("it is the storage file; name another file"), "{}", refused.stderr);
        assert!(store.bytes() == bytes, "the store has changed");
    }
}

#[test]
fn a_run_that_is_aborted_has_a_summary_too() {
    let store = slow_store();
    let run = analyze_slowly(&store).args(["--status-view", "json", "--status-view-interval", "0"]);
    let view = store.folder().join("view.jsonl");
    let mut running = run.arg("--status-view-file").arg(&view).start();
    let read = || std::fs::read_to_string(&view).unwrap_or_default();
    running.until(|_| read().contains("\"task\":\"events").then_some(())).expect("the run takes seconds");
    running.signal(Signal::SIGINT);
    let _ = running.wait().expect(130);
    let all = lines(&read());
    let summary = all.last().unwrap();
    assert_eq!((summary["outcome"].as_str(), summary["exit_status"].as_u64()), (Some("aborted"), Some(130)));
    assert_eq!((&summary["results"], &summary["error"]), (&Value::Null, &Value::Null));
    assert_eq!(summary["tasks"]["total"], 7);
}

#[test]
fn the_log_tells_the_story() {
    let store = Store::of("sample");
    let log = store.folder().join("log.txt");
    let faults = FaultPlan::new("crash 2000");
    faults.of_workers(analyze(&store).args(["--workers", "2", "--log-file"]).arg(&log)).expect(3);
    let log = std::fs::read_to_string(log).unwrap();
    let mut rest = log.as_str();
    for words in [
        concat!("foreman ", env!("CARGO_PKG_VERSION"), " begins: "),
        "analyze --analysis tagging,sessionize",
        "sample.plaso: 4547 events",
        "plugins tagging, sessionize; filter: none",
        "plan: 6 tasks, 0 of them done before, for at most 2 workers",
        "worker 0 started (process ",
        "was killed by SIGABRT at events 1025 to 2048; its task runs again, or parts of it",
        "event.2000 was skipped",
        "phase map: ",
        "phase commit: ",
        "incomplete (exit status 3)",
        "4,546 events analysed in",
        "skipped",
    ] {
        let (_, after) = rest.split_once(words).unwrap_or_else(|| panic!("{words:?} is not in\n{rest}"));
        rest = after;
    }
}
