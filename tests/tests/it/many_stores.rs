//! Many storage files in one run.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{Compression, FaultPlan, NewStore, Program, Running, Store, foreman, places};

use crate::shards::{assert_same, json as read_json};
use crate::support::waiting;

/// A folder with storage files, and the options of their analysis.
pub(crate) struct Case {
    pub(crate) place: TempDir,
    pub(crate) options: Vec<String>,
}

impl Case {
    pub(crate) fn new(stores: &[(&str, &str)]) -> Self {
        let place = TempDir::new().unwrap();
        std::fs::create_dir(place.path().join("case")).unwrap();
        let rules = place.path().join("rules.txt");
        std::fs::copy(places::data("sample-rules.txt"), &rules).unwrap();
        let rules = rules.to_str().unwrap();
        let options =
            ["--analysis", "tagging,sessionize", "--tagging-file", rules].map(str::to_owned).to_vec();
        let case = Self { place, options };
        for (name, sample) in stores {
            std::fs::copy(Store::of(sample).path(), case.store(name)).unwrap();
        }
        case
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.place.path().join("case")
    }

    pub(crate) fn store(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    pub(crate) fn analyze(&self) -> Program {
        let run = foreman(["analyze", "--workers", "2"]).args(&self.options).arg("--summary");
        run.arg(self.place.path().join("summary.json"))
    }

    /// The outcome of each storage file, in the order of their runs.
    pub(crate) fn outcomes(&self) -> Vec<(String, String)> {
        let summary = read_json(&self.place.path().join("summary.json"));
        assert_eq!(summary["kind"], "case-summary");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let name = |path: &Value| {
            Path::new(path.as_str().unwrap()).file_name().unwrap().to_str().unwrap().to_owned()
        };
        let stores = summary["stores"].as_array().unwrap();
        stores.iter().map(|store| (name(&store["store"]), text(&store["outcome"]))).collect()
    }

    /// Fails unless the storage file has the results of a run of its own.
    pub(crate) fn assert_analyzed(&self, name: &str, sample: &str) {
        let expected = Store::of(sample);
        foreman(["analyze"]).args(&self.options).arg(expected.path()).succeed();
        assert_same(&Store::copy_of(&self.store(name)), &expected);
    }

    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

const THREE: [(&str, &str); 3] =
    [("a.plaso", "sample"), ("b.plaso", "sample-20230327"), ("c.plaso", "evtx-sample")];

pub(crate) fn outcomes(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(name, outcome)| ((*name).to_owned(), (*outcome).to_owned())).collect()
}

pub(crate) fn sorted(mut outcomes: Vec<(String, String)>) -> Vec<(String, String)> {
    outcomes.sort();
    outcomes
}

#[test]
fn a_folder_and_a_list() {
    let case = Case::new(&THREE);
    std::fs::write(case.store("notes.txt"), "not a storage file").unwrap();
    let finished = case.analyze().arg(case.folder()).succeed();
    assert!(finished.stdout.contains("3 storage files in "), "{}", finished.stdout);
    assert_eq!(finished.stdout.matches("events analysed").count(), 3, "{}", finished.stdout);
    let done = [("a.plaso", "done"), ("b.plaso", "done"), ("c.plaso", "done")];
    assert_eq!(sorted(case.outcomes()), outcomes(&done));
    let sizes: Vec<u64> =
        case.outcomes().iter().map(|(name, _)| std::fs::metadata(case.store(name)).unwrap().len()).collect();
    assert!(sizes[0] >= sizes[2], "the largest comes first: {sizes:?}");
    for (name, sample) in THREE {
        case.assert_analyzed(name, sample);
    }
    assert_eq!(case.files(), ["a.plaso", "b.plaso", "c.plaso", "notes.txt"]);

    let case = Case::new(&THREE);
    let list = format!("{}\n{}\n", case.store("a.plaso").display(), case.store("c.plaso").display());
    let listed = case.analyze().args(["--stores-from", "-"]).arg("data_type is 'fs:stat'");
    listed.arg("--force").standard_input(&list).succeed();
    assert_eq!(sorted(case.outcomes()), outcomes(&[done[0], done[2]]));
}

/// The message for one of the files says to add the option. The others need not be analysed again.
#[test]
fn force_is_added_when_a_run_is_resumed() {
    let case = Case::new(&[("a.plaso", "sample"), ("b.plaso", "chrome")]);
    let run = || case.analyze().arg(case.folder()).arg("data_type is 'syslog:line'");
    assert!(run().expect(3).stderr.contains("add --force"));
    let resumed = run().args(["--force", "--resume"]).succeed();
    assert!(resumed.stdout.contains("1 of them before"), "{}", resumed.stdout);
}

/// A record beside such a name would be in a folder of the system.
#[test]
fn standard_input_by_other_names() {
    let case = Case::new(&THREE[..1]);
    let list = format!("{}\n", case.store("a.plaso").display());
    for name in ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"] {
        let resumed = case.analyze().args(["--resume", "--stores-from", name]);
        let said = resumed.standard_input(&list).expect(2).stderr;
        assert!(said.contains("a list on standard input cannot be resumed"), "{name}: {said}");
    }
}

