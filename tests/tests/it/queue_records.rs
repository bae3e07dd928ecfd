//! What a run over many storage files knows of them after an interruption, and which files it
//! names.

use std::collections::BTreeSet;
use std::fs::DirBuilder;
use std::os::unix::fs::{DirBuilderExt as _, symlink};

use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use tests::power_cut::journal_of;
use tests::{FaultPlan, Store, foreman, places, wait_until};

use crate::many_stores::{Case, outcomes, sorted};
use crate::shards_refused::copy_folder;
use crate::support::waiting;

/// A store that cannot be read keeps the record of the queue.
fn with_a_broken_store() -> Case {
    let case = Case::new(&[("a.plaso", "sample"), ("b.plaso", "sample")]);
    std::fs::write(case.store("none.plaso"), "").unwrap();
    case
}

#[test]
fn a_store_that_was_replaced_is_analysed_again() {
    let case = with_a_broken_store();
    case.analyze().arg(case.folder()).expect(3);
    std::fs::copy(Store::of("chrome").path(), case.store("a.plaso")).unwrap();
    let resumed = case.analyze().arg("--resume").arg(case.folder()).expect(3);
    assert!(resumed.stderr.contains("a.plaso is analysed again: it was changed or replaced"), "{resumed:?}");
    assert!(resumed.stdout.contains("done             2, 1 of them before"), "{}", resumed.stdout);
    assert_eq!(sorted(case.outcomes()), outcomes(&[("a.plaso", "done"), ("none.plaso", "failed")]));
    case.assert_analyzed("a.plaso", "chrome");
    case.assert_analyzed("b.plaso", "sample");
}

/// As if the process had been killed while it removed the record: then all files are done.
#[test]
fn a_record_that_was_being_removed_is_that_of_no_run() {
    let case = with_a_broken_store();
    case.analyze().arg(case.folder()).expect(3);
    std::fs::remove_file(case.store("case.foreman").join("done.jsonl")).unwrap();
    let refused = case.analyze().arg("--resume").arg(case.folder()).expect(1);
    assert!(refused.stderr.contains("there is no interrupted run of"), "{refused:?}");
    assert!(!case.store("case.foreman").exists());
}

/// What is done cannot be read: that does not mean that nothing was done.
#[test]
fn a_record_that_cannot_be_read_stays() {
    let case = with_a_broken_store();
    case.analyze().arg(case.folder()).expect(3);
    let done = case.store("case.foreman").join("done.jsonl");
    let away = case.store("case.foreman").with_file_name("away");
    std::fs::rename(&done, &away).unwrap();
    std::fs::create_dir(&done).unwrap();
    let refused = case.analyze().arg("--resume").arg(case.folder()).expect(1);
    assert!(
        refused.stderr.contains("done.jsonl, which tells what the interrupted run has done"),
        "{refused:?}"
    );
    assert!(!refused.stderr.contains("there is no interrupted run"), "{refused:?}");
    std::fs::remove_dir(&done).unwrap();
    std::fs::rename(&away, &done).unwrap();
    let resumed = case.analyze().arg("--resume").arg(case.folder()).expect(3);
    assert!(resumed.stdout.contains("done             2, 2 of them before"), "{}", resumed.stdout);
}

/// A new run does not take the record apart in which a user has put a file.
#[test]
fn a_record_with_notes_stays_whole() {
    let case = with_a_broken_store();
    case.analyze().arg(case.folder()).expect(3);
    let record = case.store("case.foreman");
    std::fs::write(record.join("notes.txt"), "mine").unwrap();
    let files = || {
        let files = std::fs::read_dir(&record).unwrap();
        files.map(|file| file.unwrap().file_name()).collect::<BTreeSet<_>>()
    };
    let before = files();
    let refused = case.analyze().arg(case.folder()).expect(1);
    assert!(refused.stderr.contains("files that foreman did not make"), "{refused:?}");
    assert_eq!(files(), before);
    std::fs::remove_file(record.join("notes.txt")).unwrap();
    case.analyze().arg("--resume").arg(case.folder()).expect(3);
}

