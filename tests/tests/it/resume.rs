//! Resuming interrupted runs.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use nix::sys::signal::Signal;
use tests::{Dump, FaultPlan, Finished, Running, Store, foreman, is_gone, wait_until};

use crate::support::{analyze, slow_store};

/// A run in the middle: all tasks are done except one, whose worker waits.
pub(crate) struct Interrupted {
    pub(crate) store: Store,
    pub(crate) bytes: Vec<u8>,
    pub(crate) faults: FaultPlan,
}

impl Interrupted {
    pub(crate) fn new() -> Self {
        let store = Store::of("sample");
        let bytes = store.bytes();
        Self { store, bytes, faults: FaultPlan::new("wait 3000") }
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let run = analyze(&self.store).args(["--workers", "2"]).args(arguments);
        let mut running = self.faults.of_workers(run).start();
        let finished = self.folder().join("finished.jsonl");
        let done = |text: String| (text.lines().count() == 4).then_some(());
        running.until(|_| std::fs::read_to_string(&finished).ok().and_then(done)).expect("it waits");
        running
    }

    pub(crate) fn by(signal: Signal) -> Self {
        Self::with(signal, &[])
    }

    fn with(signal: Signal, arguments: &[&str]) -> Self {
        let this = Self::new();
        this.interrupt(signal, arguments);
        this
    }

    fn interrupt(&self, signal: Signal, arguments: &[&str]) {
        let running = self.start(arguments);
        let workers = running.children();
        running.signal(signal);
        let finished = running.wait();
        match signal {
            Signal::SIGKILL => assert_eq!(finished.signal, Some(Signal::SIGKILL as i32)),
            _ => drop(finished.expect(130)),
        }
        wait_until("the workers are gone", || workers.iter().copied().all(is_gone));
        self.assert_untouched();
    }

    fn folder(&self) -> PathBuf {
        self.store.folder().join("sample.plaso.foreman")
    }

    fn assert_untouched(&self) {
        assert!(self.store.bytes() == self.bytes, "the store has changed");
        assert_eq!(self.store.files(), ["sample.plaso", "sample.plaso.foreman"]);
    }

    /// Resumes the run, which must give the result of an uninterrupted run.
    pub(crate) fn resume(&self) -> Finished {
        let finished = foreman(["analyze", "--resume"]).arg(self.store.path()).succeed();
        self.store.dump().assert_same(&undisturbed());
        assert_eq!(self.store.dump().sessions, undisturbed().sessions);
        assert_eq!(self.store.files(), ["sample.plaso"], "something is left behind");
        finished
    }

    /// Resumes with these arguments, which must be refused.
    fn refuses(&self, arguments: &[&str], message: &str) {
        let resume = foreman(["analyze", "--resume"]).args(arguments).arg(self.store.path());
        let refused = resume.expect(1);
        assert!(refused.stderr.contains(message), "{}", refused.stderr);
        assert!(refused.stderr.contains("foreman clean"), "{}", refused.stderr);
    }
}

pub(crate) fn undisturbed() -> Dump {
    let store = Store::of("sample");
    analyze(&store).succeed();
    store.dump()
}

#[test]
fn after_an_interrupt() {
    let interrupted = Interrupted::by(Signal::SIGINT);
    interrupted.resume();
}

#[test]
fn after_the_death_of_the_foreman() {
    let interrupted = Interrupted::by(Signal::SIGKILL);
    interrupted.resume();
}

/// The tasks that were done are not done again.
#[test]
fn what_was_done_is_not_done_again() {
    let interrupted = Interrupted::by(Signal::SIGKILL);
    // These workers could not do any other task.
    let crash = "crash 500; crash 1500; crash 2500 once; crash 3500; crash 4500";
    let run = foreman(["analyze", "--resume"]).arg(interrupted.store.path());
    let finished = FaultPlan::new(crash).of_workers(run).succeed();
    assert!(finished.stdout.contains(" 1 replaced"), "{}", finished.stdout);
    interrupted.store.dump().assert_same(&undisturbed());
}

