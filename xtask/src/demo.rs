//! `cargo xtask demo`: shows on the sample what the program does.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::run::{cargo, run, target, workspace};

/// The number of lines of the report that are shown: the overview, the labels and the largest
/// sessions.
const REPORT_LINES: usize = 45;

pub(crate) fn demo() -> Result<()> {
    // The whole workspace is built with `--examples`, because only then cargo chooses the same
    // features of dependencies as for `cargo xtask test`. So nothing is built twice.
    run(&mut cargo(["build", "--workspace", "--bin", "foreman", "--bin", "worker", "--examples"]))?;
    let target = target()?;
    let (foreman, folder) = (target.join("debug/foreman"), target.join("demo"));
    let (store, page) = (folder.join("sample.plaso"), folder.join("report.html"));
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    std::fs::copy(workspace().join("tests/data/sample.plaso"), &store)
        .with_context(|| format!("cannot copy the sample to {}", store.display()))?;
    // Removes the page of an earlier demo, because `foreman report` overwrites no file.
    match std::fs::remove_file(&page) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot remove {}", page.display()));
        }
        _ => {}
    }
    println!(
        "\n\
         The sample is a timeline of a small Linux server that somebody broke into: 4,547 events, of which 3,000 are\n\
         requests to its web server and 1,260 lines of its system log; the others come from files, the package manager,\n\
         a shell and a browser. Events get labels by the rules for Linux, and by the session that they belong to.\n"
    );
    let analysis = ["analyze", "--analysis", "tagging,sessionize", "--tagging-file", "linux"];
    run(Command::new(&foreman).args(analysis).arg(&store))?;
    println!("\nThe labels and a report of each plugin are in that file now, where Plaso finds them, too.\n");
    show_report(&foreman, &store)?;
    println!();
    run(Command::new(&foreman)
        .args(["report", "--format", "html", "--output"])
        .args([&page, &store])
        .stdout(std::process::Stdio::null()))?;
    println!(
        "\n\
         The whole report, to open in a browser:  {page}\n\
         The rules for Linux:                     crates/filter/rules/linux.txt\n\
         \n\
         To see what would be found in a storage file of your own, and to analyse it:\n\n  \
         {foreman} analyze --analysis tagging,sessionize --tagging-file linux --dry-run CASE.plaso\n  \
         {foreman} analyze --analysis tagging,sessionize --tagging-file linux CASE.plaso\n\n\
         This program is built fast and runs slowly. For work, install it: docs/install.md.",
        page = page.display(),
        foreman = foreman.display()
    );
    Ok(())
}

/// Runs `foreman report` and prints the beginning of the report.
fn show_report(foreman: &Path, store: &Path) -> Result<()> {
    println!("$ foreman report {}", store.display());
    let output = Command::new(foreman).arg("report").arg(store).output();
    let output = output.with_context(|| format!("cannot run {}", foreman.display()))?;
    if !output.status.success() {
        bail!("foreman report ended with {}:\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    let report = String::from_utf8(output.stdout).context("the report is not UTF-8")?;
    let mut lines = report.lines();
    for line in lines.by_ref().take(REPORT_LINES) {
        println!("{line}");
    }
    println!("… and {} more lines", lines.count());
    Ok(())
}