/// A case may be moved to another place before the rest is done.
#[test]
fn a_folder_that_was_renamed_is_resumed() {
    let case = with_a_broken_store();
    case.analyze().arg(case.folder()).expect(3);
    let moved = case.place.path().join("moved");
    std::fs::rename(case.folder(), &moved).unwrap();
    let resumed = case.analyze().arg("--resume").arg(&moved).expect(3);
    assert!(resumed.stdout.contains("done             2, 2 of them before"), "{}", resumed.stdout);
    assert!(!resumed.stderr.contains("analysed again"), "{}", resumed.stderr);
}

/// The run over one of its files was interrupted, too.
#[test]
fn a_folder_that_was_renamed_in_the_middle_of_a_run_is_resumed() {
    let case = Case::new(&[("a.plaso", "sample"), ("b.plaso", "chrome")]);
    let run = case.analyze().arg(case.folder());
    let running = waiting(&FaultPlan::new("wait 2500"), run, &case.store("a.plaso.foreman"));
    running.signal(Signal::SIGINT);
    running.wait().expect(130);
    let [copy, moved] = ["copy", "moved"].map(|name| case.place.path().join(name));
    std::fs::create_dir(&copy).unwrap();
    std::fs::copy(case.store("a.plaso"), copy.join("a.plaso")).unwrap();
    copy_folder(&case.store("a.plaso.foreman"), &copy.join("a.plaso.foreman"));
    std::fs::rename(case.folder(), &moved).unwrap();
    // Only the very file is resumed somewhere else.
    let refused = foreman(["analyze", "--resume"]).arg(copy.join("a.plaso")).expect(1);
    let old = case.folder().canonicalize().unwrap_or(case.folder());
    assert!(refused.stderr.contains(&format!("it belongs to {}/a.plaso", old.display())), "{refused:?}");

    let resumed = case.analyze().arg("--resume").arg(&moved).succeed();
    assert!(resumed.stderr.contains("tasks are done"), "{resumed:?}");
    assert!(resumed.stderr.contains("was renamed or moved since the run began"), "{resumed:?}");
    std::fs::rename(&moved, case.folder()).unwrap();
    assert_eq!(case.files(), ["a.plaso", "b.plaso"]);
    case.assert_analyzed("a.plaso", "sample");
    case.assert_analyzed("b.plaso", "chrome");
}

/// A file that was moved away does not go unnoticed, and neither does what was done of it.
#[test]
fn a_store_that_was_moved_away_is_named() {
    let case = Case::new(&[("a.plaso", "sample"), ("b.plaso", "chrome")]);
    let run = case.analyze().arg(case.folder());
    let running = waiting(&FaultPlan::new("wait 2500"), run, &case.store("a.plaso.foreman"));
    running.signal(Signal::SIGINT);
    running.wait().expect(130);
    let elsewhere = case.place.path().join("a.plaso");
    std::fs::rename(case.store("a.plaso"), &elsewhere).unwrap();
    let resumed = case.analyze().arg("--resume").arg(case.folder()).succeed().stderr;
    assert!(resumed.contains("a.plaso is left out: the interrupted run had begun with it"), "{resumed}");
    std::fs::rename(&elsewhere, case.store("a.plaso")).unwrap();
    foreman(["analyze", "--resume"]).arg(case.store("a.plaso")).succeed();
    assert_eq!(case.files(), ["a.plaso", "b.plaso"]);
}

