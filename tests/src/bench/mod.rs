//! Measures how fast an analysis is, and how fast it could be.
//!
//! All measurements are repeated in turn, so that other load on the machine affects all of them.
//! Only ratios count. The floors are work that every program with these files must do: to read all
//! events and inflate all event data, and to insert the tags.

mod floor;
mod report;
mod stores;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;

pub use stores::replicated;
use testing::places;

/// The plugins that need only the store.
const OFFLINE: &str = "tagging,sessionize,browser_search,unique_domains_visited,chrome_extension";

/// What to measure, and how often.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The storage file from which stores are made.
    pub source: PathBuf,
    /// The rules for tagging: a file, or the name of built-in rules.
    pub rules: String,
    /// The number of runs of each measurement.
    pub runs: usize,
    /// Plaso's `psort`, to measure it on the source itself.
    pub psort: Option<PathBuf>,
}

/// The measurements of one kind of run.
#[derive(Debug, Clone, Serialize)]
pub struct Measure {
    /// The name of the kind.
    pub name: String,
    /// The times in seconds, sorted.
    pub seconds: Vec<f64>,
    /// The maximum memory of the foreman, and of a worker, in bytes.
    pub memory: Option<(u64, u64)>,
    /// The seconds of each phase of one run, and of each stage, summed over all workers.
    pub phases: Vec<(String, f64)>,
    /// The largest size of the run's folder, in bytes.
    pub folder: Option<u64>,
}

/// The measurements on one store.
#[derive(Debug, Clone, Serialize)]
pub struct Results {
    /// The store's name.
    pub store: String,
    /// The number of its events.
    pub events: u64,
    /// The number of processors, which is also the number of workers.
    pub processors: usize,
    /// The measurements, in order.
    pub measures: Vec<Measure>,
}

impl Measure {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), seconds: Vec::new(), memory: None, phases: Vec::new(), folder: None }
    }

    fn add(&mut self, took: Duration) {
        self.seconds.push(took.as_secs_f64());
        self.seconds.sort_by(f64::total_cmp);
    }

    /// Returns the median in seconds.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.seconds.get(self.seconds.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// Measures everything on this store.
///
/// # Panics
///
/// If something fails.
#[must_use]
pub fn measure(plan: &Plan, store: &Path) -> Results {
    let analyses = [("tagging", "tagging"), ("sessionize", "sessionize"), ("all offline plugins", OFFLINE)];
    let copy = Copy::of(store);
    let mut measures: Vec<Measure> = ["floor: read, inflate", "floor: insert tags"].map(Measure::new).into();
    measures.extend(analyses.map(|(name, _)| Measure::new(name)));
    for run in 0..plan.runs {
        measures[0].add(floor::read(store));
        for (measure, (name, plugins)) in (2..).zip(analyses) {
            copy.renew();
            measures[measure].add(analyze(plan, &copy.path, plugins, &[]));
            if name == "sessionize" {
                let tags = floor::tags(&copy.path);
                copy.renew();
                measures[1].add(floor::insert(&copy.path, &tags));
            }
            if run == 0 {
                copy.renew();
                details(plan, &copy, plugins, &mut measures[measure]);
            }
        }
    }
    Results {
        store: store.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        events: stores::events(store),
        processors: processors(),
        measures,
    }
}

/// Measures psort and foreman on the source.
///
/// # Panics
///
/// If something fails.
#[must_use]
pub fn beside_psort(plan: &Plan, psort: &Path) -> Results {
    let copy = Copy::of(&plan.source);
    let mut measures = Vec::new();
    for (name, plugins) in [("tagging", "tagging"), ("all offline plugins", OFFLINE)] {
        let (mut ours, mut theirs) = (Measure::new(name), Measure::new(&format!("psort: {name}")));
        for run in 0..plan.runs {
            copy.renew();
            ours.add(analyze(plan, &copy.path, plugins, &[]));
            // psort takes minutes. Two runs are enough to exclude an accident.
            if run < 2 {
                copy.renew();
                theirs.add(run_psort(plan, psort, &copy.path, plugins));
            }
        }
        measures.extend([ours, theirs]);
    }
    Results {
        store: plan.source.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        events: stores::events(&plan.source),
        processors: processors(),
        measures,
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}

/// A copy of a store that may be changed.
struct Copy {
    original: PathBuf,
    path: PathBuf,
}

impl Copy {
    fn of(original: &Path) -> Self {
        let path = stores::folder().join("copy.plaso");
        Self { original: original.to_owned(), path }
    }

    /// Makes the copy equal to the original again, and waits until it is on the disk. Otherwise
    /// writing it would disturb the next measurement.
    fn renew(&self) {
        std::fs::copy(&self.original, &self.path).expect("there is room for a copy");
        let file = std::fs::File::options().write(true).open(&self.path).unwrap();
        file.sync_all().unwrap();
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Runs an analysis, and returns the time from the foreman's start to its end.
fn analyze(plan: &Plan, store: &Path, plugins: &str, options: &[&str]) -> Duration {
    let mut command = Command::new(places::program("foreman"));
    command.args(["analyze", "--quiet", "--analysis", plugins]).args(options);
    if plugins.contains("tagging") {
        command.args(["--tagging-file", &plan.rules]);
    }
    timed(command.arg(store))
}

/// Measures the memory, the time of each phase and stage, and the disk space of a run. This is a
/// separate run, because these measurements take time.
fn details(plan: &Plan, copy: &Copy, plugins: &str, measure: &mut Measure) {
    let summary = copy.path.with_extension("summary.json");
    let path = summary.to_string_lossy().into_owned();
    let (done, is_done) = std::sync::mpsc::channel::<()>();
    let folder = PathBuf::from(format!("{}.foreman", copy.path.display()));
    let most = std::thread::spawn(move || {
        let mut most = 0;
        while is_done
            .recv_timeout(Duration::from_millis(20))
            .is_err_and(|e| e == std::sync::mpsc::RecvTimeoutError::Timeout)
        {
            let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
            most = most.max(files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum());
        }
        most
    });
    analyze(plan, &copy.path, plugins, &["--profile", "--summary", &path]);
    drop(done);
    let json: Value = serde_json::from_slice(&std::fs::read(&summary).unwrap()).unwrap();
    std::fs::remove_file(summary).unwrap();
    let bytes = |who| json["memory"][who].as_u64().unwrap_or_default();
    measure.memory = Some((bytes("foreman"), bytes("worker")));
    measure.folder = Some(most.join().unwrap());
    let phases = json["phases"].as_array().into_iter().flatten();
    measure.phases = phases
        .map(|phase| {
            (
                phase["phase"].as_str().unwrap_or_default().to_owned(),
                phase["seconds"].as_f64().unwrap_or_default(),
            )
        })
        .collect();
    let stages = json["results"]["profile"].as_object().into_iter().flatten();
    let stages = stages.map(|(stage, time)| (format!("workers: {stage}"), time.as_f64().unwrap_or_default()));
    measure.phases.extend(stages);
}

fn run_psort(plan: &Plan, psort: &Path, store: &Path, plugins: &str) -> Duration {
    let mut command = Command::new(psort);
    command.args(["-q", "-u", "--status_view", "none", "-o", "null", "--analysis", plugins]);
    command.args(["--logfile", "/dev/null"]);
    timed(command.args(["--tagging-file", &plan.rules]).arg(store))
}

fn timed(command: &mut Command) -> Duration {
    let begun = Instant::now();
    let output = command.output().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let took = begun.elapsed();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    took
}
