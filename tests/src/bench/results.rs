//! The measurements, and their ratios.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::stores;

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

/// A ratio of two measurements.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ratio {
    /// The names of the measurements, and of the store if there are several.
    pub name: String,
    /// How many times as long as the second the first takes.
    pub ratio: f64,
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
    /// The ratios of foreman to the floors, worst first.
    pub ratios: Vec<Ratio>,
    /// The ratios of psort to foreman.
    pub psort_ratios: Vec<Ratio>,
}

impl Measure {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), seconds: Vec::new(), memory: None, phases: Vec::new(), folder: None }
    }

    pub(super) fn add(&mut self, took: Duration) {
        self.seconds.push(took.as_secs_f64());
        self.seconds.sort_by(f64::total_cmp);
    }

    /// Returns the median in seconds.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.seconds.get(self.seconds.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

impl Results {
    pub(super) fn new(store: &Path, measures: Vec<Measure>) -> Self {
        let mut results = Self {
            store: store.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            events: stores::events(store),
            processors: processors(),
            measures,
            ratios: Vec::new(),
            psort_ratios: Vec::new(),
        };
        results.ratios = results.beside_floors();
        results.psort_ratios = ["tagging", "all offline plugins", "export, JSON lines"]
            .into_iter()
            .filter_map(|name| {
                results.ratio(&format!("psort: {name}"), &[name], &format!("psort / foreman, {name}"))
            })
            .collect();
        results
    }

    /// Results with the ratios that analyses with rules or lists of their own have goals for.
    pub(super) fn of_front_end(plugin: &str, store: &Path, measures: Vec<Measure>) -> Self {
        let mut results = Self::new(store, measures);
        let both = format!("tagging and {plugin}");
        let whole = |name: &str| results.median(name);
        let started =
            |name: &str| Some(results.median(name)? - results.median(&format!("{name}, one event"))?);
        let floor = results.median("floor: read, inflate");
        let mut ratios = Vec::new();
        for (time, suffix) in
            [(&whole as &dyn Fn(&str) -> Option<f64>, ""), (&started, ", without the start")]
        {
            let tagging = time("tagging");
            for (above, below, name) in [
                (time(plugin), floor, format!("{plugin} / reading floor")),
                (time(plugin), tagging, format!("{plugin} / tagging")),
                (time(&both), tagging, format!("{both} / tagging")),
            ] {
                let ratio = above.zip(below).map(|(above, below)| above / below);
                ratios.extend(ratio.map(|ratio| Ratio { name: format!("{name}{suffix}"), ratio }));
            }
        }
        results.ratios = ratios;
        results
    }

    fn median(&self, name: &str) -> Option<f64> {
        self.measures.iter().find(|measure| measure.name == name).map(Measure::median)
    }

    /// Returns the ratio of one measurement to the sum of others, or `None` if one is missing.
    fn ratio(&self, above: &str, below: &[&str], name: &str) -> Option<Ratio> {
        let below: f64 = below.iter().map(|below| self.median(below)).sum::<Option<_>>()?;
        Some(Ratio { name: name.to_owned(), ratio: self.median(above)? / below })
    }

    fn beside_floors(&self) -> Vec<Ratio> {
        let (read, insert) = ("floor: read, inflate", "floor: insert tags");
        let ratios = [
            self.ratio("tagging", &[read], "tagging / reading floor"),
            self.ratio("tagging, 3,000 rules more", &[read], "tagging, 3,000 rules more / reading floor"),
            self.ratio("sessionize", &[insert], "sessionize / insert floor"),
            self.ratio("all offline plugins", &["tagging", insert], "all / (tagging + insert floor)"),
        ];
        sorted(ratios.into_iter().flatten())
    }
}

/// Returns the ratios to the floors on all stores, worst first.
#[must_use]
pub fn worst_first(results: &[Results]) -> Vec<Ratio> {
    let of_store = |results: &Results| {
        let named = |ratio: &Ratio| Ratio { name: format!("{}: {}", results.store, ratio.name), ..*ratio };
        results.ratios.iter().map(named).collect::<Vec<_>>()
    };
    sorted(results.iter().flat_map(of_store))
}

fn sorted(ratios: impl Iterator<Item = Ratio>) -> Vec<Ratio> {
    let mut ratios: Vec<_> = ratios.collect();
    ratios.sort_by(|a, b| b.ratio.total_cmp(&a.ratio));
    ratios
}

/// Returns the number of processors, which is also the number of workers.
pub(super) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}