/// The journal of a run is lost, and its record is in a folder that is not given again.
#[test]
fn a_store_with_a_part_of_its_results_is_not_done() {
    let mut with_session = 0;
    for number in 1..9 {
        let case = Case::new(&[("a.plaso", "sample")]);
        let rules = |name: &str, text: &str| {
            std::fs::write(case.place.path().join(name), text).unwrap();
            case.place.path().join(name)
        };
        let first = rules("first.txt", "first_label\n  reporter is 'sshd'\n");
        let second = rules("second.txt", "attack\n  pid is 12239 and reporter is 'sshd'\n");
        let run = |rules| foreman(["analyze", "--analysis", "tagging", "--tagging-file"]).arg(rules);
        run(&first).arg(case.folder()).succeed();
        let (store, temporary) = (case.store("a.plaso"), case.place.path().join("temporary"));
        std::fs::create_dir(&temporary).unwrap();
        let killed = run(&second).arg(case.folder()).arg("--temporary-directory").arg(&temporary);
        let Some(faulty) = killed.on_faulty_disk(&store, &format!("write-kill {number}")) else { return };
        if faulty.run().signal != Some(9) {
            // The change takes fewer writes.
            break;
        }
        std::fs::remove_file(journal_of(&store)).unwrap();
        let resumed = run(&second).arg("--resume").arg(case.folder()).run();
        let is_refused = resumed.stderr.contains("a.plaso has only a part of the results");
        assert!(!resumed.stdout.contains("of them before"), "{number}: {resumed:?}");
        assert!(!is_refused || resumed.status == Some(1), "{number}: {resumed:?}");
        with_session += usize::from(is_refused);
    }
    assert!(with_session > 0, "no kill came after the session was written");
}

/// The command that is shown also does the files that were not begun.
#[test]
fn an_aborted_run_shows_the_command_for_all_files() {
    let case = Case::new(&[("a.plaso", "sample"), ("b.plaso", "sample")]);
    let run = case.analyze().arg(case.folder()).arg("data_type is not 'no such'");
    let running = waiting(&FaultPlan::new("wait 2500"), run, &case.store("a.plaso.foreman"));
    running.signal(Signal::SIGINT);
    let said = running.wait().expect(130).stderr;
    assert_eq!(said.matches("foreman analyze --resume").count(), 1, "{said}");
    let command = said.lines().find(|line| line.contains("foreman analyze --resume")).unwrap();
    // The worker of this run has a fault.
    let (command, _) = command.split_once(" --worker ").unwrap();
    let foreman = format!("&& '{}' analyze", places::program("foreman").display());
    let line = command.replacen("&& foreman analyze", &foreman, 1);
    let resumed = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
    assert!(resumed.status.success(), "{line}: {resumed:?}");
    assert_eq!(sorted(case.outcomes()), outcomes(&[("a.plaso", "done"), ("b.plaso", "done")]));
    assert_eq!(case.files(), ["a.plaso", "b.plaso"]);
}

/// The commands that are shown work in another folder, and without the variables of the environment
/// that decide where the run is.
#[test]
fn an_aborted_run_shows_commands_for_other_shells() {
    for ends_with in [None, Some("clean")] {
        let case = Case::new(&[("a.plaso", "sample"), ("b.plaso", "sample")]);
        let (place, temporary) = (case.place.path(), case.place.path().join("run files"));
        std::fs::create_dir(&temporary).unwrap();
        let run = case.analyze().arg("case").current_dir(place);
        let run = run.env("FOREMAN_TEMPORARY_DIRECTORY", "run files").env("FOREMAN_WORKER_TIMEOUT", "7");
        let faults = FaultPlan::new("wait 2500");
        let mut running = faults.of_workers(run).start();
        let has_task = || {
            let folder = std::fs::read_dir(&temporary).ok()?.next()?.ok()?.path();
            let finished = std::fs::read_to_string(folder.join("finished.jsonl")).ok()?;
            finished.contains('\n').then_some(())
        };
        running.until(|_| has_task()).expect("it waits");
        running.signal(Signal::SIGINT);
        let said = running.wait().expect(130).stderr;
        assert!(said.contains(" --worker-timeout 7 "), "{said}");
        let command = |name: &str| said.lines().find(|line| line.contains(name)).unwrap().trim();
        let line = match ends_with {
            // The worker of this run has a fault.
            None => command("foreman analyze --resume").split_once(" --worker ").unwrap().0,
            Some(_) => command("foreman clean "),
        };
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", line]).current_dir("/").env("PATH", tests::path_with_foreman());
        let ended = shell.output().unwrap();
        assert!(ended.status.success(), "{line}: {ended:?}");
        assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0, "{line}: {ended:?}");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(said.contains("tasks are done"), ends_with.is_none(), "{said}");
        assert_eq!(case.files(), ["a.plaso", "b.plaso"]);
    }
}

