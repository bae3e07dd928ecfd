//! An export: workers write the events of their tasks, and the foreman joins what they wrote.
//!
//! The store is only read, and nothing is locked. So an export needs no place beside the store, and
//! cannot be resumed.

mod exported;
mod join;
mod output;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use events::{EventRange, ExportFormat, ExportSpec, LabelPatterns, Shown as _, with_causes};
use export::Schema;
use files::FullDisk;
use protocol::RunSpec;
use storage::{Store, StoreState};

use super::not_read::{events_not_read, rows_of_unlocked, what_happened};
use super::options::{ExportOptions, Options};
use super::record::RunStart;
use super::setup::Setup;
use super::summary::Account;
use super::work::{do_tasks, sockets};
use crate::exit::{Failure, Status};
use crate::supervise::dispatcher::{Outcome, Snapshot, Tasks};
use crate::supervise::engine::Worked;
use crate::supervise::run_folder::{RunFolder, SCHEMA};
use crate::supervise::stop::StopRequests;
pub(crate) use exported::Exported;
use join::{Join, Joined, parts};
use output::Output;

/// Performs an export. Facts about the run go to `account`, even if the export fails.
pub(super) fn perform(
    options: &Options,
    export: &ExportOptions,
    start: RunStart,
    stop: &StopRequests,
    account: &mut Account,
    show: &mut dyn FnMut(&Snapshot),
) -> Result<Status, Failure> {
    Output::check(export)?;
    let setup = Setup::new(options, start, stop)?;
    refuse_unknown_labels(setup.target.store(), &export.spec.labels)?;
    // The output is begun before the work, which may take long.
    let output = Output::new(export)?;
    account.run = Some(setup.run.clone());
    account.tasks = setup.tasks.counts();
    setup.log_plan(options);
    let Setup { run, origin, before, folder, tasks, ranges, events, .. } = setup;
    let before = before.state();
    let store = run.store.clone();
    let mut workers = Workers { options, before, folder: &folder, total: events.total, stop, account, show };
    // The sockets are removed when this function returns.
    let _sockets = sockets()?;
    let outcome = workers.export(run, tasks, &ranges).map_err(|error| unwritten(export, &error))?;
    let Some((schema, worked)) = outcome else { return Ok(aborted(export)) };
    let mut exported = Exported::collect(&origin, &folder, &worked).map_err(|error| {
        // Each task says which storage file it has read.
        what_happened(&store, before).map_or(error, |what| changed(export, &store, &what))
    })?;
    exported.mixed = what_happened(&store, before);
    let rows = || rows_of_unlocked(&store, before);
    if let Some(not_read) = events_not_read(events, exported.events, worked.tasks.set_aside(), rows) {
        exported.is_short = not_read.is_short;
        exported.notes.push(not_read.note);
    }
    check_labels(export, &exported)?;
    let mut join = Join { export, folder: &folder, worked: &worked, stop, show: workers.show };
    let joined = join.join(schema.as_ref(), output).map_err(|error| unwritten(export, &error))?;
    match joined {
        Some(Joined::All(bytes)) => exported.bytes = bytes,
        Some(Joined::Some) => exported.is_cut = true,
        None => return Ok(aborted(export)),
    }
    exported.output.clone_from(&export.output);
    let status = if exported.is_whole() { Status::Done } else { Status::Incomplete };
    account.exported = Some(exported);
    Ok(status)
}

/// Says that the user has stopped the export.
fn aborted(export: &ExportOptions) -> Status {
    match &export.output {
        Some(output) => tracing::warn!("aborted; {} was not written", output.shown()),
        None => tracing::warn!("aborted; the export is not complete"),
    }
    Status::Aborted
}

/// What the passes of the workers share.
struct Workers<'a> {
    options: &'a Options,
    /// The storage file before the work.
    before: &'a StoreState,
    folder: &'a RunFolder,
    total: u64,
    stop: &'a StopRequests,
    account: &'a mut Account,
    show: &'a mut dyn FnMut(&Snapshot),
}

