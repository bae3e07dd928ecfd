//! Results of shards that are not what was planned: none is merged, and the store stays as it is.

use std::fs::Permissions;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, lchown, symlink};
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::random::Random;
use tests::{FaultPlan, Running, Store, foreman, is_gone, places, wait_until, worker};

use crate::shards::{Planned, assert_same, json, options};

impl Planned {
    /// The sample with all shards done.
    fn done() -> Self {
        let planned = Self::sample();
        planned.work_on_all();
        planned
    }

    /// The first task store of the middle shard.
    fn task_store(&self) -> PathBuf {
        self.shard(1).join("task-000002.sqlite")
    }

    /// The copy of the rules beside the plan.
    fn rules(&self) -> PathBuf {
        let plan = json(&self.folder().join("plan.json"));
        self.folder().join(plan["run"]["plugins"][0]["tagging_file"].as_str().unwrap())
    }

    /// Changes the record of the middle shard.
    fn change_record(&self, change: impl FnOnce(&mut Value)) {
        let path = self.shard(1).join("shard.json");
        let mut record = json(&path);
        change(&mut record);
        std::fs::write(path, serde_json::to_vec(&record).unwrap()).unwrap();
    }

    /// Makes the record fit the task store, as one who wants it to be merged would.
    fn renew_digest(&self) {
        let file = std::fs::File::open(self.task_store()).unwrap();
        let size = file.metadata().unwrap().len();
        let sha256 = files::sha256(file).unwrap();
        self.change_record(|record| {
            record["tasks"][0]["size"] = size.into();
            record["tasks"][0]["sha256"] = sha256.into();
        });
    }

    /// Puts the result of another task in the place of the middle shard's first.
    fn replace(&self, change: impl FnOnce(&mut Value)) {
        let plan = json(&self.folder().join("plan.json"));
        let mut run = plan["run"].clone();
        run["plugins"][0]["tagging_file"] = self.rules().to_str().unwrap().into();
        let mut task = json!({
            "run": run, "task": 2, "step": {"map": plan["tasks"][2]}, "output": self.task_store(),
        });
        change(&mut task);
        worker(["run", "--task", "-"]).standard_input(&task.to_string()).succeed();
        self.renew_digest();
    }

    fn change_task_store(&self, sql: &str) {
        Connection::open(self.task_store()).unwrap().execute_batch(sql).unwrap();
    }
}

/// Copies the files of a folder to a new one, which only its owner may enter.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().mode(0o700).create(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

#[test]
fn results_that_are_lost_or_there_twice() {
    let planned = Planned::done();
    std::fs::remove_file(planned.task_store()).unwrap();
    planned.refuses(1, "the result of shard 1 in ");
    planned.refuses(1, "task-000002.sqlite: it is missing; move it away, and do the shard again");

    let planned = Planned::done();
    std::fs::remove_dir_all(planned.shard(1)).unwrap();
    planned.refuses(1, "1 of 3 shards of the plan are missing: 1; nothing was merged");
    copy_folder(&planned.shard(0), &planned.shard(1));
    planned.refuses(1, "it is the result of shard 0");

    let other = planned.elsewhere("other");
    std::fs::create_dir(&other).unwrap();
    copy_folder(&planned.shard(0), &other.join("shard-000000"));
    let (bytes, merge) = (planned.store.bytes(), planned.merge());
    let refused = merge.arg("--from").arg(planned.folder()).arg("--from").arg(&other).expect(1);
    assert!(refused.stderr.contains("there are two results of shard 0"), "{}", refused.stderr);
    assert!(planned.store.bytes() == bytes, "the store has changed");
}

