//! Measures Sigma rules: beside the reading floor, and beside tagging alone.
//!
//! A few thousand rules take a part of a second to load, whatever the store. So each analysis is
//! also measured on a store with one event, and ratios are given with and without this start.

use std::path::{Path, PathBuf};

use super::results::Results;
use super::{Copy, Kind, Measure, analyze, details, floor, rules, stores};

/// The measurements: the name, the plugins, and whether the store has one event only.
const ANALYSES: [(&str, &str, bool); 6] = [
    ("tagging", "tagging", false),
    ("sigma", "sigma", false),
    ("tagging and sigma", "tagging,sigma", false),
    ("tagging, one event", "tagging", true),
    ("sigma, one event", "sigma", true),
    ("tagging and sigma, one event", "tagging,sigma", true),
];

/// Measures Sigma rules in a file or folder, `runs` times, on a store of this kind with this number
/// of events.
///
/// # Panics
///
/// If something fails.
#[must_use]
pub fn measure_sigma(kind: &Kind, sigma: &Path, events: u64, runs: usize) -> Results {
    let stores = [&stores::replicated(&kind.source, events), &stores::replicated(&kind.source, 1)];
    let tagging: PathBuf = rules::file(&kind.rules);
    let copies = stores.map(|store| Copy::of(store));
    let mut measures = vec![Measure::new("floor: read, inflate")];
    measures.extend(ANALYSES.map(|(name, ..)| Measure::new(name)));
    for run in 0..runs {
        measures[0].add(floor::read(stores[0]));
        for (measure, (_, plugins, one_event)) in measures[1..].iter_mut().zip(ANALYSES) {
            let copy = &copies[usize::from(one_event)];
            let sigma = ["--sigma-rules".into(), sigma.display().to_string()];
            let options = if plugins.contains("sigma") { &sigma[..] } else { &[] };
            copy.renew();
            measure.add(analyze(&tagging, &copy.path, plugins, options));
            if run == 0 {
                copy.renew();
                details(&tagging, copy, plugins, options, measure);
            }
        }
    }
    Results::of_sigma(stores[0], measures)
}
