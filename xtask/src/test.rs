//! `cargo xtask test`: runs all tests.

use std::num::NonZero;
use std::path::Path;
use std::thread::available_parallelism;

use anyhow::{Context as _, Result};

use crate::run::{cargo, run, target};

/// The variable that tells tests how many of them run at a time.
const THREADS: &str = "RUST_TEST_THREADS";

pub(crate) fn test(arguments: &[String]) -> Result<()> {
    // `cargo test` does not build the programs of other packages, and tests must not use old ones.
    // `demo` explains `--examples`.
    run(&mut cargo(["build", "--workspace", "--bins", "--examples"]))?;
    let skipped = target()?.join("skipped-tests.txt");
    std::fs::write(&skipped, "").with_context(|| format!("cannot write {}", skipped.display()))?;
    let result = run_tests(arguments, &skipped);
    // The list is shown after a failure, too: a skipped test may be the reason why the fault was
    // not found earlier.
    show_skipped(&skipped)?;
    result
}

fn run_tests(arguments: &[String], skipped: &Path) -> Result<()> {
    // The end-to-end tests wait more than they compute: for time limits and for other programs.
    let threads = available_parallelism().map_or(1, NonZero::get) + 2;
    let test = |arguments: &[&str]| {
        let mut command = cargo(["test", "--workspace"]);
        command.args(arguments).env("SKIPPED_TESTS", skipped);
        if std::env::var_os(THREADS).is_none() {
            command.env(THREADS, threads.to_string());
        }
        command
    };
    if !arguments.is_empty() {
        return run(test(&[]).args(arguments));
    }
    // The examples in the documentation run first. In cargo's own order they come last, and most
    // crates have none, so the end of the log would look as if nothing was tested.
    run(&mut test(&["--doc"]))?;
    // Only targets with `test = true`: `--lib --bins` would link an empty test program for each
    // program.
    run(&mut test(&["--tests"]))
}

/// Prints the number of skipped tests, their names and the reasons.
fn show_skipped(list: &Path) -> Result<()> {
    let text = std::fs::read_to_string(list).with_context(|| format!("cannot read {}", list.display()))?;
    println!("\n{}", summary(&text));
    Ok(())
}

/// Returns the text about skipped tests. A test that was skipped for several reasons counts once.
fn summary(lines: &str) -> String {
    let mut skipped: Vec<&str> = lines.lines().map(|line| line.trim_start_matches("skipped: ")).collect();
    skipped.sort_unstable();
    skipped.dedup_by_key(|line| line.split_once(": ").map(|(name, _)| name));
    if skipped.is_empty() {
        return "no test was skipped".into();
    }
    let number = match skipped.len() {
        1 => "1 test was skipped".to_owned(),
        number => format!("{number} tests were skipped"),
    };
    format!("{number}:\n  {}", skipped.join("\n  "))
}

#[cfg(test)]
mod tests {
    use super::summary;

    #[test]
    fn skipped_tests_are_counted_and_named() {
        assert_eq!(summary(""), "no test was skipped");
        assert_eq!(summary("skipped: a: b\n"), "1 test was skipped:\n  a: b");
        let lines = "skipped: z: no file\nskipped: a: no xz\nskipped: z: no file\n";
        assert_eq!(summary(lines), "2 tests were skipped:\n  a: no xz\n  z: no file");
    }
}
