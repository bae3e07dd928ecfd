//! A plan that an engine does.

use std::cell::Cell;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::setup::Setup;
use crate::{Finished, Program, Store, differences_of_results, foreman};

/// The time limit for a case.
pub(super) const LONGEST: Duration = Duration::from_secs(1_800);
/// The number of shards. Each process of an engine gets several.
const SHARDS: u64 = 9;

/// A plan to be done by an engine, and merged.
pub(super) struct Case<'s> {
    pub(super) setup: &'s Setup,
    pub(super) store: Store,
    pub(super) plan: PathBuf,
    /// A folder for the engine's own files, too.
    pub(super) folder: TempDir,
    /// How long the services of the engine took to start. In daily work they run before a job.
    pub(super) services: Cell<Duration>,
    events: u64,
}

/// Does the shards of a case with an engine, and merges them.
pub(super) type Engine = fn(&Case<'_>) -> Finished;

/// How long a case took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    /// The whole time: plan, engine and merge.
    pub(super) all: Duration,
    /// The time in which the engine and its services started, as far as that is known.
    pub(super) start: Duration,
}

/// Returns the analysis that all cases and the local run do.
pub(super) fn analysis(command: &str) -> Program {
    foreman([command, "--analysis", "tagging,sessionize", "--tagging-file", "linux"])
}

impl<'s> Case<'s> {
    /// Plans an analysis of a copy of this storage file, lets `engine` do and merge it, and
    /// compares the result with that of a local run.
    pub(super) fn run(setup: &'s Setup, original: &Original, engine: Engine) -> Taken {
        let folder = tempfile::Builder::new().prefix("scale-").tempdir().unwrap();
        let plan = folder.path().join("plan");
        let services = Cell::default();
        let store = Store::copy_of(&original.path);
        let case = Self { setup, store, plan, folder, services, events: original.events };
        let begin = Instant::now();
        let a_shard = original.events.div_ceil(SHARDS).to_string();
        analysis("plan")
            .args(["--shard-events", &a_shard, "--out"])
            .arg(&case.plan)
            .arg(case.store.path())
            .succeed();
        let finished = engine(&case).expect(0);
        let all = begin.elapsed();
        let differences = differences_of_results(&case.store, &original.analyzed);
        assert!(differences.is_empty(), "differs from a local run: {}", differences.join(", "));
        let start = case.services.get() + start_of(&(finished.stdout + &finished.stderr));
        Taken { all, start }
    }

    /// Returns an event in the middle of the storage file.
    pub(super) fn middle(&self) -> u64 {
        self.events / 2
    }
}

/// A storage file, and the result of a local run.
pub(super) struct Original {
    path: PathBuf,
    pub(super) events: u64,
    analyzed: Store,
    /// How long the local run took.
    pub(super) local: Duration,
}

impl Original {
    /// Analyses copies of this storage file on this machine.
    pub(super) fn new(path: PathBuf, events: u64) -> Self {
        let analyze = || {
            let store = Store::copy_of(&path);
            let begin = Instant::now();
            analysis("analyze").args(["--workers", "2"]).arg(store.path()).deadline(LONGEST).succeed();
            (begin.elapsed(), store)
        };
        // The first run has to wait for the disk.
        let (first, _) = analyze();
        let (second, analyzed) = analyze();
        Self { path, events, analyzed, local: first.min(second) }
    }
}

/// Returns the time in which the engine started, as the adapter for Spark says it. `spark-submit`
/// prints all messages of the adapter on standard output.
fn start_of(messages: &str) -> Duration {
    let said = messages.lines().find_map(|line| line.split_once("Spark started in ")?.1.strip_suffix(" s"));
    said.and_then(|seconds| seconds.parse().ok()).map_or(Duration::ZERO, Duration::from_secs_f64)
}