/// A path is bytes, and a storage file whose name is not UTF-8 fails alone.
#[test]
fn a_line_of_a_list_that_is_not_utf_8() {
    let case = Case::new(&THREE[..1]);
    let list = case.place.path().join("list");
    let other = case.folder().join(OsStr::from_bytes(b"\xff.plaso"));
    std::fs::copy(case.store("a.plaso"), &other).unwrap();
    let first = case.store("a.plaso");
    let lines = [other.as_os_str().as_bytes(), b"\r\n", first.as_os_str().as_bytes()];
    std::fs::write(&list, lines.concat()).unwrap();
    let finished = case.analyze().arg("--stores-from").arg(&list).expect(3);
    assert!(finished.stderr.contains("must be UTF-8"), "{}", finished.stderr);
    case.assert_analyzed("a.plaso", "sample");
    assert!(std::fs::read(&other).unwrap() == Store::of("sample").bytes());
}

#[test]
fn a_broken_store_fails_alone() {
    let case = Case::new(&THREE);
    std::fs::write(case.store("large.plaso"), vec![7; 8 << 20]).unwrap();
    std::fs::write(case.store("none.plaso"), "").unwrap();
    let bytes = std::fs::read(case.store("large.plaso")).unwrap();
    let finished = case.analyze().arg(case.folder()).expect(3);
    for name in ["large.plaso", "none.plaso"] {
        assert_eq!(finished.stderr.matches(&format!("/case/{name}")).count(), 1, "{}", finished.stderr);
        assert!(finished.stdout.contains(name), "{}", finished.stdout);
    }
    assert!(std::fs::read(case.store("large.plaso")).unwrap() == bytes);
    let done = [
        ("a.plaso", "done"),
        ("b.plaso", "done"),
        ("c.plaso", "done"),
        ("large.plaso", "failed"),
        ("none.plaso", "failed"),
    ];
    assert_eq!(sorted(case.outcomes()), outcomes(&done));
    for (name, sample) in THREE {
        case.assert_analyzed(name, sample);
    }
    // What failed is tried again, and nothing else.
    std::fs::remove_file(case.store("none.plaso")).unwrap();
    std::fs::copy(Store::of("sample").path(), case.store("large.plaso")).unwrap();
    case.analyze().arg("--resume").arg(case.folder()).succeed();
    assert_eq!(case.outcomes(), outcomes(&[("large.plaso", "done")]));
    assert_eq!(case.files(), ["a.plaso", "b.plaso", "c.plaso", "large.plaso"]);

    let case = Case::new(&[]);
    std::fs::write(case.store("none.plaso"), "").unwrap();
    case.analyze().arg(case.folder()).expect(1);
}

/// Which rules `auto` means is another thing for each file, and unknown for a broken one.
#[test]
fn rules_that_fit_each_store_can_be_resumed() {
    let case = Case::new(&THREE);
    let automatic =
        |run: Program| run.args(["--analysis", "tagging", "--tagging-file", "auto"]).arg(case.folder());
    std::fs::write(case.store("large.plaso"), vec![7; 8 << 20]).unwrap();
    automatic(foreman(["analyze"])).expect(3);
    std::fs::copy(Store::of("sample").path(), case.store("large.plaso")).unwrap();
    let resumed = automatic(foreman(["analyze", "--resume"])).succeed();
    assert_eq!(resumed.stdout.matches("events analysed").count(), 1, "{}", resumed.stdout);
    assert_eq!(case.files(), ["a.plaso", "b.plaso", "c.plaso", "large.plaso"]);
}