#[test]
fn cleaning_up_a_folder() {
    let case = Case::new(&[("a.plaso", "sample"), ("b.plaso", "sample")]);
    let running = waiting(
        &FaultPlan::new("wait 2500"),
        case.analyze().arg(case.folder()),
        &case.store("a.plaso.foreman"),
    );
    let active = foreman(["clean"]).arg(case.folder()).expect(1);
    assert!(active.stderr.contains("belongs to a run that is still active"), "{}", active.stderr);
    running.signal(Signal::SIGINT);
    running.wait().expect(130);
    assert!(case.files().contains(&"a.plaso.foreman".to_owned()), "{:?}", case.files());
    let cleaned = foreman(["clean"]).arg(case.folder()).succeed();
    assert!(cleaned.stdout.contains("a.plaso.foreman\n"), "{}", cleaned.stdout);
    assert!(
        cleaned.stdout.ends_with("case.foreman, the record of the run over this folder\n"),
        "{}",
        cleaned.stdout
    );
    assert_eq!(case.files(), ["a.plaso", "b.plaso"]);
    let nothing = foreman(["clean"]).arg(case.folder()).succeed();
    assert!(nothing.stdout.contains("no interrupted run has left anything for"), "{}", nothing.stdout);
}

/// The run of one file cannot be discarded: that of the other one and the record can.
#[test]
fn notes_in_one_folder_do_not_stop_the_cleaning_of_others() {
    let case = Case::new(&[("a.plaso", "sample"), ("b.plaso", "sample")]);
    let run = case.analyze().arg(case.folder());
    let running = waiting(&FaultPlan::new("wait 2500"), run, &case.store("a.plaso.foreman"));
    running.signal(Signal::SIGINT);
    running.wait().expect(130);
    let run = foreman(["analyze"]).args(&case.options).arg(case.store("b.plaso"));
    let running = waiting(&FaultPlan::new("wait 2500"), run, &case.store("b.plaso.foreman"));
    running.signal(Signal::SIGINT);
    running.wait().expect(130);
    let notes = case.store("a.plaso.foreman").join("notes.txt");
    std::fs::write(&notes, "mine").unwrap();
    let cleaned = foreman(["clean"]).arg(case.folder()).expect(1);
    assert!(cleaned.stderr.contains("a.plaso.foreman was not removed"), "{}", cleaned.stderr);
    assert!(cleaned.stdout.contains("b.plaso.foreman\n"), "{}", cleaned.stdout);
    assert!(!cleaned.stdout.contains("no interrupted run"), "{}", cleaned.stdout);
    assert_eq!(case.files(), ["a.plaso", "a.plaso.foreman", "b.plaso"]);
    std::fs::remove_file(&notes).unwrap();
    // The folder still has all that resumes the run.
    foreman(["analyze", "--resume"]).arg(case.store("a.plaso")).succeed();
    assert_eq!(case.files(), ["a.plaso", "b.plaso"]);
}

