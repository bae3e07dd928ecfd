//! Runs one task.

use std::path::Path;

use analysis::plugin::RunContext;
use analysis::{Pipeline, settings_digest_of_read};
use events::{EventId, Stage, TaskFindings};
use export::Exporter;
use files::{NewFile, OutputFile, WrittenFile};
use protocol::{RunSpec, Step, TaskDone, TaskSpec, WorkState};
use storage::task_store::{Origin, TaskStep};
use storage::{EventRange, ReadEvent, ReadPlan, SameStore, Store};

use crate::error::TaskError;
use crate::exported::{begin, examine, exporter, finish, reads};
use crate::profile::Sampler;
use crate::progress::Progress;
use crate::reduce::reduce;
use crate::task_output::create;

/// Runs tasks. It keeps what the tasks of a run share: the open store and the prepared analysis.
#[derive(Default)]
pub struct TaskRunner {
    prepared: Option<Prepared>,
}

struct Prepared {
    run: RunSpec,
    /// What the task stores are results of. The worker looks at the storage file and at the rules
    /// itself, so that a task store says what was really read.
    origin: Origin,
    store: Store,
    pipeline: Pipeline,
    exporter: Option<Exporter>,
}

impl TaskRunner {
    /// Loads what the tasks of a run share, such as its rules and lists, unless it is loaded.
    ///
    /// # Errors
    ///
    /// If the analysis cannot be set up, or the store cannot be read.
    pub fn prepare(&mut self, task: &TaskSpec, progress: &Progress) -> Result<(), TaskError> {
        progress.begin(task.task);
        self.prepared_for(task)?;
        progress.enter(match task.step {
            Step::Map(_) => WorkState::Analyzing,
            Step::Reduce(_) => WorkState::Reducing,
        });
        Ok(())
    }

    /// Runs a task and writes its task store.
    ///
    /// # Errors
    ///
    /// If the analysis cannot be set up, something cannot be read or written, or the worker is told
    /// to stop.
    pub fn run(&mut self, task: &TaskSpec, progress: &Progress) -> Result<TaskDone, TaskError> {
        self.prepare(task, progress)?;
        let prepared = self.prepared_for(task)?;
        let done = match &task.step {
            Step::Map(range) => map(prepared, task, *range, progress),
            Step::Reduce(step) => reduce(&mut prepared.pipeline, &prepared.origin, task, step, progress),
        };
        progress.end();
        if done.is_err() {
            // Findings of a task that failed must not get into the next task.
            self.prepared = None;
        }
        done
    }

    fn prepared_for(&mut self, task: &TaskSpec) -> Result<&mut Prepared, TaskError> {
        let run = &task.run;
        if self.prepared.as_ref().is_none_or(|prepared| prepared.run != *run) {
            let store = match &task.found {
                Some(found) => SameStore::of_version(run.store.clone(), found.version.clone()).open()?,
                None => Store::open(&run.store)?,
            };
            let context = RunContext {
                user_accounts: store.user_accounts()?,
                strict_compat: run.strict_compat,
                ..RunContext::default()
            };
            let pipeline = Pipeline::new(&run.plugins, run.filter.as_deref(), &context)?;
            let exporter = run.export.as_ref().map(exporter).transpose()?;
            let RunSpec { plugins, filter, times, strict_compat, .. } = run;
            let read = &context.rules_read;
            let settings = settings_digest_of_read(plugins, filter.as_deref(), *times, *strict_compat, read)?;
            let origin = Origin { run: run.id.clone(), store: identity(&store, task)?, settings };
            self.prepared = Some(Prepared { run: run.clone(), origin, store, pipeline, exporter });
        }
        Ok(self.prepared.as_mut().expect("set above"))
    }
}

