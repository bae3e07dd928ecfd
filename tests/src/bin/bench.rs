//! Measures analyses and compares them with the unavoidable work. `cargo xtask bench` builds and
//! runs this program (docs/performance.md).
#![expect(clippy::print_stdout, reason = "its report is for people and programs")]

use std::path::PathBuf;

use clap::Parser;
use serde_json::json;
use tests::arguments;
use tests::bench::{FrontEnd, Kind, Results, beside_psort, measure, measure_front_end, worst_first};

/// Measures how fast analyses are, beside floors that no program can go below.
///
/// Without `--store`, three kinds of stores are measured: the bundled sample, Windows event logs,
/// and a made-up file system.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench")]
struct Arguments {
    /// How many events the stores shall have, such as 200k or 1M; the source's events are repeated.
    #[arg(long, value_delimiter = ',', value_parser = number, default_value = "200k")]
    events: Vec<u64>,

    /// The storage file that stores are made of, instead of the three kinds.
    #[arg(long, value_name = "PATH", value_parser = arguments::store)]
    store: Option<PathBuf>,

    /// The tagging file, or the name of built-in rules [default: the built-in rules that suit the
    /// store; for a store of yours, windows].
    #[arg(long, value_name = "FILE", value_parser = arguments::rules)]
    rules: Option<String>,

    /// The number of runs of each measurement.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,

    /// Plaso's psort, to be run on the source itself.
    #[arg(long, value_name = "PATH", value_parser = arguments::program)]
    psort: Option<PathBuf>,

    /// Measure these Sigma rules, and nothing else.
    #[arg(long, value_name = "PATH", value_parser = arguments::sigma_rules)]
    sigma_rules: Option<PathBuf>,

    /// Measure these lists of indicators, and nothing else; `generated` is a made-up list of a
    /// million hashes, 100,000 domains, 10,000 addresses and 10,000 file names.
    #[arg(long, value_name = "PATH", value_parser = arguments::lists, conflicts_with = "sigma_rules")]
    ioc: Option<PathBuf>,

    /// Print JSON: one object a store, and one with the ratios of all stores, the worst first.
    #[arg(long)]
    json: bool,
}

fn main() {
    let arguments = Arguments::parse();
    let runs = arguments.runs.into();
    let front_end = front_end(&arguments);
    let results: Vec<Results> = kinds(&arguments)
        .iter()
        .flat_map(|kind| {
            let sizes = arguments.events.iter().map(|&events| match &front_end {
                Some(front_end) => measure_front_end(kind, front_end, events, runs),
                None => measure(kind, events, runs),
            });
            let psort = arguments.psort.iter().filter(|_| !kind.made_up);
            sizes.chain(psort.map(|psort| beside_psort(kind, psort, runs))).inspect(|results| {
                if arguments.json {
                    println!("{}", serde_json::to_string(results).expect("numbers and texts"));
                } else {
                    println!("{results}");
                }
            })
        })
        .collect();
    let worst_first = worst_first(&results);
    if arguments.json {
        println!("{}", json!({ "worst_first": worst_first }));
    } else {
        println!("ratios to the floors, the worst first\n");
        worst_first.iter().for_each(|ratio| println!("{ratio}"));
    }
}

/// What is measured.
fn kinds(arguments: &Arguments) -> Vec<Kind> {
    let mut kinds = match &arguments.store {
        Some(source) => vec![Kind { source: source.clone(), rules: "windows".into(), made_up: false }],
        None => Kind::default_mix(),
    };
    if let Some(rules) = &arguments.rules {
        kinds.iter_mut().for_each(|kind| kind.rules.clone_from(rules));
    }
    kinds
}

/// The analysis that is measured alone.
fn front_end(arguments: &Arguments) -> Option<FrontEnd> {
    let indicators = |list: &PathBuf| {
        let list = Some(list.as_path()).filter(|list| list.as_os_str() != "generated");
        FrontEnd::indicators(list)
    };
    let sigma = arguments.sigma_rules.as_deref().map(FrontEnd::sigma);
    sigma.or_else(|| arguments.ioc.as_ref().map(indicators))
}

/// Reads a number, perhaps with k or M for thousands and millions.
fn number(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(['k', 'K', 'm', 'M']);
    let unit = match &text[digits.len()..] {
        "" => 1,
        "k" | "K" => 1_000,
        "m" | "M" => 1_000_000,
        _ => return Err("expected a number such as 200k or 10M".into()),
    };
    let number: u64 = digits.parse().map_err(|_| "expected a number such as 200k or 10M")?;
    number.checked_mul(unit).filter(|&number| number > 0).ok_or_else(|| "expected a number from 1".into())
}
