//! Sets up a new run, or an interrupted run that is resumed.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use analysis::{FileRole, Pipeline, PluginOptions};
use anyhow::{Context as _, Result, anyhow};
use events::{EventRange, PluginConfig};
use filter::LabelMeaning;
use filter::tagging_file::is_built_in;
use protocol::RunSpec;
use storage::task_store::Origin;

use super::options::Options;
use super::plan::map_tasks;
use super::preflight;
use super::record::{ResumeRequest, RunRecord, RunStart};
use super::target::Target;
use super::{secrets, slice};
use crate::exit::Failure;
use crate::log::log_run;
use crate::paths::{existing_folder, store_path};
use crate::supervise::dispatcher::Tasks;
use crate::supervise::os::StopRequests;
use crate::supervise::run_folder::{DRY_RUN_PREFIX, EXPORT_PREFIX, RunFolder};
use crate::tagging_files::{Places, find_tagging_files};

/// A run that is ready to start.
pub(crate) struct Setup {
    pub(crate) target: Target,
    pub(crate) run: RunSpec,
    /// What the task stores of the run are results of.
    pub(crate) origin: Origin,
    pub(crate) folder: RunFolder,
    pub(crate) tasks: Tasks,
    /// The ranges of the map tasks.
    pub(crate) ranges: Vec<EventRange>,
    /// The number of events in the store.
    pub(crate) total: u64,
    /// How the run started. For a resumed run, this is its first start.
    pub(crate) start: RunStart,
    /// Whether the plugins' earlier results stay.
    pub(crate) keep_earlier: bool,
    /// What the labels of the plugins' rules mean.
    pub(crate) meanings: BTreeMap<String, LabelMeaning>,
}

impl Setup {
    /// Checks everything that can be checked in advance, opens and locks the store, and makes the
    /// run's folder or finds the folder of the interrupted run.
    pub(crate) fn new(options: &Options, start: RunStart, stop: &StopRequests) -> Result<Self, Failure> {
        let plugins = requested_plugins(options)?;
        // The rules are checked before the store is opened.
        let pipeline = plugins
            .as_deref()
            .map(|plugins| preflight::checked(plugins, options.filter.as_deref(), options.strict_compat))
            .transpose()?;
        let store = store_path(&options.store)?;
        let parent = options.temporary_directory.as_deref().map(existing_folder).transpose()?;
        let place = Place { store: &store, parent: parent.as_deref() };
        stop.begin();
        let target = Target::open(&store, place.parent, options.dry_run)?;
        // If the run's folder is beside the store, making it shows whether that folder can be
        // written.
        if parent.is_some() && !options.dry_run {
            preflight::check_folder(&store)?;
        }
        let (folder, record, mut pipeline) = match (pipeline, plugins) {
            (Some(pipeline), Some(plugins)) if !options.resume => {
                let (folder, record) = begin(options, plugins, &target, &place, &start)?;
                (folder, record, pipeline)
            }
            (_, plugins) => resume(options, plugins.as_deref(), &target, &place)?,
        };
        let origin = record.origin()?;
        let RunRecord { run, keep_earlier, command_line, start_time, .. } = record;
        let start = RunStart { command_line, start_time };
        let total = target.store().number_of_events()?;
        let ranges = map_tasks(target.store().event_range()?, total, |row, size| {
            target.store().event_after(row, size)
        })?;
        let mut tasks = Tasks::new(&ranges, run.plugin_names(), reduces(&mut pipeline));
        tasks.restore(&folder.all_finished(&origin, &run.plugin_names()));
        let meanings = preflight::label_meanings(&run.plugins, &mut pipeline);
        if options.resume {
            let (done, of) = tasks.counts();
            tracing::info!("resuming the interrupted run: {done} of {of} tasks are done");
        }
        Ok(Self { target, run, origin, folder, tasks, ranges, total, start, keep_earlier, meanings })
    }
}

impl Setup {
    /// Writes to the log what the run will do.
    pub(crate) fn log_plan(&self, options: &Options) {
        let Self { run, tasks, total, folder, .. } = self;
        let (done, of) = tasks.counts();
        log_run!("store {}: {total} events", run.store.display());
        log_run!(
            "plugins {}; filter: {}",
            run.plugin_names().join(", "),
            slice::as_filter(run.filter.as_deref(), run.times).as_deref().unwrap_or("none")
        );
        log_run!(
            "plan: {of} tasks, {done} of them done before, for at most {} workers; run {} in {}",
            options.workers.count(),
            run.id,
            folder.path().display()
        );
    }
}

