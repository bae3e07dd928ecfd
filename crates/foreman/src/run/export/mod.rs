//! An export: workers write the events of their tasks, and the foreman joins what they wrote.
//!
//! The store is only read, and nothing is locked. So an export needs no place beside the store, and
//! cannot be resumed.

mod exported;
mod output;

use std::cell::RefCell;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail};
use events::{ExportFormat, ExportOrder};
use export::{ExportError, Parts, header, join_by_time, join_rows};
use protocol::RunSpec;

use super::options::{ExportOptions, Options};
use super::record::RunStart;
use super::setup::Setup;
use super::summary::Account;
use super::work::work;
use crate::exit::{Failure, Status};
use crate::supervise::dispatcher::{Outcome, Snapshot};
use crate::supervise::engine::Worked;
use crate::supervise::os::StopRequests;
use crate::supervise::run_folder::{RunFolder, merged_name};
pub(crate) use exported::Exported;
use output::Output;

/// What the second half of an export needs.
struct Export<'a> {
    options: &'a Options,
    export: &'a ExportOptions,
    run: &'a RunSpec,
    folder: &'a RunFolder,
    stop: &'a StopRequests,
}

/// Performs an export. Facts about the run go to `account`, even if the export fails.
pub(super) fn perform(
    options: &Options,
    export: &ExportOptions,
    start: RunStart,
    stop: &StopRequests,
    account: &mut Account,
    show: &mut dyn FnMut(&Snapshot),
) -> Result<Status, Failure> {
    // The output is checked before the work, which may take long.
    let output = Output::new(export)?;
    let setup = Setup::new(options, start)?;
    account.run = Some(setup.run.clone());
    account.tasks = setup.tasks.counts();
    setup.log_plan(options);
    let Setup { run, folder, tasks, total, .. } = setup;
    let job = Export { options, export, run: &run, folder: &folder, stop };
    let worked = work(options, &run, &folder, (tasks, total), stop, show)
        .map_err(|error| without_output(export, &error))?;
    account.tasks = worked.tasks.counts();
    account.replaced.clone_from(&worked.replaced);
    match &worked.outcome {
        Outcome::Failed(reason) => return Err(without_output(export, &anyhow!("{reason}")).into()),
        Outcome::Aborted => return Ok(Status::Aborted),
        Outcome::Finished => {}
    }
    let mut exported = Exported::collect(&job.run.id, &folder, &worked)?;
    check_labels(export, &exported)?;
    let Some(bytes) = job.join(&worked, output, show).map_err(|error| without_output(export, &error))? else {
        return Ok(Status::Aborted);
    };
    exported.bytes = bytes;
    exported.output.clone_from(&export.output);
    let status = if exported.skipped == 0 { Status::Done } else { Status::Incomplete };
    account.exported = Some(exported);
    Ok(status)
}

/// Refuses labels that no event has: a wrong label must not look like a finding of nothing.
fn check_labels(export: &ExportOptions, exported: &Exported) -> Result<(), Failure> {
    if export.spec.labels.is_empty() || exported.exported > 0 || exported.events == exported.filtered {
        return Ok(());
    }
    Err(Failure::usage(anyhow!(
        "no event has such a label, so nothing was written; `foreman report` shows the labels of a storage file"
    )))
}

/// Returns the error with the state of the output, and with advice if a disk is full.
fn without_output(export: &ExportOptions, error: &anyhow::Error) -> anyhow::Error {
    let text = format!("{error:#}");
    let advice = if text.contains("os error 28") || text.contains("os error 122") {
        "; the disk is full: free some space, or name folders on another disk with --output and --temporary-directory"
    } else {
        ""
    };
    match &export.output {
        Some(path) => anyhow!("{} was not written: {text}{advice}", path.display()),
        None => anyhow!("{text}{advice}"),
    }
}

impl Export<'_> {
    /// Joins the parts of all tasks. Returns the number of bytes, or `None` if the user asked to
    /// stop.
    fn join(&self, worked: &Worked, output: Output, show: &mut dyn FnMut(&Snapshot)) -> Result<Option<u64>> {
        let written = match output {
            Output::Stdout => {
                let print = streams::results(|| self.stop.count() > 0);
                match self.write_lines(worked, print, show) {
                    // The reader has closed the pipe, because it has seen enough.
                    Err(ExportError::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                        return Ok(Some(0));
                    }
                    Err(ExportError::Output(error)) if self.stop.count() == 0 => {
                        return Err(error).context("the events cannot be written to standard output");
                    }
                    written => written,
                }
            }
            Output::File(mut file) => {
                let written = self.write_lines(worked, file.file(), show);
                if written.is_ok() {
                    file.file().sync_all()?;
                    file.publish()?;
                }
                written
            }
        };
        match written {
            Ok(bytes) => Ok(Some(bytes)),
            Err(_) if self.stop.count() > 0 => Ok(None),
            Err(error) => bail!(error),
        }
    }

    /// Writes the lines of all parts, and returns the number of bytes.
    fn write_lines(
        &self,
        worked: &Worked,
        to: impl Write,
        show: &mut dyn FnMut(&Snapshot),
    ) -> Result<u64, ExportError> {
        let parts: Vec<_> = worked.tasks.finished_maps().iter().map(|&task| self.folder.part(task)).collect();
        let count = parts.len();
        let mut out = Counted { to: std::io::BufWriter::with_capacity(1 << 20, to), bytes: 0 };
        if self.export.spec.format == ExportFormat::Csv {
            out.write_all(header().as_bytes())?;
        }
        let mut goes_on = |done| {
            show(&Snapshot::merging(done, count));
            self.stop.count() == 0
        };
        let mut remove = |path: &std::path::Path| self.folder.discard(path);
        let parts = Parts { parts, goes_on: &mut goes_on, remove: &mut remove };
        match self.export.spec.order {
            ExportOrder::Rows => join_rows(parts, &mut out)?,
            ExportOrder::Time => {
                let number = RefCell::new(0);
                let between = || -> PathBuf {
                    *number.borrow_mut() += 1;
                    self.folder.path().join(merged_name(*number.borrow()))
                };
                join_by_time(parts, between, &mut out)?;
            }
        }
        out.flush()?;
        Ok(out.bytes)
    }
}

/// A writer that counts bytes.
struct Counted<W> {
    to: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}