/// What `clean` of a folder cannot discard, it names.
#[test]
fn cleaning_up_a_folder_whose_file_was_renamed() {
    let case = Case::new(&[("a.plaso", "sample")]);
    let run = foreman(["analyze"]).args(&case.options).arg(case.store("a.plaso"));
    let running = waiting(&FaultPlan::new("wait 2500"), run, &case.store("a.plaso.foreman"));
    running.signal(Signal::SIGINT);
    running.wait().expect(130);
    std::fs::rename(case.store("a.plaso"), case.store("b.plaso")).unwrap();
    let cleaned = foreman(["clean"]).arg(case.folder()).expect(3);
    let said = cleaned.stderr;
    let folder = case.store("a.plaso.foreman").canonicalize().unwrap();
    assert!(said.contains(&format!("{} was not removed", folder.display())), "{said}");
    assert!(said.contains("/a.plaso has left it") && said.contains("  foreman clean '"), "{said}");
    assert!(said.contains(&format!("  rm -r '{}'", folder.display())), "{said}");
    assert_eq!(cleaned.stdout, "");
    assert_eq!(case.files(), ["a.plaso.foreman", "b.plaso"]);
    std::fs::rename(case.store("b.plaso"), case.store("a.plaso")).unwrap();
    foreman(["clean"]).arg(case.folder()).succeed();
    assert_eq!(case.files(), ["a.plaso"]);
}

#[test]
fn cleaning_up_a_folder_after_a_killed_export() {
    let case = Case::new(&[("a.plaso", "sample")]);
    let faults = FaultPlan::new("wait any once");
    let run = foreman(["export", "--workers", "1", "--output"]).arg(case.store("out.csv"));
    let mut running = faults.of_workers(run.arg(case.store("a.plaso"))).start();
    running.until(|_| faults.waiting()).expect("a worker waits");
    running.signal(Signal::SIGKILL);
    assert_eq!(running.wait().signal, Some(Signal::SIGKILL as i32));
    assert!(case.files().iter().any(|name| name.starts_with("foreman-export-")), "{:?}", case.files());
    let said = foreman(["clean"]).arg(case.folder()).succeed().stdout;
    assert!(said.contains("removed the folder of a killed dry run or export from"), "{said}");
    assert!(!said.contains("no interrupted run"), "{said}");
    assert_eq!(case.files(), ["a.plaso"]);
}

/// A full disk can cut a line of the record off within a character. The next line is another one.
#[test]
fn a_record_that_is_cut_within_a_character() {
    let case = Case::new(&[("a.plaso", "sample"), ("é.plaso", "sample")]);
    std::fs::write(case.store("zz.plaso"), "").unwrap();
    case.analyze().arg(case.folder()).expect(3);
    let record = case.folder().join("case.foreman/done.jsonl");
    let written = std::fs::read(&record).unwrap();
    let within = written.iter().rposition(|byte| *byte == 0xc3).unwrap() + 1;
    std::fs::write(&record, &written[..within]).unwrap();
    // The line before it says which run was about to store its results, and the file has them. What
    // is written behind the cut line is read.
    for _ in 0..2 {
        let resumed = case.analyze().arg("--resume").arg(case.folder()).expect(3);
        assert!(resumed.stdout.contains("done             2, 2 of them before"), "{resumed:?}");
        let said = std::fs::read(&record).unwrap();
        let lines = said.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
        assert_eq!(lines, 7, "two files have three lines each, and one of these was written again");
    }
}

/// As after a kill when the folder of a run was made, and its record was not.
#[test]
fn a_run_that_had_done_nothing_is_begun_anew() {
    let signature = "{\n  \"format\": \"foreman run 1\"";
    for record in [None, Some(""), Some(signature)] {
        let case = with_a_broken_store();
        case.analyze().arg(case.folder()).expect(3);
        std::fs::copy(Store::of("sample").path(), case.store("c.plaso")).unwrap();
        let folder = case.folder().join("c.plaso.foreman");
        DirBuilder::new().mode(0o700).create(&folder).unwrap();
        if let Some(record) = record {
            std::fs::write(folder.join("run.json"), record).unwrap();
        }
        let resumed = case.analyze().arg("--resume").arg(case.folder()).expect(3);
        assert!(resumed.stdout.contains("done             3, 2 of them before"), "{record:?}: {resumed:?}");
        case.assert_analyzed("c.plaso", "sample");
    }
}

