//! Attacks analyses for some time. `cargo xtask soak` builds and runs this program.
#![expect(clippy::print_stdout, reason = "its report is for people")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Parser;
use tests::places;
use tests::soak::{Soak, Subject};

/// Kills analyses, workers, merges and shards at random moments, cuts the power, and checks that
/// what comes out is right.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask soak")]
struct Arguments {
    /// How long, in minutes.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    minutes: u64,

    /// The seed of what is random, to repeat a run [default: the time].
    #[arg(long)]
    seed: Option<u64>,

    /// A storage file beside the bundled sample; may be given several times.
    #[arg(long, value_name = "PATH")]
    store: Vec<PathBuf>,
}

fn main() -> ExitCode {
    let Arguments { minutes, seed, store } = Arguments::parse();
    let seed =
        seed.unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs());
    println!("seed {seed}, {minutes} min");
    let stores = std::iter::once(places::data("sample.plaso")).chain(store);
    let subjects: Vec<Subject> = stores.map(|store| Subject::new(&store)).collect();
    let tally = Soak::new(seed).run(&subjects, Duration::from_secs(60 * minutes));
    println!("{tally}");
    if tally.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
