//! `cargo xtask parity`: compares results with Plaso's.
//!
//! Most of Plaso's results and their stores are too large for the repository. They are in a folder
//! beside it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::run::{cargo, run, target, workspace};

pub(crate) fn parity(arguments: &[String]) -> Result<()> {
    let shared = match arguments {
        [] => workspace().parent().unwrap_or(Path::new("/")).join("shared"),
        [option, path] if option == "--shared" => PathBuf::from(path),
        _ => bail!("usage: cargo xtask parity [--shared PATH]"),
    };
    let shared = shared.canonicalize().with_context(|| format!("there is no {}", shared.display()))?;
    let packages = ["--package", "foreman", "--package", "worker", "--package", "tests"];
    run(cargo(["build", "--release", "--bins"]).args(packages))?;
    run(Command::new(target()?.join("release/parity")).env("SHARED_DATA", shared))
}
