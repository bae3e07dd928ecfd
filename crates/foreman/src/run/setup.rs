//! Sets up a new run, or an interrupted run that is resumed.

use std::collections::BTreeMap;
use std::path::Path;

use analysis::{Pipeline, PluginOptions};
use anyhow::anyhow;
use events::{EventRange, PluginConfig, Shown as _, with_causes};
use filter::LabelMeaning;
use protocol::RunSpec;
use storage::task_store::Origin;

use super::input_digests::check_same_for_all;
use super::kept_files::{keep_files, renew_secrets};
use super::not_read::EventCount;
use super::options::Options;
use super::plan::tasks_of;
use super::preflight;
use super::record::{KeptOptions, ResumeRequest, RunRecord, RunStart};
use super::slice;
use super::store_lock::undo_incomplete_change;
use super::target::{Before, Target};
use crate::exit::{Failure, Status};
use crate::log::log_run;
use crate::paths::{existing_folder, folder_of_runs, store_path};
use crate::supervise::dispatcher::Tasks;
use crate::supervise::run_folder::{DRY_RUN_PREFIX, EXPORT_PREFIX, RunFolder};
use crate::supervise::stop::StopRequests;
use crate::supervise::worker_program::worker_program;
use crate::tagging_files::{Places, depend_on_store, find_tagging_files};

/// A run that is ready to start.
pub(crate) struct Setup {
    pub(crate) target: Target,
    pub(crate) run: RunSpec,
    /// What the task stores of the run are results of.
    pub(crate) origin: Origin,
    /// What was in the store when it was locked or opened.
    pub(crate) before: Before,
    pub(crate) folder: RunFolder,
    pub(crate) tasks: Tasks,
    /// The ranges of the map tasks.
    pub(crate) ranges: Vec<EventRange>,
    /// The number of events in the store.
    pub(crate) events: EventCount,
    /// How the run started. For a resumed run, this is its first start.
    pub(crate) start: RunStart,
    /// Whether the plugins' earlier results stay.
    pub(crate) keep_earlier: bool,
    /// Whether the results are stored even if no event matches the filter.
    pub(crate) stores_nothing_found: bool,
    /// What the labels of the plugins' rules mean.
    pub(crate) meanings: BTreeMap<String, LabelMeaning>,
}

impl Setup {
    /// Checks everything that can be checked in advance, opens and locks the store, and makes the
    /// run's folder or finds the folder of the interrupted run.
    pub(crate) fn new(options: &Options, start: RunStart, stop: &StopRequests) -> Result<Self, Failure> {
        if !options.dry_run {
            undo_before_rules_are_chosen(&options.plugin_options, &options.store)?;
        }
        let plugins = requested_plugins(options)?;
        // The rules are checked before the store is opened.
        let pipeline = plugins
            .as_deref()
            .map(|plugins| preflight::checked(plugins, options.filter.as_deref(), options.strict_compat))
            .transpose()?;
        let store = store_path(&options.store)?;
        // A folder beside the output of an export is as safe as that.
        let beside = options.export.as_ref().and_then(|export| export.beside.as_deref());
        let parent = match options.temporary_directory.as_deref() {
            Some(named) => Some(folder_of_runs(named)?),
            None => beside.map(existing_folder).transpose()?,
        };
        let place = Place { store: &store, parent: parent.as_deref() };
        stop.begin();
        let target = Target::open(&store, options.dry_run)?;
        let (folder, record, mut pipeline) = match (pipeline, plugins) {
            (Some(mut pipeline), Some(plugins)) if !options.resume => {
                let (folder, record) = begin(options, plugins, &mut pipeline, &target, &place, &start)?;
                (folder, record, pipeline)
            }
            (_, plugins) => resume(options, plugins.as_deref(), &target, &place)?,
        };
        let mut setup = Self::planned(target, folder, record, &mut pipeline)?;
        let finished = setup.folder.all_finished(&setup.origin, &setup.run.plugin_names(), stop)?;
        setup.tasks.restore(&finished);
        if options.resume {
            let (done, of) = setup.tasks.counts();
            tracing::info!("resuming the interrupted run: {done} of {of} tasks are done");
            if options.analysis.is_empty() {
                tracing::info!("its rules and lists are used as they were when it began");
            }
        }
        Ok(setup)
    }

    /// Plans the tasks of a run whose folder and record are made.
    pub(super) fn planned(
        target: Target,
        folder: RunFolder,
        record: RunRecord,
        pipeline: &mut Pipeline,
    ) -> Result<Self, Failure> {
        let origin = record.origin();
        let RunRecord { run, keep_earlier, stores_nothing_found, command_line, start_time, .. } = record;
        let start = RunStart { command_line, start_time };
        let (total, ranges) = tasks_of(target.store())?;
        let events = EventCount { total, counted: target.store().counted_events()? };
        let tasks = Tasks::new(&ranges, run.plugin_names(), reduces(pipeline));
        let meanings = preflight::label_meanings(&run.plugins, pipeline);
        Ok(Self {
            before: target.before(),
            target,
            run,
            origin,
            folder,
            tasks,
            ranges,
            events,
            start,
            keep_earlier,
            stores_nothing_found,
            meanings,
        })
    }

    /// Warns if the run adds sessions to those of an earlier run with another pause or filter.
    pub(crate) fn warn_of_earlier_sessions(&self) -> Result<(), Failure> {
        let filter = slice::as_filter(self.run.filter.as_deref(), self.run.times);
        let warning =
            report::warning_of_earlier_sessions(self.target.store(), &self.run.plugins, filter.as_deref())?;
        if let Some(warning) = warning {
            tracing::warn!("{warning}");
        }
        Ok(())
    }