#[test]
fn again_and_again() {
    let interrupted = Interrupted::by(Signal::SIGINT);
    for signal in [Signal::SIGKILL, Signal::SIGINT] {
        let run = foreman(["analyze", "--resume", "--workers", "1"]).arg(interrupted.store.path());
        let mut running = interrupted.faults.of_workers(run).start();
        running.until(|running| (!running.children().is_empty()).then_some(())).expect("a worker waits");
        running.signal(signal);
        let _ = running.wait();
        interrupted.assert_untouched();
    }
    interrupted.resume();
}

#[test]
fn not_if_the_store_was_changed() {
    let interrupted = Interrupted::by(Signal::SIGINT);
    interrupted.store.change(
        "INSERT INTO event (_event_data_identifier, timestamp) SELECT _event_data_identifier, timestamp \
         FROM event LIMIT 1",
    );
    let bytes = interrupted.store.bytes();
    interrupted.refuses(&[], "the storage file has changed since then");
    assert!(interrupted.store.bytes() == bytes, "the store has changed");
    assert!(interrupted.folder().exists());
}

/// The workers are told the fingerprint of a file to which nobody has written lately.
#[test]
fn with_a_store_of_yesterday() {
    let interrupted = Interrupted::new();
    let file = std::fs::File::options().write(true).open(interrupted.store.path()).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(24 * 60 * 60)).unwrap();
    interrupted.interrupt(Signal::SIGKILL, &[]);
    interrupted.faults.go_on();
    interrupted.resume();
}

/// Neither change alters the size of the file or the last row number of a table.
#[test]
fn not_if_events_were_changed_or_removed() {
    for change in [
        "UPDATE event SET timestamp = timestamp + 1 WHERE _identifier = 7",
        "DELETE FROM event WHERE _identifier = 7",
    ] {
        let interrupted = Interrupted::by(Signal::SIGINT);
        interrupted.store.change(change);
        let bytes = interrupted.store.bytes();
        interrupted.refuses(&[], "the storage file has changed since then");
        assert!(interrupted.store.bytes() == bytes, "the store has changed");
    }
}

/// Only the time tells of a write outside the parts of a large store that the fingerprint
/// covers.
#[test]
fn not_if_somebody_has_written_to_the_file() {
    let interrupted = Interrupted::by(Signal::SIGKILL);
    std::fs::write(interrupted.store.path(), &interrupted.bytes).unwrap();
    interrupted.refuses(&[], "somebody has written to the storage file since then");
    interrupted.assert_untouched();
}

/// The owner of a file can set the time of a write back.
#[test]
fn not_if_the_owner_has_written_to_the_file_and_set_its_time_back() {
    if !nix::unistd::geteuid().is_root() {
        return tests::places::skipped("only root can give a file to another user");
    }
    let of_nobody = || {
        let new = Interrupted::new();
        std::os::unix::fs::chown(new.store.path(), Some(65_534), None).unwrap();
        new
    };
    let write = |of_nobody: &Interrupted| {
        let modified = of_nobody.store.path().metadata().unwrap().modified().unwrap();
        std::fs::write(of_nobody.store.path(), &of_nobody.bytes).unwrap();
        let file = std::fs::File::options().write(true).open(of_nobody.store.path()).unwrap();
        file.set_modified(modified).unwrap();
    };
    let interrupted = of_nobody();
    interrupted.interrupt(Signal::SIGKILL, &[]);
    write(&interrupted);
    interrupted.refuses(&[], "somebody has written to the storage file since then");
    let disturbed = of_nobody();
    let running = disturbed.start(&[]);
    write(&disturbed);
    disturbed.faults.go_on();
    let said = running.wait().expect(1).stderr;
    assert!(said.contains("was changed by another program during the run"), "{said}");
}

