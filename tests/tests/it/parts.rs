//! `foreman split`: shards that are done with parts of the storage file.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::Signal;
use tempfile::TempDir;
use tests::{NsrlServer, Program, Store, VirusTotalServer, foreman, places, wait_until};

use crate::shards::{KEY, Planned, analyzed, assert_same, json, options};

impl Planned {
    fn split(&self) -> Program {
        foreman(["split", "--plan"]).arg(self.folder()).arg("--out").arg(self.parts()).arg(self.store.path())
    }

    fn parts(&self) -> PathBuf {
        self.elsewhere("parts")
    }

    /// The storage file for a shard.
    fn part(&self, shard: usize) -> PathBuf {
        self.parts().join(format!("part-{shard:06}.plaso"))
    }

    fn work_on_part(&self, shard: usize) -> Program {
        self.work(shard).arg("--parts").arg(self.parts())
    }

    /// The sample in three parts.
    fn in_parts() -> Self {
        let planned = Self::sample();
        planned.split().succeed();
        planned
    }
}

/// An analysis of a part alone would look like one of the whole file.
#[test]
fn a_part_is_not_taken_for_a_storage_file() {
    let planned = Planned::in_parts();
    let part = planned.part(1);
    let bytes = std::fs::read(&part).unwrap();
    let analyze = || foreman(["analyze", "--analysis", "sessionize"]).arg(&part);
    let said = "is a part of a storage file, made by foreman split";
    let refused = analyze().expect(1).stderr;
    assert!(refused.contains(said) && refused.contains("foreman work and --parts"), "{refused}");
    assert!(std::fs::read(&part).unwrap() == bytes, "the part was changed");
    assert!(analyze().arg("--dry-run").succeed().stderr.contains(said));
    let plan = foreman(["plan", "--analysis", "sessionize", "--out"]).arg(planned.elsewhere("plan of part"));
    assert!(plan.arg(&part).expect(1).stderr.contains(said));
    assert!(foreman(["export", "--format", "csv"]).arg(&part).succeed().stderr.contains(said));
    let info = foreman(["info"]).arg(&part).succeed().stdout;
    assert!(info.contains("a part of a storage file") && !info.contains("foreman analyze"), "{info}");
    assert!(!foreman(["info"]).arg(planned.store.path()).succeed().stdout.contains("a part of"));
}

fn file_names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    let mut names: Vec<_> = files.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

/// Does all shards with the whole storage file and with its parts. Both must give the same bytes,
/// and the merge the same as a local run.
fn is_the_same(store: impl Fn() -> Store, shard_events: u64, options: impl Fn(Program) -> Program) {
    let planned = Planned::with(store(), shard_events, &options);
    let bytes = planned.store.bytes();
    planned.split().succeed();
    assert!(planned.store.bytes() == bytes, "to split a store changes it");
    let folder = |name: &str| {
        let folder = planned.elsewhere(name);
        std::fs::create_dir(&folder).unwrap();
        folder
    };
    let mode = std::fs::metadata(planned.parts()).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o700, "others can read the parts");
    let (whole, parts) = (folder("whole"), folder("of parts"));
    for shard in 0..planned.shards() {
        planned.work(shard).arg("--out").arg(&whole).succeed();
    }
    let away = planned.elsewhere("away.plaso");
    std::fs::rename(planned.store.path(), &away).unwrap();
    for shard in 0..planned.shards() {
        planned.work_on_part(shard).arg("--out").arg(&parts).succeed();
    }
    std::fs::rename(&away, planned.store.path()).unwrap();
    for shard in file_names(&whole) {
        let names = file_names(&whole.join(&shard));
        assert_eq!(file_names(&parts.join(&shard)), names);
        for name in names.iter().filter(|name| name.starts_with("task-")) {
            let of = |folder: &Path| std::fs::read(folder.join(&shard).join(name)).unwrap();
            assert!(of(&parts) == of(&whole), "{shard}/{name}");
        }
    }
    planned.merge_with_server().arg("--from").arg(&parts).env("VIRUSTOTAL_API_KEY", KEY).succeed();
    assert_same(&planned.store, &analyzed(store(), options));
}

/// In one part and in several ones.
fn in_parts_of_all_sizes(store: impl Fn() -> Store, options: impl Fn(Program) -> Program) {
    for shard_events in [1, 2_000, 1_000_000] {
        is_the_same(&store, shard_events, &options);
    }
}

#[test]
fn parts_give_the_same_task_stores() {
    let plugins = "tagging,browser_search,unique_domains_visited,chrome_extension,sessionize";
    for name in ["sample", "sample-20230327"] {
        in_parts_of_all_sizes(
            || Store::of(name),
            |run| run.args(["--analysis", plugins, "--tagging-file", "linux,macos"]),
        );
    }
}

