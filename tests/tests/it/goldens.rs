//! The same answers as Plaso.

use nix::sys::signal::{Signal, kill};
use tests::golden::{Case, Comparison};

fn assert_same(name: &str) {
    check(Case::named(name).compare());
}

fn check(comparison: Comparison) {
    match comparison {
        Comparison::Same => {}
        Comparison::Differs(differences) => panic!("ours (<), Plaso's (>):\n{}", differences.join("\n")),
        // It was said why, and it is counted.
        Comparison::Skipped => {}
    }
}

#[test]
fn sample_by_own_rules() {
    assert_same("sample.own_rules");
}

#[test]
fn sample_of_the_older_version_by_own_rules() {
    assert_same("sample-20230327.own_rules");
}

/// Windows event logs: long texts, lists with missing members, and labels from before the run.
#[test]
fn windows_event_logs_by_own_rules() {
    assert_same("evtx-sample.own_rules");
}

#[test]
fn sample() {
    assert_same("sample.all");
}

#[test]
fn sample_of_the_older_version() {
    assert_same("sample-20230327.all");
}

#[test]
fn tagging_windows() {
    assert_same("testdata.tagging_windows");
}

#[test]
fn tagging_linux() {
    assert_same("testdata.tagging_linux");
}

#[test]
fn tagging_macos() {
    assert_same("testdata.tagging_macos");
}

#[test]
fn sessionize() {
    assert_same("testdata.sessionize");
}

#[test]
fn sessionize_with_a_longer_pause_and_a_filter() {
    assert_same("testdata.sessionize_60_windows");
}

#[test]
fn several_plugins_at_once() {
    assert_same("testdata.three_plugins");
}

#[test]
fn browser_search() {
    assert_same("testdata.browser_search");
}

#[test]
fn unique_domains_visited() {
    assert_same("testdata.unique_domains_visited");
}

#[test]
fn chrome_extension() {
    assert_same("chrome.chrome_extension");
}

/// One of two workers is killed as soon as it is there: the other and its replacement do the work.
#[test]
fn a_worker_is_killed() {
    let comparison = Case::named("testdata.three_plugins").compare_run(|run| {
        let mut running = run.args(["--workers", "2"]).start();
        let workers = running.until(|running| Some(running.children()).filter(|workers| workers.len() == 2));
        kill(workers.expect("there are two workers for a while")[0], Signal::SIGKILL).unwrap();
        let finished = running.wait().expect(0);
        assert!(finished.stdout.contains("1 replaced"), "{}", finished.stdout);
        finished
    });
    check(comparison);
}
