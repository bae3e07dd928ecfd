//! `cargo xtask bench`: measures how fast analyses are, and compares them with the unavoidable work
//! (docs/performance.md).

use std::process::Command;

use anyhow::Result;

use crate::run::{cargo, run, target};

pub(crate) fn bench(arguments: &[String]) -> Result<()> {
    let packages = ["--package", "foreman", "--package", "worker", "--package", "tests"];
    run(cargo(["build", "--release", "--bins"]).args(packages))?;
    run(Command::new(target()?.join("release/bench")).args(arguments))
}
