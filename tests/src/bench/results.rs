//! What was measured, and what is beside what.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::stores;

/// What one kind of run took.
#[derive(Debug, Clone, Serialize)]
pub struct Measure {
    /// What was run.
    pub name: String,
    /// Seconds, sorted.
    pub seconds: Vec<f64>,
    /// The most memory, in bytes, that the foreman had; and a worker.
    pub memory: Option<(u64, u64)>,
    /// The seconds that each phase of one run took, and, over all workers, each stage within them.
    pub phases: Vec<(String, f64)>,
    /// The most that the run's folder held, in bytes.
    pub folder: Option<u64>,
}

/// What is beside what.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ratio {
    /// The two, and the store if it is not clear which.
    pub name: String,
    /// How many times as long the first takes.
    pub ratio: f64,
}

/// What was measured over one store.
#[derive(Debug, Clone, Serialize)]
pub struct Results {
    /// The store's name.
    pub store: String,
    /// Its events.
    pub events: u64,
    /// Processors, which is also the number of workers.
    pub processors: usize,
    /// The measures, in their order.
    pub measures: Vec<Measure>,
    /// What foreman takes beside the floors, the worst first.
    pub ratios: Vec<Ratio>,
    /// What psort takes beside foreman.
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

    /// The median, in seconds.
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
        results.psort_ratios = ["tagging", "all offline plugins"]
            .into_iter()
            .filter_map(|name| {
                results.ratio(&format!("psort: {name}"), &[name], &format!("psort / foreman, {name}"))
            })
            .collect();
        results
    }

    fn median(&self, name: &str) -> Option<f64> {
        self.measures.iter().find(|measure| measure.name == name).map(Measure::median)
    }

    /// What takes how many times as long as others together, if all are measured.
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

/// The ratios to the floors over all stores, the worst first.
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

/// The number of processors, which is also that of workers.
pub(super) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}