/// As after a kill when the record of a queue was made or removed: all files of such a queue are
/// done, or none is begun.
#[test]
fn a_folder_without_a_record_is_removed() {
    for record in [None, Some(""), Some("{\n  \"format\": \"foreman case 1\"")] {
        let case = Case::new(&[("a.plaso", "sample")]);
        let folder = case.folder().join("case.foreman");
        DirBuilder::new().mode(0o700).create(&folder).unwrap();
        if let Some(record) = record {
            std::fs::write(folder.join("case.json"), record).unwrap();
        }
        let said = case.analyze().arg("--resume").arg(case.folder()).expect(1).stderr;
        assert!(said.contains("there is no interrupted run of"), "{said}");
        assert_eq!(case.files(), ["a.plaso"]);
    }
}

/// A run over one file may have had a filter, which the others of the queue have not.
#[test]
fn an_interrupted_run_of_another_kind_is_not_taken_over() {
    for (option, expected) in [
        ("reporter is 'cron'", "its filter was reporter is 'cron'"),
        ("--slice=2026-09-08T02:15:22", "its slice was "),
        ("--strict-compat", "it was started with --strict-compat"),
        ("--keep-earlier", "it was started with --keep-earlier"),
    ] {
        let case = with_a_broken_store();
        case.analyze().arg(case.folder()).expect(3);
        let other = case.store("c.plaso");
        std::fs::copy(Store::of("sample").path(), &other).unwrap();
        let faults = FaultPlan::new("wait 3000 once");
        let mut running = faults.of_workers(case.analyze().arg(&other).arg(option)).start();
        running.until(|_| faults.waiting()).expect("it waits");
        running.signal(Signal::SIGKILL);
        assert_eq!(running.wait().signal, Some(9));
        let resumed = case.analyze().arg("--resume").arg(case.folder()).expect(3);
        assert!(resumed.stderr.contains(expected), "{option}: {resumed:?}");
        assert!(resumed.stdout.contains("done             2, 2 of them before"), "{option}: {resumed:?}");
        foreman(["clean"]).arg(&other).succeed();
        case.analyze().arg("--resume").arg(case.folder()).expect(3);
        case.assert_analyzed("c.plaso", "sample");
    }
}

