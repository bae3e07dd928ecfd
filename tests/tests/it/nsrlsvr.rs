//! `nsrlsvr`, with good servers and bad ones.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;
use tests::{Answer, NsrlServer, Program, Reading, Store, foreman, golden};

use crate::hashed::{hash, labelled, store, warning};
use crate::shards::Planned;

const LABEL: &str = "nsrl_present";

fn analyze(port: u16) -> Program {
    foreman(["analyze", "--analysis", "nsrlsvr", "--nsrlsvr-host", "127.0.0.1", "--nsrlsvr-port"])
        .arg(port.to_string())
}

fn known(files: usize) -> Vec<usize> {
    (0..files).filter(|&file| NsrlServer::knows(&hash(file, 32))).collect()
}

/// Analyses a store of this many files, which must succeed in the end. Returns the server.
fn succeeds(files: usize, reading: Reading, answer: impl Fn(usize) -> Answer + Send + 'static) -> NsrlServer {
    let server = NsrlServer::start(reading, answer);
    let store = store("fs:stat", files);
    analyze(server.port()).arg(store.path()).succeed();
    assert_eq!(labelled(&store, LABEL), known(files));
    assert_eq!(store.dump().analysis_warning.len(), 0);
    let asked: BTreeSet<String> = server.queries().into_iter().collect();
    assert_eq!(asked, (0..files).map(|file| hash(file, 32)).collect());
    server
}

/// Analyses a store of 100 files, which must succeed only in part. Returns the warning.
fn is_incomplete(answer: impl Fn(usize) -> Answer + Send + 'static) -> String {
    let server = NsrlServer::start(Reading::Lines, answer);
    let store = store("fs:stat:ntfs", 100);
    let finished = analyze(server.port()).arg(store.path()).expect(3);
    let warning = warning(&store);
    assert!(finished.stdout.contains(&warning), "{}", finished.stdout);
    let missing: usize = warning.split(' ').next().unwrap().parse().unwrap();
    assert!(warning.starts_with(&format!("{missing} of 100 hashes were not looked up: nsrlsvr at ")));
    assert_eq!(labelled(&store, LABEL), known(100 - missing));
    warning
}

#[test]
fn every_hash_is_looked_up_once_whatever_the_number_of_workers() {
    let Some((original, golden)) = Store::shared("testdata").zip(golden::load("testdata.nsrlsvr")) else {
        return;
    };
    for workers in ["1", "3"] {
        let server = NsrlServer::good();
        let store = Store::copy_of(original.path());
        let run = analyze(server.port()).args(["--nsrlsvr-hash", "sha1", "--workers", workers]);
        run.arg(store.path()).succeed();
        store.dump().assert_same(&golden);
        let queries = server.queries();
        let distinct: BTreeSet<_> = queries.iter().collect();
        assert_eq!((queries.len(), distinct.len()), (604, 604), "{workers} workers");
        // One to see whether it is there.
        assert_eq!(server.connections(), 2);
    }
}

#[test]
fn no_server() {
    let store = store("fs:stat", 1);
    let bytes = store.bytes();
    let finished = analyze(NsrlServer::nowhere()).arg(store.path()).expect(1);
    assert!(finished.stderr.contains("nsrlsvr at 127.0.0.1, port"), "{}", finished.stderr);
    assert!(finished.stderr.contains("cannot be reached: Connection refused"), "{}", finished.stderr);
    assert_eq!((store.bytes() == bytes, store.files()), (true, vec!["case.plaso".into()]));
}

#[test]
fn bad_options() {
    let store = store("fs:stat", 1);
    for (option, value) in [("--nsrlsvr-hash", "sha256"), ("--nsrlsvr-port", "0"), ("--nsrlsvr-label", "a b")]
    {
        foreman(["analyze", "--analysis", "nsrlsvr", option, value]).arg(store.path()).expect(2);
    }
    let finished = foreman(["analyze", "--analysis", "bloom", "--nsrlsvr-label", "a"]).arg(store.path());
    assert!(finished.expect(2).stderr.contains("--nsrlsvr-label is an option of the plugin nsrlsvr"));
}