/// A copy of the file that was removed mostly gets its inode.
#[test]
fn with_a_copy_that_was_put_back() {
    let interrupted = Interrupted::by(Signal::SIGKILL);
    let path = interrupted.store.path();
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, &interrupted.bytes).unwrap();
    interrupted.faults.go_on();
    interrupted.resume();
}

/// What was found is about two contents, so a run that notices a write leaves nothing to resume.
#[test]
fn not_if_somebody_has_written_to_the_file_during_the_run() {
    let interrupted = Interrupted::new();
    let running = interrupted.start(&[]);
    std::fs::write(interrupted.store.path(), &interrupted.bytes).unwrap();
    interrupted.faults.go_on();
    let said = running.wait().expect(1).stderr;
    assert!(said.contains("was changed by another program during the run"), "{said}");
    assert!(said.contains("start the analysis again") && !said.contains("--resume"), "{said}");
    assert!(interrupted.store.bytes() == interrupted.bytes, "the store has changed");
    assert_eq!(interrupted.store.files(), ["sample.plaso"], "something is left behind");
}

#[test]
fn not_if_something_else_is_asked_for() {
    let interrupted = Interrupted::by(Signal::SIGINT);
    let rules = tests::places::data("sample-rules.txt");
    let same = ["--analysis", "tagging,sessionize", "--tagging-file", rules.to_str().unwrap()];
    interrupted.refuses(&["--analysis", "sessionize"], "its plugins were tagging,sessionize");
    let pause = [&same[..], &["--maximum-pause", "3"]].concat();
    interrupted.refuses(&pause, "the settings of sessionize, or its files, were different");
    let rules = ["--analysis", "tagging,sessionize", "--tagging-file", "linux"];
    interrupted.refuses(&rules, "the settings of tagging, or its files, were different");
    interrupted.refuses(&["--keep-earlier"], "it was started without --keep-earlier");
    interrupted.refuses(&["--strict-compat"], "it was started without --strict-compat");
    let filter = foreman(["analyze", "--resume"]).args(same).arg(interrupted.store.path());
    let refused = filter.arg("data_type is 'fs:stat'").expect(1);
    assert!(refused.stderr.contains("its filter was empty"), "{}", refused.stderr);
    interrupted.refuses(&["--slice", "2026-09-07T23:17:27"], "its slice was all of the time");
    interrupted.assert_untouched();
    // The same option with the same value is accepted, and an empty filter counts as no filter.
    foreman(["analyze", "--resume"]).args(same).arg(interrupted.store.path()).arg("").succeed();
    interrupted.store.dump().assert_same(&undisturbed());
}

/// Plaso could not show the session.
#[test]
fn not_with_a_record_of_no_session() {
    let interrupted = Interrupted::by(Signal::SIGINT);
    let path = interrupted.folder().join("run.json");
    let record = std::fs::read_to_string(&path).unwrap();
    let json: serde_json::Value = serde_json::from_str(&record).unwrap();
    let (id, start) = (json["run"]["id"].as_str().unwrap(), json["start_time"].to_string());
    for (changed, problem) in [
        (record.replace(id, "../../../x"), "the identifier of its run is not one"),
        (
            record.replace(&start, "-9223372036854775808"),
            "the start of its run is not in the years 1 to 9999",
        ),
    ] {
        assert_ne!(changed, record);
        std::fs::write(&path, changed).unwrap();
        interrupted.refuses(&[], problem);
        interrupted.assert_untouched();
    }
}