/// As after a kill between the commit and the line that says so: at any moment while the folder of
/// the run is removed. The rules that the run has kept are removed early, and its record last.
#[test]
fn a_store_with_all_results_is_done() {
    let case = with_a_broken_store();
    let faults = FaultPlan::new("wait 3000");
    let mut running = faults.of_workers(case.analyze().arg(case.folder())).start();
    let folder = case.folder().join("a.plaso.foreman");
    running.until(|_| folder.join("finished.jsonl").exists().then_some(())).expect("it waits");
    running.signal(Signal::SIGKILL);
    assert_eq!(running.wait().signal, Some(9));
    let kept = case.place.path().join("kept");
    copy_folder(&folder, &kept);
    case.analyze().arg("--resume").arg(case.folder()).expect(3);
    let analyzed = std::fs::read(case.store("a.plaso")).unwrap();
    let record = case.folder().join("case.foreman/done.jsonl");
    let lines = std::fs::read_to_string(&record).unwrap();
    let without = |what: &[&str]| {
        let is_of = |line: &&str| line.contains("a.plaso") && what.iter().any(|what| line.contains(what));
        lines.split_inclusive('\n').filter(|line| !is_of(line)).collect::<String>()
    };
    let killed = |lines: &str, files: Option<&[&str]>| {
        std::fs::write(&record, lines).unwrap();
        let Some(files) = files else { return };
        DirBuilder::new().mode(0o700).create(&folder).unwrap();
        for file in files {
            std::fs::copy(kept.join(file), folder.join(file)).unwrap();
        }
    };
    let assert_done = |state: &str| {
        for _ in 0..2 {
            let resumed = case.analyze().arg("--resume").arg(case.folder()).expect(3);
            let said = &resumed.stdout;
            assert!(said.contains("done             2, 2 of them before"), "{state}: {resumed:?}");
            assert_eq!(case.outcomes(), outcomes(&[("none.plaso", "failed")]), "{state}");
            assert_eq!(case.files(), ["a.plaso", "b.plaso", "case.foreman", "none.plaso"], "{state}");
        }
        assert!(std::fs::read(case.store("a.plaso")).unwrap() == analyzed, "{state}");
    };
    let rules = kept.read_dir().unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let rules = rules.filter(|name| name.contains("tag")).collect::<Vec<_>>();
    assert_eq!(rules.len(), 1, "the run keeps its rules");
    let whole = ["run.json", "finished.jsonl", &rules[0]];

    // Another analysis is not done.
    killed(&lines, Some(&whole));
    let other = ["--analysis", "tagging", "--tagging-file", &case.options[3]];
    let refused = foreman(["analyze", "--resume"]).args(other).arg(case.store("a.plaso")).expect(1);
    assert!(refused.stderr.contains("has stored all its results"), "{}", refused.stderr);
    std::fs::remove_dir_all(&folder).unwrap();

    let not_done = without(&["content"]);
    for files in [Some(&whole[..]), Some(&whole[..2]), Some(&whole[..1]), Some(&[]), None] {
        killed(&not_done, files);
        assert_done(&format!("{files:?}"));
    }
    // The run was resumed by a command for this file alone, which does not know of the queue.
    let only_begun = without(&["content", "is_incomplete"]);
    for files in [&whole[..], &whole[..1]] {
        killed(&only_begun, Some(files));
        assert_done(&format!("alone, {files:?}"));
    }

    // Another run may have replaced the results.
    killed(&not_done, None);
    foreman(["analyze", "--analysis", "sessionize"]).arg(case.store("a.plaso")).succeed();
    let resumed = case.analyze().arg("--resume").arg(case.folder()).expect(3);
    assert!(resumed.stdout.contains("done             2, 1 of them before"), "{resumed:?}");
}

/// A link whose file is not there may stand for evidence that somebody forgot to copy.
#[test]
fn what_is_no_file_is_named() {
    let case = Case::new(&[("a.plaso", "sample"), ("d.PLASO", "sample")]);
    symlink("nowhere", case.store("c.plaso")).unwrap();
    nix::unistd::mkfifo(&case.store("e.plaso"), Mode::S_IRWXU).unwrap();
    let finished = case.analyze().arg(case.folder()).expect(3);
    let found = [("a.plaso", "done"), ("c.plaso", "failed"), ("d.PLASO", "done"), ("e.plaso", "failed")];
    assert_eq!(sorted(case.outcomes()), outcomes(&found));
    let reported = foreman(["report"]).arg(case.folder()).expect(3);
    for said in [finished.stderr, reported.stderr] {
        assert!(said.contains("/c.plaso: No such file or directory"), "{said}");
        assert!(said.contains("/e.plaso: it is no regular file"), "{said}");
    }
    for name in ["a.plaso", "d.PLASO"] {
        case.assert_analyzed(name, "sample");
        assert!(reported.stdout.contains(name), "{}", reported.stdout);
    }
}

