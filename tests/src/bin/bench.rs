//! Measures analyses and compares them with the unavoidable work. `cargo xtask bench` builds and
//! runs this program (docs/performance.md).
#![expect(clippy::print_stdout, reason = "its report is for people and programs")]

use std::path::PathBuf;

use clap::Parser;
use tests::bench::{Plan, beside_psort, measure, replicated};
use tests::places;

/// Measures how fast analyses are, and compares them with work that every program must do.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench")]
struct Arguments {
    /// The numbers of events of the stores, such as 100k or 1M. The source's events are repeated.
    #[arg(long, value_delimiter = ',', value_parser = number, default_value = "100k")]
    events: Vec<u64>,

    /// The storage file from which stores are made [default: the bundled sample].
    #[arg(long, value_name = "PATH")]
    store: Option<PathBuf>,

    /// The tagging file, or the name of built-in rules.
    #[arg(long, value_name = "FILE", default_value = "windows")]
    rules: String,

    /// The number of runs of each measurement.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,

    /// Plaso's psort, to run it on the source itself. This needs a file for `--rules`.
    #[arg(long, value_name = "PATH")]
    psort: Option<PathBuf>,

    /// Print JSON, one object per store.
    #[arg(long)]
    json: bool,
}

fn main() {
    let arguments = Arguments::parse();
    let plan = Plan {
        source: arguments.store.unwrap_or_else(|| places::data("sample.plaso")),
        rules: arguments.rules,
        runs: arguments.runs.into(),
        psort: arguments.psort,
    };
    let show = |results: tests::bench::Results| {
        if arguments.json {
            println!("{}", serde_json::to_string(&results).expect("numbers and texts"));
        } else {
            println!("{results}");
        }
    };
    for events in arguments.events {
        show(measure(&plan, &replicated(&plan.source, events)));
    }
    if let Some(psort) = &plan.psort {
        show(beside_psort(&plan, psort));
    }
}

/// Reads a number, perhaps with k or M for thousands and millions.
fn number(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(['k', 'K', 'm', 'M']);
    let unit = match &text[digits.len()..] {
        "" => 1,
        "k" | "K" => 1_000,
        "m" | "M" => 1_000_000,
        _ => return Err("expected a number such as 100k or 10M".into()),
    };
    let number: u64 = digits.parse().map_err(|_| "expected a number such as 100k or 10M")?;
    number.checked_mul(unit).filter(|&number| number > 0).ok_or_else(|| "expected a number from 1".into())
}
