//! `virustotal`, with a good server and bad ones.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tests::{EICAR, Finished, Program, Reply, Store, VirusTotalServer, foreman};

use crate::hashed::{hash, labelled, store, warning};
use crate::shards::Planned;

const KEY: &str = "0123s3cret4567";

/// An analysis that gets the key in another way, and has no limit on its requests.
fn analyze_without_key(server: &VirusTotalServer) -> Program {
    foreman(["analyze", "--analysis", "virustotal", "--virustotal-free-rate-limit=false"])
        .args(["--virustotal-url", &server.url()])
        // The person who runs the tests may have set these variables.
        .env("VIRUSTOTAL_API_KEY", "")
        .env("NO_PROXY", "127.0.0.1")
}

fn analyze(server: &VirusTotalServer) -> Program {
    analyze_without_key(server).env("VIRUSTOTAL_API_KEY", KEY)
}

/// A proxy that cannot be used is never bypassed: no request is sent.
#[test]
fn proxies_that_cannot_be_used() {
    for (name, value) in [
        ("HTTPS_PROXY", "socks5://s3cret@127.0.0.1:9"),
        ("https_proxy", "http//127.0.0.1:9"),
        ("ALL_PROXY", "socks5h://127.0.0.1:9"),
        ("all_proxy", "htp://s3cret"),
        ("HTTP_PROXY", "http://127.0.0.1:port"),
        ("http_proxy", "\x1b]0;s3cret"),
        ("HTTPS_PROXY", "http://127.0.0.1:1/path"),
    ] {
        let server = knows_nothing(|_| None);
        let store = store("pe_coff:file", 1);
        let bytes = store.bytes();
        let refused = analyze(&server).env(name, value).arg(store.path()).expect(1);
        assert!(refused.stderr.contains(&format!("the variable {name} names a proxy")), "{}", refused.stderr);
        assert!(!refused.stderr.contains("s3cret"), "{}", refused.stderr);
        assert_eq!(server.requests().len(), 0, "{name}");
        assert_eq!((store.bytes() == bytes, store.files()), (true, vec!["case.plaso".into()]));
        let of_names = ["analyze", "--analysis", "chrome_extension", "--chrome-web-store"];
        let refused = foreman(of_names).env(name, value).arg(store.path()).expect(1);
        assert!(refused.stderr.contains(&format!("the variable {name} names a proxy")), "{}", refused.stderr);
    }
}

/// What is reached directly is read as curl reads it, and never silently taken for something else.
#[test]
fn hosts_without_the_proxy() {
    let proxy = ("HTTP_PROXY", "http://127.0.0.1:9");
    for hosts in ["x, 127.0.0.1", " 127.0.0.1 ", "127.0.0.0/8,x"] {
        let server = knows_nothing(|_| None);
        let store = store("pe_coff:file", 1);
        analyze(&server).env(proxy.0, proxy.1).env("NO_PROXY", hosts).arg(store.path()).succeed();
        assert_eq!(server.requests().len(), 2, "{hosts}");
    }
    let server = knows_nothing(|_| None);
    let store = store("pe_coff:file", 1);
    let small = analyze(&server).env(proxy.0, proxy.1).env("NO_PROXY", "").env("no_proxy", "127.0.0.1");
    small.arg(store.path()).succeed();
    for (name, hosts) in [("NO_PROXY", "127.0.0.1:1"), ("no_proxy", "x;127.0.0.1")] {
        let server = knows_nothing(|_| None);
        let refused = analyze(&server).env(proxy.0, proxy.1).env(name, hosts).arg(store.path()).expect(1);
        let message = format!("the variable {name} cannot be used (entry 1 of its list is not understood)");
        assert!(refused.stderr.contains(&message), "{}", refused.stderr);
        assert_eq!(server.requests().len(), 0, "{name}");
    }
}

fn number(hash: &str) -> usize {
    usize::from_str_radix(hash, 16).unwrap_or(usize::MAX)
}

/// A server that knows only EICAR's test file, except that `reply` may answer the request with a
/// certain number.
fn knows_nothing(reply: impl Fn(usize) -> Option<Reply> + Send + 'static) -> VirusTotalServer {
    VirusTotalServer::start(move |number, _| reply(number).unwrap_or(Reply::Unknown))
}