#[test]
fn parts_of_event_logs() {
    let (rules, lists) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    for (name, text) in crate::sigma_correlations::RULES {
        std::fs::write(rules.path().join(name), text).unwrap();
    }
    for (name, text) in crate::ioc::LOGS {
        std::fs::write(lists.path().join(name), text).unwrap();
    }
    let options = |run: Program| {
        let run = run.args(["--analysis", "sigma,ioc,tagging,sessionize", "--tagging-file", "windows"]);
        run.arg("--sigma-rules").arg(rules.path()).arg("--ioc").arg(lists.path())
    };
    in_parts_of_all_sizes(|| Store::of("evtx-sample"), options);
    for name in ["evtx-mitre", "testdata"] {
        let Some(store) = places::shared_store(name) else { continue };
        is_the_same(|| Store::copy_of(&store), 7_000, options);
    }
}

/// The data of each event is far from it, and belongs to events of other parts, too.
#[test]
fn event_data_that_is_elsewhere() {
    let store = || {
        let store = Store::of("evtx-sample");
        store.change(
            "UPDATE event SET _event_data_identifier = 'event_data.' || (1 + (_identifier * 997) % \
             (SELECT max(_identifier) FROM event_data))",
        );
        store
    };
    in_parts_of_all_sizes(store, |run| {
        run.args(["--analysis", "tagging,sessionize", "--tagging-file", "windows"])
    });
}

/// Plugins that read streams, and a filter that reads the labels of an earlier run.
#[test]
fn streams_and_labels() {
    let place = TempDir::new().unwrap();
    let filter = crate::bloom::full_filter(&place.path().join("filter"));
    let (nsrl, virustotal) = (NsrlServer::good(), VirusTotalServer::good());
    in_parts_of_all_sizes(
        || crate::hashed::store("pe_coff:file", 1_000),
        |run| {
            let run = run.args(["--analysis", "bloom,nsrlsvr,virustotal", "--bloom-file"]).arg(&filter);
            let run = run.args(["--nsrlsvr-host", "127.0.0.1", "--nsrlsvr-port", &nsrl.port().to_string()]);
            let run = run.args(["--virustotal-free-rate-limit=false", "--virustotal-url", &virustotal.url()]);
            run.env("VIRUSTOTAL_API_KEY", KEY).env("NO_PROXY", "127.0.0.1")
        },
    );
    let labelled = || analyzed(Store::of("sample"), |run| run.args(options()));
    in_parts_of_all_sizes(labelled, |run| {
        run.args(["--analysis", "sessionize", "tag contains 'login_failed'"])
    });
}

/// To split a store again gives the same bytes, and shards may be done with parts or without.
#[test]
fn parts_are_always_the_same() {
    let planned = Planned::in_parts();
    let list = planned.folder().join("parts.json");
    let first = std::fs::read(&list).unwrap();
    std::fs::remove_file(&list).unwrap();
    std::fs::rename(planned.parts(), planned.elsewhere("first")).unwrap();
    planned.split().succeed();
    assert_eq!(std::fs::read(&list).unwrap(), first);
    for shard in 0..3 {
        let again = std::fs::read(planned.part(shard)).unwrap();
        let name = planned.part(shard).file_name().unwrap().to_owned();
        assert!(std::fs::read(planned.elsewhere("first").join(name)).unwrap() == again);
    }
    planned.work_on_part(0).succeed();
    planned.work(1).succeed();
    planned.merge().arg("--do-missing").succeed();
    assert_same(&planned.store, &analyzed(Store::of("sample"), |run| run.args(options())));
}

#[test]
fn parts_that_are_not_those_of_the_plan() {
    let planned = Planned::in_parts();
    let refused = |work: Program, message: &str| {
        let refused = work.expect(2);
        assert!(refused.stderr.contains(message), "expected {message}: {}", refused.stderr);
        assert!(!planned.shard(1).exists());
    };
    let good = std::fs::read(planned.part(1)).unwrap();
    for place in [100, good.len() / 2, good.len() - 1] {
        let mut bytes = good.clone();
        bytes[place] ^= 1;
        std::fs::write(planned.part(1), bytes).unwrap();
        refused(planned.work_on_part(1), "is not the part of the storage file for shard 1, or is damaged");
    }
    std::fs::copy(planned.part(2), planned.part(1)).unwrap();
    refused(planned.work_on_part(1), "is not the part of the storage file for shard 1, or is damaged");
    std::fs::copy(planned.store.path(), planned.part(1)).unwrap();
    refused(planned.work_on_part(1), "is not the part of the storage file for shard 1, or is damaged");
    // Its digest would take minutes.
    std::fs::File::create(planned.part(1)).unwrap().set_len(1 << 40).unwrap();
    refused(planned.work_on_part(1), "is not the part of the storage file for shard 1, or is damaged");
    std::fs::write(planned.part(1), good).unwrap();
    let store = planned.work(1).arg("--store").arg(planned.part(1));
    refused(store, "is not the storage file of the plan");

    let other = Planned::in_parts();
    let list = |planned: &Planned| planned.folder().join("parts.json");
    std::fs::copy(list(&other), list(&planned)).unwrap();
    refused(planned.work_on_part(1), "it has the parts of another plan");
    std::fs::remove_file(list(&planned)).unwrap();
    refused(planned.work_on_part(1), "has no parts; make them with:");
}