/// The path of the store, and the parent of the run's folder if that folder is not beside the
/// store.
struct Place<'a> {
    store: &'a Path,
    parent: Option<&'a Path>,
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
    target: &Target,
    place: &Place<'_>,
    start: &RunStart,
) -> Result<(RunFolder, RunRecord), Failure> {
    let prefix = if options.export.is_some() { EXPORT_PREFIX } else { DRY_RUN_PREFIX };
    let folder = target.run_folder(place.store, place.parent, prefix)?;
    let run = RunSpec {
        id: uuid::Uuid::new_v4().simple().to_string(),
        store: place.store.to_owned(),
        plugins: keep_files(plugins, &folder)?,
        filter: options.filter.clone(),
        times: options.times,
        strict_compat: options.strict_compat,
        export: options.export.as_ref().map(|export| export.spec.clone()),
    };
    let record = RunRecord::new(run, target.store(), options.keep_earlier, start)?;
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
    let nothing = || anyhow!("there is no interrupted run of {} to resume", place.store.display());
    let folder = RunFolder::left_by_interrupted(place.store, place.parent)?.ok_or_else(nothing)?;
    let request = ResumeRequest {
        plugins,
        filter: options.filter.as_deref(),
        times: options.times,
        strict_compat: options.strict_compat,
        keep_earlier: options.keep_earlier,
    };
    let mut record = RunRecord::resume(&folder, target.store(), &request, place.parent)?;
    renew_secrets(&mut record.run.plugins, &options.plugin_options, &folder)?;
    let RunSpec { plugins, filter, strict_compat, .. } = &record.run;
    let pipeline = preflight::checked(plugins, filter.as_deref(), *strict_compat)?;
    Ok((folder, record, pipeline))
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

/// Prepares the files and secrets of plugins for the workers. Rules are copied into the run's
/// folder, so that all workers use the rules that were checked, even if somebody changes the file
/// meanwhile. A secret that was given as a value is written to a file.
fn keep_files(mut plugins: Vec<PluginConfig>, folder: &RunFolder) -> Result<Vec<PluginConfig>> {
    for plugin in &mut plugins {
        let spec = analysis::spec_of(plugin)?;
        for of_option in spec.input_files(plugin).chunk_by(|a, b| a.option == b.option) {
            let kept = of_option.iter().enumerate().map(|(position, file)| match file.role {
                FileRole::Rules(kept_as) if !is_built_in(&file.path) => {
                    keep_copy(&file.path, &analysis::copy_name(kept_as, position), folder)
                }
                FileRole::Collection(kept_as) => {
                    let collect =
                        spec.collect.context("a plugin with a collection of rules collects them")?;
                    let mut to = BufWriter::new(folder.new_file(kept_as)?);
                    collect(&file.path, &mut to)?;
                    to.flush()?;
                    Ok(folder.path().join(kept_as))
                }
                // Built-in rules.
                FileRole::Rules(_) => Ok(file.path.clone()),
                FileRole::Data | FileRole::Secret => real_path(&file.path),
            });
            plugin.set(&of_option[0].option.setting(), kept.collect::<Result<Vec<_>>>()?);
        }
        secrets::keep_secret(plugin, folder)?;
    }
    Ok(plugins)
}

fn keep_copy(file: &Path, name: &str, folder: &RunFolder) -> Result<PathBuf> {
    let kept = folder.path().join(name);
    let copied =
        files::open_input(file).and_then(|mut from| std::io::copy(&mut from, &mut folder.new_file(name)?));
    copied.with_context(|| format!("cannot copy {} to {}", file.display(), kept.display()))?;
    Ok(kept)
}

/// Gives the plugins of an interrupted run their secrets again. The run's folder does not keep
/// secrets after an interruption.
fn renew_secrets(
    plugins: &mut [PluginConfig],
    options: &PluginOptions,
    folder: &RunFolder,
) -> Result<(), Failure> {
    for plugin in plugins {
        if let Some(source) = &analysis::spec_of(plugin).map_err(Failure::usage)?.secret
            && options.give_secret(source, plugin).map_err(Failure::usage)?
        {
            let setting = source.file.setting();
            if let Some(file) = plugin.get(&setting).and_then(|file| file.as_path()) {
                let file = real_path(file)?;
                plugin.set(&setting, file);
            }
            secrets::keep_secret(plugin, folder)?;
        }
    }
    Ok(())
}

fn real_path(file: &Path) -> Result<PathBuf> {
    file.canonicalize().with_context(|| format!("cannot find {}", file.display()))
}

/// Returns the positions of the plugins that have a reduce step.
fn reduces(pipeline: &mut Pipeline) -> Vec<usize> {
    let plugins = pipeline.plugins().iter().enumerate();
    plugins.filter(|(_, plugin)| plugin.reduces()).map(|(position, _)| position).collect()
}
