//! `cargo xtask ci`: all that must pass before a change is taken.

use anyhow::Result;

use crate::run::{cargo, run};
use crate::{demo, fuzz, test};

/// How many inputs each fuzz target gets, and from which seed, so that every run of the same code
/// does the same: one to two minutes of processor time in all.
const FUZZ: (u64, u64) = (1_500, 1);

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
    // Last, so that the report on the tests is what the log ends with.
    println!("\n== tests");
    test::test(&[])
}