#[test]
fn results_that_are_damaged_or_changed() {
    let planned = Planned::done();
    let mut bytes = std::fs::read(planned.task_store()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(planned.task_store(), bytes).unwrap();
    planned.refuses(1, "task-000002.sqlite: it is damaged or was changed");
    let again = planned.work(1).expect(2);
    assert!(again.stderr.contains("it is damaged or was changed"), "{}", again.stderr);

    let planned = Planned::done();
    planned.change_task_store("UPDATE plugin SET name = 'other' WHERE position = 0");
    planned.refuses(1, "task-000002.sqlite: it is damaged or was changed");

    // To read it would take minutes, and a copy fill the disk.
    let planned = Planned::done();
    std::fs::File::options().write(true).open(planned.task_store()).unwrap().set_len(1 << 40).unwrap();
    let message = "task-000002.sqlite: it is damaged or was changed: its size is not that of shard.json";
    planned.refuses(1, message);
    let again = planned.work(1).expect(2);
    assert!(again.stderr.contains(message), "{}", again.stderr);

    // Labels for events of another task.
    let planned = Planned::done();
    planned.change_task_store("INSERT INTO deferred VALUES (1, 1, 0)");
    planned.renew_digest();
    planned.refuses(1, "event.1 is not one of its events");

    let planned = Planned::done();
    std::fs::write(planned.task_store(), "no database").unwrap();
    planned.renew_digest();
    planned.refuses(1, "task-000002.sqlite: ");

    let planned = Planned::done();
    planned.change_record(|record| record["tasks"][0]["store"] = "../plan.json".into());
    planned.refuses(1, "it names a file that is no task store of its own");

    let planned = Planned::done();
    std::fs::write(planned.shard(1).join("shard.json"), "{\"kind\":\"shard\",").unwrap();
    planned.refuses(1, "in shard.json: it is not valid");
}

#[test]
fn results_of_a_shorter_range() {
    let planned = Planned::done();
    planned.replace(|task| {
        let last = task["step"]["map"]["last"].as_i64().unwrap();
        task["step"]["map"]["last"] = (last - 1).into();
    });
    planned.refuses(1, "its step is \"events 2049 to 3071\", but \"events 2049 to 3072\" is expected");
    planned.change_record(|record| record["tasks"][0]["events"]["last"] = 3_071.into());
    planned.refuses(1, "events 3072 to 3072 are missing");
}

#[test]
fn results_of_another_store_or_plan() {
    let planned = Planned::done();
    planned.replace(|task| {
        let other = planned.elsewhere("other.plaso");
        std::fs::copy(planned.store.path(), &other).unwrap();
        let changed = "UPDATE event SET timestamp = timestamp + 1 WHERE _identifier = 1";
        Connection::open(&other).unwrap().execute_batch(changed).unwrap();
        task["run"]["store"] = other.to_str().unwrap().into();
    });
    planned.refuses(1, "its store is ");

    let planned = Planned::done();
    planned.replace(|task| task["run"]["id"] = "0123456789abcdef".repeat(2).into());
    planned.refuses(1, "its run is ");

    let (planned, other) = (Planned::done(), Planned::done());
    std::fs::remove_dir_all(planned.shard(1)).unwrap();
    copy_folder(&other.shard(1), &planned.shard(1));
    planned.refuses(1, "it is a result of another plan");
    let again = planned.work(1).expect(2);
    assert!(again.stderr.contains("it is a result of another plan"), "{}", again.stderr);
}

#[test]
fn results_of_other_rules() {
    let planned = Planned::done();
    planned.replace(|task| {
        let rules = planned.elsewhere("other.txt");
        std::fs::write(&rules, "another_label\n  data_type is 'fs:stat'\n").unwrap();
        task["run"]["plugins"][0]["tagging_file"] = rules.to_str().unwrap().into();
    });
    planned.refuses(1, "its settings is ");

    let planned = Planned::done();
    std::fs::write(planned.rules(), "another_label\n  data_type is 'fs:stat'\n").unwrap();
    let message = "its settings or the files that it names are not those that were planned";
    planned.refuses(2, message);
    let refused = planned.work(1).expect(2);
    assert!(refused.stderr.contains(message), "{}", refused.stderr);
}

#[test]
fn results_of_another_version() {
    let planned = Planned::done();
    planned.change_task_store("UPDATE task SET value = 'foreman 0.0.1' WHERE name = 'program'");
    planned.renew_digest();
    planned.refuses(1, "its program is \"foreman 0.0.1\"");
    planned.change_record(|record| record["program"] = "foreman 0.0.1".into());
    planned.refuses(1, "in shard.json: foreman 0.0.1 (format 2, protocol ");

    let planned = Planned::done();
    let path = planned.folder().join("plan.json");
    let plan = std::fs::read_to_string(&path).unwrap().replace("\"version\":2", "\"version\":3");
    std::fs::write(&path, plan).unwrap();
    planned.refuses(2, "use the same version on all machines");
    assert!(planned.work(1).expect(2).stderr.contains("use the same version"));
}

/// The reason is said once. What it repeats of the plan adds no line.
#[test]
fn a_plan_that_is_no_plan() {
    let planned = Planned::done();
    let path = planned.folder().join("plan.json");
    std::fs::write(&path, "{\"kind\": }").unwrap();
    let refused = planned.work(1).expect(2).stderr;
    assert_eq!(refused.matches("expected value at line 1 column 10").count(), 1, "{refused}");
    let plan = r#"{"kind": "plan", "version": 1, "program": "a\nFORGED", "protocol": 1}"#;
    std::fs::write(&path, plan).unwrap();
    let refused = planned.work(1).expect(2).stderr;
    assert_eq!(refused.lines().count(), 1, "{refused}");
}

#[test]
fn a_store_or_plan_that_was_changed() {
    let planned = Planned::done();
    planned.store.change("UPDATE event SET timestamp = timestamp + 1 WHERE _identifier = 1");
    planned.refuses(2, "is not the storage file of the plan");
    std::fs::remove_dir_all(planned.shard(1)).unwrap();
    let refused = planned.work(1).expect(2);
    assert!(refused.stderr.contains("is not the storage file of the plan"), "{}", refused.stderr);

    // Whoever changes the plan has results of another plan; and if nothing is done yet, tasks that
    // are not those of the store.
    let change = |planned: &Planned| {
        let path = planned.folder().join("plan.json");
        let plan = std::fs::read_to_string(&path).unwrap();
        let shorter =
            plan.replace("\"last\":1024}", "\"last\":1023}").replace("\"first\":1025,", "\"first\":1024,");
        assert_ne!(shorter, plan);
        std::fs::write(&path, shorter).unwrap();
    };
    let planned = Planned::done();
    change(&planned);
    planned.refuses(1, "it is a result of another plan");
    let planned = Planned::sample();
    change(&planned);
    let split =
        foreman(["split", "--plan"]).arg(planned.folder()).arg("--out").arg(planned.elsewhere("parts"));
    let refused = split.arg(planned.store.path()).expect(2).stderr;
    assert!(refused.contains("was changed: its tasks are not those of "), "{refused}");
    assert!(!planned.elsewhere("parts").exists());
    planned.work_on_all();
    planned.refuses(2, "was changed: its tasks are not those of ");
}

/// What the merge would refuse is refused before the machines have done their work.
#[test]
fn a_store_to_which_no_results_can_be_added() {
    let analyzed = || {
        let store = Store::of("sample");
        foreman(["analyze"]).args(options()).arg(store.path()).succeed();
        store
    };
    let last = "UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'event_tag'";
    for (change, message) in [
        ("PRAGMA auto_vacuum = full; VACUUM", "has the setting auto_vacuum \"on\"; supported: off"),
        (last, "event_tag"),
    ] {
        let store = analyzed();
        store.change(change);
        let folder = TempDir::new().unwrap();
        let plan = foreman(["plan", "--out"]).arg(folder.path().join("plan"));
        let of_plan = plan.args(options()).arg(store.path()).expect(1).stderr;
        assert!(of_plan.contains(message), "{of_plan}");
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
        let of_analysis = foreman(["analyze"]).args(options()).arg(store.path()).expect(1).stderr;
        assert_eq!(of_plan.replace("foreman plan", "foreman analyze"), of_analysis);
    }
}

/// Two attempts at a shard: the first that is done counts, and the other is killed at any moment.
#[test]
fn two_attempts_with_one_killed() {
    let planned = Planned::sample();
    let mut random = Random::new(11);
    let local = Store::of("sample");
    foreman(["analyze"]).args(options()).arg(local.path()).succeed();
    for round in 0..50 {
        let loser = planned.work(1).start();
        let workers = |loser: &tests::Running| loser.children();
        std::thread::sleep(std::time::Duration::from_millis(random.below(150)));
        let mut children = workers(&loser);
        let winner = if round % 2 == 0 { Some(planned.work(1).start()) } else { None };
        std::thread::sleep(std::time::Duration::from_millis(random.below(50)));
        children.extend(workers(&loser));
        loser.signal(Signal::SIGKILL);
        drop(loser.wait());
        let done = winner.unwrap_or_else(|| planned.work(1).start()).wait().expect(0);
        wait_until("the workers are gone", || children.iter().copied().all(is_gone));
        let line: Value = serde_json::from_str(&done.stdout).unwrap();
        assert_eq!(line, json(&planned.shard(1).join("shard.json")), "round {round}");
        if round < 49 {
            std::fs::remove_dir_all(planned.shard(1)).unwrap();
        }
    }
    planned.work(0).succeed();
    planned.work(2).succeed();
    planned.merge().succeed();
    assert_same(&planned.store, &local);
}

/// Of two commands that split one plan at the same time, only the one that succeeds leaves parts.
#[test]
fn two_splits_of_one_plan() {
    for _ in 0..3 {
        let planned = Planned::sample();
        let outs = ["one", "two", "three"].map(|name| planned.elsewhere(name));
        let split = |out: &PathBuf| {
            let run = foreman(["split", "--plan"]).arg(planned.folder()).arg("--out").arg(out);
            run.arg(planned.store.path()).start()
        };
        let ended: Vec<_> =
            outs.iter().map(split).collect::<Vec<_>>().into_iter().map(Running::wait).collect();
        let succeeded: Vec<_> = ended.iter().map(|finished| finished.status == Some(0)).collect();
        let left: Vec<_> = outs.iter().map(|out| out.exists()).collect();
        assert_eq!(succeeded, left, "{ended:?}");
        assert_eq!(left.iter().filter(|exists| **exists).count(), 1, "{ended:?}");
    }
}

/// A merge that is killed at any moment leaves the store as it was or complete.
#[test]
fn a_merge_that_is_killed() {
    let local = Store::of("sample");
    foreman(["analyze"]).args(options()).arg(local.path()).succeed();
    let mut random = Random::new(12);
    for round in 0..8 {
        let planned = Planned::done();
        let running = planned.merge().start();
        std::thread::sleep(std::time::Duration::from_millis(random.below(400)));
        running.signal(Signal::SIGKILL);
        drop(running.wait());
        let again = planned.merge().run();
        let is_done_before = again.stderr.contains("has the results of the plan");
        assert!(again.status == Some(0) || is_done_before, "round {round}: {}", again.stderr);
        println!("round {round}: {}", if is_done_before { "stored before" } else { "stored again" });
        assert_same(&planned.store, &local);
        let left = planned.store.files().into_iter().find(|name| name.ends_with(".foreman"));
        assert_eq!(left, None, "round {round}");
    }
}

/// Only the time tells of a write outside the parts of a large store that the fingerprint covers.
#[test]
fn a_shard_whose_store_somebody_writes_to_meanwhile() {
    let planned = Planned::sample();
    let plan = FaultPlan::new("wait 1000 once");
    let running = plan.of_workers(planned.work(0)).start();
    wait_until("the worker waits", || plan.waiting().is_some());
    // In place: another worker may read the store at this moment, and must find it whole.
    let mut file = std::fs::File::options().write(true).open(planned.store.path()).unwrap();
    file.write_all(&planned.store.bytes()).unwrap();
    plan.go_on();
    let said = running.wait().expect(1).stderr;
    assert!(said.contains("another program has written to") && said.contains("do it again"), "{said}");
    assert!(!planned.shard(0).exists());
    planned.work(0).succeed();
}

/// A log in the place of a result, or of a file that the plan does not have yet.
#[test]
fn a_log_in_the_place_of_what_a_plan_needs() {
    let planned = Planned::sample();
    let out = planned.elsewhere("out");
    std::fs::create_dir_all(&out).unwrap();
    for log in [planned.folder().join("parts.json"), planned.shard(0), out.join("shard-000000")] {
        let work = planned.work(0).arg("--out").arg(&out);
        let refused = work.arg("--log-file").arg(&log).run();
        assert!(matches!(refused.status, Some(1 | 2)), "{refused:?}");
        assert!(refused.stderr.contains(log.to_str().unwrap()), "{refused:?}");
        assert!(!log.exists(), "{}", log.display());
        // Only `work` knows another folder for results than that of the plan.
        if !log.starts_with(&out) {
            foreman(["report", "--output"]).arg(&log).arg(planned.store.path()).expect(1);
        }
    }
    planned.work(0).arg("--out").arg(&out).succeed();
    assert!(out.join("shard-000000").is_dir());
}

/// The log of a shard must not cost the plan, nor what is done of it.
#[test]
fn a_log_over_the_plan() {
    let planned = Planned::sample();
    planned.work(0).succeed();
    let store = planned.store.path().to_owned();
    let mut files = vec![store];
    for folder in [planned.folder(), planned.shard(0)] {
        files.extend(
            std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file()),
        );
    }
    assert!(files.len() > 4, "{files:?}");
    for file in files {
        let before = std::fs::read(&file).unwrap();
        let refused = planned.work(1).arg("--log-file").arg(&file).run();
        assert!(matches!(refused.status, Some(1 | 2)), "{refused:?}");
        assert!(refused.stderr.contains(file.to_str().unwrap()), "{refused:?}");
        assert!(std::fs::read(&file).unwrap() == before, "{} was overwritten", file.display());
    }
    let log = planned.folder().join("shard-1.log");
    for _ in 0..2 {
        planned.work(1).arg("--log-file").arg(&log).succeed();
    }
}