/// Returns the requests after the first.
fn asked(server: &VirusTotalServer) -> Vec<String> {
    let requests = server.requests();
    assert!(requests.iter().all(|request| request.key.as_deref() == Some(KEY)), "{requests:?}");
    assert_eq!(requests[0].hash, EICAR);
    requests[1..].iter().map(|request| request.hash.clone()).collect()
}

/// Analyses a store of some programs. This many must have been looked up before the run continued
/// without the rest.
fn looks_up(files: usize, server: &VirusTotalServer) -> String {
    let store = store("pe_coff:file", 10);
    let finished = analyze(server).arg(store.path()).expect(3);
    assert_eq!(labelled(&store, "virustotal_not_present"), (0..files).collect::<Vec<_>>());
    let warning = warning(&store);
    assert!(warning.starts_with(&format!("{} of 10 hashes were not looked up: ", 10 - files)), "{warning}");
    assert!(finished.stdout.contains(&warning), "{}", finished.stdout);
    warning
}

fn is_refused(server: &VirusTotalServer) -> String {
    let store = store("pe_coff:file", 1);
    let bytes = store.bytes();
    let finished = analyze(server).arg(store.path()).expect(1);
    assert_eq!((store.bytes() == bytes, store.files()), (true, vec!["case.plaso".into()]));
    finished.stderr
}

#[test]
fn labels() {
    for workers in ["1", "3"] {
        let server = VirusTotalServer::start(|_, hash| match number(hash) {
            0 => Reply::Report(0, 0, 60),
            1 => Reply::Report(5, 2, 60),
            2 => Reply::Report(0, 1, 0),
            3 => Reply::Report(0, 0, 0),
            4 => Reply::Body(200, of_file(hash)),
            _ => Reply::Unknown,
        });
        let store = store("pe_coff:dll_import", 8);
        analyze(&server).args(["--workers", workers]).arg(store.path()).succeed();
        let expected: BTreeMap<String, u64> = [
            ("virustotal_no_detections", 3),
            ("virustotal_detections_7", 3),
            ("virustotal_detections_1", 3),
            ("virustotal_analysis_pending", 6),
            ("virustotal_not_present", 9),
        ]
        .map(|(label, events)| (label.to_owned(), events))
        .into();
        assert_eq!(store.dump().labels_in_tags, expected);
        assert_eq!(store.dump().reports[0].counter, expected);
        assert_eq!(labelled(&store, "virustotal_not_present"), [5, 6, 7]);
        assert_eq!(
            asked(&server),
            (0..8).map(|file| hash(file, 64)).collect::<Vec<_>>(),
            "{workers} workers"
        );
    }
}

#[test]
fn data_types() {
    for (data_type, strict, count) in [
        ("pe_coff:file", false, 2),
        ("pe_coff:resource", false, 2),
        ("pe", false, 2),
        ("fs:stat", false, 0),
        ("pe", true, 2),
        ("pe:compilation:compilation_time", true, 2),
        ("pe_coff:file", true, 0),
    ] {
        let server = knows_nothing(|_| None);
        let store = store(data_type, 2);
        let run =
            analyze(&server).args(["--virustotal-hash", "md5"]).args(strict.then_some("--strict-compat"));
        run.arg(store.path()).succeed();
        let expected: Vec<_> = (0..count).map(|file| hash(file, 32)).collect();
        assert_eq!(asked(&server), expected, "{data_type}, strict: {strict}");
    }
}

/// A wait that the server asks for is progress, so it may be longer than the time limit for a
/// worker without progress.
#[test]
fn a_wait_that_the_server_asks_for_is_progress() {
    let server = knows_nothing(|number| (number == 2).then_some(Reply::Busy(Some(5))));
    let store = store("pe_coff:file", 3);
    let finished = analyze(&server).args(["--worker-timeout", "0.05"]).arg(store.path()).succeed();
    assert!(finished.stdout.contains(", 0 replaced"), "{}", finished.stdout);
    assert_eq!((labelled(&store, "virustotal_not_present"), asked(&server).len()), (vec![0, 1, 2], 4));
}