    /// Writes to the log what the run will do.
    pub(crate) fn log_plan(&self, options: &Options) {
        let Self { run, tasks, events: EventCount { total, .. }, folder, .. } = self;
        let (done, of) = tasks.counts();
        log_run!("store {}: {total} events", run.store.shown());
        log_run!(
            "plugins {}; filter: {}",
            run.plugin_names().join(", "),
            slice::as_filter(run.filter.as_deref(), run.times).as_deref().unwrap_or("none")
        );
        log_run!(
            "plan: {of} tasks, {done} of them done before, for at most {} workers; run {} in {}",
            options.workers.count(),
            run.id,
            folder.path().shown()
        );
    }
}

/// The path of the store, and the folder for the files of the run, if they are not to be beside the
/// store.
struct Place<'a> {
    store: &'a Path,
    parent: Option<&'a Path>,
}

/// Undoes the incomplete change that a killed program may have left, if which rules are meant
/// depends on what the store holds: before that, the store cannot be read.
pub(crate) fn undo_before_rules_are_chosen(plugins: &PluginOptions, store: &Path) -> anyhow::Result<()> {
    if depend_on_store(&plugins.rules().collect::<Vec<_>>()) {
        undo_incomplete_change(&store_path(store)?)?;
    }
    Ok(())
}

/// Returns the plugins that the options name. Returns `None` if an interrupted run is resumed
/// without naming plugins, because its record has them.
pub(super) fn requested_plugins(options: &Options) -> Result<Option<Vec<PluginConfig>>, Failure> {
    if options.export.is_some() {
        return Ok(Some(Vec::new()));
    }
    if options.resume && options.analysis.is_empty() {
        options.plugin_options.none_given().map_err(Failure::usage)?;
        return Ok(None);
    }
    configured(options).map(Some)
}

/// Makes the folder and the record of a new run.
fn begin(
    options: &Options,
    plugins: Vec<PluginConfig>,
    pipeline: &mut Pipeline,
    target: &Target,
    place: &Place<'_>,
    start: &RunStart,
) -> Result<(RunFolder, RunRecord), Failure> {
    let prefix = if options.export.is_some() { EXPORT_PREFIX } else { DRY_RUN_PREFIX };
    // Before an earlier run is discarded.
    worker_program(options.workers.program.as_deref())?;
    let folder = target.run_folder(place.store, place.parent, prefix)?;
    let (plugins, digests) = keep_files(plugins, pipeline, &mut &folder)?;
    check_same_for_all(options, pipeline.rules_read())?;
    let run = run_spec(options, place.store, plugins);
    let kept = KeptOptions::of(options);
    let record = RunRecord::new(run, digests, target.before().state(), kept, start)?;
    folder.save(&record)?;
    Ok((folder, record))
}

/// Loads the interrupted run, if it fits the options and the store.
fn resume(
    options: &Options,
    plugins: Option<&[PluginConfig]>,
    target: &Target,
    place: &Place<'_>,
) -> Result<(RunFolder, RunRecord, Pipeline), Failure> {
    let nothing = || anyhow!("there is no interrupted run of {} to resume", place.store.shown());
    let folder = RunFolder::left_by_interrupted(place.store)?.ok_or_else(nothing)?;
    if let (Some(named), Some(used)) = (place.parent, folder.path().parent())
        && named != used
    {
        tracing::warn!("the interrupted run has its files in {}, and not in {}", used.shown(), named.shown());
    }
    let request = ResumeRequest::of(options, plugins);
    let mut record = {
        let before = target.before();
        RunRecord::resume(&folder, (target.store(), before.state()), &request)?
    };
    renew_secrets(&mut record.run.plugins, &options.plugin_options, &folder)?;
    let RunSpec { plugins, filter, strict_compat, .. } = &record.run;
    let pipeline = preflight::checked(plugins, filter.as_deref(), *strict_compat).map_err(|failure| {
        match failure.status {
            // All of this could be used when the run began.
            Status::Usage => record.changed_rules(&with_causes(failure.error.as_ref()), &folder).into(),
            // Anything else may pass.
            _ => failure,
        }
    })?;
    // The rules count as they were read for this, not as they lie there later.
    record.check_settings(pipeline.rules_read().all(), &folder)?;
    Ok((folder, record, pipeline))
}

/// Returns the run that the options describe, with a new identifier.
pub(super) fn run_spec(options: &Options, store: &Path, plugins: Vec<PluginConfig>) -> RunSpec {
    RunSpec {
        id: uuid::Uuid::new_v4().simple().to_string(),
        store: store.to_owned(),
        part: None,
        plugins,
        filter: options.filter.clone(),
        times: options.times,
        strict_compat: options.strict_compat,
        export: options.export.as_ref().map(|export| export.spec.clone()),
    }
}

/// Configures the plugins that the options name, with the rule files that the user means.
fn configured(options: &Options) -> Result<Vec<PluginConfig>, Failure> {
    // A plugin that does not exist is the first error.
    options.plugin_options.configure(&options.analysis).map_err(Failure::usage)?;
    let mut plugin_options = options.plugin_options.clone();
    let places = Places { data: None, store: Some(&options.store) };
    plugin_options.find_rules(|given| find_tagging_files(given, places))?;
    plugin_options.configure(&options.analysis).map_err(Failure::usage)
}

/// Returns the positions of the plugins that have a reduce step.
fn reduces(pipeline: &mut Pipeline) -> Vec<usize> {
    let plugins = pipeline.plugins().iter().enumerate();
    plugins.filter(|(_, plugin)| plugin.reduces()).map(|(position, _)| position).collect()
}
