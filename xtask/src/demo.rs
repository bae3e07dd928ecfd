//! `cargo xtask demo`: what the program does, shown on the sample.

use std::process::Command;

use anyhow::{Context as _, Result};

use crate::run::{cargo, run, target, workspace};

pub(crate) fn demo() -> Result<()> {
    run(&mut cargo(["build", "--release", "--package", "foreman", "--package", "worker"]))?;
    let target = target()?;
    let (foreman, folder) = (target.join("release/foreman"), target.join("demo"));
    let store = folder.join("sample.plaso");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    std::fs::copy(workspace().join("tests/data/sample.plaso"), &store)
        .with_context(|| format!("cannot copy the sample to {}", store.display()))?;
    println!(
        "\nThe sample is a timeline of a small Linux server: 4,547 events of syslog, utmp, files and a browser."
    );
    println!(
        "Its events get labels by the built-in rules for Linux, and by the session that they belong to.\n"
    );
    let analysis = ["analyze", "--analysis", "tagging,sessionize", "--tagging-file", "linux"];
    run(Command::new(&foreman).args(analysis).arg(&store))?;
    println!(
        "\n\
         The labels, their counts and a report of each plugin are in that file now, where Plaso finds them, too.\n\
         To see the rules for Linux: less crates/filter/rules/linux.txt\n\
         To analyse a storage file of your own, or first see what would be found:\n\n  \
         {foreman} analyze --analysis tagging,sessionize --tagging-file linux CASE.plaso\n  \
         {foreman} analyze --analysis tagging,sessionize --tagging-file linux --dry-run CASE.plaso\n  \
         {foreman} analyze --help",
        foreman = foreman.display()
    );
    Ok(())
}