/// No rules fit the largest file, which is the first one.
#[test]
fn a_store_that_no_rules_fit_fails_alone() {
    let case = Case::new(&[("a.plaso", "sample")]);
    let mut large = NewStore::new(Compression::None);
    let data = large.event_data(json!({"data_type": "test:large", "text": "x".repeat(4 << 20)}));
    large.event(1, data);
    std::fs::copy(large.finish().path(), case.store("large.plaso")).unwrap();
    let run = foreman(["analyze", "--analysis", "tagging", "--tagging-file", "auto"]).arg(case.folder());
    let finished = run.expect(3);
    assert!(finished.stderr.contains("none has rules for one of its 1 data types"), "{finished:?}");
    assert!(finished.stdout.contains("done             1"), "{finished:?}");
}

/// What was skipped before the interruption is not forgotten.
#[test]
fn a_store_that_was_incomplete_stays_incomplete() {
    let case = Case::new(&[("a.plaso", "sample")]);
    std::fs::write(case.store("none.plaso"), "").unwrap();
    let faults = FaultPlan::new("crash 100");
    faults.of_workers(case.analyze().arg(case.folder())).expect(3);
    std::fs::remove_file(case.store("none.plaso")).unwrap();
    let resumed = case.analyze().arg("--resume").arg(case.folder()).expect(3);
    assert!(resumed.stdout.contains("a.plaso, before"), "{}", resumed.stdout);
    assert_eq!(
        read_json(&case.place.path().join("summary.json"))["incomplete_before"].as_array().unwrap().len(),
        1
    );
}

/// Analyses a.plaso and b.plaso until the results of the first could be stored, if nobody read it,
/// and the second is being analysed.
pub(crate) fn at_two_files(case: &Case) -> (rusqlite::Connection, Running) {
    let reader = rusqlite::Connection::open(case.store("a.plaso")).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    let _: i64 = reader.query_row("SELECT count(*) FROM event", [], |row| row.get(0)).unwrap();
    let mut running = case.analyze().arg(case.folder()).start();
    let finished = case.folder().join("b.plaso.foreman/finished.jsonl");
    running.until(|_| finished.exists().then_some(())).expect("b is analysed while a waits for its reader");
    (reader, running)
}

/// While the results of a storage file are stored, the workers are at the next one.
#[test]
fn one_is_stored_while_the_next_is_analysed() {
    let case = Case::new(&[("a.plaso", "sample"), ("b.plaso", "sample")]);
    let (reader, running) = at_two_files(&case);
    reader.execute_batch("COMMIT").unwrap();
    let done = running.wait().expect(0);
    let order: Vec<_> = ["a.plaso", "b.plaso"].map(|name| done.stdout.find(name)).to_vec();
    assert!(order.is_sorted(), "{}", done.stdout);
    assert_eq!(case.outcomes(), outcomes(&[("a.plaso", "done"), ("b.plaso", "done")]));
    for name in ["a.plaso", "b.plaso"] {
        case.assert_analyzed(name, "sample");
    }
}

/// An interruption leaves two runs that are not complete.
#[test]
fn what_is_interrupted_at_two_files_is_resumed() {
    for signal in [Signal::SIGTERM, Signal::SIGKILL] {
        let case = Case::new(&[("a.plaso", "sample"), ("b.plaso", "sample"), ("c.plaso", "sample")]);
        let (reader, running) = at_two_files(&case);
        running.signal(signal);
        let stopped = running.wait();
        drop(reader);
        if signal == Signal::SIGTERM {
            assert!(stopped.expect(130).stdout.contains("not begun        1"));
        }
        let left = ["a.plaso", "a.plaso.foreman", "b.plaso", "b.plaso.foreman", "c.plaso", "case.foreman"];
        let journal = "a.plaso-journal";
        let is_killed = signal == Signal::SIGKILL;
        assert_eq!(case.files().contains(&journal.to_owned()), is_killed, "the change had begun");
        assert!(case.files().iter().filter(|name| *name != journal).eq(left), "{:?}", case.files());
        case.analyze().arg("--resume").arg(case.folder()).succeed();
        assert_eq!(case.files(), ["a.plaso", "b.plaso", "c.plaso"]);
        for name in ["a.plaso", "b.plaso", "c.plaso"] {
            case.assert_analyzed(name, "sample");
        }
    }
}

/// Two names of one file: the second run must not take the lock of the first one away.
#[test]
fn two_names_of_one_file() {
    let case = Case::new(&[("a.plaso", "sample")]);
    std::fs::hard_link(case.store("a.plaso"), case.store("b.plaso")).unwrap();
    let finished = case.analyze().arg(case.folder()).succeed();
    assert!(finished.stdout.contains("done             2"), "{}", finished.stdout);
}