/// Returns the fingerprint of the storage file that is analysed: of the whole, if a part of it is
/// read.
fn identity(store: &Store, task: &TaskSpec) -> Result<String, TaskError> {
    // The version of the file is that of this fingerprint.
    let certain = task.found.as_ref().and_then(|found| found.fingerprint.clone());
    let found = certain.map_or_else(|| store.fingerprint(), Ok)?;
    match &task.run.part {
        None => Ok(found),
        Some(of) if of.part == found => Ok(of.whole.clone()),
        Some(of) => {
            Err(TaskError::OtherPart { path: store.path().to_owned(), found, expected: of.part.clone() })
        }
    }
}

fn map(
    prepared: &mut Prepared,
    task: &TaskSpec,
    range: EventRange,
    progress: &Progress,
) -> Result<TaskDone, TaskError> {
    let Prepared { origin, store, pipeline, exporter, .. } = prepared;
    let trace = task.trace.as_deref().map(Trace::create).transpose()?;
    begin(exporter.as_mut(), task)?;
    let plan = ReadPlan::new(pipeline.names().clone(), &reads(pipeline, exporter.is_some()))
        .within(task.run.times)
        .with_stage(pipeline.stage().clone());
    let sampler = task.profile.then(|| Sampler::start(pipeline.stage().clone()));
    let sampler = sampler.transpose().map_err(TaskError::Profile)?;
    let outside = store.event_reader(plan)?.visit(range, |event| {
        if progress.is_cancelled() {
            return Err(TaskError::Cancelled);
        }
        if let Some(trace) = &trace {
            trace.note(event.id())?;
        }
        match examine(pipeline, exporter.as_mut(), &event) {
            Ok(passes) => keep(pipeline, exporter.as_mut(), &event, passes)?,
            Err(unreadable) => pipeline.unreadable(event.id(), unreadable),
        }
        progress.step();
        Ok(())
    })?;
    pipeline.stage().enter(Stage::Other);
    pipeline.passed_over(outside);
    let findings = pipeline.finish_task();
    pipeline.stage().enter(Stage::Write);
    progress.enter(WorkState::Writing);
    let writer = create(task, origin, TaskStep::Map(range))?;
    writer.write_findings(&findings)?;
    if let Some(sampler) = sampler {
        writer.write_profile(&sampler.finish(&task.run.plugin_names()))?;
    }
    let digest = writer.finish()?;
    let (exported, part) = finish(exporter.as_mut(), task)?;
    Ok(TaskDone { digest, exported, part, ..done(task.task, &findings) })
}

fn keep(
    pipeline: &mut Pipeline,
    exporter: Option<&mut Exporter>,
    event: &ReadEvent<'_>,
    passes: bool,
) -> Result<(), TaskError> {
    pipeline.keep(event.id(), passes);
    match exporter {
        Some(exporter) if passes => Ok(exporter.keep()?),
        _ => Ok(()),
    }
}

fn done(task: u32, findings: &TaskFindings) -> TaskDone {
    let mut tagged: Vec<EventId> = Vec::new();
    for found in &findings.plugins {
        tagged.extend(found.tags.iter().map(|(event, _)| *event));
        tagged.extend(found.deferred.iter().map(|(event, _)| *event));
    }
    tagged.sort_unstable();
    tagged.dedup();
    TaskDone {
        task,
        events: findings.events,
        filtered: findings.filtered,
        tagged: tagged.len() as u64,
        set_aside: findings.set_aside.len() as u64,
        ..TaskDone::default()
    }
}

/// The file with the number of the event that is being examined. It stays when the worker is
/// killed.
struct Trace<'a> {
    file: WrittenFile,
    path: &'a Path,
}

impl<'a> Trace<'a> {
    fn create(path: &'a Path) -> Result<Self, TaskError> {
        let begun = OutputFile::private(path).and_then(OutputFile::begin);
        let file = begun.and_then(NewFile::publish);
        let file = file.map_err(|source| TaskError::Trace { path: path.to_owned(), source })?;
        Ok(Self { file, path })
    }

    fn note(&self, event: EventId) -> Result<(), TaskError> {
        self.file
            .write_all_at(format!("{:<20}", event.rowid()).as_bytes(), 0)
            .map_err(|source| TaskError::Trace { path: self.path.to_owned(), source: source.into() })
    }
}
