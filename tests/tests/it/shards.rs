//! Runs on several machines: plan, work and merge give what one run gives.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;
use tests::{
    FaultPlan, Finished, NsrlServer, Program, Store, VirusTotalServer, differences_of_results, foreman,
    places,
};

/// A storage file, and the plan of an analysis of it.
pub(crate) struct Planned {
    pub(crate) store: Store,
    place: TempDir,
}

/// The plugins and options of most tests.
pub(crate) fn options() -> Vec<String> {
    let rules = places::data("sample-rules.txt").to_str().unwrap().to_owned();
    ["--analysis", "tagging,sessionize", "--tagging-file", &rules].map(str::to_owned).to_vec()
}

impl Planned {
    /// Plans an analysis with these options, in shards of about this number of events.
    pub(crate) fn new(store: Store, options: &[String], shard_events: u64) -> Self {
        Self::with(store, shard_events, |plan| plan.args(options))
    }

    pub(crate) fn with(store: Store, shard_events: u64, options: impl Fn(Program) -> Program) -> Self {
        let planned = Self { store, place: TempDir::new().unwrap() };
        let bytes = planned.store.bytes();
        let plan = foreman(["plan", "--shard-events", &shard_events.to_string(), "--out"]);
        options(plan.arg(planned.folder()).arg(planned.store.path())).succeed();
        assert!(planned.store.bytes() == bytes, "a plan changes the store");
        assert_eq!(planned.store.files().len(), 1, "a plan leaves something beside the store");
        planned
    }

    /// The sample, in three shards.
    pub(crate) fn sample() -> Self {
        Self::new(Store::of("sample"), &options(), 2_000)
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.place.path().join("plan")
    }

