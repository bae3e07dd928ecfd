//! Measures how fast an analysis is, and how fast it could be.
//!
//! All measurements are repeated in turn, so that other load on the machine affects all of them.
//! Only ratios count. The floors are work that every program with these files must do: to read all
//! events and inflate all event data, and to insert the tags.

mod file_system;
mod floor;
mod front_end;
mod report;
mod results;
mod rules;
mod stores;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

pub use file_system::write_file_system;
pub use front_end::{FrontEnd, measure_front_end};
pub use results::{Measure, Ratio, Results, worst_first};
pub(crate) use rules::file as rule_file;
pub use rules::{GENERATED_RULES, with_generated_rules};
pub(crate) use stores::replicated;
use testing::places;

/// The plugins that need only the store.
const OFFLINE: &str = "tagging,sessionize,browser_search,unique_domains_visited,chrome_extension";
/// The name of the measurement of an export.
const EXPORT: &str = "export, JSON lines";

/// A kind of store, and the rules for it.
#[derive(Debug, Clone)]
pub struct Kind {
    /// The storage file that stores are made of.
    pub source: PathBuf,
    /// The rules for tagging: a file, or the name of built-in rules.
    pub rules: String,
    /// Whether the source is made up. psort is not measured on such a store.
    pub made_up: bool,
}

impl Kind {
    /// Returns the kinds that are measured by default: a server's logs, Windows event logs, and a
    /// file system. Each kind is slow for another reason.
    ///
    /// # Panics
    ///
    /// If a store cannot be made.
    #[must_use]
    pub fn default_mix() -> Vec<Self> {
        let kind = |source, rules: &str, made_up| Self { source, rules: rules.into(), made_up };
        let mut kinds = vec![kind(places::data("sample.plaso"), "linux", false)];
        let event_logs = Some(places::data("evtx-sample.plaso")).filter(|path| path.exists());
        kinds.extend(
            event_logs
                .or_else(|| places::shared_store("evtx-mitre"))
                .map(|source| kind(source, "windows", false)),
        );
        kinds.push(kind(stores::file_system(), "linux", true));
        kinds
    }
}

/// An analysis to measure: its name, its plugins, and whether it has generated rules too.
type Analysis = (&'static str, &'static str, bool);

const ANALYSES: [Analysis; 4] = [
    ("tagging", "tagging", false),
    ("tagging, 3,000 rules more", "tagging", true),
    ("sessionize", "sessionize", false),
    ("all offline plugins", OFFLINE, false),
];

/// Measures everything, `runs` times, on a store of this kind with this number of events.
///
/// # Panics
///
/// If something fails.
#[must_use]
pub fn measure(kind: &Kind, events: u64, runs: usize) -> Results {
    let store = &stores::replicated(&kind.source, events);
    let rules = [rules::file(&kind.rules), rules::with_generated_rules(&kind.rules, &stores::folder())];
    let copy = Copy::of(store);
    let mut measures: Vec<Measure> = ["floor: read, inflate", "floor: insert tags"].map(Measure::new).into();
    measures.extend(ANALYSES.map(|(name, ..)| Measure::new(name)));
    for run in 0..runs {
        measures[0].add(floor::read(store));
        for (measure, (name, plugins, generated)) in (2..).zip(ANALYSES) {
            let rules = &rules[usize::from(generated)];
            copy.renew();
            measures[measure].add(analyze(rules, &copy.path, plugins, &[]));
            if name == "sessionize" {
                let tags = floor::tags(&copy.path);
                copy.renew();
                measures[1].add(floor::insert(&copy.path, &tags));
            }
            if run == 0 {
                copy.renew();
                details(rules, &copy, plugins, &[], &mut measures[measure]);
            }
        }
    }
    Results::new(store, measures)
}

/// Measures psort and foreman on the source of this kind.
///
/// # Panics
///
/// If something fails.
#[must_use]
pub fn beside_psort(kind: &Kind, psort: &Path, runs: usize) -> Results {
    let rules = &rules::file(&kind.rules);
    let copy = Copy::of(&kind.source);
    let mut measures = Vec::new();
    for (name, plugins) in [("tagging", "tagging"), ("all offline plugins", OFFLINE)] {
        let (mut ours, mut theirs) = (Measure::new(name), Measure::new(&format!("psort: {name}")));
        for run in 0..runs {
            copy.renew();
            ours.add(analyze(rules, &copy.path, plugins, &[]));
            // psort takes minutes. Two runs are enough to exclude an accident.
            if run < 2 {
                copy.renew();
                theirs.add(run_psort(rules, psort, &copy.path, plugins));
            }
        }
        measures.extend([ours, theirs]);
    }
    measures.extend(exports(&copy, psort, runs));
    Results::new(&kind.source, measures)
}

/// Measures exports of all events as JSON lines by time, with foreman and with psort.
fn exports(copy: &Copy, psort: &Path, runs: usize) -> [Measure; 2] {
    let (mut ours, mut theirs) = (Measure::new(EXPORT), Measure::new(&format!("psort: {EXPORT}")));
    let output = copy.path.with_extension("jsonl");
    copy.renew();
    for run in 0..runs {
        let mut command = Command::new(places::program("foreman"));
        command.args(["export", "--quiet", "--sort", "time", "--output"]).arg(&output);
        ours.add(timed(command.arg(&copy.path)));
        std::fs::remove_file(&output).unwrap();
        if run < 2 {
            let mut command = Command::new(psort);
            command.args(["-q", "-u", "-a", "--status_view", "none", "--logfile", "/dev/null"]);
            command.args(["-o", "json_line", "-w"]).arg(&output);
            theirs.add(timed(command.arg(&copy.path)));
            std::fs::remove_file(&output).unwrap();
        }
    }
    [ours, theirs]
}

/// A copy of a store that may be changed.
struct Copy {
    original: PathBuf,
    path: PathBuf,
}

impl Copy {
    fn of(original: &Path) -> Self {
        let stem = original.file_stem().unwrap_or_default().to_string_lossy();
        let path = stores::folder().join(format!("copy-of-{stem}.plaso"));
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
fn analyze(rules: &Path, store: &Path, plugins: &str, options: &[String]) -> Duration {
    let mut command = Command::new(places::program("foreman"));
    command.args(["analyze", "--quiet", "--analysis", plugins]).args(options);
    if plugins.contains("tagging") {
        command.arg("--tagging-file").arg(rules);
    }
    timed(command.arg(store))
}

/// Measures the memory, the time of each phase and stage, and the disk space of a run. This is a
/// separate run, because these measurements take time.
fn details(rules: &Path, copy: &Copy, plugins: &str, options: &[String], measure: &mut Measure) {
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
    let summary_options = ["--profile".into(), "--summary".into(), path];
    analyze(rules, &copy.path, plugins, &[&summary_options, options].concat());
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

fn run_psort(rules: &Path, psort: &Path, store: &Path, plugins: &str) -> Duration {
    let mut command = Command::new(psort);
    command.args(["-q", "-u", "--status_view", "none", "-o", "null", "--analysis", plugins]);
    command.args(["--logfile", "/dev/null"]);
    timed(command.arg("--tagging-file").arg(rules).arg(store))
}

fn timed(command: &mut Command) -> Duration {
    let begun = Instant::now();
    let output = command.output().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let took = begun.elapsed();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    took
}
