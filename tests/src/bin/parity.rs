//! Compares foreman's results with Plaso's, on fresh copies of all stores for which Plaso's results
//! are known.
//!
//! `cargo xtask parity` builds and runs this program.
#![expect(clippy::print_stdout, reason = "the result of the program")]

use std::process::ExitCode;

use clap::Parser;
use tests::golden::{CASES, Comparison};

/// Compares foreman's results with Plaso's, on fresh copies of all stores for which Plaso's results
/// are known.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask parity")]
struct Arguments {}

fn main() -> ExitCode {
    let Arguments {} = Arguments::parse();
    let mut compared = 0;
    let mut differ = 0;
    for case in CASES {
        match case.compare() {
            Comparison::Same => {
                compared += 1;
                println!("same     {} ({})", case.name, case.plugins.join(", "));
            }
            Comparison::Differs(differences) => {
                compared += 1;
                differ += 1;
                println!("differs  {}; ours (<), Plaso's (>):\n  {}", case.name, differences.join("\n  "));
            }
            Comparison::Skipped => println!("skipped  {}", case.name),
        }
    }
    println!("{compared} compared, {differ} differ");
    if differ == 0 && compared > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