#[test]
fn a_label_of_ones_own() {
    let server = NsrlServer::good();
    let store = store("fs:stat", 3);
    analyze(server.port()).args(["--nsrlsvr_label", "known_good"]).arg(store.path()).succeed();
    assert_eq!(labelled(&store, "known_good"), [0, 2]);
    assert_eq!(store.dump().reports[0].counter["known_good"], 6);
}

#[test]
fn connections_that_are_lost_now_and_then() {
    let close_at = |queries: [usize; 2]| {
        move |query| if queries.contains(&query) { Answer::Close } else { Answer::Right }
    };
    let server = succeeds(100, Reading::Lines, close_at([40, 41]));
    assert_eq!(server.connections(), 4);
    let server = succeeds(100, Reading::Lines, close_at([1, 2]));
    assert_eq!((server.connections(), server.queries().len()), (4, 102));
}

#[test]
fn a_server_that_takes_one_query_a_connection() {
    let server = succeeds(20, Reading::Lines, |_| Answer::Last);
    assert_eq!((server.connections(), server.queries().len()), (22, 21));
}

#[test]
fn a_server_that_takes_one_query_at_a_time() {
    let server = succeeds(100, Reading::Arrivals, |_| Answer::Right);
    assert_eq!((server.connections(), server.queries().len()), (3, 101));
}

#[test]
fn a_slow_server() {
    succeeds(20, Reading::Lines, |_| Answer::After(Duration::from_millis(50)));
    // This server is not slow but silent, so it is asked again.
    succeeds(20, Reading::Lines, |query| match query {
        10 => Answer::After(Duration::from_millis(3_500)),
        _ => Answer::Right,
    });
}

/// Each answer is progress, so the time limit for a worker without progress may be shorter than the
/// time for all answers.
#[test]
fn a_slow_server_is_progress() {
    let server = NsrlServer::start(Reading::Lines, |_| Answer::After(Duration::from_millis(100)));
    let store = store("fs:stat", 60);
    let finished = analyze(server.port()).args(["--worker-timeout", "0.05"]).arg(store.path()).succeed();
    assert!(finished.stdout.contains(", 0 replaced"), "{}", finished.stdout);
    assert_eq!((labelled(&store, LABEL), server.queries().len()), (known(60), 60));
}

#[test]
fn garbage_now_and_then() {
    succeeds(50, Reading::Lines, |query| match query {
        7 => Answer::Garbage("NOT OK\r\n"),
        20 => Answer::Garbage("OK 11\r\n"),
        30 => Answer::Garbage("\u{0}\u{1b}[31mOK 1"),
        _ => Answer::Right,
    });
}

/// An answer too many would give all later answers to the wrong hashes.
#[test]
fn answers_too_many() {
    for twice in [2, 20, 45, 99] {
        succeeds(
            100,
            Reading::Lines,
            move |query| if query == twice { Answer::Twice } else { Answer::Right },
        );
    }
    let server = succeeds(20, Reading::Lines, |_| Answer::Twice);
    assert!(server.connections() > 20, "{} connections", server.connections());
}

/// What a server sends on its own would look like the answer to the first query.
#[test]
fn a_server_that_speaks_first() {
    for (greeting, quoted) in [("OK 1\r\n", "OK 1"), ("SSH-2.0-OpenSSH_9.6\r\n", "SSH-2.0-OpenSSH_9.6")] {
        let server = NsrlServer::greets(greeting);
        let store = store("fs:stat", 3);
        let bytes = store.bytes();
        let said = analyze(server.port()).arg(store.path()).expect(1).stderr;
        let expected = format!("sent something that no query has asked for: \"{quoted}\"");
        assert!(said.contains(&expected), "{said}");
        assert_eq!((server.queries().len(), server.connections()), (0, 1));
        assert_eq!((store.bytes() == bytes, store.files()), (true, vec!["case.plaso".into()]));
    }
}

