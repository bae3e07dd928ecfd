//! `cargo xtask scale`: runs on several machines by Spark and Celery (docs/scale-out.md).

use std::process::Command;

use anyhow::Result;

use crate::run::{cargo, run, target};

pub(crate) fn scale(arguments: &[String]) -> Result<()> {
    let packages = ["--package", "foreman", "--package", "worker", "--package", "tests"];
    run(cargo(["build", "--release", "--bins"]).args(packages))?;
    run(Command::new(target()?.join("release/scale")).args(arguments))
}
