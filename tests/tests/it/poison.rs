//! Events that crash every worker: each is skipped, and all else is the same as without it.

use serde_json::Value;
use tests::{FaultPlan, Finished, Store, foreman};

use crate::support::analyze;

/// An analysis whose workers misbehave at these events, always.
fn set_aside(deed: &str, events: &[i64], arguments: &[&str], reason: &str) -> Finished {
    let (store, without) = (Store::of("sample"), Store::of("sample"));
    let evidence = store.digest_of_evidence();
    let all: Vec<String> = events.iter().map(|event| format!("{deed} {event}")).collect();
    let run = FaultPlan::new(&all.join(";"));
    let finished = run.of_workers(analyze(&store).args(["--workers", "2"]).args(arguments)).expect(3);
    for event in events {
        without.change(&format!("DELETE FROM event WHERE _identifier = {event}"));
    }
    analyze(&without).succeed();
    let (mut found, expected) = (store.dump(), without.dump());
    for event in events {
        let warning = format!("event.{event} was skipped: the worker that examined it {reason}");
        assert!(finished.stdout.contains(&warning), "{}", finished.stdout);
        let is_it = |row: &Vec<Value>| row[0] == "foreman" && row[1].as_str().unwrap().starts_with(&warning);
        let position = found.analysis_warning.iter().position(is_it).expect("a warning names the event");
        found.analysis_warning.remove(position);
    }
    found.assert_same(&expected);
    assert_eq!(store.digest_of_evidence(), evidence);
    assert_eq!(store.files(), ["sample.plaso"], "something is left behind");
    finished
}

#[test]
fn the_first_event_of_a_task() {
    let finished = set_aside("crash", &[1_025], &[], "was killed by SIGABRT");
    assert!(finished.stdout.contains("2, 3 replaced"), "{}", finished.stdout);
}

#[test]
fn an_event_in_the_middle_of_a_task() {
    set_aside("exit", &[1_500], &[], "ended with exit status 7");
}

#[test]
fn the_last_event_of_a_task() {
    set_aside("crash", &[2_048], &[], "was killed by SIGABRT");
}

#[test]
fn the_first_and_the_last_event_of_all() {
    let store = Store::of("sample");
    let last = store.number("SELECT max(_identifier) FROM event");
    set_aside("crash", &[1, last], &[], "was killed by SIGABRT");
}

#[test]
fn two_events_of_one_task() {
    let finished = set_aside("crash", &[1_100, 1_900], &[], "was killed by SIGABRT");
    assert_eq!(finished.stdout.matches("skipped").count(), 4, "{}", finished.stdout);
}

#[test]
fn an_event_that_takes_too_long() {
    set_aside("hang", &[1_500], &["--worker-timeout", "0.03"], "made no progress for 1 s");
}

#[test]
fn an_event_that_takes_too_much_memory() {
    set_aside("grow", &[1_500], &["--worker-memory-limit", "200M"], "exceeded the memory limit with ");
}

/// Empty results would take the place of good ones.
#[test]
fn a_run_that_skips_every_event_stores_nothing() {
    let store = Store::of("chrome");
    let run = || foreman(["analyze", "--analysis", "unique_domains_visited"]).arg(store.path());
    run().succeed();
    store.change("UPDATE event_data SET _data = x'00'");
    let bytes = store.bytes();
    let refused = run().expect(1).stderr;
    assert!(
        refused.contains("every event was skipped, so nothing was stored, and earlier results stay"),
        "{refused}"
    );
    assert!(store.bytes() == bytes, "the store has changed");
    assert_eq!(store.files(), ["chrome.plaso"]);
    run().arg("--force").expect(3);
}