#[test]
fn results_of_parts_that_are_not_those_of_the_plan() {
    let planned = Planned::in_parts();
    (0..3).for_each(|shard| drop(planned.work_on_part(shard).succeed()));
    let record = planned.shard(1).join("shard.json");
    let good = json(&record);
    let mut other = good.clone();
    other["part"] = json(&planned.shard(2).join("shard.json"))["part"].clone();
    std::fs::write(&record, other.to_string()).unwrap();
    planned.refuses(1, "the part of the storage file that was read is not one of the plan");
    std::fs::write(&record, good.to_string()).unwrap();
    let list = planned.folder().join("parts.json");
    std::fs::rename(&list, planned.elsewhere("list")).unwrap();
    planned.refuses(1, "the part of the storage file that was read is not one of the plan");
    std::fs::rename(planned.elsewhere("list"), &list).unwrap();
    planned.merge().succeed();
    assert_same(&planned.store, &analyzed(Store::of("sample"), |run| run.args(options())));
}

#[test]
fn what_cannot_be_split() {
    let planned = Planned::sample();
    let refused = |status: i32, message: &str| {
        let before = (file_names(&planned.folder()), file_names(&planned.elsewhere("")));
        let refused = planned.split().expect(status);
        assert!(refused.stderr.contains(message), "expected {message}: {}", refused.stderr);
        let after = (file_names(&planned.folder()), file_names(&planned.elsewhere("")));
        assert_eq!(after, before, "something is left behind");
    };
    std::fs::write(planned.parts(), "notes").unwrap();
    refused(1, "it exists already and is not overwritten");
    std::fs::remove_file(planned.parts()).unwrap();
    planned.split().succeed();
    refused(2, "has parts already; to make them again, remove");
    std::fs::remove_dir_all(planned.parts()).unwrap();
    std::fs::remove_file(planned.folder().join("parts.json")).unwrap();
    planned.store.change("UPDATE event SET timestamp = timestamp + 1 WHERE _identifier = 3000");
    refused(2, "is not the storage file of the plan");
}

/// Somebody puts a link in the place of the plan's folder while its storage file is split, and
/// takes the name of the parts. The list of another plan stays where the link leads.
#[test]
fn a_plan_that_somebody_exchanges() {
    let has_failed = (0..20).any(|_| {
        let planned = Planned::new(Store::of("evtx-sample"), &options(), 1);
        let other = planned.elsewhere("other");
        std::fs::create_dir(&other).unwrap();
        std::fs::write(other.join("parts.json"), "the parts of another plan").unwrap();
        let running = planned.split().start();
        wait_until("it makes parts", || file_names(&planned.elsewhere("")).len() > 2);
        std::fs::rename(planned.folder(), planned.elsewhere("moved")).unwrap();
        std::os::unix::fs::symlink(&other, planned.folder()).unwrap();
        let is_in_time = std::fs::create_dir(planned.parts()).is_ok();
        let split = running.wait();
        assert!(!is_in_time || split.status == Some(1), "{split:?}");
        assert_eq!(file_names(&other), ["parts.json"]);
        is_in_time
    });
    assert!(has_failed, "each time, the file was split before the plan was exchanged");
}

/// If it is stopped at any moment, there are all parts or none.
#[test]
fn a_split_that_is_stopped() {
    let planned = Planned::new(Store::of("evtx-sample"), &options(), 1);
    let before = file_names(&planned.elsewhere(""));
    for milliseconds in [0, 10, 15, 20, 25, 30, 40, 50] {
        let running = planned.split().start();
        std::thread::sleep(Duration::from_millis(milliseconds));
        running.signal(Signal::SIGTERM);
        let stopped = running.wait();
        let list = planned.folder().join("parts.json");
        if stopped.status == Some(0) {
            planned.work_on_part(0).succeed();
            std::fs::remove_file(list).unwrap();
            std::fs::remove_dir_all(planned.parts()).unwrap();
        } else {
            assert!(!list.exists());
        }
        assert_eq!(
            file_names(&planned.elsewhere("")),
            before,
            "something is left behind: {}",
            stopped.stderr
        );
    }
}