#[test]
fn what_is_interrupted_is_resumed() {
    for signal in [Signal::SIGTERM, Signal::SIGKILL] {
        let case = Case::new(&[("a.plaso", "sample"), ("b.plaso", "sample"), ("c.plaso", "sample")]);
        // The second storage file waits in its first task.
        let faults = FaultPlan::new("wait 3000");
        let mut running = faults.of_workers(case.analyze().arg(case.folder())).start();
        let waits = |name: &str| {
            let finished = case.folder().join(format!("{name}.foreman/finished.jsonl"));
            move |_: &Running| {
                std::fs::read_to_string(&finished).ok().filter(|text| text.lines().count() == 4)
            }
        };
        running.until(waits("a.plaso")).expect("it waits");
        running.signal(signal);
        let stopped = running.wait();
        if signal == Signal::SIGTERM {
            let stopped = stopped.expect(130);
            assert!(stopped.stdout.contains("not begun        2"), "{}", stopped.stdout);
        }
        assert_eq!(case.files(), ["a.plaso", "a.plaso.foreman", "b.plaso", "c.plaso", "case.foreman"]);
        let other = foreman(["analyze", "--resume", "--analysis", "sessionize"]).arg(case.folder()).expect(1);
        assert!(other.stderr.contains("other plugins or options"), "{}", other.stderr);
        let rules = case.place.path().join("rules.txt");
        let text = std::fs::read_to_string(&rules).unwrap();
        std::fs::write(&rules, text.replace("login_failed", "failed_login")).unwrap();
        let changed = case.analyze().arg("--resume").arg(case.folder()).expect(1);
        assert!(
            changed.stderr.contains("were changed since the interrupted run began"),
            "{}",
            changed.stderr
        );
        std::fs::write(&rules, text).unwrap();
        let nothing = foreman(["analyze", "--resume"]).arg(case.folder()).expect(2);
        assert!(nothing.stderr.contains("give its plugins and options again"), "{}", nothing.stderr);
        let resumed = case.analyze().arg("--resume").arg(case.folder()).succeed();
        assert!(resumed.stderr.contains("4 of 6 tasks are done"), "{}", resumed.stderr);
        assert_eq!(case.files(), ["a.plaso", "b.plaso", "c.plaso"]);
        for name in ["a.plaso", "b.plaso", "c.plaso"] {
            case.assert_analyzed(name, "sample");
        }
        let again = case.analyze().arg("--resume").arg(case.folder()).expect(1);
        assert!(again.stderr.contains("there is no interrupted run of the folder"), "{}", again.stderr);
    }
}

#[test]
fn the_status_and_slips() {
    let case = Case::new(&THREE);
    let status = case.place.path().join("status.jsonl");
    let run = case.analyze().args(["--dry-run", "--quiet", "--status-view", "json", "--status-view-file"]);
    let finished = run.arg(&status).arg(case.folder()).succeed();
    assert_eq!(finished.stdout, "");
    let text = std::fs::read_to_string(status).unwrap();
    let kinds: Vec<Value> =
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["kind"].clone()).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "summary").count(), 3);
    assert_eq!(kinds.last().unwrap(), "case-summary");
    assert_eq!(case.files(), ["a.plaso", "b.plaso", "c.plaso"]);

    let refused = |run: Program, message: &str| {
        let refused = run.expect(2);
        assert!(refused.stderr.contains(message), "{}", refused.stderr);
    };
    let two = case.analyze().arg(case.store("a.plaso")).arg(case.store("b.plaso"));
    refused(two, "for several, give foreman analyze their folder, or a list");
    let both = case.analyze().args(["--stores-from", "-", "a", "b"]);
    refused(both, "at most a filter");
    let empty = case.analyze().args(["--stores-from", "-"]).expect(1);
    assert!(empty.stderr.contains("standard input has no storage file"), "{}", empty.stderr);
    let wrong = foreman(["analyze", "--analysis", "nothing"]).arg(case.folder());
    refused(wrong, "nothing");
    let filter = case.analyze().arg(case.folder()).arg("x iz 1").expect(2);
    assert_eq!(filter.stderr.matches("column 3").count(), 1, "{}", filter.stderr);
    assert_eq!(case.files(), ["a.plaso", "b.plaso", "c.plaso"]);
    let output = foreman(["analyze"]).args(&case.options).arg("--summary").arg(case.store("b.plaso"));
    refused(output.arg(case.folder()), "name the same file");
    let list = case.place.path().join("list");
    std::fs::write(&list, "a.plaso\n").unwrap();
    let output = foreman(["analyze"]).args(&case.options).arg("--summary").arg(&list);
    refused(output.arg("--stores-from").arg(&list), "--summary and --stores-from name the same file");
    assert_eq!(std::fs::read_to_string(&list).unwrap(), "a.plaso\n");
    assert_eq!(case.files(), ["a.plaso", "b.plaso", "c.plaso"], "something is left behind");
}

