//! `cargo xtask test`: all tests.

use anyhow::Result;

use crate::run::{cargo, run};

pub(crate) fn test(arguments: &[String]) -> Result<()> {
    // `cargo test` does not build the programs of other packages, and tests must not drive old ones.
    run(&mut cargo(["build", "--workspace"]))?;
    run(cargo(["test", "--workspace"]).args(arguments))
}