#[test]
fn nothing_but_garbage() {
    let warning = is_incomplete(|_| Answer::Garbage("HTTP/1.1 400 Bad Request\r\n\r\n"));
    assert!(warning.starts_with("100 of 100 hashes"), "{warning}");
    assert!(
        warning.ends_with("answered something that is not OK 0 or OK 1: \"HTTP/1.1 400 Bad Request\""),
        "{warning}"
    );
}

#[test]
fn a_server_that_vanishes() {
    let warning = is_incomplete(|query| if query > 60 { Answer::Vanish } else { Answer::Right });
    assert!(warning.contains("cannot be reached: Connection refused"), "{warning}");
}

#[test]
fn a_run_that_is_stopped_while_it_waits() {
    let server = NsrlServer::start(Reading::Lines, |_| Answer::After(Duration::from_secs(600)));
    let store = store("fs:stat", 5);
    let bytes = store.bytes();
    let mut running = analyze(server.port()).arg(store.path()).start();
    running.until(|_| (!server.queries().is_empty()).then_some(())).unwrap();
    running.signal(Signal::SIGINT);
    running.wait().expect(130);
    assert!(store.bytes() == bytes, "the store has changed");
}

/// The work that is done is worth more than an outage.
#[test]
fn a_server_that_is_down_when_a_run_is_resumed() {
    let (up, end) = mpsc::channel::<()>();
    let server = NsrlServer::start(Reading::Lines, move |_| {
        let _ = end.recv();
        Answer::Vanish
    });
    let store = store("fs:stat", 5);
    let port = server.port();
    let mut running = analyze(port).arg(store.path()).start();
    running.until(|_| (!server.queries().is_empty()).then_some(())).unwrap();
    running.signal(Signal::SIGINT);
    let aborted = running.wait().expect(130).stderr;
    let advice = "resume with, and with the options of its plugins again:\n  foreman analyze --resume --analysis nsrlsvr ";
    assert!(aborted.contains(advice), "{aborted}");
    drop(up);
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
        thread::sleep(Duration::from_millis(10));
    }
    let refused = analyze(port).arg("--resume").arg(store.path()).expect(1).stderr;
    assert!(refused.contains("cannot be reached: Connection refused"), "{refused}");
    assert!(!refused.contains("changed") && !refused.contains("clean"), "{refused}");
    assert!(store.folder().join("case.plaso.foreman").join("run.json").exists());
}

/// Who made the folder of a run or a plan must not decide which server gets the hashes of a case.
#[test]
fn a_record_of_somebody_else_names_no_server() {
    let server = NsrlServer::start(Reading::Lines, |_| Answer::After(Duration::from_secs(30)));
    let store = store("fs:stat", 200);
    let mut running = analyze(server.port()).arg(store.path()).start();
    running.until(|_| (!server.queries().is_empty()).then_some(())).unwrap();
    running.signal(Signal::SIGKILL);
    let _ = running.wait();
    let asked = server.connections();
    let refused = foreman(["analyze", "--resume"]).arg(store.path()).expect(1);
    assert!(refused.stderr.contains("it was started with --nsrlsvr-host"), "{}", refused.stderr);
    assert_eq!(server.connections(), asked, "the server was asked");
}

#[test]
fn a_plan_of_somebody_else_names_no_server() {
    let server = NsrlServer::good();
    let port = server.port().to_string();
    let options = ["--analysis", "nsrlsvr", "--nsrlsvr-host", "127.0.0.1", "--nsrlsvr-port", &port];
    let plan = Planned::with(store("fs:stat", 100), 1_000, |run| run.args(options));
    plan.work_on_all();
    let asked = server.connections();
    let refused = plan.merge().expect(2);
    assert!(refused.stderr.contains("give --nsrlsvr-host='127.0.0.1' again"), "{}", refused.stderr);
    let refused = plan.merge().args(["--nsrlsvr-host", "127.0.0.1", "--nsrlsvr-port", "1"]).expect(2);
    assert!(refused.stderr.contains(&format!("give --nsrlsvr-port='{port}' again")), "{}", refused.stderr);
    assert_eq!(server.connections(), asked, "the server was asked");
    plan.merge_with_server().succeed();
    assert_eq!(labelled(&plan.store, LABEL), known(100));
}