/// What is left of them may be rules, too, and give other labels.
#[test]
fn not_with_kept_rules_that_were_changed() {
    let interrupted = Interrupted::by(Signal::SIGINT);
    let kept = interrupted.folder().join("tagging-rules.txt");
    let rules = std::fs::read_to_string(&kept).unwrap();
    let first = rules.find("\n\n").expect("rules of several labels");
    let others = [
        &rules[..first + 1],
        &rules.replace("contains", "iregexp"),
        &format!("{rules}\n# one more\n"),
        "",
        "label\n  no expression\n",
    ];
    for changed in others {
        std::fs::write(&kept, changed).unwrap();
        interrupted.refuses(&[], "the rules or lists that it has kept in ");
        interrupted.assert_untouched();
    }
    std::fs::remove_file(&kept).unwrap();
    interrupted.refuses(&[], "the rules or lists that it has kept in ");
    std::fs::write(&kept, rules).unwrap();
    interrupted.resume();
}

#[test]
fn a_damaged_task_store_is_made_again() {
    let interrupted = Interrupted::by(Signal::SIGKILL);
    let spoil = |task: u32, damage: fn(&mut Vec<u8>)| {
        let path = interrupted.folder().join(format!("task-{task:06}.sqlite"));
        let mut bytes = std::fs::read(&path).unwrap();
        damage(&mut bytes);
        std::fs::write(&path, bytes).unwrap();
    };
    spoil(0, |bytes| bytes.truncate(bytes.len() / 2));
    spoil(1, |bytes| *bytes.last_mut().unwrap() ^= 1);
    spoil(3, Vec::clear);
    interrupted.resume();
}

#[test]
fn a_task_store_that_is_gone_is_made_again() {
    let interrupted = Interrupted::by(Signal::SIGKILL);
    std::fs::remove_file(interrupted.folder().join("task-000001.sqlite")).unwrap();
    // A line that was cut off when the foreman was killed.
    let finished = interrupted.folder().join("finished.jsonl");
    let text = std::fs::read_to_string(&finished).unwrap();
    std::fs::write(&finished, &text[..text.len() - 10]).unwrap();
    interrupted.resume();
}

/// To read a file of this size could take hours. It has no blocks on the disk.
#[test]
fn a_task_store_that_has_grown_is_not_read() {
    let interrupted = Interrupted::by(Signal::SIGKILL);
    let store = interrupted.folder().join("task-000001.sqlite");
    let file = std::fs::File::options().write(true).open(&store).unwrap();
    if file.set_len(1 << 40).is_err() {
        return tests::places::skipped("the file system has no files of a terabyte");
    }
    interrupted.resume();
}

#[test]
fn a_damaged_folder_can_be_discarded() {
    let interrupted = Interrupted::by(Signal::SIGKILL);
    let record = interrupted.folder().join("run.json");
    let text = std::fs::read_to_string(&record).unwrap();
    std::fs::write(&record, &text[..text.len() / 2]).unwrap();
    let refused = foreman(["analyze", "--resume"]).arg(interrupted.store.path()).expect(1);
    assert!(refused.stderr.contains("is damaged"), "{}", refused.stderr);
    interrupted.assert_untouched();
    foreman(["clean"]).arg(interrupted.store.path()).succeed();
    assert_eq!(interrupted.store.files(), ["sample.plaso"]);
}

#[test]
fn a_plain_run_discards_what_was_left() {
    let interrupted = Interrupted::by(Signal::SIGKILL);
    let finished = analyze(&interrupted.store).succeed();
    assert!(finished.stderr.contains("discarding "), "{}", finished.stderr);
    interrupted.store.dump().assert_same(&undisturbed());
    assert_eq!(interrupted.store.files(), ["sample.plaso"], "something is left behind");
}

#[test]
fn clean_says_what_it_removes() {
    let interrupted = Interrupted::by(Signal::SIGINT);
    let folder = interrupted.folder();
    let clean = || foreman(["clean"]).arg(interrupted.store.path()).succeed().stdout;
    assert_eq!(clean(), format!("removed {}\n", folder.display()));
    assert!(interrupted.store.bytes() == interrupted.bytes, "the store has changed");
    assert_eq!(interrupted.store.files(), ["sample.plaso"]);
    assert!(clean().starts_with("no interrupted run has left anything for "));
}

