//! `cargo xtask ci`: all that must pass before a change is taken.

use anyhow::Result;

use crate::run::{cargo, run};
use crate::{demo, test};

pub(crate) fn ci() -> Result<()> {
    println!("\n== format");
    run(&mut cargo(["fmt", "--all", "--check"]))?;
    println!("\n== lints");
    run(&mut cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    println!("\n== demo");
    demo::demo()?;
    // Last, so that the report on the tests is what the log ends with.
    println!("\n== tests");
    test::test(&[])
}