impl Workers<'_> {
    /// Lets the workers write all parts. Returns `None` if the user asked to stop.
    fn export(
        &mut self,
        run: RunSpec,
        tasks: Tasks,
        ranges: &[EventRange],
    ) -> Result<Option<(Option<Schema>, Worked)>> {
        let Some(worked) = self.pass(&run, tasks)? else { return Ok(None) };
        let Some(spec) = run.export.clone().filter(|spec| spec.format == ExportFormat::Parquet) else {
            return Ok(Some((None, worked)));
        };
        // Now the columns are known.
        let schema = Schema::combine(&parts(self.folder, &worked), &|part| self.folder.open_part(part))?;
        let spec = ExportSpec { schema: Some(self.save(&schema)?), ..spec };
        let run = RunSpec { export: Some(spec), ..run };
        let tasks = Tasks::new(ranges, Vec::new(), Vec::new());
        Ok(self.pass(&run, tasks)?.map(|worked| (Some(schema), worked)))
    }

    /// Does all tasks. Returns `None` if the user asked to stop.
    fn pass(&mut self, run: &RunSpec, tasks: Tasks) -> Result<Option<Worked>> {
        let tasks = (tasks, self.total);
        let worked =
            do_tasks(self.options, (run, self.before), self.folder, tasks, self.stop, &mut *self.show)?;
        self.account.tasks = worked.tasks.counts();
        self.account.replaced.extend(worked.replaced.iter().cloned());
        self.account.worker_memory = self.account.worker_memory.max(worked.worker_memory);
        match &worked.outcome {
            Outcome::Failed(reason) => Err(anyhow!("{reason}")),
            Outcome::Aborted => Ok(None),
            Outcome::Finished => Ok(Some(worked)),
        }
    }

    /// Writes the columns into the run's folder, where the workers read them.
    fn save(&self, schema: &Schema) -> Result<PathBuf> {
        let path = self.folder.path().join(SCHEMA);
        let json = serde_json::to_vec(schema).context("cannot put the columns into JSON")?;
        let written = self.folder.new_file(SCHEMA).and_then(|mut file| file.write_all(&json));
        written.with_context(|| format!("cannot write {}", path.shown()))?;
        Ok(path)
    }
}

/// Refuses labels that neither the store nor the built-in rules know: they are slips.
fn refuse_unknown_labels(store: &Store, labels: &LabelPatterns) -> Result<(), Failure> {
    if labels.is_empty() {
        return Ok(());
    }
    match report::unknown_labels(store, labels)?.into_iter().next() {
        Some(unknown) => Err(Failure::usage(unknown)),
        None => Ok(()),
    }
}

/// Refuses labels that no event has: a wrong label must not look like a finding of nothing.
fn check_labels(export: &ExportOptions, exported: &Exported) -> Result<(), Failure> {
    if export.spec.labels.is_empty() || exported.exported > 0 {
        return Ok(());
    }
    let which = if exported.filtered > 0 { "no event that matches the filter" } else { "no event" };
    Err(Failure::usage(anyhow!(
        "{which} has such a label, so nothing was written; `foreman report` shows the labels of a storage file"
    )))
}

/// Returns the error that a store was changed before it was read.
fn changed(export: &ExportOptions, store: &Path, what: &str) -> anyhow::Error {
    let error = anyhow!("{}: {what}, so nothing was exported; start it again", store.shown());
    unwritten(export, &error)
}

/// Returns the error with the state of the output, and with advice if a disk is full.
fn unwritten(export: &ExportOptions, error: &anyhow::Error) -> anyhow::Error {
    let otherwise = "name folders on another disk with --output and --temporary-directory";
    let text = FullDisk::advise(with_causes(error.as_ref()), otherwise);
    match &export.output {
        Some(path) => anyhow!("{} was not written: {text}", path.shown()),
        None => anyhow!(text),
    }
}
