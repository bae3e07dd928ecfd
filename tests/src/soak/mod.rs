//! Runs that are killed at random moments, resumed, and compared with an undisturbed run.

mod shards;
mod tally;

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rusqlite::Connection;

use crate::power_cut::{Moment, journal_of};
use crate::random::Random;
use crate::{Dump, Finished, Program, Running, Store, digest_of_evidence, foreman, is_gone, places};
use shards::Sharded;

pub use tally::Tally;

/// The maximum number of workers that are killed in one run. One more could be the third to end on
/// the same task, and an event would rightly be skipped.
const MOST_WORKERS_KILLED: usize = 2;
/// The maximum number of moments of one run at which a power cut is simulated.
const MOST_MOMENTS: usize = 8;
/// The maximum number of interruptions of one analysis. After them, it runs undisturbed to its end.
const MOST_INTERRUPTIONS: usize = 6;
/// The number of workers of a run.
const WORKERS: [&str; 2] = ["--workers", "3"];
/// How long a worker may outlive its foreman. The kernel ends it at once, but may be busy.
const PATIENCE: Duration = Duration::from_secs(10);

/// A storage file, and the results that an analysis of it must have.
#[derive(Debug)]
pub struct Subject {
    original: PathBuf,
    dump: Dump,
    evidence: String,
    /// How long an undisturbed analysis takes.
    takes: Duration,
}

/// Attacks analyses of copies of subjects.
#[derive(Debug)]
pub struct Soak {
    random: Random,
    tally: Tally,
    /// The folder for foremen's temporary files. A file that stays there is a fault.
    temporary: tempfile::TempDir,
    foremen: Vec<Pid>,
}

impl Subject {
    /// Analyses a copy of this storage file, undisturbed.
    ///
    /// # Panics
    ///
    /// If this fails.
    #[must_use]
    pub fn new(original: &Path) -> Self {
        let store = Store::copy_of(original);
        let evidence = store.digest_of_evidence();
        let begun = Instant::now();
        analysis("analyze").args(WORKERS).arg(store.path()).succeed();
        let takes = begun.elapsed();
        Self { original: original.to_owned(), dump: store.dump(), evidence, takes }
    }
}