/// A link of another user must not lead a command to what that user may not see.
#[test]
fn a_plan_behind_a_link_of_another_user() {
    let planned = Planned::sample();
    // The folder of the plan is for its owner only.
    let private = Permissions::from_mode(0o700);
    std::fs::set_permissions(planned.elsewhere(""), private).unwrap();
    let shared = TempDir::new().unwrap();
    let link = shared.path().join("plan");
    symlink(planned.folder(), &link).unwrap();
    let work = || foreman(["work", "--shard", "0", "--plan"]).arg(&link);
    if lchown(&link, Some(65_534), None).is_err() {
        return places::skipped("only root can give a link to another user");
    }
    let refused = work().expect(1).stderr;
    assert!(refused.contains("plan: ") && refused.contains("link"), "{refused}");
    assert!(!planned.shard(0).exists(), "a result was written");
    lchown(&link, Some(0), None).unwrap();
    work().succeed();
}

/// What another account did is good work, and is not to be done again.
#[test]
fn the_result_of_a_shard_of_another_user() {
    let planned = Planned::done();
    if lchown(planned.shard(1), Some(65_534), None).is_err() {
        return places::skipped("only root can give a folder to another user");
    }
    for refused in [planned.merge().expect(1), planned.work(1).expect(2)] {
        let said = refused.stderr;
        assert!(said.contains("it belongs to user 65534") && said.contains("keep it"), "{said}");
        assert!(said.contains("chown -R 0 ") && !said.contains("move it away"), "{said}");
    }
    lchown(planned.shard(1), Some(0), None).unwrap();
    planned.merge().succeed();
}
