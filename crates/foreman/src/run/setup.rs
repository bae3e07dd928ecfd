//! Setting up a run, anew or where an interrupted one has left off.

use std::path::{Path, PathBuf};

use analysis::{FileRole, Pipeline, PluginOptions};
use anyhow::{Context as _, Result, anyhow};
use events::PluginConfig;
use protocol::RunSpec;

use super::options::Options;
use super::plan::map_tasks;
use super::preflight;
use super::record::{ResumeRequest, RunRecord, RunStart};
use super::secrets;
use super::target::Target;
use crate::exit::Failure;
use crate::paths::{existing_folder, store_path};
use crate::plaso_data::find_tagging_file;
use crate::supervise::dispatcher::Tasks;
use crate::supervise::run_folder::RunFolder;

/// A run that can begin.
pub(crate) struct Setup {
    pub(crate) target: Target,
    pub(crate) run: RunSpec,
    pub(crate) folder: RunFolder,
    pub(crate) tasks: Tasks,
    /// Events of the store.
    pub(crate) total: u64,
    /// How the run started, perhaps before it was interrupted.
    pub(crate) start: RunStart,
    /// Whether the plugins' earlier results stay.
    pub(crate) keep_earlier: bool,
}

impl Setup {
    /// Checks everything that can be checked beforehand, takes hold of the store, and makes or finds the run's folder.
    pub(crate) fn new(options: &Options, start: RunStart) -> Result<Self, Failure> {
        // Without plugins on the command line, an interrupted run knows its own.
        let asked = match options.analysis.as_slice() {
            [] if options.resume => {
                options.plugin_options.none_given().map_err(Failure::usage)?;
                None
            }
            names => Some(configured(&options.plugin_options, names)?),
        };
        let checked = asked
            .as_deref()
            .map(|plugins| preflight::checked(plugins, options.filter.as_deref()))
            .transpose()?;
        let path = store_path(&options.store)?;
        let parent = options.temporary_directory.as_deref().map(existing_folder).transpose()?;
        let parent = parent.as_deref();
        let target = Target::open(&path, parent, options.dry_run)?;
        // Without another place, making the run's folder tells.
        if parent.is_some() && !options.dry_run {
            preflight::check_folder(&path)?;
        }
        let (folder, record, mut pipeline) = match checked {
            Some(pipeline) if !options.resume => {
                let folder = target.run_folder(&path, parent)?;
                let run = RunSpec {
                    id: uuid::Uuid::new_v4().simple().to_string(),
                    store: path.clone(),
                    plugins: keep_files(asked.unwrap_or_default(), &folder)?,
                    filter: options.filter.clone(),
                    times: options.times,
                    strict_compat: options.strict_compat,
                };
                let record = RunRecord::new(run, target.store(), options.keep_earlier, &start)?;
                folder.save(&record)?;
                (folder, record, pipeline)
            }
            _ => {
                let nothing = || anyhow!("there is no interrupted run of {} to resume", path.display());
                let folder = RunFolder::left_by_interrupted(&path, parent)?.ok_or_else(nothing)?;
                let request = ResumeRequest {
                    plugins: asked.as_deref(),
                    filter: options.filter.as_deref(),
                    times: options.times,
                    strict_compat: options.strict_compat,
                    keep_earlier: options.keep_earlier,
                };
                let mut record = RunRecord::resume(&folder, target.store(), &request, parent)?;
                renew_secrets(&mut record.run.plugins, &options.plugin_options, &folder)?;
                let pipeline = preflight::checked(&record.run.plugins, record.run.filter.as_deref())?;
                (folder, record, pipeline)
            }
        };
        let RunRecord { run, keep_earlier, command_line, start_time, .. } = record;
        let start = RunStart { command_line, start_time };
        let ranges = map_tasks(target.store().event_range()?, |row| target.store().event_from(row))?;
        let mut tasks = Tasks::new(&ranges, run.plugin_names(), reduces(&mut pipeline));
        tasks.restore(&folder.all_finished());
        let (done, of) = tasks.counts();
        if options.resume {
            tracing::info!("resuming the interrupted run: {done} of {of} tasks are done");
        }
        let total = target.store().number_of_events()?;
        Ok(Self { target, run, folder, tasks, total, start, keep_earlier })
    }
}

/// The plugins of these names, with the files that are meant.
fn configured(options: &PluginOptions, names: &[String]) -> Result<Vec<PluginConfig>, Failure> {
    let mut plugins = options.configure(names).map_err(Failure::usage)?;
    for plugin in &mut plugins {
        let files = analysis::spec_of(plugin).map_err(Failure::usage)?.input_files(plugin).into_iter();
        for file in files.filter(|file| matches!(file.role, FileRole::Rules(_))) {
            plugin.set(&file.option.setting(), find_tagging_file(&file.path, None)?);
        }
    }
    Ok(plugins)
}

/// Files and secrets of plugins as workers get them: rules are copied into the run's folder, so that all workers use what
/// was checked, even if somebody saves another version meanwhile; a secret that was given itself goes to a file.
fn keep_files(mut plugins: Vec<PluginConfig>, folder: &RunFolder) -> Result<Vec<PluginConfig>> {
    for plugin in &mut plugins {
        let spec = analysis::spec_of(plugin)?;
        for file in spec.input_files(plugin) {
            let kept = match file.role {
                FileRole::Rules(kept_as) if file.path.exists() => {
                    let kept = folder.path().join(kept_as);
                    let copied = std::fs::File::open(&file.path)
                        .and_then(|mut from| std::io::copy(&mut from, &mut folder.new_file(kept_as)?));
                    copied.with_context(|| {
                        format!("cannot copy {} to {}", file.path.display(), kept.display())
                    })?;
                    kept
                }
                // Built-in rules.
                FileRole::Rules(_) => continue,
                FileRole::Data | FileRole::Secret => real_path(&file.path)?,
            };
            plugin.set(&file.option.setting(), kept);
        }
        secrets::keep_secret(plugin, folder)?;
    }
    Ok(plugins)
}

/// Gives plugins of a run that was interrupted, whose secrets are gone, those that are given now.
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

/// The positions of the plugins that have a reduce step.
fn reduces(pipeline: &mut Pipeline) -> Vec<usize> {
    let plugins = pipeline.plugins().iter().enumerate();
    plugins.filter(|(_, plugin)| plugin.reduces()).map(|(position, _)| position).collect()
}