impl Soak {
    /// Makes a soak. The seed determines its random moments.
    ///
    /// # Panics
    ///
    /// If no temporary folder can be made.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let temporary = tempfile::Builder::new().prefix("soak-").tempdir().unwrap();
        Self { random: Random::new(seed), tally: Tally::default(), temporary, foremen: Vec::new() }
    }

    /// Attacks analyses of these storage files in turn, for this time.
    #[must_use]
    pub fn run(mut self, subjects: &[Subject], how_long: Duration) -> Tally {
        let begun = Instant::now();
        while begun.elapsed() < how_long {
            for subject in subjects {
                match self.random.below(4) {
                    0 => self.shards(subject),
                    _ => self.analysis(subject),
                }
            }
        }
        self.tally
    }

    /// Runs one analysis, and resumes it until it is complete.
    fn analysis(&mut self, subject: &Subject) {
        let store = Store::copy_of(&subject.original);
        self.tally.analyses += 1;
        for interruption in 0.. {
            let finished = self.attack(subject, &store, interruption < MOST_INTERRUPTIONS);
            self.check_workers();
            // A killed run may have been complete, except for the removal of its folder.
            let complete = self.is_complete(subject, &store);
            match (finished.status, complete) {
                (Some(0), true) => break,
                (Some(130) | None, false) => {}
                (None, true) => {
                    foreman(["clean"]).arg(store.path()).env("TMPDIR", self.temporary.path()).succeed();
                    break;
                }
                (_, _) => {
                    self.fault(&format!("not as it should be ({complete}): {finished:?}"));
                    break;
                }
            }
        }
        self.check_files(&store);
    }

    /// Does an analysis in shards, and merges them.
    fn shards(&mut self, subject: &Subject) {
        let store = Store::copy_of(&subject.original);
        self.tally.analyses += 1;
        let mut sharded = Sharded::plan(&store, analysis("plan"), &mut self.random, self.temporary.path());
        let outcome = sharded.run();
        let ([attempts, merges], foremen) = (sharded.kills, std::mem::take(&mut sharded.foremen));
        self.tally.runs += foremen.len() as u64;
        self.foremen.extend(foremen);
        for (what, number) in [("shard SIGKILL", attempts), ("merge SIGKILL", merges)] {
            *self.tally.kills.entry(what).or_default() += number;
        }
        self.check_workers();
        match outcome {
            Err(fault) => self.fault(&fault),
            Ok(()) if !self.is_complete(subject, &store) => self.fault("a merge has stored nothing"),
            Ok(()) => {}
        }
        self.check_files(&store);
    }

    /// Runs the foreman. If `kills`, kills it and its workers at random moments.
    fn attack(&mut self, subject: &Subject, store: &Store, kills: bool) -> Finished {
        let mut folder = store.path().as_os_str().to_owned();
        folder.push(".foreman/finished.jsonl");
        let resumes = Path::new(&folder).metadata().is_ok_and(|finished| finished.len() > 0);
        self.tally.resumed += u64::from(resumes);
        let run = if resumes {
            foreman(["analyze", "--resume", "--workers", "3"])
        } else {
            analysis("analyze").args(WORKERS)
        };
        let mut running = run.arg(store.path()).env("TMPDIR", self.temporary.path()).start();
        self.tally.runs += 1;
        self.foremen.push(running.pid());
        let mut moments = Vec::new();
        match self.random.below(3) {
            0 => moments = self.watch(store, &mut running),
            _ if kills => self.harass(subject, &mut running),
            _ => {}
        }
        let finished = running.wait();
        moments.iter().for_each(|moment| self.cut_power(subject, moment));
        finished
    }

    /// Copies the contents of the disk at random moments of a run's merge and commit.
    fn watch(&mut self, store: &Store, running: &mut Running) -> Vec<Moment> {
        let mut moments = Vec::new();
        let journal = journal_of(store.path());
        // A journal that is not empty means that the change is being committed, which takes a small
        // part of a run.
        let least = self.random.below(2);
        let has_begun = |_: &Running| journal.metadata().is_ok_and(|file| file.len() >= least).then_some(());
        if running.until(has_begun).is_none() {
            return moments;
        }
        while moments.len() < MOST_MOMENTS && running.until(|_| Some(())).is_some() {
            let Some(moment) = Moment::of(running, store) else { break };
            moments.push(moment);
            thread::sleep(Duration::from_micros(self.random.below(3_000)));
        }
        moments
    }

    /// Checks that the disk after a power cut opens as the old or the new store.
    fn cut_power(&mut self, subject: &Subject, moment: &Moment) {
        let original = std::fs::read(&subject.original).unwrap();
        self.tally.power_cuts[0] += 1;
        let mut disks = vec![moment.clone()];
        if moment.is_hot() {
            self.tally.power_cuts[1] += 1;
            disks.push(moment.with_lost_writes(&original, &mut self.random));
        }
        for disk in disks {
            let store = Store::with_bytes(&[]);
            disk.restore(&store);
            let cleaned = foreman(["clean"]).arg(store.path()).env("TMPDIR", self.temporary.path()).run();
            if cleaned.status != Some(0) {
                self.fault(&format!("after a power cut: {cleaned:?}"));
            } else {
                self.is_complete(subject, &store);
            }
        }
    }

    /// Kills the foreman or workers at random moments, until the foreman is killed or has ended.
    fn harass(&mut self, subject: &Subject, running: &mut Running) {
        let mut workers_left = MOST_WORKERS_KILLED;
        loop {
            // Short enough for several moments in a run.
            let longest = u64::try_from(subject.takes.as_micros() / 3).unwrap_or(u64::MAX).max(1);
            let until = Instant::now() + Duration::from_micros(self.random.below(longest));
            if running.until(|_| (Instant::now() >= until).then_some(())).is_none() {
                return;
            }
            match self.random.below(6) {
                0 => {
                    self.kill("foreman SIGKILL", running.pid(), Signal::SIGKILL);
                    return;
                }
                1 => {
                    self.kill("foreman SIGINT", running.pid(), Signal::SIGINT);
                    return;
                }
                which if workers_left > 0 => workers_left -= self.kill_worker(running, which == 5),
                _ => {}
            }
        }
    }

    /// Kills a worker of the run, if there is one. Returns the number of killed workers.
    fn kill_worker(&mut self, running: &Running, stop_first: bool) -> usize {
        let workers = running.children();
        if workers.is_empty() {
            return 0;
        }
        let worker = workers[self.random.index(workers.len())];
        if stop_first {
            // The worker may just have ended.
            let _ = kill(worker, Signal::SIGSTOP);
            thread::sleep(Duration::from_micros(self.random.below(100_000)));
            self.kill("worker SIGSTOP, SIGKILL", worker, Signal::SIGKILL)
        } else {
            self.kill("worker SIGKILL", worker, Signal::SIGKILL)
        }
    }

    fn kill(&mut self, what: &'static str, process: Pid, signal: Signal) -> usize {
        let hit = usize::from(!is_gone(process) && kill(process, signal).is_ok());
        *self.tally.kills.entry(what).or_default() += hit as u64;
        hit
    }

    /// Returns whether the store has the results. It must have all of them or none.
    fn is_complete(&mut self, subject: &Subject, store: &Store) -> bool {
        // The copy is checked, not the store. Opening a store undoes the incomplete change of a
        // killed run, and this must be left to the foreman.
        let copy = Store::with_bytes(&[]);
        Moment::after(store).restore(&copy);
        let connection = Connection::open(copy.path()).unwrap();
        let dump = Dump::of(&connection);
        let complete = dump.sessions == subject.dump.sessions;
        if complete {
            let differences = dump.differences(&subject.dump);
            if !differences.is_empty() {
                self.fault(&format!("the result differs: {}", differences.join("\n")));
            }
            if digest_of_evidence(&connection) != subject.evidence {
                self.fault("the evidence has changed");
            }
        } else if std::fs::read(&subject.original).unwrap() != copy.bytes() {
            self.fault("the store has changed, but is not complete");
        }
        complete
    }

    /// Checks that no worker of an ended foreman still runs.
    fn check_workers(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = workers_of(&self.foremen);
            if left.is_empty() {
                self.foremen.clear();
                return;
            }
            if Instant::now() > deadline {
                self.fault(&format!("workers outlive their foreman: {left:?}"));
                self.foremen.clear();
                return;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Checks that nothing is left beside the store and in the folder for temporary files.
    fn check_files(&mut self, store: &Store) {
        let own = store.path().file_name().expect("a store has a name").to_string_lossy().into_owned();
        if store.files() != [own] {
            self.fault(&format!("left beside the store: {:?}", store.files()));
        }
        for left in std::fs::read_dir(self.temporary.path()).unwrap() {
            let left = left.unwrap().path();
            self.fault(&format!("left in the temporary folder: {}", left.display()));
            let _ = std::fs::remove_dir_all(left);
        }
    }

    fn fault(&mut self, what: &str) {
        self.tally.faults.push(format!("analysis {}: {what}", self.tally.analyses));
    }
}

/// Returns a command that makes or plans the analysis.
fn analysis(command: &str) -> Program {
    let rules = places::data("sample-rules.txt");
    let plugins = "tagging,sessionize,browser_search,unique_domains_visited";
    foreman([command, "--analysis", plugins, "--tagging-file"]).arg(rules)
}

/// Returns the workers that these foremen have started and that still run.
fn workers_of(foremen: &[Pid]) -> Vec<Pid> {
    let own = places::program("worker");
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_string_lossy().parse().ok());
    let is_ours = |pid: i32| {
        let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let arguments: Vec<_> = arguments.split(|&byte| byte == 0).map(String::from_utf8_lossy).collect();
        let foreman = arguments.iter().skip_while(|argument| *argument != "--foreman").nth(1);
        let foreman = foreman.and_then(|number| number.parse().ok()).map(Pid::from_raw);
        arguments.first().is_some_and(|program| own == Path::new(&**program))
            && foreman.is_some_and(|foreman| foremen.contains(&foreman))
    };
    pids.filter(|&pid| is_ours(pid)).map(Pid::from_raw).filter(|&pid| !is_gone(pid)).collect()
}
