//! `cargo xtask test`: all tests.

use anyhow::Result;

use crate::run::{cargo, run};

pub(crate) fn test(arguments: &[String]) -> Result<()> {
    // `cargo test` does not build the programs of other packages, and tests must not drive old ones.
    // With `--examples`, see `demo`.
    run(&mut cargo(["build", "--workspace", "--bins", "--examples"]))?;
    if !arguments.is_empty() {
        return run(cargo(["test", "--workspace"]).args(arguments));
    }
    // Cargo's own order ends with the examples in the documentation, of which most crates have none:
    // who reads only the end of the log would think that nothing was tested.
    run(&mut cargo(["test", "--workspace", "--doc"]))?;
    // Only what has `test = true`: `--lib --bins` would link an empty test program for each program.
    run(&mut cargo(["test", "--workspace", "--tests"]))
}
