//! `cargo xtask soak`: runs analyses whose workers and foremen are killed at random moments
//! (docs/reliability.md).

use std::process::Command;

use anyhow::Result;

use crate::run::{cargo, run, target};

pub(crate) fn soak(arguments: &[String]) -> Result<()> {
    let packages = ["--package", "foreman", "--package", "worker", "--package", "tests"];
    run(cargo(["build", "--release", "--bins"]).args(packages))?;
    run(Command::new(target()?.join("release/soak")).args(arguments))
}