/// The folder of the run over `case` has the name of the record of the folder in which it is. Each
/// kind is recognised, and nobody is told to move away what may be needed.
#[test]
fn a_record_and_a_run_of_the_same_name() {
    let case = with_a_broken_store();
    std::fs::copy(Store::of("sample").path(), case.store("case")).unwrap();
    case.analyze().arg(case.folder()).expect(3);
    let record = case.folder().join("case.foreman");
    assert!(record.join("case.json").exists());
    for run in [case.analyze().arg(case.store("case")), foreman(["clean"]).arg(case.store("case"))] {
        let said = run.expect(1).stderr;
        assert!(said.contains("it says which files a run over several storage files has done"), "{said}");
        assert!(said.contains("--resume") && said.contains("give the storage file another name"), "{said}");
        assert!(!said.contains("move it away"), "{said}");
    }
    assert!(record.join("case.json").exists());

    std::fs::remove_dir_all(&record).unwrap();
    let faults = FaultPlan::new("wait 3000");
    let mut running = faults.of_workers(case.analyze().arg(case.store("case"))).start();
    running.until(|_| record.join("finished.jsonl").exists().then_some(())).expect("it waits");
    running.signal(Signal::SIGKILL);
    assert_eq!(running.wait().signal, Some(9));
    for more in [&[][..], &["--resume"]] {
        let said = case.analyze().args(more).arg(case.folder()).expect(1).stderr;
        assert!(said.contains("it is the folder of a run over one storage file"), "{said}");
        let store = case.store("case").display().to_string();
        for command in ["foreman analyze --resume", "foreman clean"] {
            assert!(said.lines().any(|line| line == format!("  {command} '{store}'")), "{said}");
        }
        assert!(said.contains("do not move it away"), "{said}");
    }
    foreman(["analyze", "--resume"]).arg(case.store("case")).succeed();
    case.assert_analyzed("case", "sample");
    case.analyze().arg(case.folder()).expect(3);
}

/// The rules of a queue are changed between two of its files: no two files have results of
/// different rules, and the change is named.
#[test]
fn rules_that_are_changed_between_two_files() {
    let case = Case::new(&[("a.plaso", "sample"), ("b.plaso", "sample")]);
    let faults = FaultPlan::new("wait 3000 once");
    let mut running = faults.of_workers(case.analyze().arg(case.folder())).start();
    running.until(|_| faults.waiting()).expect("it waits");
    let rules = std::path::Path::new(&case.options[3]);
    let text = std::fs::read_to_string(rules).unwrap();
    std::fs::write(rules, "new_label\n  data_type is 'fs:stat'\n").unwrap();
    faults.go_on();
    let stopped = running.wait().expect(3);
    assert_eq!(case.outcomes(), outcomes(&[("a.plaso", "done"), ("b.plaso", "failed")]));
    assert!(stopped.stderr.contains(&case.options[3]), "{stopped:?}");
    assert!(stopped.stderr.contains("were changed since this run over several"), "{stopped:?}");
    assert_eq!(case.files(), ["a.plaso", "b.plaso", "case.foreman"]);
    std::fs::write(rules, text).unwrap();
    case.analyze().arg("--resume").arg(case.folder()).succeed();
    for name in ["a.plaso", "b.plaso"] {
        case.assert_analyzed(name, "sample");
    }
}

/// Nobody reads the summary of a file, and meanwhile the file is replaced: what has its name now
/// was not analysed.
#[test]
fn a_store_that_is_replaced_while_its_summary_waits() {
    let case = with_a_broken_store();
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    // A pipe holds so many bytes.
    std::io::Write::write_all(&mut writer, &[b' '; 65_536]).unwrap();
    let mut run = std::process::Command::new(places::program("foreman"));
    run.arg("analyze").args(&case.options).arg(case.folder());
    let mut running = run.stdout(writer).stderr(std::process::Stdio::null()).spawn().unwrap();
    drop(run);
    let is_stored = || {
        let stored = rusqlite::Connection::open(case.store("a.plaso")).unwrap();
        let sql = "SELECT count(*) FROM session WHERE product_name = 'foreman'";
        stored.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() > 0
    };
    let folder = case.folder().join("a.plaso.foreman");
    wait_until("a.plaso is done", || is_stored() && !folder.exists());
    let new = case.place.path().join("new");
    std::fs::copy(Store::of("chrome").path(), &new).unwrap();
    std::fs::rename(&new, case.store("a.plaso")).unwrap();
    std::io::copy(&mut reader, &mut std::io::sink()).unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(3));
    let resumed = case.analyze().arg("--resume").arg(case.folder()).expect(3);
    assert!(resumed.stderr.contains("a.plaso is analysed again: it was changed or replaced"), "{resumed:?}");
    case.assert_analyzed("a.plaso", "chrome");
}