#[test]
fn a_wrong_key() {
    for status in [401, 403] {
        let server = VirusTotalServer::start(move |_, _| Reply::Status(status));
        let said = is_refused(&server);
        assert!(
            said.contains(&format!("VirusTotal does not accept the API key (HTTP status {status})")),
            "{said}"
        );
        assert!(!said.contains(KEY), "{said}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn no_server() {
    let server = knows_nothing(|_| Some(Reply::Vanish));
    assert!(is_refused(&server).contains("the request to VirusTotal failed: "));
    assert!(is_refused(&server).contains("the request to VirusTotal failed: "));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_server_that_is_another() {
    let other = knows_nothing(|_| None);
    let url = other.url();
    let server = knows_nothing(move |_| Some(Reply::Redirect(url.clone())));
    let said = is_refused(&server);
    assert!(said.contains("not a report of a file: it has the HTTP status 302"), "{said}");
    assert_eq!(other.requests(), [], "the key has been given away");
    let said = is_refused(&knows_nothing(|_| Some(Reply::Body(200, "<html>Welcome!</html>".into()))));
    assert!(said.contains("not a report of a file: it is not JSON"), "{said}");
}

/// A captive portal or a proxy may answer instead of VirusTotal.
#[test]
fn a_server_that_does_not_know_the_test_file() {
    let domain = r#"{"data": {"type": "domain", "id": "example.org", "attributes": {}}}"#;
    for (status, body, reason) in [
        (404, "<html>Sign in</html>", "it has the HTTP status 404 without VirusTotal's NotFoundError"),
        (404, r#"{"error": {"code": "NotFoundError"}}"#, "seems not to know EICAR's test file"),
        (200, &of_file(&hash(1, 64)), "it is about another file"),
        (200, domain, "it is about another object"),
    ] {
        let body = body.to_owned();
        let said = is_refused(&knows_nothing(move |_| Some(Reply::Body(status, body.clone()))));
        let hint = "; a proxy or a captive portal may have answered instead of VirusTotal";
        assert!(said.contains(&format!("{reason}{hint}")), "{said}");
    }
}

/// A hash that was not looked up must not look like an unknown one, nor like that of another file.
#[test]
fn a_server_that_answers_something_else_later() {
    for (status, body, reason) in [
        (404, "<html>Sign in</html>".into(), "it has the HTTP status 404 without VirusTotal's NotFoundError"),
        (200, of_file(EICAR), "it is about another file"),
    ] {
        let server = knows_nothing(move |number| (number > 4).then(|| Reply::Body(status, body.clone())));
        let warning = looks_up(4, &server);
        assert!(warning.ends_with(&format!("not a report of a file: {reason}")), "{warning}");
        assert_eq!(asked(&server).len(), 9, "it is asked four times more");
    }
}

/// A report of the file with this SHA-256, which no engine has analysed.
fn of_file(hash: &str) -> String {
    format!(r#"{{"data": {{"type": "file", "id": "{hash}", "attributes": {{}}}}}}"#)
}

#[test]
fn a_key_that_is_withdrawn() {
    let server = knows_nothing(|number| (number > 4).then_some(Reply::Status(401)));
    let warning = looks_up(4, &server);
    assert!(warning.ends_with("VirusTotal does not accept the API key (HTTP status 401)"), "{warning}");
    assert_eq!(asked(&server).len(), 5, "nothing else is asked");
}

#[test]
fn too_many_requests() {
    let server = knows_nothing(|number| [0, 3, 4].contains(&number).then_some(Reply::Busy(Some(1))));
    let store = store("pe_coff:file", 10);
    analyze(&server).arg(store.path()).succeed();
    assert_eq!(labelled(&store, "virustotal_not_present"), (0..10).collect::<Vec<_>>());
    assert_eq!(asked(&server).len(), 12);

    let server = knows_nothing(|number| (number > 2).then_some(Reply::Busy(Some(3_600))));
    let warning = looks_up(2, &server);
    assert!(warning.ends_with("VirusTotal got too many requests and asks to wait 3600 s"), "{warning}");
    assert_eq!(asked(&server).len(), 3);

    let server = knows_nothing(|number| (number > 2).then_some(Reply::Busy(Some(1))));
    looks_up(2, &server);
    assert_eq!(asked(&server).len(), 7, "it is asked four times more");
}

#[test]
fn failures_now_and_then() {
    let server = knows_nothing(|number| match number {
        2 => Some(Reply::HangUp),
        3 => Some(Reply::Body(200, "<html>".into())),
        6 => Some(Reply::Status(503)),
        8 => Some(Reply::Body(200, r#"{"data": []}"#.into())),
        _ => None,
    });
    let store = store("pe_coff:file", 10);
    analyze(&server).arg(store.path()).succeed();
    assert_eq!(labelled(&store, "virustotal_not_present"), (0..10).collect::<Vec<_>>());
    assert_eq!(asked(&server).len(), 14);
}

#[test]
fn a_server_that_vanishes() {
    let server = knows_nothing(|number| (number > 5).then_some(Reply::Vanish));
    let warning = looks_up(5, &server);
    assert!(warning.contains("the request to VirusTotal failed: "), "{warning}");
}

#[test]
fn a_free_key_is_used_four_times_a_minute() {
    let server = knows_nothing(|_| None);
    let store = store("pe_coff:file", 10);
    let run = foreman(["analyze", "--analysis", "virustotal", "--virustotal-url", &server.url()]);
    let run = run.env("NO_PROXY", "127.0.0.1").env("VIRUSTOTAL_API_KEY", KEY);
    let mut running = run.arg(store.path()).start();
    // Four requests with the first; the next would be sent a minute later.
    running.until(|_| (server.requests().len() >= 4).then_some(())).unwrap();
    running.signal(nix::sys::signal::Signal::SIGTERM);
    running.wait().expect(130);
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn no_key() {
    let server = knows_nothing(|_| None);
    let store = store("pe_coff:file", 1);
    let said = analyze_without_key(&server).arg(store.path()).expect(2).stderr;
    assert!(said.contains("the plugin virustotal needs an API key"), "{said}");
    let missing = store.folder().join("nothing");
    let run = analyze_without_key(&server).arg("--virustotal-api-key-file").arg(missing);
    assert!(run.arg(store.path()).expect(2).stderr.contains("cannot read the API key from "));
    let said = analyze_without_key(&server).args(["--virustotal-api-key", "s3 cret"]).arg(store.path());
    let said = said.expect(1).stderr;
    assert!(said.contains("the API key is empty, is longer than") && !said.contains("s3 cret"), "{said}");
    assert_eq!(server.requests(), []);
}

/// The ways to give a key.
fn with_key(run: Program, way: usize, file: &Path) -> Program {
    match way {
        0 => run.args(["--virustotal-api-key", KEY]),
        1 => run.arg(format!("--virustotal-api-key={KEY}")),
        2 => run.args(["--virustotal_api_key", KEY]),
        3 => run.arg(format!("--virustotal_api_key={KEY}")),
        4 => run.env("VIRUSTOTAL_API_KEY", KEY),
        _ => run.arg("--virustotal-api-key-file").arg(file),
    }
}

#[test]
fn the_key_is_nowhere_to_be_seen() {
    for way in 0..6 {
        // A failure produces messages.
        let server = knows_nothing(|number| (number > 4).then_some(Reply::Status(403)));
        let store = store("pe_coff:file", 20);
        let (key_file, log) = (store.folder().with_extension("key"), store.folder().with_extension("log"));
        std::fs::write(&key_file, format!("{KEY}\n")).unwrap();
        let run = with_key(analyze_without_key(&server), way, &key_file);
        let run = run.args(["--workers", "2", "-d", "--log-file"]).arg(&log).arg(store.path());
        let finished = watch(run, &store);
        assert_eq!(finished.status, Some(3));
        assert_eq!(asked(&server).len(), 5);
        let log = std::fs::read(&log).unwrap();
        assert!(!log.is_empty());
        for (place, bytes) in [
            ("log", log),
            ("store", store.bytes()),
            ("output", finished.stdout.into_bytes()),
            ("errors", finished.stderr.into_bytes()),
        ] {
            assert!(!contains_key(&bytes), "the key is in the {place}, way {way}");
        }
        assert_eq!(store.files(), ["case.plaso"], "something is left behind");
        std::fs::remove_file(&key_file).unwrap();
    }
}

#[test]
fn the_key_goes_with_an_interrupted_run() {
    let server = knows_nothing(|_| None);
    let store = store("pe_coff:file", 6);
    let url = server.url();
    let limited = ["analyze", "--analysis", "virustotal", "--virustotal-url", &url];
    let run = foreman(limited).env("NO_PROXY", "127.0.0.1").env("VIRUSTOTAL_API_KEY", KEY);
    let mut running = run.arg(store.path()).start();
    running.until(|_| (server.requests().len() >= 4).then_some(())).unwrap();
    running.signal(nix::sys::signal::Signal::SIGTERM);
    running.wait().expect(130);
    let left = store.folder().join("case.plaso.foreman");
    for entry in std::fs::read_dir(&left).unwrap() {
        let path = entry.unwrap().path();
        assert!(!contains_key(&std::fs::read(&path).unwrap()), "the key is in {}", path.display());
    }
    let resume = |key: &str| {
        let run = foreman(limited).arg("--resume").env("NO_PROXY", "127.0.0.1");
        run.env("VIRUSTOTAL_API_KEY", key).arg(store.path())
    };
    assert!(resume("").expect(2).stderr.contains("the plugin virustotal needs an API key"));
    let mut running = resume(KEY).start();
    running.until(|_| (server.requests().len() >= 8).then_some(())).unwrap();
    running.signal(nix::sys::signal::Signal::SIGTERM);
    running.wait().expect(130);
    asked(&server);
}

/// Nothing removes a file after a power cut, so the key must not be in one.
#[test]
#[cfg(target_os = "linux")]
fn the_key_is_not_left_by_a_run_that_is_killed() {
    let server = knows_nothing(|_| None);
    let store = store("pe_coff:file", 6);
    let limited = ["analyze", "--analysis", "virustotal", "--virustotal-url", &server.url()];
    let run = foreman(limited).env("NO_PROXY", "127.0.0.1").env("VIRUSTOTAL_API_KEY", KEY);
    let mut running = run.arg(store.path()).start();
    running.until(|_| (server.requests().len() >= 4).then_some(())).unwrap();
    running.signal(nix::sys::signal::Signal::SIGKILL);
    assert_eq!(running.wait().signal, Some(9));
    asked(&server);
    let left = store.folder().join("case.plaso.foreman");
    let files: Vec<_> = std::fs::read_dir(&left).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() > 1, "{files:?}");
    for path in files {
        assert!(!contains_key(&std::fs::read(&path).unwrap()), "the key is in {}", path.display());
    }
    // An earlier version has left the key there.
    std::fs::write(left.join("virustotal-api-key"), KEY).unwrap();
    let run = foreman(limited).args(["--resume"]).env("VIRUSTOTAL_API_KEY", "");
    assert!(run.arg(store.path()).expect(2).stderr.contains("needs an API key"));
    let bare = foreman(["analyze", "--resume"]).env("VIRUSTOTAL_API_KEY", "").arg(store.path()).expect(1);
    assert!(bare.stderr.contains("--virustotal-url"), "{}", bare.stderr);
    assert!(!left.join("virustotal-api-key").exists(), "the key of the killed run is still there");
    foreman(["clean"]).arg(store.path()).succeed();
    assert_eq!(store.files(), ["case.plaso"]);
}

/// Somebody gives away a store with the folder of a run that he has made. It must not say to which
/// server the examiner's key goes, nor which of his files is the key.
#[test]
fn a_record_of_somebody_else_gets_no_key() {
    let server = knows_nothing(|_| None);
    let store = store("pe_coff:file", 6);
    let theirs = store.beside("token", "a-secret-of-the-examiner");
    let begun = analyze(&server).arg("--virustotal-api-key-file").arg(&theirs).arg(store.path());
    let mut running = begun.env("VIRUSTOTAL_API_KEY", "").start();
    let record = store.folder().join("case.plaso.foreman").join("run.json");
    running
        .until(|_| std::fs::metadata(&record).is_ok_and(|record| record.len() > 100).then_some(()))
        .unwrap();
    running.signal(nix::sys::signal::Signal::SIGKILL);
    assert_eq!(running.wait().signal, Some(9));
    let other = knows_nothing(|_| None);
    let planted = std::fs::read_to_string(&record).unwrap().replace(&server.url(), &other.url());
    assert!(planted.contains(&other.url()) && planted.contains("token"), "{planted}");
    std::fs::write(&record, planted).unwrap();
    for key in ["", KEY] {
        let run = foreman(["analyze", "--resume"]).env("NO_PROXY", "127.0.0.1");
        let refused = run.env("VIRUSTOTAL_API_KEY", key).arg(store.path()).expect(1);
        assert!(refused.stderr.contains("it was started with --virustotal-url"), "{refused:?}");
    }
    assert_eq!(other.requests().len(), 0, "the server was asked");
    // VirusTotal itself gets nothing either.
    let planted = std::fs::read_to_string(&record).unwrap();
    std::fs::write(&record, planted.replace(&other.url(), "https://www.virustotal.com/api/v3")).unwrap();
    let run = foreman(["analyze", "--resume"]).env("HTTPS_PROXY", other.url());
    let refused = run.env("VIRUSTOTAL_API_KEY", KEY).arg(store.path()).expect(1);
    assert!(refused.stderr.contains("it asks a server for virustotal, so name its plugins"), "{refused:?}");
    assert_eq!(other.requests().len(), 0, "the proxy was asked");
}

/// A plan may come from somebody else, too.
#[test]
fn a_plan_of_somebody_else_gets_no_key() {
    let server = knows_nothing(|_| None);
    let plan = Planned::with(store("pe_coff:file", 6), 1_000, |run| {
        run.args(["--analysis", "virustotal", "--virustotal-url", &server.url()])
            .env("VIRUSTOTAL_API_KEY", "x")
    });
    plan.work_on_all();
    let (bytes, asked) = (plan.store.bytes(), server.requests().len());
    let merge = |server: &str| {
        let merge = plan.merge().arg(format!("--virustotal-url={server}"));
        merge.env("VIRUSTOTAL_API_KEY", KEY).env("NO_PROXY", "127.0.0.1").expect(2)
    };
    let other = knows_nothing(|_| None);
    for refused in [plan.merge().env("VIRUSTOTAL_API_KEY", KEY).expect(2), merge(&other.url())] {
        assert!(refused.stderr.contains("the plan was made with --virustotal-url"), "{refused:?}");
    }
    assert_eq!((server.requests().len(), other.requests().len()), (asked, 0), "a server was asked");
    assert!(plan.store.bytes() == bytes, "the store has changed");
}

/// Runs the program, and examines its workers and files at the same time.
fn watch(run: Program, store: &Store) -> Finished {
    let mut running = run.start();
    let folder = store.folder().join("case.plaso.foreman");
    let mut seen = BTreeSet::new();
    running.until(|running| {
        for worker in running.children() {
            // Until the worker's program starts, the process is a copy of the foreman, which may
            // have the key. So the name of the program is looked at first.
            let name = std::fs::read_to_string(format!("/proc/{worker}/comm"));
            if !name.is_ok_and(|name| name.trim() == "worker") {
                continue;
            }
            for what in ["cmdline", "environ"] {
                let bytes = std::fs::read(format!("/proc/{worker}/{what}")).unwrap_or_default();
                if !bytes.is_empty() {
                    assert!(!contains_key(&bytes), "the key is in the {what} of a worker");
                    seen.insert(what);
                }
            }
        }
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let mode = entry.metadata().map_or(0o600, |metadata| metadata.permissions().mode());
            let open_to_others = mode & 0o077 != 0;
            let bytes = std::fs::read(entry.path()).unwrap_or_default();
            assert!(!(open_to_others && contains_key(&bytes)), "others can read the key in {entry:?}");
        }
        None::<()>
    });
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["cmdline", "environ"], "no worker was looked at");
    running.wait()
}

fn contains_key(bytes: &[u8]) -> bool {
    bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes())
}
