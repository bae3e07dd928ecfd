//! The project's own tasks: `cargo xtask COMMAND`.
//!
//! Each command builds what it needs, so it works in a fresh clone.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its reports are for people")]

#[cfg(test)]
mod architecture;
mod bench;
mod ci;
#[cfg(test)]
mod comments;
mod demo;
mod dist;
mod fuzz;
#[cfg(test)]
mod opened_files;
mod parity;
#[cfg(test)]
mod raw_names;
mod run;
mod scale;
mod soak;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

Commands:
  demo                    Build the programs and analyse the sample
  test [ARGUMENT …]       Build the programs and run all tests; arguments go to `cargo test`
  ci                      Run all checks that a change must pass: format, lints, documentation,
                          demo, fuzz targets, tests
  parity [--shared PATH]  Compare results with Plaso's, on all stores for which these are known
  bench [--events N] [--store PATH] [--rules FILE] [--runs N] [--psort PATH] [--json]
                          Measure analyses, and compare them with the unavoidable work
  soak [--minutes M] [--seed N] [--store PATH]
                          Kill workers and foremen at random moments, and check the results
  scale [--events N] [CASE …]
                          Do the shards of a plan with Spark and Celery, kill parts of them, and
                          check the results; installs both below target/, and needs Java 17
  fuzz [--seconds N] [--seed N] [TARGET]
                          Attack the code that reads stores, rules, filters and messages
  dist [--tarball] [--deb] [--wheel]
                          Build packages into target/dist [default: all of them]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, arguments)) = arguments.split_first() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let result = match (command.as_str(), arguments) {
        ("demo", []) => demo::demo(),
        ("test", arguments) => test::test(arguments),
        ("ci", []) => ci::ci(),
        ("parity", arguments) => parity::parity(arguments),
        ("bench", arguments) => bench::bench(arguments),
        ("soak", arguments) => soak::soak(arguments),
        ("scale", arguments) => scale::scale(arguments),
        ("fuzz", arguments) => fuzz::fuzz(arguments),
        ("dist", arguments) => dist::dist(arguments),
        ("help" | "-h" | "--help", _) => {
            println!("{USAGE}");
            Ok(())
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
