//! Attacks analyses for some time. `cargo xtask soak` builds and runs this program.
#![expect(clippy::print_stdout, reason = "its report is for people")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Parser;
use tests::soak::{Soak, Subject};
use tests::{arguments, places};

/// Kills analyses and their workers at random moments, resumes them, and compares the results with
/// those of an undisturbed run.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask soak")]
struct Arguments {
    /// How long to attack.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(..=100_000))]
    minutes: u64,

    /// The seed, which determines the random moments [default: the time].
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,

    /// A storage file to attack beside the sample; may be given several times.
    #[arg(long = "store", value_name = "PATH", value_parser = arguments::store)]
    stores: Vec<PathBuf>,
}

fn main() -> ExitCode {
    let Arguments { minutes, seed, stores } = Arguments::parse();
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seed = seed.unwrap_or(since_1970.as_secs());
    println!("seed {seed}, {minutes} min");
    let stores = [places::data("sample.plaso")].into_iter().chain(stores);
    let subjects: Vec<Subject> = stores.map(|store| Subject::new(&store)).collect();
    let tally = Soak::new(seed).run(&subjects, Duration::from_secs(60 * minutes));
    println!("{tally}");
    if tally.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
