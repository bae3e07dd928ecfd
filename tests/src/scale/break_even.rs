//! From how many events several machines are faster than one, by what is measured here.
//!
//! All machines are like this one, and each has the storage file on a disk of its own.

use std::fmt;
use std::path::Path;
use std::time::Instant;

use serde_json::Value;

use super::case::LONGEST;
use crate::bench::replicated;
use crate::{Program, Store, foreman, places};

/// The analyses that are compared: few events get a label, or each does.
const ANALYSES: [&str; 2] = ["tagging", "tagging,sessionize"];
/// The numbers of machines.
const MACHINES: [u32; 4] = [2, 4, 10, 100];
/// The number of events for which the gain is shown.
const MANY: f64 = 1e9;

/// From how many events several machines are faster.
#[derive(Debug)]
pub struct BreakEven {
    events: u64,
    /// The times that an engine takes to start, in seconds.
    starts: Vec<f64>,
    figures: Vec<(&'static str, Figures)>,
}

/// Seconds for each event.
#[derive(Debug, Clone, Copy)]
struct Figures {
    /// A run on one machine.
    local: f64,
    plan: f64,
    /// All shards, one after the other on one machine.
    work: f64,
    merge: f64,
}

impl Figures {
    /// Measures an analysis of copies of a storage file.
    fn measure(original: &Path, events: u64, plugins: &str) -> Self {
        let analysis = |command: &str| {
            foreman([command, "--analysis", plugins, "--tagging-file", "linux"]).deadline(LONGEST)
        };
        let local = Store::copy_of(original);
        let local = seconds(analysis("analyze").arg(local.path()));
        let (store, folder) = (Store::copy_of(original), tempfile::tempdir().unwrap());
        let folder = folder.path().join("plan");
        let plan = seconds(analysis("plan").arg("--out").arg(&folder).arg(store.path()));
        let json = std::fs::read(folder.join("plan.json")).unwrap();
        let shards = serde_json::from_slice::<Value>(&json).unwrap()["shards"].as_array().unwrap().len();
        let of_plan = |command| foreman([command, "--plan"]).arg(&folder).deadline(LONGEST);
        let work = |shard: usize| seconds(of_plan("work").args(["--shard", &shard.to_string()]));
        let work = (0..shards).map(work).sum();
        let merge = seconds(of_plan("merge").arg(store.path()));
        let [local, plan, work, merge] =
            [local, plan, work, merge].map(|seconds: f64| seconds / events as f64);
        Self { local, plan, work, merge }
    }

    /// Returns the time for so many events on several machines, without the start of the engine.
    fn seconds(&self, machines: u32, events: f64) -> f64 {
        (self.plan + self.work / f64::from(machines) + self.merge) * events
    }

    /// Returns the number of events from which several machines are faster, if there is one.
    fn break_even(&self, machines: u32, start: f64) -> Option<f64> {
        let saved = self.local - self.seconds(machines, 1.0);
        (saved > 0.0).then(|| start / saved)
    }

    /// Returns how many times as fast several machines are.
    fn gain(&self, machines: u32, start: f64, events: f64) -> f64 {
        self.local * events / (start + self.seconds(machines, events))
    }
}

/// Measures a storage file of so many events. `starts` are times that an engine takes to start, in
/// seconds.
///
/// # Panics
///
/// If a run fails.
#[must_use]
pub fn break_even(events: u64, starts: &[f64]) -> BreakEven {
    let original = replicated(&places::data("sample.plaso"), events);
    let measure = |plugins| (plugins, Figures::measure(&original, events, plugins));
    BreakEven { events, starts: starts.to_vec(), figures: ANALYSES.map(measure).into() }
}

fn seconds(program: Program) -> f64 {
    let begin = Instant::now();
    program.succeed();
    begin.elapsed().as_secs_f64()
}

impl fmt::Display for BreakEven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} events, in µs for each event:\n", self.events)?;
        writeln!(f, "| plugins | local run | plan | shards | merge |\n| --- | --- | --- | --- | --- |")?;
        for (plugins, Figures { local, plan, work, merge }) in &self.figures {
            let [local, plan, work, merge] = [local, plan, work, merge].map(|seconds| seconds * 1e6);
            writeln!(f, "| {plugins} | {local:.2} | {plan:.3} | {work:.2} | {merge:.2} |")?;
        }
        let machines = MACHINES.map(|machines| format!("{machines} machines"));
        writeln!(
            f,
            "\nFrom how many million events several machines are faster; how many times as fast for {:.0} M events:\n",
            MANY / 1e6
        )?;
        writeln!(f, "| plugins | start of the engine | {} |", machines.join(" | "))?;
        write!(f, "| --- | --- {}|", "| --- ".repeat(MACHINES.len()))?;
        for (plugins, figures) in &self.figures {
            for start in &self.starts {
                let cells = MACHINES.map(|machines| cell(figures, machines, *start));
                write!(f, "\n| {plugins} | {start} s | {} |", cells.join(" | "))?;
            }
        }
        Ok(())
    }
}

fn cell(figures: &Figures, machines: u32, start: f64) -> String {
    match figures.break_even(machines, start) {
        None => "never".into(),
        Some(events) => {
            let (millions, gain) = ((events / 1e6).ceil(), figures.gain(machines, start, MANY));
            format!("{millions:.0} M; {gain:.1} ×")
        }
    }
}
