//! Runs shards with Spark and Celery. `cargo xtask scale` builds and runs this program.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its report is for people")]

use std::process::ExitCode;

use clap::Parser;
use tests::arguments;
use tests::scale::{break_even, scale};

/// Does the shards of a plan with Spark and Celery, kills parts of them, and compares the results
/// with those of a local run.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask scale")]
struct Arguments {
    /// How many events the storage file shall have; those of the sample are repeated.
    #[arg(long, default_value_t = 400_000, value_parser = clap::value_parser!(u64).range(10_000..))]
    events: u64,

    /// Run no case, but measure from how many events several machines are faster, if the engine
    /// takes so many seconds to start; may be given several times.
    #[arg(long, value_name = "SECONDS", value_parser = arguments::seconds, conflicts_with = "cases")]
    break_even: Vec<f64>,

    /// Run only the cases whose names contain one of these texts.
    cases: Vec<String>,
}

fn main() -> ExitCode {
    let Arguments { events, break_even: starts, cases } = Arguments::parse();
    if !starts.is_empty() {
        println!("{}", break_even(events, &starts));
        return ExitCode::SUCCESS;
    }
    match scale(events, &cases, |line| println!("{line} …")) {
        Ok(table) => {
            println!("\n{table}");
            if table.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
