//! `cargo xtask ci`: runs all checks that a change must pass.

use anyhow::Result;

use crate::run::{cargo, run};
use crate::{demo, fuzz, test};

/// The number of inputs for each fuzz target, and their seed. So each run of the same code does the
/// same. This takes one to two minutes of processor time in total.
const FUZZ: (u64, u64) = (300, 1);

pub(crate) fn ci() -> Result<()> {
    println!("\n== format");
    run(&mut cargo(["fmt", "--all", "--check"]))?;
    println!("\n== lints");
    run(&mut cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    println!("\n== documentation");
    run(cargo(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    println!("\n== demo");
    demo::demo()?;
    println!("\n== fuzz targets");
    fuzz::all(FUZZ.0, FUZZ.1)?;
    // The tests come last, so that the log ends with their report.
    println!("\n== tests");
    test::test(&[])
}