/// Somebody who may write to the folder could let a link lead to any file of this user.
#[test]
fn a_link_out_of_the_folder_is_passed_over() {
    let case = Case::new(&THREE[..1]);
    let elsewhere = Store::of("sample-20230327");
    let bytes = elsewhere.bytes();
    let link = case.store("b.plaso");
    std::os::unix::fs::symlink(elsewhere.path(), &link).unwrap();
    std::os::unix::fs::symlink("a.plaso", case.store("c.plaso")).unwrap();
    let run = case.analyze().arg(case.folder()).expect(3);
    assert!(run.stdout.contains(&format!("passed over      {}", link.display())), "{}", run.stdout);
    let said = run.stderr;
    let warning = format!("{} is passed over, because it is a link that leads out", link.display());
    assert!(said.contains(&warning) && said.contains("--stores-from"), "{said}");
    assert!(!said.contains("c.plaso is passed over"), "{said}");
    assert_eq!(case.outcomes(), outcomes(&[("a.plaso", "done")]));
    assert!(elsewhere.bytes() == bytes, "a file outside the folder was changed");
    assert_eq!(elsewhere.files(), ["sample-20230327.plaso"]);
    // A report must not contain what somebody else has chosen, either.
    let page = case.place.path().join("page.html");
    for (read, more) in [
        (foreman(["report"]), ""),
        (foreman(["report", "--format", "json"]), "\"unread\""),
        (foreman(["report", "--format", "html", "--output"]).arg(&page), ""),
    ] {
        let read = read.arg(case.folder()).expect(3);
        assert!(read.stderr.contains(&warning) && !read.stderr.contains("--stores-from"), "{read:?}");
        assert!(!read.stdout.contains("sample-20230327") && read.stdout.contains(more), "{read:?}");
    }
    assert!(std::fs::read_to_string(page).unwrap().contains("is passed over"));
    let read = foreman(["report"]).arg(case.folder()).arg(&link).expect(3);
    assert!(read.stdout.contains("sample-20230327.plaso") || read.stdout.contains("b.plaso"), "{read:?}");
    // Who names it means it.
    let list = case.place.path().join("list.txt");
    std::fs::write(&list, format!("{}\n", link.display())).unwrap();
    case.analyze().arg("--stores-from").arg(&list).succeed();
    assert_eq!(case.outcomes(), outcomes(&[("sample-20230327.plaso", "done")]));
    assert!(elsewhere.bytes() != bytes);
}

/// Who may write to the folder puts a link in the place of a file that waits for its turn.
#[test]
fn a_file_that_becomes_a_link_before_its_turn_is_not_followed() {
    for is_list in [false, true] {
        let case = Case::new(&[("a.plaso", "sample"), ("b.plaso", "sample")]);
        let secret = Store::of("sample");
        let bytes = secret.bytes();
        let faults = FaultPlan::new("wait 3000");
        let run = if is_list {
            let list = case.place.path().join("list.txt");
            let lines = ["a.plaso", "b.plaso"].map(|name| case.store(name).display().to_string());
            std::fs::write(&list, lines.join("\n")).unwrap();
            case.analyze().arg("--stores-from").arg(list)
        } else {
            case.analyze().arg(case.folder())
        };
        let running = waiting(&faults, run, &case.store("a.plaso.foreman"));
        std::fs::remove_file(case.store("b.plaso")).unwrap();
        std::os::unix::fs::symlink(secret.path(), case.store("b.plaso")).unwrap();
        faults.go_on();
        let said = running.wait().expect(3).stderr;
        assert!(said.contains("somebody has put a link there"), "{said}");
        assert_eq!(case.outcomes(), outcomes(&[("a.plaso", "done"), ("b.plaso", "failed")]));
        assert!(secret.bytes() == bytes, "a file outside the folder was changed");
        assert_eq!(secret.files(), ["sample.plaso"]);
        case.assert_analyzed("a.plaso", "sample");
    }
}