/// A folder that is not from a run stays, whatever the command.
#[test]
fn a_foreign_folder_stays() {
    let store = Store::of("sample");
    let bytes = store.bytes();
    let folder = store.folder().join("sample.plaso.foreman");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("notes.txt"), "mine").unwrap();
    let resume = foreman(["analyze", "--resume"]).arg(store.path());
    for run in [analyze(&store), resume, foreman(["clean"]).arg(store.path())] {
        let refused = run.expect(1);
        assert!(refused.stderr.contains("it is not a folder of an earlier run"), "{}", refused.stderr);
        assert_eq!(std::fs::read_to_string(folder.join("notes.txt")).unwrap(), "mine");
    }
    assert!(store.bytes() == bytes, "the store has changed");
}

/// Earlier results stay if the run began with `--keep-earlier`, even if the resumed run does not
/// name it.
#[test]
fn what_was_to_be_kept_is_kept() {
    let interrupted = Interrupted::new();
    analyze(&interrupted.store).succeed();
    let running = interrupted.start(&["--keep-earlier"]);
    running.signal(Signal::SIGINT);
    running.wait().expect(130);
    foreman(["analyze", "--resume"]).arg(interrupted.store.path()).succeed();
    assert_eq!(interrupted.store.dump().reports.len(), 4);
}

/// At every moment, the store opens unchanged or complete.
#[test]
fn after_a_death_in_the_merge() {
    let whole = slow_store();
    let original = whole.bytes();
    analyze(&whole).succeed();
    for moment in 0..6 {
        let store = Store::with_bytes(&original);
        let journal = store.folder().join("case.plaso-journal");
        // A journal that is not empty means that the change is being completed.
        let least = if moment % 2 == 0 { 0 } else { 1 };
        let mut running = analyze(&store).start();
        let merging = |_: &Running| {
            std::fs::metadata(&journal).is_ok_and(|journal| journal.len() >= least).then_some(())
        };
        if running.until(merging).is_some() {
            std::thread::sleep(std::time::Duration::from_millis(moment / 2 * 5));
            running.signal(Signal::SIGKILL);
        }
        let _ = running.wait();
        let found = Dump::of(&rusqlite::Connection::open(store.path()).unwrap());
        if found.sessions == 0 {
            assert!(store.bytes() == original, "the store is neither as it was nor complete");
            foreman(["analyze", "--resume"]).arg(store.path()).succeed();
        } else {
            found.assert_same(&whole.dump());
            foreman(["clean"]).arg(store.path()).succeed();
        }
        store.dump().assert_same(&whole.dump());
        assert_eq!(store.files(), ["case.plaso"], "something is left behind");
    }
}

/// With --force, and by psort, results are stored even if no event matches the filter.
#[test]
fn results_of_no_event_are_stored_after_an_interruption_too() {
    let rules = tests::places::data("sample-rules.txt");
    for program in [&["analyze", "--force"][..], &["psort", "-o", "null"]] {
        let store = Store::of("sample");
        let before = store.dump().sessions;
        let run = foreman(program).args(["--analysis", "tagging,sessionize", "--workers", "2"]);
        let run = run.arg("--tagging-file").arg(&rules).arg(store.path()).arg("reporter is 'nothing'");
        let faults = FaultPlan::new("wait 3000");
        let mut running = faults.of_all_foremen(run.current_dir(store.folder())).start();
        let finished = store.folder().join("sample.plaso.foreman/finished.jsonl");
        let has_task = |text: String| text.contains('\n').then_some(());
        running.until(|_| std::fs::read_to_string(&finished).ok().and_then(has_task)).expect("it waits");
        running.signal(Signal::SIGKILL);
        let _ = running.wait();
        foreman(["analyze", "--resume"]).arg(store.path()).succeed();
        assert_eq!(store.dump().sessions, before + 1, "{program:?}");
    }
}