    pub(crate) fn elsewhere(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    pub(crate) fn shard(&self, number: usize) -> PathBuf {
        self.folder().join(format!("shard-{number:06}"))
    }

    pub(crate) fn shards(&self) -> usize {
        json(&self.folder().join("plan.json"))["shards"].as_array().unwrap().len()
    }

    pub(crate) fn work(&self, shard: usize) -> Program {
        foreman(["work", "--workers", "2", "--plan"]).arg(self.folder()).args(["--shard", &shard.to_string()])
    }

    pub(crate) fn work_on_all(&self) -> &Self {
        (0..self.shards()).for_each(|shard| drop(self.work(shard).succeed()));
        self
    }

    pub(crate) fn merge(&self) -> Program {
        foreman(["merge", "--workers", "2", "--plan"]).arg(self.folder()).arg(self.store.path())
    }

    /// Merges with the server that the plan was made with, if it is not the plugin's.
    pub(crate) fn merge_with_server(&self) -> Program {
        let plan = json(&self.folder().join("plan.json"));
        let plugins = plan["run"]["plugins"].as_array().unwrap();
        let settings = ["virustotal_url", "nsrlsvr_host", "nsrlsvr_port"];
        let given = settings.into_iter().filter_map(|setting| {
            let value = plugins.iter().find_map(|plugin| plugin.get(setting))?;
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Some(format!("--{}={value}", setting.replace('_', "-")))
        });
        self.merge().args(given)
    }

    /// Merges, which must be refused and change nothing.
    pub(crate) fn refuses(&self, status: i32, message: &str) {
        let (bytes, files) = (self.store.bytes(), self.store.files());
        let refused = self.merge().expect(status);
        assert!(refused.stderr.contains(message), "expected {message}: {}", refused.stderr);
        assert!(self.store.bytes() == bytes, "the store has changed: {}", refused.stderr);
        assert_eq!(self.store.files(), files, "something is left behind: {}", refused.stderr);
    }
}

pub(crate) fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Fails if the stores differ in more than times, command lines and identifiers of runs.
pub(crate) fn assert_same(store: &Store, expected: &Store) {
    assert_eq!(differences_of_results(store, expected), [""; 0]);
    store.dump().assert_same(&expected.dump());
}

/// A key for VirusTotal, which a plan must not have.
pub(crate) const KEY: &str = "0123s3cret4567";

/// Analyses a store with these options on one machine.
pub(crate) fn analyzed(store: Store, options: impl Fn(Program) -> Program) -> Store {
    options(foreman(["analyze"]).arg(store.path())).env("VIRUSTOTAL_API_KEY", KEY).succeed();
    store
}

/// Plans, works and merges, and compares the result with that of a local run.
fn is_the_same(store: impl Fn() -> Store, shard_events: u64, options: impl Fn(Program) -> Program) {
    let planned = Planned::with(store(), shard_events, |run| options(run).env("VIRUSTOTAL_API_KEY", KEY));
    assert!(planned.shards() > 1);
    for shard in 0..planned.shards() {
        planned.work(shard).env("VIRUSTOTAL_API_KEY", "").succeed();
    }
    planned.merge_with_server().env("VIRUSTOTAL_API_KEY", KEY).succeed();
    assert_same(&planned.store, &analyzed(store(), options));
    assert_eq!(planned.store.files().iter().filter(|name| name.contains("plaso")).count(), 1);
    for file in std::fs::read_dir(planned.folder()).unwrap() {
        let file = file.unwrap().path();
        let bytes = if file.is_file() { std::fs::read(&file).unwrap() } else { Vec::new() };
        assert!(!String::from_utf8_lossy(&bytes).contains(KEY), "{}", file.display());
    }
}

#[test]
fn the_same_as_a_local_run() {
    for (name, shard_events, shards) in
        [("sample", 1, 5), ("sample", 2_000, 3), ("sample", 1_000_000, 1), ("sample-20230327", 2_000, 3)]
    {
        let planned = Planned::new(Store::of(name), &options(), shard_events);
        assert_eq!(planned.shards(), shards, "{name}");
        let finished = planned.work_on_all().merge().succeed();
        assert!(finished.stdout.contains("events analysed"), "{}", finished.stdout);
        assert_same(&planned.store, &analyzed(Store::of(name), |run| run.args(options())));
        assert_eq!(planned.store.files().len(), 1, "something is left behind");
        planned.refuses(1, "has the results of the plan");
    }
}

#[test]
fn plugins_with_rules_tables_and_filters() {
    let plugins = "tagging,browser_search,unique_domains_visited,chrome_extension,sessionize";
    for filter in [None, Some("data_type contains 'chrome'")] {
        is_the_same(
            || Store::of("sample"),
            1_500,
            |run| {
                let run = run.args(filter).args(["--analysis", plugins, "--tagging-file", "linux,macos"]);
                run.args(["--maximum-pause", "3"])
            },
        );
    }
}

#[test]
fn sigma_with_correlations() {
    let rules = TempDir::new().unwrap();
    for (name, text) in crate::sigma_correlations::RULES {
        std::fs::write(rules.path().join(name), text).unwrap();
    }
    is_the_same(
        || Store::of("evtx-sample"),
        1,
        |run| run.args(["--analysis", "sigma,sessionize", "--sigma-rules"]).arg(rules.path()),
    );
}

#[test]
fn indicators() {
    let lists = TempDir::new().unwrap();
    for (name, text) in crate::ioc::LOGS {
        std::fs::write(lists.path().join(name), text).unwrap();
    }
    is_the_same(
        || Store::of("evtx-sample"),
        1,
        |run| run.args(["--analysis", "ioc,sessionize", "--ioc"]).arg(lists.path()),
    );
}

/// Only the merge asks servers and needs a key.
#[test]
fn look_ups_of_hashes() {
    let files = || crate::hashed::store("fs:stat", 1_000);
    let server = NsrlServer::good();
    is_the_same(files, 1, |run| {
        let run = run.args(["--analysis", "nsrlsvr", "--nsrlsvr-host", "127.0.0.1", "--nsrlsvr-port"]);
        run.arg(server.port().to_string())
    });
    let server = VirusTotalServer::good();
    is_the_same(
        || crate::hashed::store("pe_coff:file", 1_000),
        1,
        |run| {
            let run = run.args(["--analysis", "virustotal", "--virustotal-free-rate-limit=false"]);
            run.args(["--virustotal-url", &server.url()]).env("NO_PROXY", "127.0.0.1")
        },
    );
    let place = TempDir::new().unwrap();
    let filter = crate::bloom::full_filter(&place.path().join("filter.bloom"));
    is_the_same(files, 1, |run| run.args(["--analysis", "bloom", "--bloom-file"]).arg(&filter));
}

/// Only the merge asks servers.
#[test]
fn a_plan_asks_no_server() {
    let server = VirusTotalServer::good();
    let planned = Planned::with(crate::hashed::store("pe_coff:file", 10), 1_000, |run| {
        let run = run.args(["--analysis", "virustotal,nsrlsvr,chrome_extension", "--chrome-web-store"]);
        let run = run.args(["--nsrlsvr-host", "127.0.0.1", "--nsrlsvr-port", "1"]);
        let run = run.args(["--virustotal-url", &server.url()]).env("NO_PROXY", "127.0.0.1");
        run.env("VIRUSTOTAL_API_KEY", "0123").env("ALL_PROXY", "socks5://127.0.0.1:9")
    });
    assert_eq!(server.requests().len(), 0);
    planned.work_on_all();
    let merge = planned.merge_with_server().env("NO_PROXY", "127.0.0.1").env("VIRUSTOTAL_API_KEY", "0123");
    let refused = merge.expect(1);
    assert!(refused.stderr.contains("nsrlsvr at 127.0.0.1, port 1"), "{}", refused.stderr);
}

/// What the programs that start foreman on many machines see.
#[test]
fn numbers_in_and_lines_of_json_out() {
    let planned = Planned::sample();
    let out = planned.elsewhere("results");
    std::fs::create_dir(&out).unwrap();
    let moved = planned.elsewhere("moved.plaso");
    std::fs::copy(planned.store.path(), &moved).unwrap();
    let plan = planned.elsewhere("moved plan");
    std::fs::rename(planned.folder(), &plan).unwrap();
    let work = |variable: &str, shard: &str| {
        let work = foreman(["work", "--plan"]).arg(&plan).arg("--store").arg(&moved).arg("--out").arg(&out);
        work.env(variable, shard)
    };
    let variables = ["JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID", "AWS_BATCH_JOB_ARRAY_INDEX"];
    for (shard, variable) in variables.into_iter().enumerate() {
        let done = work(variable, &shard.to_string()).succeed();
        assert_eq!((done.stdout.lines().count(), done.stderr.as_str()), (1, ""));
        let line: Value = serde_json::from_str(&done.stdout).unwrap();
        assert_eq!((&line["kind"], line["shard"].as_u64()), (&"shard".into(), Some(shard as u64)));
        let again = work(variable, &shard.to_string()).succeed();
        assert_eq!(again.stdout, done.stdout);
    }
    let merge = |last: &str| {
        let merge = foreman(["merge", "--plan"]).arg(&plan).arg("--from").arg(&out);
        merge.arg(last).arg(planned.store.path())
    };
    let bytes = planned.store.bytes();
    let dry = merge("--dry-run").succeed();
    assert!(dry.stdout.contains("events analysed"), "{}", dry.stdout);
    assert!(planned.store.bytes() == bytes, "a dry run has changed the store");
    merge("--quiet").succeed();
    assert_same(&planned.store, &analyzed(Store::of("sample"), |run| run.args(options())));
    for (shard, message) in
        [("3", "has the shards 0 to 2, and no shard 3"), ("one", "not the number of a shard")]
    {
        let refused = work(variables[0], shard).expect(2);
        assert!(refused.stderr.contains(message), "{}", refused.stderr);
    }
}

/// An event that ends every worker, in a shard and in a local run.
#[test]
fn a_poison_event_in_a_shard() {
    for events in [&[1_500][..], &[1_025, 2_048], &[1, 3_000, 4_000]] {
        let all: Vec<String> = events.iter().map(|event| format!("crash {event}")).collect();
        let faults = FaultPlan::new(&all.join(";"));
        let planned = Planned::sample();
        for shard in 0..planned.shards() {
            let done = faults.of_workers(planned.work(shard)).succeed();
            let line: Value = serde_json::from_str(&done.stdout).unwrap();
            let skipped = line["set_aside"].as_array().unwrap().len();
            assert_eq!(line["replaced"].as_array().unwrap().len(), 3 * skipped, "{}", done.stdout);
        }
        let merged: Finished = planned.merge().expect(3);
        for event in events {
            let skipped =
                format!("event.{event} was skipped: the worker that examined it was killed by SIGABRT");
            assert!(merged.stdout.contains(&skipped), "{}", merged.stdout);
        }
        let local = Store::of("sample");
        let run = foreman(["analyze", "--workers", "1"]).args(options()).arg(local.path());
        faults.of_workers(run).expect(3);
        planned.store.dump().assert_same(&local.dump());
    }
}

#[test]
fn shards_that_are_missing() {
    let planned = Planned::sample();
    planned.work(1).succeed();
    let missing = foreman(["merge", "--missing", "--plan"]).arg(planned.folder());
    assert_eq!(missing.expect(3).stdout, "0\n2\n");
    planned.refuses(1, "2 of 3 shards of the plan are missing: 0, 2; nothing was merged");
    planned.merge().arg("--do-missing").succeed();
    assert_same(&planned.store, &analyzed(Store::of("sample"), |run| run.args(options())));
    let planned = Planned::sample();
    planned.work_on_all();
    let missing = foreman(["merge", "--missing", "--plan"]).arg(planned.folder());
    assert_eq!(missing.succeed().stdout, "");
}

/// The command in the message must help: its result is where the merge looks for it, and it reads
/// the storage file where it is now.
#[test]
fn the_command_for_a_missing_shard_helps() {
    let mut planned = Planned::sample();
    let out = planned.elsewhere("the results");
    std::fs::create_dir(&out).unwrap();
    (1..planned.shards()).for_each(|shard| drop(planned.work(shard).arg("--out").arg(&out).succeed()));
    planned.store = Store::copy_of(planned.store.path());
    let merge = || planned.merge().arg("--from").arg(&out);
    let refused = merge().expect(1).stderr;
    let command = refused.lines().find_map(|line| line.strip_prefix("  foreman ")).expect("a command");
    let real = |path: &Path| path.canonicalize().unwrap().display().to_string();
    let (plan, store, out_real) = (real(&planned.folder()), real(planned.store.path()), real(&out));
    assert_eq!(command, format!("work --plan '{plan}' --store '{store}' --out '{out_real}' --shard 0"));
    let program = places::program("foreman");
    let run = std::process::Command::new("sh")
        .args(["-c", &format!("'{}' {command} --workers 2", program.display())])
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
    merge().succeed();
    // A result that cannot be used is done again in the same folder.
    std::fs::write(out.join("shard-000000/shard.json"), "{").unwrap();
    let again = planned.work(0).arg("--store").arg(planned.store.path()).arg("--out").arg(&out);
    let said = again.expect(2).stderr;
    assert!(said.contains("cannot be used") && said.contains(command), "{said}");
}

/// If it is stopped at any moment, there is a plan or nothing.
#[test]
fn a_plan_that_is_stopped() {
    let store = Store::of("sample");
    let place = TempDir::new().unwrap();
    let rules = place.path().join("rules");
    std::fs::create_dir(&rules).unwrap();
    for number in 0..300 {
        let text = format!("label_{number}\n  data_type is 'fs:stat'\n");
        std::fs::write(rules.join(format!("{number}.txt")), text).unwrap();
    }
    let out = place.path().join("plan");
    let entries = || std::fs::read_dir(place.path()).unwrap().count();
    let plan =
        || foreman(["plan", "--analysis", "tagging", "--tagging-file"]).arg(&rules).arg("--out").arg(&out);
    // As soon as there is something to remove, and then a little later each time.
    let mut was_aborted = false;
    for milliseconds in [0, 2, 5, 10, 20] {
        let mut running = plan().arg(store.path()).start();
        running.until(|_| (entries() > 1).then_some(())).expect("it makes a folder");
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        running.signal(nix::sys::signal::Signal::SIGTERM);
        let stopped = running.wait();
        match stopped.status {
            Some(0) => std::fs::remove_dir_all(&out).unwrap(),
            status => {
                assert_eq!(status, Some(130), "{}", stopped.stderr);
                assert!(stopped.stderr.contains("aborted; no plan was made"), "{}", stopped.stderr);
                was_aborted = true;
            }
        }
        assert_eq!(entries(), 1, "something is left behind: {}", stopped.stderr);
    }
    assert!(was_aborted);
}

/// A merge that is interrupted can be resumed like any run, without doing the shards again.
#[test]
fn a_merge_that_is_interrupted() {
    let planned = Planned::sample();
    planned.work(0).succeed();
    planned.work(2).succeed();
    let faults = FaultPlan::new("wait 3000");
    let mut running = faults.of_workers(planned.merge().arg("--do-missing")).start();
    let finished = planned.store.folder().join("sample.plaso.foreman/finished.jsonl");
    let is_there =
        |_: &tests::Running| std::fs::read_to_string(&finished).ok().filter(|text| text.lines().count() >= 3);
    running.until(is_there).expect("it waits");
    running.signal(nix::sys::signal::Signal::SIGTERM);
    let stopped = running.wait().expect(130);
    assert!(stopped.stderr.contains("foreman analyze --resume"), "{}", stopped.stderr);
    // The merge has rules of its own: another plan may have the name by now.
    std::fs::remove_dir_all(planned.folder()).unwrap();
    let resumed = foreman(["analyze", "--resume"]).arg(planned.store.path()).succeed();
    assert!(resumed.stderr.contains("of 6 tasks are done"), "{}", resumed.stderr);
    assert_same(&planned.store, &analyzed(Store::of("sample"), |run| run.args(options())));
}
