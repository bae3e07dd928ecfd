//! Measures an analysis that reads rules or lists of its own, Sigma or indicators: beside the
//! reading floor, and beside tagging.
//!
//! A few thousand rules take a part of a second to load, and a million indicators a second or two,
//! whatever the store. So each analysis is also measured on a store with one event, and ratios are
//! given with and without this start.

use std::path::{Path, PathBuf};

use super::results::Results;
use super::{Copy, Kind, Measure, analyze, details, floor, rules, stores};

/// An analysis that reads rules or lists of its own.
#[derive(Debug, Clone)]
pub struct FrontEnd {
    /// The name of the plugin.
    plugin: &'static str,
    /// The option that names its rules, and their file or folder.
    options: [String; 2],
}

impl FrontEnd {
    /// Sigma rules in a file or folder.
    #[must_use]
    pub fn sigma(rules: &Path) -> Self {
        Self { plugin: "sigma", options: ["--sigma-rules".into(), rules.display().to_string()] }
    }

    /// Indicators in a file or folder, or a made-up list of a million hashes, 100,000 domains,
    /// 10,000 addresses and 10,000 file names.
    ///
    /// # Panics
    ///
    /// If the list cannot be made.
    #[must_use]
    pub fn indicators(list: Option<&Path>) -> Self {
        let list = list.map_or_else(made_up_list, Path::to_owned);
        Self { plugin: "ioc", options: ["--ioc".into(), list.display().to_string()] }
    }

    /// The measurements: the name, the plugins, and whether the store has one event only.
    fn analyses(&self) -> [(String, String, bool); 6] {
        let both = (format!("tagging and {}", self.plugin), format!("tagging,{}", self.plugin));
        let of_one = |name: &str| format!("{name}, one event");
        [
            ("tagging".into(), "tagging".into(), false),
            (self.plugin.into(), self.plugin.into(), false),
            (both.0.clone(), both.1.clone(), false),
            (of_one("tagging"), "tagging".into(), true),
            (of_one(self.plugin), self.plugin.into(), true),
            (of_one(&both.0), both.1, true),
        ]
    }
}

/// Measures an analysis `runs` times, on a store of this kind with this number of events.
///
/// # Panics
///
/// If something fails.
#[must_use]
pub fn measure_front_end(kind: &Kind, front_end: &FrontEnd, events: u64, runs: usize) -> Results {
    let stores = [&stores::replicated(&kind.source, events), &stores::replicated(&kind.source, 1)];
    let tagging: PathBuf = rules::file(&kind.rules);
    let copies = stores.map(|store| Copy::of(store));
    let analyses = front_end.analyses();
    let mut measures = vec![Measure::new("floor: read, inflate")];
    measures.extend(analyses.iter().map(|(name, ..)| Measure::new(name)));
    for run in 0..runs {
        measures[0].add(floor::read(stores[0]));
        for (measure, (_, plugins, one_event)) in measures[1..].iter_mut().zip(&analyses) {
            let copy = &copies[usize::from(*one_event)];
            let options = if plugins == "tagging" { &[] } else { &front_end.options[..] };
            copy.renew();
            measure.add(analyze(&tagging, &copy.path, plugins, options));
            if run == 0 {
                copy.renew();
                details(&tagging, copy, plugins, options, measure);
            }
        }
    }
    Results::of_front_end(front_end.plugin, stores[0], measures)
}

/// Makes the list. Its values are spread evenly, and none of them is in a store.
fn made_up_list() -> PathBuf {
    use std::fmt::Write as _;

    let mut list = String::new();
    let mut line = |text: std::fmt::Arguments<'_>| writeln!(list, "{text}").expect("a text takes all");
    // A hash has the digits of a number, mixed by a multiplication that loses nothing.
    let mixed = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for number in 0..1_000_000 {
        let mix = mixed(number);
        line(format_args!("{mix:016x}{:016x}{:016x}{:016x}", mixed(mix ^ 1), mixed(mix ^ 2), mixed(mix ^ 3)));
    }
    (0..100_000).for_each(|number| line(format_args!("host-{:x}.example", mixed(number) >> 32)));
    (0..10_000_u32).for_each(|number| line(format_args!("198.18.{}.{}", number / 256, number % 256)));
    (0..10_000).for_each(|number| line(format_args!("file-{:x}.exe", mixed(number) >> 32)));
    let path = stores::folder().join("indicators.txt");
    std::fs::write(&path, list).expect("there is room for a list");
    path
}
